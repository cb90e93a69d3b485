import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Analysis, Observable } from '../core/analysis.ts';
import { createAnalyze } from './analyze.ts';
import { oracle } from './oracle.suite.ts';

const kinds = { oracle };
const ip = (value: string): Observable => ({ kind: 'ip', value });
const told = async (analysis: Promise<Analysis>) => {
  const { state, message } = await analysis;
  return [state, message];
};

let recordings: string;
const record = (name: string, text: string) => writeFile(join(recordings, name), text);
beforeEach(async () => {
  recordings = await mkdtemp(join(tmpdir(), 'tocsin-recorded-'));
});
afterEach(() => rm(recordings, { recursive: true }));

test('stand for the network, without keys, stores and limits', async () => {
  await record('oracle_2a01__1.json', '{"known": 7, "note": "a\\u0000"}');
  await record('oracle_192.0.2.1.json', '{"status": 404, "body": {"known": 0}}');
  await record('oracle_9.9.9.8.json', 'not JSON');
  const analyze = createAnalyze({ kinds, fixtures: recordings });
  expect(await analyze('oracle', ip('2A01::1'))).toEqual({
    analyzer: 'oracle',
    observable: ip('2A01::1'),
    state: 'hit',
    message: '',
    facts: { known: 7, note: 'a' },
    raw: { known: 7, note: 'a' },
  });
  expect(await analyze('oracle', ip('192.0.2.1'))).toMatchObject({ state: 'miss', raw: { known: 0 } });
  expect(await told(analyze('oracle', ip('9.9.9.8')))).toEqual(['error', 'HTTP 200: "not JSON"']);
  expect(await told(analyze('oracle', ip('9.9.9.7')))).toEqual(['skipped', 'no recorded answer']);
  expect(await told(analyze('oracle', ip('10.0.0.1')))).toEqual(['skipped', 'it is a private or reserved address']);
  const outside = { kind: 'domain', value: '../oracle_9.9.9.8' } as const;
  expect(await told(analyze('oracle', outside))).toEqual(['skipped', 'it is no domain name']);
});

const named = (name: string) =>
  createAnalyze({ kinds: { oracle: { ...oracle, fixture: () => name } }, fixtures: recordings });

test('are not read from elsewhere, whatever the kind names', async () => {
  await record('x.json', '{"known": 7}');
  expect(await named('x')('oracle', ip('9.9.9.9'))).toMatchObject({ state: 'hit' });
  for (const name of ['', '../x', `../${basename(recordings)}/x`, 'x/../x', '.x', 'x'.repeat(300)]) {
    expect(await named(name)('oracle', ip('9.9.9.9'))).toMatchObject({ state: 'skipped' });
  }
});
