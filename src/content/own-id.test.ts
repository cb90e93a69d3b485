import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { loadContent } from '../app.ts';
import { loadConfig } from '../config.ts';
import { formatProblem } from '../core/problem.ts';

/** The detections, as `language file`, and the problems of a workspace with these files. */
async function load(files: Readonly<Record<string, string>>) {
  const folder = await mkdtemp(join(tmpdir(), 'tocsin-own-id-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  for (const [name, text] of Object.entries({ 'tocsin.yml': 'name: test\n', ...files })) {
    await mkdir(dirname(join(folder, name)), { recursive: true });
    await writeFile(join(folder, name), text);
  }
  const { config } = await loadConfig(folder);
  const { detections, problems } = await loadContent(config);
  return [detections.map(({ language, file }) => `${language} ${file}`).toSorted(), problems.map(formatProblem)];
}

const typescript = "export default { id: 'X', logTypes: ['*'], severity: 'Low', match: () => true };";
const sigma = 'title: X\nid: X\nlogsource: {product: windows}\ndetection: {a: {b: c}, condition: a}\n';
const python = (file: string) => ({
  [`rules/${file}.yml`]: `AnalysisType: rule\nRuleID: X\nFilename: ${file}.py\nSeverity: Low\nEnabled: true\nLogTypes: [A.B]\n`,
  [`rules/${file}.py`]: 'def rule(event):\n    return True\n',
});
const query = 'title: X\nid: X\nquery: SELECT {to:UInt64} AS p_parse_time\nsiem: {schedule: {every: 1h}}\n';
const correlation = `title: X
id: X
correlation: {type: event_count, rules: [base], timespan: 1h, condition: {gte: 3}}
level: low
---
title: Base
name: base
id: base
logsource: {product: windows}
detection: {a: {b: c}, condition: a}
`;

const taken = (file: string, owner: string): string => `${file}: X is the id of the rule in ${owner} already`;

test.each<[string, Readonly<Record<string, string>>, readonly string[], readonly string[]]>([
  [
    'TypeScript before Sigma',
    { 'rules/a.ts': typescript, 'rules/b.yml': sigma },
    ['typescript rules/a.ts'],
    [taken('rules/b.yml', 'rules/a.ts')],
  ],
  [
    'Sigma before TypeScript',
    { 'rules/a.yml': sigma, 'rules/b.ts': typescript },
    ['sigma rules/a.yml'],
    [taken('rules/b.ts', 'rules/a.yml')],
  ],
  [
    'Python before Sigma and TypeScript',
    { ...python('a'), 'rules/b.yml': sigma, 'rules/c.ts': typescript },
    ['python rules/a.py'],
    [taken('rules/b.yml', 'rules/a.py'), taken('rules/c.ts', 'rules/a.py')],
  ],
  [
    'TypeScript before Python',
    { 'rules/a.ts': typescript, ...python('b') },
    ['typescript rules/a.ts'],
    [taken('rules/b.py', 'rules/a.ts')],
  ],
  [
    'a query before a rule',
    { 'queries/a.yml': query, 'rules/a.ts': typescript },
    ['sql queries/a.yml'],
    [taken('rules/a.ts', 'queries/a.yml')],
  ],
  [
    'a correlation before a query and a rule',
    { 'correlations/a.yml': correlation, 'queries/a.yml': query, 'rules/a.yml': sigma },
    ['correlation correlations/a.yml', 'sigma correlations/a.yml'],
    [taken('queries/a.yml', 'correlations/a.yml'), taken('rules/a.yml', 'correlations/a.yml')],
  ],
])('an id belongs to the first by path: %s', async (_, files, detections, problems) => {
  const [found, told] = await load(files);
  expect(found).toEqual(detections);
  expect((told ?? []).toSorted()).toEqual(problems);
});

test("names of queries may not be those of the program's own schedules, or of correlations that the clock runs", async () => {
  const [found, told] = await load({
    'correlations/a.yml': correlation.replace('event_count', 'absence').replace('condition: {gte: 3}', 'group-by: [b]'),
    'queries/a.yml':
      'AnalysisType: scheduled_query\nQueryName: X\nEnabled: true\nQuery: SELECT 1\nSchedule: {RateMinutes: 5}\n',
    'queries/b.yml': query.replace('id: X', 'id: correlations'),
  });
  expect(found).toEqual(['correlation correlations/a.yml', 'sigma correlations/a.yml']);
  expect(told).toEqual([
    'queries/a.yml: X is the name of the schedule of correlations/a.yml already',
    'queries/b.yml: correlations is the name of a schedule of the program',
  ]);
});
