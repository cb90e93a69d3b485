import { expect, test } from 'vitest';
import type { EventStore } from '../core/event-store.ts';
import { at, correlationOf } from '../detect/correlation/correlation.suite.ts';
import { groupsOf, historyOf } from './signals.ts';

const day = 86_400_000;
const asked: unknown[] = [];

const refuse = () => Promise.reject(new Error('bug: not asked for'));

/** Has signals of `a`: at so many ms, of a user, from a country; what came arrived a second later. */
function store(signals: readonly (readonly [time: number, user: string, country: string])[]): EventStore {
  const rows = signals.map(([time, u, c], index) => ({
    detection_id: 'a',
    p_row_id: `row ${index}`,
    time,
    arrival: time + 1000,
    context: '',
    event: JSON.stringify({ u, c }),
  }));
  const result = { columns: [], truncated: false, elapsedMs: 1, rowsRead: 10, bytesRead: 100 };
  return {
    query: async (sql, parameters) => {
      asked.push(parameters);
      return { ...result, rows: sql.includes('ingest_stats') ? [{ first: 5 }] : rows };
    },
    ensureTable: refuse,
    append: refuse,
    close: refuse,
  };
}

const signals = [
  [1000, 'ann', 'de'],
  [3000, 'ann', 'de'],
  [2000, 'bob', 'fr'],
] as const;
const about = { from: 40 * day, to: 41 * day, before: { from: 39 * day, to: 41 * day }, sources: ['sshd', 'ann'] };

async function past(body: string, touched?: Parameters<typeof historyOf>[2]) {
  asked.length = 0;
  const correlation = correlationOf(`rules: [a], group-by: [u], timespan: 1h, ${body}`);
  const { items, rowsRead } = await historyOf(store(signals), correlation, touched, about);
  return { items, rowsRead, asked: asked[0] };
}

const seen = { key: ['ann'], value: '', first: 2000, last: 4000, count: 2 };
const bob = { key: ['bob'], value: '', first: 3000, last: 3000, count: 1 };

test('values that groups had, by event time, as long ago as the history reaches', async () => {
  expect(await past('type: new_value, condition: {field: c, history: 10d, min_history: 1d}')).toEqual({
    items: [
      { ...seen, value: 'de', first: 1000, last: 3000 },
      { ...bob, value: 'fr', first: 2000, last: 2000 },
    ],
    rowsRead: 10,
    asked: { detections: ['a'], received_from: 30 * day, received_to: 39 * day },
  });
});

test('groups that were there, by the time of receiving', async () => {
  expect(await past('type: absence, condition: {inventory: {seen: 5d}}')).toEqual({
    items: [seen, bob],
    rowsRead: 10,
    asked: { detections: ['a'], received_from: 34 * day, received_to: 39 * day },
  });
  const onlyBob = { keys: [['bob']], has: (signal: { fields(path: string): unknown }) => signal.fields('u') === 'bob' };
  expect((await past('type: absence', onlyBob)).items).toEqual([bob]);
});

const never = (key: string) => ({ key: [key], value: '', first: 5, count: 0 });

test('members that never came are waited for since records came', async () => {
  expect((await past('type: absence, condition: {inventory: [bob, cy]}')).items).toEqual([seen, bob, never('cy')]);
  expect(await past('type: absence, condition: {inventory: configured_sources}')).toMatchObject({
    items: [seen, bob, never('sshd')],
    asked: { received_from: 9 * day },
  });
});

test('others need no past', async () => {
  expect(await past('type: event_count, condition: {gte: 2}')).toEqual({ items: [], rowsRead: 0, asked: undefined });
});

test('a signal without a group field touches a group only where that is one', () => {
  const body = 'type: event_count, rules: [a], group-by: [u], timespan: 1h, condition: {gte: 2}';
  const signal = at(0, 'a', { v: 1 });
  const ignoring = groupsOf(correlationOf(body), [signal]);
  expect([ignoring.keys, ignoring.has(signal)]).toEqual([[], false]);
  const grouping = groupsOf(correlationOf(body, '{missing: group}'), [signal]);
  expect([grouping.keys, grouping.has(signal), grouping.has(at(1, 'a', { u: 'x' }))]).toEqual([[['']], true, false]);
});
