// The worker thread in which the tests of TypeScript rules run: test-runner.ts starts it and stops it.

import { parentPort, workerData } from 'node:worker_threads';
import type { Event } from '../core/event.ts';
import { answerFromMock } from './lookup.ts';
import { hardenRegex } from './regex.ts';
import type { RuleTestReport, TableQuestion, TestThreadSetup } from './test-runner.ts';
import { judge, type RuleTestResult } from './test-result.ts';
import { type EnrichedTests, withEnrichment } from './test-tables.ts';
import { loadTypeScriptRules, type RuleFile, type TypeScriptRule } from './typescript.ts';
import { describeError, describeMatch, wrongReturn } from './typescript-match.ts';

hardenRegex();
const { files, asks }: TestThreadSetup = workerData;
const main = parentPort ?? undefined;
if (main === undefined) throw new Error('bug: test-thread.ts runs in a worker thread only');
for (const file of files) main.postMessage(await testFile(file), []);

async function testFile(file: RuleFile): Promise<RuleTestReport> {
  const { rules, problems } = await loadTypeScriptRules([file]);
  const [rule] = rules;
  const tests = rule === undefined ? [] : runTests(rule, asks ? await askTables(rule) : []);
  return { rule: rule?.detection.id ?? '', file: file.name, language: 'typescript', tests, problems, warnings: [] };
}

function runTests(
  { detection, definition }: TypeScriptRule,
  enrichments: EnrichedTests['enrichments'],
): RuleTestResult[] {
  const logType = detection.logTypes[0] ?? '';
  return (definition.tests ?? []).map((test, index) => {
    const made: Event = {
      p_log_type: logType,
      p_row_id: `test-${index + 1}`,
      p_event_time: '2026-01-01 00:00:00.000',
      p_parse_time: '2026-01-01 00:00:00.000',
      p_source_id: 'test',
      ...test.event,
    };
    const event = withEnrichment(made, enrichments[index]);
    answerFromMock(event);
    try {
      const matched: unknown = definition.match(event);
      if (typeof matched !== 'boolean') throw wrongReturn(detection.id, 'match', matched, 'boolean');
      if (!matched) return judge(test, { got: false, errors: [] });
      const facts = { logType: event.p_log_type, rowId: event.p_row_id, time: 0, text: '' };
      const { signal, errors } = describeMatch(detection, definition, event, facts);
      const { title, dedup, severity } = signal;
      return judge(test, { got: true, title, dedup, severity, errors });
    } catch (error) {
      return judge(test, { errors: [describeError(error)] });
    }
  });
}

function askTables({ detection, definition }: TypeScriptRule): Promise<EnrichedTests['enrichments']> {
  const tests = (definition.tests ?? []).map(({ name, event }) => ({ name, event: plainEvent(event) }));
  const question: TableQuestion = { asked: { logTypes: detection.logTypes, tests } };
  return new Promise((resolve) => {
    main?.once('message', resolve);
    main?.postMessage(question, []);
  });
}

/** As JSON has it: a test's event may hold anything that code can make. What is no JSON at all has no fields. */
function plainEvent(event: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  try {
    const plain: Readonly<Record<string, unknown>> = JSON.parse(JSON.stringify(event));
    return plain;
  } catch {
    return {};
  }
}
