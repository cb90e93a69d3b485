import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import type { LoadedTable } from './lookup/load.ts';
import { packTable } from './lookup/pack.ts';
import { createPool, type Pool } from './pool.ts';
import { parseSchema } from './schema/document.ts';

const { schema } = parseSchema('schema: Custom.Pool\nfields:\n  - {name: n, type: int}', 'pool.yml');
const folder = mkdtempSync(join(tmpdir(), 'tocsin-pool-'));
let pool: Pool | undefined;
afterEach(async () => {
  await pool?.close();
  rmSync(folder, { recursive: true, force: true });
});

async function start(
  rules: Readonly<Record<string, string>>,
  workers: number,
  lookups: readonly LoadedTable[] = [],
): Promise<Pool> {
  const files = Object.entries(rules).map(([name, match]) => {
    const path = join(mkdtempSync(join(tmpdir(), 'tocsin-pool-')), `${name}.ts`);
    const text = `import { rule } from 'tocsin';
export default rule({ id: 'Pool.${name}', logTypes: ['Custom.Pool'], severity: 'Low', match: (event) => { ${match} } });`;
    writeFileSync(path, text);
    return { path, name: `${name}.ts` };
  });
  if (schema === undefined) throw new Error('bug: the schema of this test');
  pool = await createPool({
    workers,
    heapMb: 64,
    ruleMs: 300,
    setup: { schemas: [schema], sources: { s: ['Custom.Pool'] }, rules: files, sigma: [], lookups, pythonLogTypes: [] },
    onStopped: () => {},
  });
  return pool;
}

const job = (id: string, text: string) =>
  ({
    kind: 'job',
    id,
    source: 's',
    file: '',
    received: 1_700_000_000_000,
    bytes: new Uint8Array(Buffer.from(text)),
  }) as const;

/** Detections of a batch's groups with their counts, and the rules that were stopped. */
async function run(running: Pool, id: string, text: string) {
  const done = await running.run(job(id, text));
  done.release();
  const groups = done.groups.map(({ detection, count, isError }) => `${detection} ${count}${isError ? ' failed' : ''}`);
  return { groups, stopped: done.stopped.map(({ detection, reason }) => `${detection} ${reason}`) };
}

test('rules that loop, hoard or end the thread are left out, and the batch runs again without them', async () => {
  const rules = {
    Good: 'return event.n === 1;',
    Loops: 'if (event.n === 1) for (;;); return false;',
    Hoards: 'if (event.n === 2) { const all = []; for (;;) all.push(new Array(10_000).fill(event.n)); } return false;',
    Exits: 'if (event.n === 3) process.exit(3); return false;',
  };
  const running = await start(rules, 1);
  const first = await run(running, '00000001-0000', '{"n":1}\n{"n":2}\n{"n":3}\n');
  expect(first.groups).toStrictEqual(['Pool.Good 1']);
  expect(first.stopped.map((text) => text.replace(/\(.*\)/, '()'))).toStrictEqual([
    'Pool.Loops stopped: one call took more than 300 ms',
    'Pool.Hoards stopped: it took more than the 64 MiB of its worker',
    'Pool.Exits stopped: it ended its worker',
  ]);
  expect(await run(running, '00000001-0001', '{"n":1}\n{"n":2}\n{"n":3}\n')).toStrictEqual({
    groups: ['Pool.Good 1'],
    stopped: [],
  });
  expect(running.restarts()).toBe(3);
});

function listed(...keys: string[]): LoadedTable {
  const definition = {
    name: 'listed',
    primaryKey: 'key',
    match: 'exact',
    selectors: { 'Custom.Pool': ['n'] },
  } as const;
  const rows = keys.map((key) => ({ key }));
  return { definition, packed: packTable(definition, rows).table };
}

test('a table that is swapped is seen by the next batch, and by a thread that is started again', async () => {
  const running = await start(
    {
      Listed: 'return event.p_enrichment?.["listed"]?.["n"] !== undefined;',
      Loops: 'if (event.n === 9) for (;;); return false;',
    },
    1,
    [listed('1')],
  );
  expect((await run(running, '00000001-0000', '{"n":1}\n{"n":2}\n')).groups).toStrictEqual(['Pool.Listed 1']);
  running.swap(listed('1', '2'));
  expect((await run(running, '00000001-0001', '{"n":1}\n{"n":2}\n')).groups).toStrictEqual(['Pool.Listed 2']);
  expect((await run(running, '00000001-0002', '{"n":9}\n{"n":2}\n')).groups).toStrictEqual(['Pool.Listed 1']);
  expect(running.restarts()).toBe(1);
});

test('batches that come while a thread is started again are not lost', async () => {
  const running = await start({ Loops: 'if (event.n === 0) for (;;); return true;' }, 2);
  const texts = Array.from({ length: 30 }, (_, n) => `{"n":${n}}\n`);
  const results = await Promise.all(texts.map((text, n) => run(running, `00000001-${n}`, text)));
  expect(results.filter(({ groups }) => groups.length > 1)).toStrictEqual([]);
  expect(running.restarts()).toBeGreaterThan(0);
  expect((await run(running, '00000002-0000', '{"n":5}\n')).groups).toStrictEqual([]);
});
