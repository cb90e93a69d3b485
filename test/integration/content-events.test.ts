// What the content's correlations, queries and rules find in logs: raw lines of attacks and of what only resembles them,
// through schemas, rules, stores and schedules; and ordinary hours in which none of them may say anything.

import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Line } from '../content-events/line.suite.ts';
import { ordinaryHours } from '../content-events/ordinary-scenario.suite.ts';
import { openContent, play } from '../content-events/play.suite.ts';
import { scenarios } from '../content-events/scenarios.suite.ts';
import { startTimeoutMs } from '../program.ts';

let line: Line;
beforeAll(async () => {
  line = await openContent();
}, startTimeoutMs);
afterAll(() => line?.close());

describe.each(Object.entries(scenarios))('%s', (id, { attacks, nearMisses }) => {
  test.each(Object.entries(attacks))('fires once: %s', async (_, attack) => {
    expect(await play(line, attack, id)).toEqual([expect.stringContaining(attack.title)]);
  });

  test.each(Object.entries(nearMisses))('is quiet: %s', async (_, nearMiss) => {
    expect(await play(line, nearMiss, id)).toEqual([]);
  });
});

test('ordinary hours raise no alert', async () => {
  expect(await play(line, ordinaryHours)).toEqual([]);
});
