// What the content's correlations, queries and rules find in logs is played in test/integration/content-events.test.ts. Here:
// the content loads, and every detection has scenarios there.

import { afterAll, beforeAll, expect, test } from 'vitest';
import { placesOf } from '../src/detect/sigma/place.ts';
import type { Line } from './content-events/line.suite.ts';
import { openContent } from './content-events/play.suite.ts';
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
