import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { deadLetterTable } from '../core/fixed-tables.ts';
import { BlockWriter } from '../schema/engine/column.ts';
import { createEventStore } from '../store/clickhouse/event-store.ts';
import { createFakeApp } from './fake-app.suite.ts';
import { createServer } from './server.ts';

/** One row of dead_letters as the store takes it; times are in microseconds. */
function block(rows: readonly (readonly (string | number)[])[]): Uint8Array {
  const writer = new BlockWriter(deadLetterTable.columns);
  for (const row of rows) {
    for (const [index, value] of row.entries()) {
      if (typeof value === 'number') writer.columns[index]?.addNumber(value * 1000);
      else writer.columns[index]?.addText(value);
    }
    writer.endRow();
  }
  return writer.take((size) => new SharedArrayBuffer(size)) ?? new Uint8Array();
}

test('dead letters are read from the real store: newest first, of one source, cut to a bearable length', async () => {
  const path = await mkdtemp(join(tmpdir(), 'tocsin-'));
  const events = await createEventStore({ path }, { retentionDays: { events: 0, signals: 0, deadLetters: 0 } });
  const server = await createServer({ ...createFakeApp(), events }, { port: 0 });
  const list = async (query: string) => {
    const url = `/api/v1/dead-letters${query}`;
    const answer = await server.inject({ url, headers: { 'x-api-key': 'tocsin_read' } });
    expect(answer.body).toMatch(/^\{"items":/);
    return answer.json<{ items: readonly unknown[] }>().items;
  };
  try {
    const time = Date.UTC(2026, 0, 31, 9);
    const reasons = JSON.stringify([{ schema: 'Nginx.Access', reason: 'no "match"' }]);
    const blocks = [
      block([
        ['r1', time, 'web', 'a.log', reasons, 'what?'],
        ['r2', time + 1, 'lines', '', '[]', 'x'.repeat(50_000)],
      ]),
    ];
    await events.append({ token: 't1', tables: [{ table: deadLetterTable, rows: 2, blocks }] });
    expect(await list('?source=web')).toEqual([
      {
        rowId: 'r1',
        received: '2026-01-31T09:00:00.000Z',
        source: 'web',
        file: 'a.log',
        reasons: [{ schema: 'Nginx.Access', reason: 'no "match"' }],
        raw: 'what?',
        rawBytes: 5,
      },
    ]);
    expect(await list('')).toMatchObject([{ rowId: 'r2', rawBytes: 50_000, raw: 'x'.repeat(16_384) }, { rowId: 'r1' }]);
    expect(await list('?limit=1')).toHaveLength(1);
    expect(await list("?source=x'%20OR%201=1")).toEqual([]);
  } finally {
    await server.close();
    await events.close();
    await rm(path, { recursive: true });
  }
});
