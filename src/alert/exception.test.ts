import { describe, expect, test } from 'vitest';
import type { Exception } from '../core/exception.ts';
import { createExceptions, exceptionState, readConditions } from './exception.ts';

const event = {
  src_ip: '10.9.0.7',
  user: { name: 'svc-backup', groups: ['wheel', 'ops'] },
  port: 22,
  admin: false,
  path: 'C:\\Windows\\x.exe',
  empty: '',
  none: null,
  addresses: ['192.0.2.1', 'fe80::1'],
  p_ecs: { 'source.ip': '10.9.0.7' },
};
const context = { host: 'web1', nested: { deep: 'yes' }, port: 80 };

function matches(when: Exception['when']): boolean | string {
  const read = readConditions(when);
  return 'problem' in read ? read.problem : read.conditions(event, context);
}

test.each<[Exception['when'], boolean]>([
  [{ src_ip: '10.9.0.7' }, true],
  [{ src_ip: '10.9.0' }, false],
  [{ 'src_ip|cidr': '10.9.0.0/24' }, true],
  [{ 'src_ip|cidr': ['192.168.0.0/16', '10.9.0.7'] }, true],
  [{ 'src_ip|cidr': '10.9.1.0/24' }, false],
  [{ 'addresses|cidr': 'fe80::/10' }, true],
  [{ 'path|cidr': '0.0.0.0/0' }, false],
  [{ 'source.ip': '10.9.0.7' }, true],
  [{ 'user.name': 'SVC-*' }, true],
  [{ 'user.name': 'svc-?' }, false],
  [{ 'user.name|startswith': 'svc' }, true],
  [{ 'user.name|endswith': 'BACKUP' }, true],
  [{ 'user.name|contains': ['x', '-'] }, true],
  [{ 'user.name|contains': 'svc*p' }, true],
  [{ 'user.groups': 'ops' }, true],
  [{ port: 22 }, true],
  [{ port: '22' }, true],
  [{ port: [21, 23] }, false],
  [{ 'p_alert_context.port': 80 }, true],
  [{ admin: false }, true],
  [{ path: 'c:\\windows\\x.exe' }, true],
  [{ path: 'c:\\windows\\\\*' }, true],
  [{ empty: '' }, true],
  [{ empty: null }, false],
  [{ none: null }, true],
  [{ missing: null }, true],
  [{ missing: '*' }, false],
  [{ none: '*' }, false],
  [{ empty: '*' }, true],
  [{ host: 'web1' }, true],
  [{ 'nested.deep': 'yes' }, true],
  [{ src_ip: '10.9.0.7', port: 23 }, false],
  [{ src_ip: '10.9.0.7', port: 22 }, true],
  [{ toString: null }, true],
  [{ ['__proto__']: null }, true],
])('%j: %j', (when, expected) => {
  expect(matches(when)).toBe(expected);
});

test.each<[Exception['when'], string]>([
  [{}, 'expected at least one field'],
  [{ a: [] }, 'a: expected at least one value'],
  [{ a: { b: 1 } }, 'a: expected a text, a number, true, false or null'],
  [{ a: [['b']] }, 'a: expected a text, a number, true, false or null'],
  [{ 'a|re': 'x.*' }, 'a|re: expected one of the modifiers cidr, contains, startswith, endswith'],
  [{ 'a|': 'x' }, 'a|: expected one of the modifiers cidr, contains, startswith, endswith'],
  [{ 'a|contains|all': ['x'] }, 'a|contains|all: expected one modifier at most'],
  [{ 'a|cidr': '10.0.0.0/40' }, 'a|cidr: `10.0.0.0/40` is no network'],
  [{ 'a|contains': null }, 'a|contains: null takes no modifier'],
  [{ '|contains': 'x' }, '|contains: expected the name of a field'],
  [{ a: 'x'.repeat(501) }, 'a: a value of more than 500 characters'],
  [{ a: Array.from({ length: 1001 }, String) }, 'a: more than 1000 values'],
  [Object.fromEntries(Array.from({ length: 21 }, (_, index) => [`f${index}`, 1])), 'more than 20 fields'],
])('%j is refused', (when, problem) => {
  expect(matches(when)).toBe(problem);
});

const exception = (id: string, more: Partial<Exception> = {}): Exception => ({
  id,
  detection: 'r',
  when: { port: 22 },
  owner: 'ann',
  reason: '',
  created: 0,
  until: 100,
  silenced: 0,
  ...more,
});
const idOf = (list: readonly Exception[], detection = 'r', now = 99) =>
  createExceptions(list).exceptionOf({ detection }, event, now);

describe('of several', () => {
  test('the first that holds is named', () => {
    expect(idOf([exception('a', { when: { port: 23 } }), exception('b'), exception('c')])).toBe('b');
  });
  test('one of another detection does not hold, one of all does', () => {
    expect(idOf([exception('a')], 'q')).toBeUndefined();
    expect(idOf([exception('a', { detection: '*' })], 'q')).toBe('a');
    expect(idOf([exception('a')], '__proto__')).toBeUndefined();
  });
  test('it ends at its end', () => {
    expect(idOf([exception('a')], 'r', 100)).toBeUndefined();
  });
  test('one that cannot be read leaves nothing out', () => {
    const { problems, exceptionOf } = createExceptions([exception('a', { when: { 'port|gt': 1 } })]);
    expect([...problems.keys()]).toEqual(['a']);
    expect(exceptionOf({ detection: 'r' }, event, 0)).toBeUndefined();
  });
});

const day = 24 * 60 * 60 * 1000;
test.each([
  [0, 'active'],
  [1, 'ending'],
  [8 * day - 1, 'ending'],
  [8 * day, 'ended'],
])('an exception until the eighth day is, at %d, %s', (now, state) => {
  expect(exceptionState({ until: 8 * day }, now + (now === 1 ? day : 0))).toBe(state);
});
