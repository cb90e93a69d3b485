import { expect, it } from 'vitest';
import { engineMessage, storeError } from './failure.ts';

it.each([
  [
    "Code: 164. DB::Exception: Code: 164. DB::Exception: Cannot modify 'x' setting in readonly mode. (READONLY) (version 26.7.2.1). (READONLY)",
    "Cannot modify 'x' setting in readonly mode",
  ],
  ['default: Cannot execute query in readonly mode. (READONLY)', 'Cannot execute query in readonly mode'],
  [
    'Syntax error: failed at position 7 (1): 1. Expected one of: token',
    'Syntax error: failed at position 7 (1): 1. Expected one of: token',
  ],
  [
    'Poco::Exception. Code: 1000, e.code() = 111 (version 26.7.2.1 (official build))',
    'Poco::Exception. Code: 1000, e.code() = 111',
  ],
])('says %s plainly', (thrown, said) => {
  expect(engineMessage(new Error(thrown))).toBe(said);
});

it.each([
  [Object.assign(new Error('ENOSPC: no space left on device, write'), { code: 'ENOSPC' }), 'disk-full'],
  [Object.assign(new Error('Cannot reserve 1.00 MiB, not enough space'), { code: '243' }), 'disk-full'],
  [
    new Error('Code: 75. DB::ErrnoException: Cannot write to file: , errno: 28, strerror: No space left on device.'),
    'disk-full',
  ],
  [Object.assign(new Error('connect ECONNREFUSED 127.0.0.1:8123'), { code: 'ECONNREFUSED' }), 'unreachable'],
  [new Error('socket hang up'), 'unreachable'],
  [Object.assign(new Error('Table x does not exist'), { code: '60' }), undefined],
])('knows whether waiting helps after %s', (thrown, code) => {
  expect(storeError('append', thrown)).toMatchObject({ name: 'UserError', code });
});
