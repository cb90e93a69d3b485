import { expect, test } from 'vitest';
import { readDocumentText } from '../../core/document-text.ts';
import { splitDocuments } from '../sigma/split.ts';
import { parsed } from './correlation.suite.ts';
import { parseCorrelation } from './document.ts';
import { resolveCorrelations } from './resolve.ts';
import { testCorrelation } from './test-correlation.ts';

/** Of the last correlation of the text; rules are `ok` and `failed`, by the event's `outcome`. */
async function run(text: string, files: Readonly<Record<string, string>> = {}): Promise<readonly string[]> {
  const read = splitDocuments(text).map((each) => parsed(each));
  const rules = ['ok', 'failed'].map((id) => ({ id, file: 'rules.yml' }));
  const { correlations, problems } = resolveCorrelations(read, rules);
  expect(problems).toEqual([]);
  const tested = correlations.at(-1);
  if (tested === undefined) throw new Error('there is none');
  const results = await testCorrelation(tested, {
    correlations,
    match: ({ outcome }) => (typeof outcome === 'string' ? [outcome] : []),
    readFile: (name) => files[name],
  });
  return results.map(({ name, passed, error }) => (passed ? name : `${name}: ${error ?? 'failed'}`));
}

const many = `title: T
id: many
correlation: {type: event_count, rules: [failed], group-by: [user], timespan: 10m, condition: {gte: 10}}
`;
const then = `title: T
id: then
correlation: {type: temporal_ordered, rules: [many, ok], group-by: [user], timespan: 10m}
`;
const failed = '{generate: {count: 10, every: 2s, template: {user: bob, outcome: failed}}}';

test('events are made, written or in a file', async () => {
  const results = await run(
    `${many}tests:
  - {name: made, events: ${failed}, expect: {alerts: 1, key: [bob], value: 10}}
  - {name: in a list, events: [${failed}, {user: bob, outcome: failed}], expect: {alerts: 1, value: 11}}
  - {name: too slow, events: {generate: {count: 10, every: 70s, template: {user: bob, outcome: failed}}}, expect: {alerts: 0}}
  - {name: numbered, events: {generate: {count: 20, every: 1ms, template: {user: 'u{{i}}', outcome: failed}}}, expect: {alerts: 0}}
  - {name: a file, events: {file: a.ndjson}, expect: {alerts: 1, key: [eve]}}
`,
    { 'a.ndjson': '{"user":"eve","outcome":"failed","@timestamp":"2026-05-01T00:00:00Z"}\n'.repeat(10) },
  );
  expect(results).toEqual(['made', 'in a list', 'too slow', 'numbered', 'a file']);
});

test('what differs is told', async () => {
  const results = await run(`${many}tests:
  - {name: number, events: ${failed}, expect: {alerts: 2}}
  - {name: key, events: ${failed}, expect: {alerts: 1, key: [eve]}}
  - {name: value, events: ${failed}, expect: {alerts: 1, value: 11}}
  - {name: file, events: {file: none}, expect: {alerts: 1}}
`);
  expect(results).toEqual([
    'number: alerts: expected 2, got 1 (["bob"] with 10)',
    'key: key: expected ["eve"], got (["bob"] with 10)',
    'value: value: expected 11, got (["bob"] with 10)',
    'file: there is no file none',
  ]);
});

test('a correlation of a correlation', async () => {
  const results = await run(`${many}---
${then}tests:
  - {name: in, events: [${failed}, {user: bob, outcome: ok}], expect: {alerts: 1, key: [bob]}}
  - {name: in while it goes on, events: [${failed}, ${failed}, {at: 19s, event: {user: bob, outcome: ok}}], expect: {alerts: 1}}
  - {name: long after it began, events: [{generate: {count: 200, every: 10s, template: {user: bob, outcome: failed}}}, {user: bob, outcome: ok}], expect: {alerts: 1}}
  - {name: somebody else, events: [${failed}, {user: eve, outcome: ok}], expect: {alerts: 0}}
  - {name: before, events: [{user: bob, outcome: ok}, ${failed}], expect: {alerts: 0}}
  - {name: too late, events: [${failed}, {at: 11m, event: {user: bob, outcome: ok}}], expect: {alerts: 0}}
`);
  expect(results).toEqual(['in', 'in while it goes on', 'long after it began', 'somebody else', 'before', 'too late']);
});

test('counting a correlation counts its episodes, however long they are', async () => {
  const results = await run(`${many}---
title: T
id: spray
correlation: {type: event_count, rules: [many], timespan: 1h, condition: {gte: 2}}
tests:
  - {name: one long episode, events: {generate: {count: 100, every: 2s, template: {user: bob, outcome: failed}}}, expect: {alerts: 0}}
  - {name: two users, events: [${failed}, {generate: {count: 10, every: 2s, template: {user: eve, outcome: failed}}}], expect: {alerts: 1, value: 2}}
`);
  expect(results).toEqual(['one long episode', 'two users']);
});

test('silence goes on until the clock says so', async () => {
  const results = await run(`title: T
id: silent
correlation: {type: absence, rules: [ok], group-by: [user], timespan: 1h, condition: {inventory: [bob, eve]}}
tests:
  - {name: in time, events: [{user: bob, outcome: ok}, {user: eve, outcome: ok}], until: 59m, expect: {alerts: 0}}
  - {name: eve never came, events: [{user: bob, outcome: ok}, {at: 30m, event: {user: bob, outcome: ok}}], until: 61m, expect: {alerts: 1, key: [eve]}}
  - {name: both, events: [{user: bob, outcome: ok}], until: 2h, expect: {alerts: 2}}
`);
  expect(results).toEqual(['in time', 'eve never came', 'both']);
});

const problem = (events: string) => {
  const text = readDocumentText(`${many}tests: [{name: x, events: ${events}, expect: {alerts: 1}}]`, 'c.yml');
  return parseCorrelation(text, 'c.yml').problems[0];
};

test('a broken test is refused with its place', () => {
  expect(problem('{generate: {count: 0, every: 1s, template: {}}}')).toMatchObject({ line: 4 });
  expect(problem('[{generate: {count: 1}}]')).toMatchObject({ line: 4 });
  expect(problem('{file: ../x}')).toMatchObject({ line: 4 });
  expect(problem('[{user: bob}]')).toBeUndefined();
});
