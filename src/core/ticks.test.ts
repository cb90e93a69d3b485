import { expect, test } from 'vitest';
import { createTicks, refuseTimes } from './ticks.ts';

const at = (text: string): number => Date.parse(text);
const shown = (time: number): string => (Number.isFinite(time) ? new Date(time).toISOString() : String(time));

test.each([
  ['2026-03-01T00:00:09.999Z', '2026-03-01T00:00:00.000Z', '2026-03-01T00:00:10.000Z'],
  ['2026-03-01T00:00:10Z', '2026-03-01T00:00:10.000Z', '2026-03-01T00:00:20.000Z'],
])('every 10 s at %s', (time, floor, next) => {
  const ticks = createTicks({ everyMs: 10_000, timezone: 'UTC' });
  expect([shown(ticks.floor(at(time))), shown(ticks.next(at(time)))]).toEqual([floor, next]);
});

test.each([
  ['*/5 * * * *', 'UTC', '2026-03-01T00:05:00Z', '2026-03-01T00:05:00.000Z', '2026-03-01T00:10:00.000Z'],
  ['*/5 * * * *', 'UTC', '2026-03-01T00:04:59.999Z', '2026-03-01T00:00:00.000Z', '2026-03-01T00:05:00.000Z'],
  ['*/20 * * * * *', 'UTC', '2026-03-01T00:00:39Z', '2026-03-01T00:00:20.000Z', '2026-03-01T00:00:40.000Z'],
  // 02:30 does not exist on 2026-03-29 in Berlin: it comes when the clock changes, at 01:00 UTC.
  ['30 2 * * *', 'Europe/Berlin', '2026-03-28T12:00:00Z', '2026-03-28T01:30:00.000Z', '2026-03-29T01:00:00.000Z'],
  ['30 2 * * *', 'Europe/Berlin', '2026-03-29T12:00:00Z', '2026-03-29T01:00:00.000Z', '2026-03-30T00:30:00.000Z'],
  // 02:30 comes twice on 2026-10-25.
  ['30 2 * * *', 'Europe/Berlin', '2026-10-25T00:30:00Z', '2026-10-25T00:30:00.000Z', '2026-10-26T01:30:00.000Z'],
  ['*/30 * * * *', 'Europe/Berlin', '2026-10-25T00:30:00Z', '2026-10-25T00:30:00.000Z', '2026-10-25T01:00:00.000Z'],
])('%s in %s at %s', (cron, timezone, time, floor, next) => {
  const ticks = createTicks({ cron, timezone });
  expect([shown(ticks.floor(at(time))), shown(ticks.next(at(time)))]).toEqual([floor, next]);
});

test.each(['0 9-17 * * 1-5', '30 2 * * *', '0 */4 * * *', '0 2,3 * * *'])(
  '%s: each time is the floor of itself and of the time before the next, over both clock changes',
  (cron) => {
    const ticks = createTicks({ cron, timezone: 'America/New_York' });
    for (const start of ['2026-03-06T00:00:00Z', '2026-10-30T00:00:00Z']) {
      let tick = ticks.next(at(start));
      for (let count = 0; count < 40; count++) {
        const next = ticks.next(tick);
        expect(next).toBeGreaterThan(tick);
        expect([ticks.floor(tick), ticks.floor(next - 1)].map(shown)).toEqual([tick, tick].map(shown));
        tick = next;
      }
    }
  },
);

test.each([
  [{ everyMs: 10_000 }, undefined],
  [{ cron: '*/5 * * * *' }, undefined],
  [{}, 'expected either `every` or `cron`'],
  [{ everyMs: 10_000, cron: '* * * * *' }, 'expected either `every` or `cron`'],
  [{ everyMs: 10 }, 'expected at least 1s'],
  [{ cron: '0 0 30 2 *' }, 'this cron expression names no time that ever comes'],
  [{ cron: '61 * * * *' }, expect.stringContaining('61')],
  [{ cron: '* * * * *', timezone: 'Mars/Olympus' }, expect.stringContaining('Mars/Olympus')],
])('%j: %s', (times, reason) => {
  expect(refuseTimes({ timezone: 'UTC', ...times })).toEqual(reason);
});
