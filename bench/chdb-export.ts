// Takes the rows of one table out of a ClickHouse folder, for chDB to insert them again by itself:
// `node bench/chdb-export.ts FOLDER TABLE OUT` leaves `create.sql`, `columns.json` and `rows-<n>.jsonl` in OUT.

import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Session } from 'chdb';

export const batchRows = 100_000;

export interface ExportedColumn {
  readonly name: string;
  readonly type: string;
}

async function exportRows(folder: string, table: string, out: string): Promise<void> {
  rmSync(out, { recursive: true, force: true });
  mkdirSync(out, { recursive: true });
  const session = new Session(folder);
  const rowsOf = async <T>(sql: string): Promise<T[]> =>
    (await session.queryAsync(sql, { format: 'JSONEachRow' }))
      .text()
      .split('\n')
      .filter((line) => line !== '')
      .map((line): T => JSON.parse(line));
  const [created] = await rowsOf<{ statement: string }>(`SHOW CREATE TABLE ${table}`);
  const described = await rowsOf<ExportedColumn & { default_type: string }>(`DESCRIBE TABLE ${table}`);
  const columns = described.filter((column) => column.default_type === '').map(({ name, type }) => ({ name, type }));
  writeFileSync(join(out, 'create.sql'), created?.statement ?? '');
  writeFileSync(join(out, 'columns.json'), JSON.stringify(columns));
  const [counted] = await rowsOf<{ rows: number }>(`SELECT toUInt32(count()) AS rows FROM ${table}`);
  const rows = counted?.rows ?? 0;
  for (let from = 0; from < rows; from += batchRows) {
    const file = join(out, `rows-${String(from / batchRows).padStart(4, '0')}.jsonl`);
    const select = `SELECT * FROM ${table} ORDER BY p_row_id LIMIT ${batchRows} OFFSET ${from}`;
    await session.queryAsync(`INSERT INTO FUNCTION file('${file}', JSONEachRow) ${select}`);
  }
  session.close();
}

if (import.meta.main) {
  const [, , folder = '', table = '', out = ''] = process.argv;
  await exportRows(folder, table, out);
}
