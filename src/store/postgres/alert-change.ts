// The record of what was done to alerts, by people and by the program.

import { sql, type Transaction } from 'kysely';
import { storableText } from './storable.ts';
import type { AlertChangeRow, Tables } from './tables.ts';

/** What the program does itself, it does under this name. */
export const ownName = 'tocsin';

const maxTextLength = 2000;

export async function recordChanges(
  trx: Transaction<Tables>,
  changes: readonly Pick<AlertChangeRow, 'alert' | 'time' | 'by' | 'what'>[],
): Promise<void> {
  if (changes.length === 0) return;
  const rows = changes.map((change) => ({ ...change, by: storable(change.by), what: storable(change.what) }));
  await sql`
    insert into alert_changes (alert, time, by, what)
    select alert, time, by, what
    from json_to_recordset(${JSON.stringify(rows)}::json) as new (alert text, time bigint, by text, what text)
    `.execute(trx);
}

function storable(text: string): string {
  return storableText(text.slice(0, maxTextLength));
}
