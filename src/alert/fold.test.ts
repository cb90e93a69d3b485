import { expect, test } from 'vitest';
import type { Signal } from '../core/detection.ts';
import { foldSignals } from './fold.ts';

function signal(more: Partial<Signal> = {}): Signal {
  return {
    detection: 'r',
    logType: 'A',
    rowId: '1',
    time: 5,
    title: 't',
    dedup: 'd',
    severity: 'LOW',
    event: '{}',
    ...more,
  };
}

test('no signals, no groups', () => {
  expect(foldSignals([])).toEqual([]);
});

test('signals of one detection and dedup string are one group, with the first as its sample', () => {
  const signals = [signal({ title: 'first' }), signal({ time: 3, logType: 'B' }), signal({ time: 9 })];
  const { event: _, ...sample } = signal({ title: 'first' });
  expect(foldSignals(signals)).toEqual([
    { detection: 'r', dedup: 'd', isError: false, count: 3, first: 3, last: 9, logTypes: ['A', 'B'], sample },
  ]);
});

test('different values are counted once, the empty one too', () => {
  const [group] = foldSignals(['80', '443', '80', '', '\0'].map((unique) => signal({ unique })));
  expect(group?.count).toBe(5);
  expect(group?.unique).toHaveLength(4);
  expect(group?.sample).not.toHaveProperty('unique');
  expect(foldSignals([signal()])[0]).not.toHaveProperty('unique');
});

test('times of groups are whole milliseconds, though events have microseconds', () => {
  const [group] = foldSignals([signal({ time: 5.122 }), signal({ time: 7.9 })]);
  expect([group?.first, group?.last]).toEqual([5, 7]);
});

test('detections, dedup strings and errors are apart, in the order of their first signals', () => {
  const signals = [
    signal({ dedup: 'e' }),
    signal({ error: 'E' }),
    signal(),
    signal({ detection: 'q' }),
    signal({ error: 'F' }),
    signal({ dedup: 'e' }),
  ];
  const groups = foldSignals(signals).map((group) => [group.detection, group.dedup, group.isError, group.count]);
  expect(groups).toEqual([
    ['r', 'e', false, 2],
    ['r', 'd', true, 2],
    ['r', 'd', false, 1],
    ['q', 'd', false, 1],
  ]);
});

test('names like __proto__ are names', () => {
  const signals = [signal({ dedup: '__proto__' }), signal({ dedup: 'constructor' }), signal({ dedup: '__proto__' })];
  expect(foldSignals(signals).map(({ count }) => count)).toEqual([2, 1]);
});
