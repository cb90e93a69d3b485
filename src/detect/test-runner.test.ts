import { existsSync } from 'node:fs';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parseRuleDocument } from './document.ts';
import { startPythonRules } from './python-host.ts';
import { pythonRule } from './python-host.suite.ts';
import type { PythonRule } from './python-rule.ts';
import { type RulesUnderTest, type RuleTestReport, testRules } from './test-runner.ts';
import type { TestTables } from './test-tables.ts';

const demo = new URL('../../demo/', import.meta.url);
const data = new URL('../../../shared/data/fluentd-s3/bucket/netstat/', import.meta.url);
const dataMissing = existsSync(data) ? '' : ' (skipped: the sample data is not beside this checkout)';
const nothing = { rules: [], modules: [], models: [] };

const tor = { tor: { ip: { ip: '192.0.2.1', p_match: '192.0.2.1' } } };
/** They know one address, and events of the log type T. */
const tables: TestTables = {
  enrich: ({ ip, odd }, logType) => ({
    enrichment: ip === '192.0.2.1' && logType === 'T' ? tor : {},
    misfits: odd === undefined ? [] : ['odd: expected nothing'],
  }),
  find: ({ ip }, table, key) => (table === 'tor' && key === '192.0.2.1' ? { of: String(ip) } : undefined),
};

async function run(rules: Partial<RulesUnderTest>): Promise<readonly RuleTestReport[]> {
  const reports: RuleTestReport[] = [];
  for await (const report of testRules({ typescript: [], python: nothing, ...rules })) reports.push(report);
  return reports;
}

async function openPortRule(): Promise<PythonRule> {
  const name = 'rules/unexpected_open_port.yml';
  const { document } = parseRuleDocument(await readFile(new URL(name, demo), 'utf8'), name);
  if (document?.kind !== 'rule') throw new Error('the rule of the demo does not load');
  return { ...document, document: name, source: await readFile(new URL(document.filename, demo), 'utf8') };
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

describe('enrichment of Python rules', () => {
  const source = `def rule(event): return event.deep_get('p_enrichment', 'tor', 'ip', 'ip') is not None
def title(event): return str((event.lookup('tor', '192.0.2.1') or {}).get('of'))`;
  const about = { mocks: [], match: true };
  const canned = { ip: 'x', p_enrichment: { tor: { ip: { ip: 'x', p_match: 'x' } } } };
  const mocked = { ...canned, _mocked_lookup_data_: { tor: { '192.0.2.1': { of: 'mock' } } } };
  const rule = pythonRule('A', 'T', source, {
    tests: [
      { ...about, name: 'canned', log: canned, title: 'None' },
      { ...about, name: 'mocked', log: mocked, title: 'mock' },
      { ...about, name: 'none', log: { ip: '192.0.2.1' }, match: false },
      { ...about, name: 'other log type', log: { ip: '192.0.2.1', p_log_type: 'U', odd: 1 }, match: false },
    ],
  });

  test('is what the test says', async () => {
    const [report] = await run({ python: { ...nothing, rules: [rule] } });
    expect(report?.tests.map(({ name, passed }) => [name, passed])).toEqual(rule.tests.map(({ name }) => [name, true]));
    expect(report?.warnings).toEqual([]);
  });

  test('or of the tables, where the test says nothing', async () => {
    const [report] = await run({ python: { ...nothing, rules: [rule] }, tables });
    expect(report?.tests.map(({ name, title, got, enrichment }) => [name, got, title, enrichment])).toEqual([
      ['canned', true, 'x', undefined],
      ['mocked', true, 'mock', undefined],
      ['none', true, '192.0.2.1', tor],
      ['other log type', false, undefined, {}],
    ]);
    expect(report?.warnings).toEqual(['test "other log type": odd: expected nothing']);
  });
});

describe('TypeScript rules', () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'tocsin-test-runner-'));
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  async function report(...bodies: readonly string[]): Promise<readonly RuleTestReport[]> {
    return reportWith(undefined, bodies);
  }
  async function reportWith(known: TestTables | undefined, bodies: readonly string[]) {
    const files = bodies.map((_, index) => ({ path: join(folder, `r${index}.ts`), name: `rules/r${index}.ts` }));
    for (const [index, body] of bodies.entries()) {
      const text = `import { rule } from 'tocsin';\nexport default rule({ id: 'R${index}', logTypes: ['T'], severity: 'Low', ${body} });`;
      await writeFile(join(folder, `r${index}.ts`), text);
    }
    return run({ typescript: files, tables: known, timeoutMs: 1500 });
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
  test('enrichment is what the test says, or of the tables where it says nothing', { timeout: 60_000 }, async () => {
    const body = `match: (e) => e.p_enrichment !== undefined && Object.keys(e).includes('p_row_id'), tests: [
      { name: 'canned', event: { ip: 'x', p_enrichment: { tor: {} } }, match: true },
      { name: 'none', event: { ip: '192.0.2.1' }, match: false },
      { name: 'other log type', event: { ip: '192.0.2.1', p_log_type: 'U', odd: 1 }, match: false },
      { name: 'no JSON', event: { ip: '192.0.2.1', big: 1n }, match: false }]`;
    const loops = "match: () => { for (;;) {} }, tests: [{ name: 'a', event: {}, match: true }]";
    const [plain] = await report(body);
    expect(plain?.tests.map(({ passed }) => passed)).toEqual([true, true, true, true]);
    const [first, second, third] = await reportWith(tables, [body, loops, body]);
    expect(first?.tests.map(({ name, got, enrichment }) => [name, got, enrichment])).toEqual([
      ['canned', true, undefined],
      ['none', true, tor],
      ['other log type', false, {}],
      ['no JSON', false, {}],
    ]);
    expect(first?.warnings).toEqual(['test "other log type": odd: expected nothing']);
    expect(second?.problems).toEqual([{ file: 'rules/r1.ts', message: 'ran longer than 1.5 s' }]);
    expect(third?.tests.map(({ enrichment }) => enrichment)).toEqual([undefined, tor, {}, {}]);
  });
  test('no report is lost on who takes them slowly', async () => {
    const body = "match: () => true, tests: [{ name: 'a', event: {}, match: true }]";
    await report(body, body, body);
    const files = [0, 1, 2].map((index) => ({ path: join(folder, `r${index}.ts`), name: `rules/r${index}.ts` }));
    const found: string[] = [];
    for await (const { rule } of testRules({ typescript: files, python: nothing, timeoutMs: 1500 })) {
      found.push(rule);
      await sleep(300);
    }
    expect(found).toEqual(['R0', 'R1', 'R2']);
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
