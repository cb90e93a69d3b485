import { expect, test } from 'vitest';
import type { Schedule, Window } from '../core/schedule.ts';
import type { Plan, ScheduleState } from '../core/schedule-store.ts';
import { createTicks } from '../core/ticks.ts';
import { planRun } from './plan.ts';

const schedule: Schedule = { everyMs: 10_000, timezone: 'UTC', lagMs: 2000, timeoutMs: 5000, catchupMs: 60_000 };

/** Seconds in, seconds out. */
function plan(now: number, state: Partial<ScheduleState> = {}, more: { settled?: number } & Partial<Schedule> = {}) {
  const { settled = now, ...changed } = more;
  const used = { ...schedule, ...changed };
  const whole: ScheduleState = { id: 'q', cursor: 100_000, due: 0, wanted: 0, failures: 0, ...state };
  return inSeconds(
    planRun({ schedule: used, ticks: createTicks(used) }, whole, { now: now * 1000, settled: settled * 1000 }),
  );
}

function inSeconds(planned: Plan): string {
  if (planned.kind === 'wait') return `until ${planned.due / 1000}`;
  const { window, gap, backfill } = planned;
  return `${backfill === undefined ? '' : 'back-fill '}${text(window)}${gap === undefined ? '' : `, gap ${text(gap)}`}`;
}

function text({ from, to }: Window): string {
  return `${from / 1000}-${to / 1000}`;
}

const seconds = (from: number, to: number) => ({ from: from * 1000, to: to * 1000 });

test('a window is run when its lag is over', () => {
  expect(plan(111.999)).toBe('until 112');
  expect(plan(112)).toBe('100-110');
  expect(plan(119)).toBe('100-110');
});

test('missed windows are run one after the other, the oldest first', () => {
  expect(plan(145)).toBe('100-110');
  expect(plan(145, { cursor: 110_000 })).toBe('110-120');
});

test('what is too late is passed over, to a time of the schedule, and told', () => {
  expect(plan(170)).toBe('100-110');
  expect(plan(171)).toBe('110-120, gap 100-110');
  expect(plan(1000)).toBe('930-940, gap 100-930');
});

test('the newest window is run however late it is', () => {
  const daily = { everyMs: 86_400_000, catchupMs: 60_000 };
  expect(plan(86_400 + 40_000, { cursor: 0 }, daily)).toBe('0-86400');
  expect(plan(2 * 86_400 + 40_000, { cursor: 0 }, daily)).toBe('86400-172800, gap 0-86400');
});

test('a clock that goes back makes nothing run again', () => {
  expect(plan(50)).toBe('until 112');
  expect(plan(100, { due: 0 })).toBe('until 112');
});

test('what is not in the store yet is waited for', () => {
  expect(plan(115, {}, { settled: 109 })).toBe('until 115.5');
  expect(plan(115, {}, { settled: 110 })).toBe('100-110');
});

test('a window that began is run as it was, unless it is too late', () => {
  const unfinished = seconds(100, 107);
  expect(plan(125, { unfinished })).toBe('100-107');
  expect(plan(300, { unfinished })).toBe('230-240, gap 100-230');
  expect(plan(168, { unfinished })).toBe('107-110, gap 100-107');
});

test('hurried, a window ends where the lag allows, and the next one at the next time', () => {
  expect(plan(106, { wanted: 104_001 })).toBe('100-104');
  expect(plan(106.001, { wanted: 104_001 })).toBe('100-104.001');
  expect(plan(101, { wanted: 101_001 })).toBe('until 103.001');
  expect(plan(115, { wanted: 115_001 })).toBe('100-110');
  expect(plan(108, { wanted: 104_001, cursor: 104_001 })).toBe('until 112');
});

test('a back-fill is run in steps when nothing else is due', () => {
  const backfill = { id: '7', ...seconds(10, 95), cursor: 90_000, due: 0, failures: 0 };
  expect(plan(111, { backfill })).toBe('back-fill 90-95');
  expect(plan(112, { backfill })).toBe('100-110');
  expect(plan(112, { backfill, due: 113_000 })).toBe('back-fill 90-95');
  expect(plan(111, { backfill: { ...backfill, due: 111_001 } })).toBe('until 112');
});

test('by a cron expression, windows lie between its times, over a change of the clock', () => {
  const cron = { cron: '30 2 * * *', timezone: 'Europe/Berlin', lagMs: 0, catchupMs: 10 * 86_400_000 };
  const { everyMs: _, ...rest } = schedule;
  const used: Schedule = { ...rest, ...cron };
  const ticks = createTicks(used);
  const now = Date.parse('2026-03-31T12:00:00Z');
  const windows: string[] = [];
  for (let cursor = Date.parse('2026-03-28T01:30:00Z'); ; ) {
    const next = planRun(
      { schedule: used, ticks },
      { id: 'q', cursor, due: 0, wanted: 0, failures: 0 },
      { now, settled: now },
    );
    if (next.kind === 'wait') break;
    windows.push(new Date(next.window.to).toISOString());
    cursor = next.window.to;
  }
  expect(windows).toEqual(['2026-03-29T01:00:00.000Z', '2026-03-30T00:30:00.000Z', '2026-03-31T00:30:00.000Z']);
});
