// SigmaHQ's public repository, where it lies beside the checkout: all of its rules are compiled or refused with a reason,
// and its regression data, real Windows events, go through our schema into our evaluator.

import { existsSync, globSync, readFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import type { Signal } from '../src/core/detection.ts';
import { formatProblem } from '../src/core/problem.ts';
import { parseSigmaDocument } from '../src/detect/sigma/document.ts';
import { createSigmaEvaluator } from '../src/detect/sigma/evaluator.ts';
import { parseSchema } from '../src/schema/document.ts';
import { Records } from '../src/schema/engine/record.ts';
import { createSchemaReader, outcome } from '../src/schema/engine/schema-reader.ts';

const sigma = fileURLToPath(new URL('../../sigma/', import.meta.url));
const isMissing = !existsSync(`${sigma}rules`);
const folders = ['rules', 'rules-emerging-threats', 'rules-threat-hunting', 'rules-compliance', 'rules-placeholder'];

function readAll(...from: readonly string[]) {
  const rules = [];
  const problems = [];
  for (const folder of from) {
    for (const file of globSync(`${folder}/**/*.yml`, { cwd: sigma }).toSorted()) {
      const read = parseSigmaDocument(readFileSync(sigma + file, 'utf8'), file);
      rules.push(...read.rules);
      problems.push(...read.problems);
    }
  }
  return { rules, problems: problems.map(formatProblem) };
}

const file = 'content/schemas/windows/event-logs.yml';
const { schema } = parseSchema(readFileSync(new URL(`../${file}`, import.meta.url), 'utf8'), file);
if (schema === undefined) throw new Error('the schema of Windows events is broken');

describe.skipIf(isMissing)(`SigmaHQ${isMissing ? ' (skipped: the repository is not beside the checkout)' : ''}`, () => {
  const { rules, problems } = isMissing ? { rules: [], problems: [] } : readAll(...folders);

  test('every rule compiles, or says why not', () => {
    expect(rules.length).toBe(3755);
    expect(new Set(problems.map((problem) => problem.split(':')[0])).size).toBe(25);
    for (const problem of problems) expect(problem).toMatch(/^\S+:\d+:\d+: .+ there is no value for the placeholder %/);
    const old = readAll('deprecated', 'unsupported');
    expect(old.rules.length).toBe(193);
    for (const problem of old.problems) expect(problem).toMatch(/^\S+:\d+:\d+: .{10}/);
  });

  test('its regression data: each event is found by the rule that it is for', () => {
    const reader = createSchemaReader(schema);
    const signals: Signal[] = [];
    const evaluate = createSigmaEvaluator(rules, schema, new Int32Array(2), new Set(), signals);
    let passed = 0;
    const failed: string[] = [];
    for (const info of globSync('regression_data/**/info.yml', { cwd: sigma }).toSorted()) {
      const { rule_metadata: about, regression_tests_info: tests } = parse(readFileSync(sigma + info, 'utf8')) as Info;
      for (const each of tests ?? []) {
        // The events are beside as JSON, some several in one file.
        const path = globSync(`${dirname(info)}/*.json`, { cwd: sigma })[0];
        if (path === undefined || each.type !== 'evtx') {
          failed.push(`${info}: has no events`);
          continue;
        }
        signals.length = 0;
        for (const text of readFileSync(sigma + path, 'utf8').split(/\n(?=\{)/)) {
          const records = new Records(Buffer.from(JSON.stringify(JSON.parse(text))));
          const read = reader.read(records, 0, records.bytes.length, 0);
          expect(read, `${path}: ${reader.reason()}`).toBe(outcome.event);
          evaluate?.(reader.event(facts, 'a-000000', undefined), reader.time(0));
        }
        expect(signals.flatMap(({ error }) => error ?? [])).toEqual([]);
        if (about.every(({ id }) => signals.some(({ detection }) => detection === id))) passed++;
        else failed.push(`${info}: ${signals.map(({ title }) => title).join(', ')}`);
      }
    }
    expect(failed).toEqual([]);
    expect(passed).toBe(202);
  });
});

const data = new URL('../../shared/data/windows/', import.meta.url);
const hasNoData = !existsSync(data);

test.skipIf(hasNoData)(
  `recorded Windows events all go in${hasNoData ? ' (skipped: the data is not beside the checkout)' : ''}`,
  () => {
    const reader = createSchemaReader(schema);
    const lost: string[] = [];
    const logons = new Set<unknown>();
    let events = 0;
    for (const name of globSync('*.json', { cwd: fileURLToPath(data) })) {
      const records = new Records(readFileSync(new URL(name, data)));
      for (let start = 0; start < records.bytes.length; ) {
        const end = records.bytes.indexOf(10, start);
        if (reader.read(records, start, end, 0) === outcome.event) events++;
        else lost.push(reader.reason());
        const { p_ecs: ecs = {} } = reader.event(facts, 'a-000000', undefined);
        if (ecs['event.action'] === 'logon') logons.add(ecs['user.name']);
        start = end + 1;
      }
    }
    expect(lost).toEqual([]);
    expect(events).toBe(122 + 349 + 184 + 110);
    expect(logons).toContain('pgustavo');
  },
);

const facts = { id: 'a', source: 'a', file: '', received: 0, receivedText: '' };

interface Info {
  readonly rule_metadata: readonly { readonly id: string }[];
  readonly regression_tests_info?: readonly { readonly type: string }[];
}
