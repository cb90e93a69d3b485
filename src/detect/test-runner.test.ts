import { existsSync } from 'node:fs';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parseRuleDocument } from './document.ts';
import { startPythonRules } from './python-host.ts';
import { pythonRule } from './python-host.suite.ts';
import type { PythonRule } from './python-rule.ts';
import { type RulesUnderTest, type RuleTestReport, testRules } from './test-runner.ts';

const demo = new URL('../../demo/', import.meta.url);
const data = new URL('../../../shared/data/fluentd-s3/bucket/netstat/', import.meta.url);
const dataMissing = existsSync(data) ? '' : ' (skipped: the sample data is not beside this checkout)';
const nothing = { rules: [], modules: [], models: [] };

async function run(rules: Partial<RulesUnderTest>): Promise<readonly RuleTestReport[]> {
  const reports: RuleTestReport[] = [];
  for await (const report of testRules({ typescript: [], python: nothing, ...rules })) reports.push(report);
  return reports;
}

async function openPortRule(): Promise<PythonRule> {
  const name = 'rules/unexpected_open_port.yml';
  const { document } = parseRuleDocument(await readFile(new URL(name, demo), 'utf8'), name);
  if (document?.kind !== 'rule') throw new Error('the rule of the demo does not load');
  return { ...document, source: await readFile(new URL(document.filename, demo), 'utf8') };
}

describe('Python rules', () => {
  test('the unexpected open port', async () => {
    expect(await run({ python: { ...nothing, rules: [await openPortRule()] } })).toEqual([
      {
        rule: 'Custom.Netstat.UnexpectedPort',
        file: 'rules/unexpected_open_port.py',
        language: 'python',
        problems: [],
        warnings: [],
        tests: [
          { name: 'HTTPS is expected', expected: false, got: false, passed: true },
          {
            name: 'FTP triggers',
            expected: true,
            got: true,
            passed: true,
            title: 'Unexpected Port Opened: 21',
            dedup: 'Unexpected Port Opened: 21',
            severity: 'HIGH',
          },
        ],
      },
    ]);
  });

  test.skipIf(dataMissing !== '')(`the unexpected open port on Fluentd's records${dataMissing}`, async () => {
    const rules = await startPythonRules({ ...nothing, rules: [await openPortRule()] });
    try {
      const files = (await readdir(data, { recursive: true })).filter((name) => name.endsWith('.json')).toSorted();
      const lines = (await Promise.all(files.map((name) => readFile(new URL(name, data), 'utf8')))).join('');
      const times = new Float64Array(lines.split('\n').length);
      const signals = await rules.run({ logType: 'Custom.Netstat', events: Buffer.from(lines), times });
      expect(signals.filter(({ error }) => error !== undefined)).toEqual([]);
      // `(only` and `Local` are the header junk, which the schema drops before rules see it.
      expect(
        [...new Set(signals.map(({ title }) => title.slice('Unexpected Port Opened: '.length)))].toSorted(),
      ).toEqual(expect.arrayContaining(['(only', '21', 'Local']));
    } finally {
      rules.close();
    }
  });

  test('mocks, failures and expectations', async () => {
    const source = `def lookup(): return 'real'
def rule(event): return event['n'] == 1
def title(event): return lookup()
def dedup(event): return 'd' * (1 // event['d'])`;
    const about = { mocks: [], log: { n: 1, d: 1 } };
    const [report] = await run({
      python: {
        ...nothing,
        rules: [
          pythonRule('A', 'T', source, {
            tests: [
              {
                ...about,
                name: 'mock',
                match: true,
                title: 'faked',
                mocks: [{ objectName: 'lookup', returnValue: 'faked' }],
              },
              { ...about, name: 'real', match: true, title: 'faked' },
              { ...about, name: 'raises', match: false, log: {} },
              { ...about, name: 'aux', match: true, log: { n: 1, d: 0 } },
              { ...about, name: 'no mock', match: true, mocks: [{ objectName: 'nowhere', returnValue: 1 }] },
            ],
          }),
        ],
      },
    });
    expect(report?.tests).toEqual([
      { name: 'mock', expected: true, got: true, passed: true, title: 'faked', dedup: 'd', severity: 'MEDIUM' },
      expect.objectContaining({ name: 'real', passed: false, error: 'title: expected "faked", got "real"' }),
      { name: 'raises', expected: false, passed: false, error: "KeyError('n')" },
      expect.objectContaining({
        name: 'aux',
        got: true,
        passed: false,
        error: expect.stringMatching(/^dedup: ZeroDivisionError/),
      }),
      expect.objectContaining({ name: 'no mock', passed: false }),
    ]);
  });
});

describe('TypeScript rules', () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'tocsin-test-runner-'));
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  async function report(...bodies: readonly string[]): Promise<readonly RuleTestReport[]> {
    const files = bodies.map((_, index) => ({ path: join(folder, `r${index}.ts`), name: `rules/r${index}.ts` }));
    for (const [index, body] of bodies.entries()) {
      const text = `import { rule } from 'tocsin';\nexport default rule({ id: 'R${index}', logTypes: ['T'], severity: 'Low', ${body} });`;
      await writeFile(join(folder, `r${index}.ts`), text);
    }
    return run({ typescript: files, timeoutMs: 1500 });
  }

  test('tests of a rule', async () => {
    const body = `match: (e) => e.n === 1, title: (e) => e.t.toUpperCase(), tests: [
      { name: 'match', event: { n: 1, t: 'a' }, match: true, title: 'A', severity: 'low' },
      { name: 'quiet', event: { n: 2 }, match: false },
      { name: 'other title', event: { n: 1, t: 'a' }, match: true, title: 'B' },
      { name: 'title fails', event: { n: 1 }, match: true },
      { name: 'log type', event: { n: 1, t: 'a' }, match: false }]`;
    const [first] = await report(body);
    expect(first).toMatchObject({ rule: 'R0', file: 'rules/r0.ts', problems: [], warnings: [] });
    expect(first?.tests).toEqual([
      { name: 'match', expected: true, got: true, passed: true, title: 'A', dedup: 'A', severity: 'LOW' },
      { name: 'quiet', expected: false, got: false, passed: true },
      expect.objectContaining({ name: 'other title', passed: false, error: 'title: expected "B", got "A"' }),
      expect.objectContaining({
        name: 'title fails',
        passed: false,
        error: expect.stringMatching(/^title: TypeError: /),
      }),
      expect.objectContaining({ name: 'log type', got: true, passed: false }),
    ]);
  });
  test('a rule that does not end, or eats memory, stops nothing else', { timeout: 60_000 }, async () => {
    const good = "match: () => true, tests: [{ name: 'a', event: {}, match: true }]";
    const reports = await report(
      good,
      "match: () => { for (;;) {} }, tests: [{ name: 'a', event: {}, match: true }]",
      "match: () => { const all: number[][] = []; for (;;) all.push([...Array(1000).keys()]); }, tests: [{ name: 'a', event: {}, match: true }]",
      'match: 1',
      good,
    );
    expect(reports.map(({ rule, problems }) => [rule, problems[0]?.message ?? ''])).toEqual([
      ['R0', ''],
      ['', 'ran longer than 1.5 s'],
      ['', expect.stringMatching(/memory|ran longer/)],
      ['', 'match: expected a function'],
      ['R4', ''],
    ]);
    expect(reports.at(-1)?.warnings).toEqual(['without a test that does not match']);
  });
});
