// Events of one schema, both as rules see them and in an embedded event store: what a rule says of the ones must be what
// its SQL finds of the others.

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Event } from '../src/core/event.ts';
import type { EventStore } from '../src/core/event-store.ts';
import { formatProblem } from '../src/core/problem.ts';
import type { Schema } from '../src/core/schema.ts';
import type { Table } from '../src/core/table.ts';
import type { Condition } from '../src/detect/sigma/ast.ts';
import { createCompiler } from '../src/detect/sigma/predicate.ts';
import { toSql, withClause } from '../src/detect/sigma/sql.ts';
import { fieldsOf } from '../src/detect/sigma/sql-field.ts';
import { createView } from '../src/detect/sigma/view.ts';
import { parseSchema } from '../src/schema/document.ts';
import { Records } from '../src/schema/engine/record.ts';
import { createSchemaReader, outcome } from '../src/schema/engine/schema-reader.ts';
import { createEventStore } from '../src/store/clickhouse/event-store.ts';

const received = Date.UTC(2026, 10, 20, 12);
/** Rules are asked in one query up to so many characters. */
const longestQuery = 60_000;

export interface History {
  readonly schema: Schema;
  readonly table: Table;
  readonly store: EventStore;
  readonly events: readonly Event[];
  /** Row ids of each condition's events, in the order of the events; why not, where it cannot be SQL. */
  hits(conditions: readonly Condition[]): Promise<(readonly string[] | { readonly problem: string })[]>;
  /** The same, one event at a time. */
  streamed(conditions: readonly Condition[]): string[][];
  [Symbol.asyncDispose](): Promise<void>;
}

interface Test {
  readonly position: number;
  readonly sql: string;
  readonly definitions: ReadonlyMap<string, string>;
}

export function readSchema(yaml: string, file = 'test.yml'): Schema {
  const { schema, problems } = parseSchema(yaml, file);
  if (schema === undefined) throw new Error(problems.map(formatProblem).join('\n'));
  return schema;
}

/** Records that the schema does not take are left out. */
export async function openHistory(schema: Schema, lines: readonly string[]): Promise<History> {
  const reader = createSchemaReader(schema);
  const events: Event[] = [];
  for (const [index, line] of lines.entries()) {
    const records = new Records(Buffer.from(line));
    const { length } = records.bytes;
    if (reader.read(records, 0, length, received) !== outcome.event) continue;
    const batch = { id: '0-0', source: 'test', file: '', received, receivedText: '2026-11-20 12:00:00.000' };
    const id = `row${index}`;
    reader.append(records, 0, length, batch, id);
    events.push(reader.event(batch, id, undefined));
  }
  const path = await mkdtemp(join(tmpdir(), 'tocsin-history-'));
  const store = await createEventStore({ path }, { retentionDays: { events: 0, signals: 0, deadLetters: 0 } });
  const { table } = reader;
  await store.ensureTable(table);
  const taken = reader.take((size) => new SharedArrayBuffer(size));
  if (taken !== undefined) {
    await store.append({ token: 'all', tables: [{ table, rows: taken.rows, blocks: [taken.block] }] });
  }

  async function query(tests: readonly Test[]): Promise<(readonly [number, string])[]> {
    const positions = tests.map(({ position }) => position).join(', ');
    const sqls = tests.map(({ sql }) => `ifNull(${sql}, false)`).join(', ');
    const sql = `${withClause(tests.map(({ definitions }) => definitions))} SELECT p_row_id, arrayFilter((p_at, p_hit) -> p_hit, [${positions}], [${sqls}]) AS p_hits
      FROM ${table.name} WHERE notEmpty(p_hits)`;
    const { rows: found, truncated } = await store.query(sql);
    if (truncated) throw new Error('more rows than the store gives');
    return found.flatMap((row) =>
      (row['p_hits'] as number[]).map((position) => [position, String(row['p_row_id'])] as const),
    );
  }

  return {
    schema,
    table,
    store,
    events,
    async hits(conditions) {
      const fields = fieldsOf(table, schema);
      const found = conditions.map(() => new Set<string>());
      const problems = new Map<number, { readonly problem: string }>();
      let tests: Test[] = [];
      let length = 0;
      const ask = async (): Promise<void> => {
        if (tests.length > 0) for (const [position, id] of await query(tests)) found[position]?.add(id);
        tests = [];
        length = 0;
      };
      for (const [position, condition] of conditions.entries()) {
        const written = toSql(condition, fields);
        if ('problem' in written) {
          problems.set(position, written);
          continue;
        }
        if (length + written.sql.length > longestQuery) await ask();
        tests.push({ position, ...written });
        length += written.sql.length;
      }
      await ask();
      const rows = events.map((event) => event.p_row_id);
      return found.map((ids, position) => problems.get(position) ?? rows.filter((id) => ids.has(id)));
    },
    streamed(conditions) {
      const view = createView(schema);
      const compile = createCompiler(view);
      const predicates = conditions.map(compile);
      const found = conditions.map((): string[] => []);
      for (const event of events) {
        view.hold(event);
        for (const [position, holds] of predicates.entries()) if (holds()) found[position]?.push(event.p_row_id);
      }
      return found;
    },
    async [Symbol.asyncDispose]() {
      await store.close();
      await rm(path, { recursive: true });
    },
  };
}
