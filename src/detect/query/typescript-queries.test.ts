import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { testQuery } from './test-query.ts';
import { startTypeScriptQueries, type TypeScriptQueries, type TypeScriptQueryLimits } from './typescript-queries.ts';

let folder = '';
let started: TypeScriptQueries | undefined;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tocsin-queries-'));
});
afterEach(() => started?.close());
afterAll(() => rm(folder, { recursive: true }));

let count = 0;
async function start(
  texts: readonly string[],
  limits: Partial<TypeScriptQueryLimits> = {},
): Promise<TypeScriptQueries> {
  const files = texts.map((text, index) => ({ text, name: `q${index}.ts`, path: join(folder, `${count++}.ts`) }));
  for (const { path, text } of files) await writeFile(path, text);
  started = await startTypeScriptQueries(files, limits);
  return started;
}

const query = (more: string, id = 'Q'): string => `
type Row = { n: number };
export default {
  id: '${id}',
  query: 'SELECT n FROM t WHERE p_parse_time >= {from:DateTime64(6)}',
  every: '10s',
  severity: 'High',
  ${more}
};`;

test('its functions say what the signals of rows are', async () => {
  const { queries, problems, warnings } = await start([
    query(`
      title: ({ n }: Row) => 'n is ' + n,
      dedup: ({ n }: Row) => String(n % 2),
      context: ({ n }: Row) => ({ n, when: new Date(0), big: n > 2 ? 5n : undefined }),
      severity: ({ n }: Row) => (n > 1 ? 'CRITICAL' : 'low'),
      tests: [
        { name: 'one', row: { n: 1 }, title: 'n is 1', dedup: '1', severity: 'Low' },
        { name: 'two', row: { n: 2 }, title: 'n is 3' },
      ],`),
  ]);
  expect([problems, warnings]).toEqual([[], []]);
  const [first] = queries;
  if (first === undefined) throw new Error('no query');
  expect(first).toMatchObject({
    name: 'Q',
    file: 'q0.ts',
    schedule: { everyMs: 10_000 },
    signals: { detection: { severity: 'MEDIUM' } },
  });
  expect(await first.signals?.say([{ n: 1 }, { n: 2 }, { n: 3 }], 0)).toEqual([
    { title: 'n is 1', dedup: '1', severity: 'LOW', context: { n: 1, when: '1970-01-01T00:00:00.000Z' } },
    { title: 'n is 2', dedup: '0', severity: 'CRITICAL', context: { n: 2, when: '1970-01-01T00:00:00.000Z' } },
    { error: expect.stringContaining('BigInt'), name: 'TypeError' },
  ]);
  expect(await testQuery(first)).toEqual([
    { name: 'one', passed: true, failures: [] },
    { name: 'two', passed: false, failures: ['title: expected "n is 3", got "n is 2"'] },
  ]);
});

test.each([
  ["title: () => { throw new RangeError('no') },", { error: 'RangeError: no', name: 'RangeError' }],
  ['title: () => { throw 5 },', { error: 'not an Error was thrown', name: 'Error' }],
  ['title: () => 5,', { error: 'TypeError: title gave 5, expected a text', name: 'TypeError' }],
  ["severity: () => 'urgent',", { error: expect.stringContaining('severity gave "urgent"'), name: 'TypeError' }],
  ['context: () => null,', { error: 'TypeError: context gave no object', name: 'TypeError' }],
])('%s is an error of the row', async (more, said) => {
  const { queries } = await start([query(more)]);
  expect(await queries[0]?.signals?.say([{ n: 1 }], 0)).toEqual([said]);
});

test('a file that does not load, or is no query, is a problem, and the others are loaded', async () => {
  const { queries, problems } = await start([
    'export default {',
    'export const x = 1;',
    query(''),
    query(''),
    query('every: "1h", cron: "* * * * *",', 'R'),
  ]);
  expect(queries.map(({ name }) => name)).toEqual(['Q']);
  expect(problems.map(({ file, message }) => `${file}: ${message}`)).toEqual([
    expect.stringMatching(/^q0\.ts: SyntaxError/),
    'q1.ts: expected `export default scheduledQuery({ ... })`, found no default export',
    'q3.ts: Q: that id is taken by q2.ts',
    'q4.ts: every: expected either `every` or `cron`',
  ]);
});

test('a function that does not end fails its run, and no other', async () => {
  const { queries } = await start([query('title: ({ n }: Row) => { while (n > 1); return "fine" },'), query('', 'R')], {
    rowsMs: 1000,
  });
  const [loops, other] = queries;
  const results = await Promise.allSettled([
    loops?.signals?.say([{ n: 2 }], 0),
    other?.signals?.say([{ n: 2 }], 0),
    loops?.signals?.say([{ n: 1 }], 0),
  ]);
  expect(results).toMatchObject([
    { status: 'rejected', reason: { message: 'the functions of Q took longer than 1 s' } },
    { status: 'fulfilled', value: [{ title: 'R' }] },
    { status: 'fulfilled', value: [{ title: 'fine' }] },
  ]);
});

test('a function that takes all memory fails its run, and not the program', async () => {
  const text = query('title: () => { const all = []; for (;;) all.push(new Array(1000).fill(all.length)); },');
  const { queries } = await start([text], { memoryMegabytes: 32 });
  await expect(queries[0]?.signals?.say([{ n: 1 }], 0)).rejects.toThrow('the functions of Q failed');
});

test('a file that does not end as it is loaded is told of', async () => {
  const { queries, problems } = await start(['while (true);'], { loadMs: 300 });
  expect([queries, problems]).toEqual([
    [],
    [{ file: 'q0.ts', message: 'queries in TypeScript took longer than 0.3 s as they were loaded' }],
  ]);
});
