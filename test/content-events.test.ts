// What the content's correlations, queries and rules find in logs: raw lines of attacks and of what only resembles them,
// through schemas, rules, stores and schedules. Here one of each; test/integration plays them all. A detection without
// scenarios fails here.

import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { placesOf } from '../src/detect/sigma/place.ts';
import type { Line } from './content-events/line.suite.ts';
import { openContent, play } from './content-events/play.suite.ts';
import { scenarios } from './content-events/scenarios.suite.ts';
import { startTimeoutMs } from './program.ts';

let line: Line;
beforeAll(async () => {
  line = await openContent();
}, startTimeoutMs);
afterAll(() => line?.close());

test('the content loads', () => {
  expect(line.problems).toEqual([]);
});

test('every detection that raises alerts has an attack and a near miss', () => {
  const raising = [...line.detections.values()].filter(({ createAlert }) => createAlert).map(({ id }) => id);
  expect(Object.keys(scenarios).toSorted()).toEqual(raising.toSorted());
  const lacking = Object.entries(scenarios).filter(
    ([, { attacks, nearMisses }]) => Object.keys(attacks).length === 0 || Object.keys(nearMisses).length === 0,
  );
  expect(lacking).toEqual([]);
});

describe.each(Object.entries(scenarios))('%s', (id, { attacks, nearMisses }) => {
  test.each(Object.entries(attacks).slice(0, 1))('fires once: %s', async (_, attack) => {
    expect(await play(line, attack, id)).toEqual([expect.stringContaining(attack.title)]);
  });

  test.each(Object.entries(nearMisses).slice(0, 1))('is quiet: %s', async (_, nearMiss) => {
    expect(await play(line, nearMiss, id)).toEqual([]);
  });
});

test("web server events have what Sigma's rules for web servers ask of", () => {
  const schema = line.schemas.find(({ name }) => name === 'Nginx.Access');
  if (schema === undefined) throw new Error('no schema');
  const names = [
    'c-ip',
    'c-uri',
    'c-useragent',
    'cs-method',
    'cs-referer',
    'cs-uri',
    'cs-uri-query',
    'cs-uri-stem',
    'cs-user-agent',
    'cs-username',
    'cs-version',
    'sc-bytes',
    'sc-status',
  ];
  expect(names.filter((name) => placesOf(name, schema).length === 0)).toEqual([]);
});
