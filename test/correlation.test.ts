// Correlations over what others wrote: Panther's correlation rules with their tests, from a checkout of panther-analysis
// beside this one, and sample logs from ../shared/data. Where one is missing its tests are skipped and say so.

import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { readDocumentText } from '../src/core/document-text.ts';
import { formatProblem } from '../src/core/problem.ts';
import type { CorrelationSignal } from '../src/detect/correlation/correlation.ts';
import { parseCorrelation } from '../src/detect/correlation/document.ts';
import { evaluate } from '../src/detect/correlation/evaluate.ts';
import { signalFields } from '../src/detect/correlation/field.ts';
import { parsePantherCorrelation } from '../src/detect/correlation/panther-document.ts';
import { testPanther } from '../src/detect/correlation/panther.ts';

const analysis = fileURLToPath(new URL('../../panther-analysis/', import.meta.url));
const why = existsSync(analysis) ? '' : ' (skipped: no panther-analysis beside the checkout)';

test.skipIf(why !== '')(`the 91 tests of Panther's correlation rules pass${why}`, { timeout: 60_000 }, () => {
  const files = readdirSync(analysis, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.yml'));
  const results = files.flatMap((file) => {
    const source = readFileSync(`${analysis}${file}`, 'utf8');
    if (!/^AnalysisType: *["']?correlation_rule/m.test(source)) return [];
    const text = readDocumentText(source, file);
    const { correlation, problems } = parsePantherCorrelation(text.value, text, file);
    if (correlation?.kind.kind !== 'panther') throw new Error(problems.map(formatProblem).join('\n'));
    return testPanther(correlation.kind).map((result) => ({ file, ...result }));
  });
  expect(results.filter(({ passed }) => !passed)).toEqual([]);
  expect(results).toHaveLength(91);
});

const data = fileURLToPath(new URL('../../shared/data/', import.meta.url));
const whyData = existsSync(data) ? '' : ' (skipped: no ../shared/data)';

/** The groups that fire; `body` is what stands under `correlation`. */
function firingGroups(body: string, signals: readonly CorrelationSignal[]): readonly string[] {
  const text = readDocumentText(`title: T\nid: t\ncorrelation: {${body}}\n`, 't.yml');
  const { correlation, problems } = parseCorrelation(text, 't.yml');
  if (correlation === undefined) throw new Error(problems.map(formatProblem).join('\n'));
  const { firings } = evaluate(correlation, signals, { from: 0, to: Number.MAX_SAFE_INTEGER });
  return [...new Set(firings.map(({ key }) => key.join(' ')))];
}

/** A signal for each line that the pattern takes, with its named groups as fields. */
function signalsOf(file: string, pattern: RegExp): readonly CorrelationSignal[] {
  return readFileSync(`${data}${file}`, 'utf8')
    .split('\n')
    .flatMap((line, number): readonly CorrelationSignal[] => {
      const fields = pattern.exec(line)?.groups;
      if (fields === undefined) return [];
      const time = Date.parse(`${fields['time'] ?? ''} UTC`);
      const rowId = `line ${number}`;
      return [{ detection: 'base', time, received: time, rowId, fields: signalFields(fields) }];
    });
}

test.skipIf(whyData !== '')(`the port scan, and none of what only resembles one${whyData}`, () => {
  const syns = signalsOf(
    'tcpdump/syn.log',
    /^(?<time>\S+ \S+) IP6? (?<src>\S+)\.\d+ > (?<dst>\S+)\.(?<port>\d+): Flags \[S\]/,
  );
  expect(syns).toHaveLength(1836);
  const body = 'type: value_count, rules: [base], group-by: [src, dst], condition: {field: port, gt: 50}, timespan';
  expect(firingGroups(`${body}: 30s`, syns)).toEqual(['192.168.1.17 192.168.1.105']);
  // The slow scan is one of 60 ports in 12 minutes.
  expect(firingGroups(`${body}: 1h`, syns).some((pair) => pair.startsWith('203.0.113.66 '))).toBe(true);
});

test.skipIf(whyData !== '')(`the address with the most failed logins${whyData}`, () => {
  const failures = signalsOf(
    'linux-auth/auth.log',
    /^(?<time>\w{3} +\d+ [\d:]{8}) \S+ sshd\[\d+\]: (?:message repeated \d+ times: \[ )?Failed password for .* from (?<src>\S+) port/,
  );
  const body = 'type: event_count, rules: [base], group-by: [src], timespan: 1h, condition: {gte: 20}';
  expect(firingGroups(body, failures)).toContain('24.151.103.17');
});
