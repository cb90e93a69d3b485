// Rows of the tables that do not come from a schema: signals, dead letters, ingest_stats. Column order is that of
// core/fixed-tables.ts.

import type { Signal } from './core/detection.ts';
import { deadLetterTable, ingestStatsTable, signalTable } from './core/fixed-tables.ts';
import type { Table } from './core/table.ts';
import { BlockWriter, type ColumnWriter } from './schema/engine/column.ts';
import type { Misfit } from './schema/engine/classify.ts';
import type { Rows, Tally } from './work.ts';

/** What rows of a batch share. `received` in epoch ms. */
export interface BatchRow {
  readonly id: string;
  readonly source: string;
  readonly file: string;
  readonly received: number;
}

interface FixedRows<Row> {
  add(row: Row, batch: BatchRow): void;
  take(buffer?: (size: number) => SharedArrayBuffer): Rows | undefined;
}

function createRows<Row>(
  table: Table,
  write: (column: Readonly<Record<string, ColumnWriter>>, row: Row, batch: BatchRow) => void,
): FixedRows<Row> {
  const block = new BlockWriter(table.columns);
  const columns = Object.fromEntries(block.columns.map((writer) => [writer.column.name, writer]));
  return {
    add(row, batch) {
      write(columns, row, batch);
      block.endRow();
    },
    take(buffer = (size) => new SharedArrayBuffer(size)) {
      const rows = block.rows;
      const bytes = block.take(buffer);
      return bytes === undefined ? undefined : { table: table.name, rows, block: bytes };
    },
  };
}

export function createSignalRows(): FixedRows<Signal> {
  return createRows(signalTable, (column, signal: Signal, batch) => {
    column['detection_id']?.addText(signal.detection);
    // As the alert has it: PostgreSQL takes no NUL, and signals are found by it.
    column['dedup']?.addText(signal.dedup.replaceAll('\0', '\ufffd'));
    column['title']?.addText(signal.title);
    column['severity']?.addText(signal.severity);
    column['log_type']?.addText(signal.logType);
    column['p_row_id']?.addText(signal.rowId);
    column['p_event_time']?.addNumber(Math.round(signal.time * 1000));
    column['received']?.addNumber(batch.received * 1000);
    column['source_id']?.addText(batch.source);
    column['context']?.addText(signal.context === undefined ? '' : JSON.stringify(signal.context));
    column['error']?.addText(signal.error ?? '');
    column['event']?.addText(signal.event);
  });
}

export interface DeadLetter {
  readonly rowId: string;
  readonly raw: string | { readonly bytes: Uint8Array; readonly start: number; readonly end: number };
  readonly reasons: readonly Misfit[];
}

export function createDeadLetterRows(): FixedRows<DeadLetter> {
  return createRows(deadLetterTable, (column, letter: DeadLetter, batch) => {
    column['p_row_id']?.addText(letter.rowId);
    column['received']?.addNumber(batch.received * 1000);
    column['source_id']?.addText(batch.source);
    column['source_file']?.addText(batch.file);
    column['reasons']?.addText(JSON.stringify(letter.reasons));
    if (typeof letter.raw === 'string') column['raw']?.addText(letter.raw);
    else {
      const { bytes, start, end } = letter.raw;
      // The copying needs a Buffer; bytes that came over a thread border are none.
      column['raw']?.addSlice(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length), start, end);
    }
  });
}

export function createTallyRows(): FixedRows<Tally> {
  return createRows(ingestStatsTable, (column, tally: Tally, batch) => {
    column['received']?.addNumber(batch.received * 1000);
    column['batch_id']?.addText(batch.id);
    column['source_id']?.addText(batch.source);
    column['log_type']?.addText(tally.logType);
    column['outcome']?.addText(tally.outcome);
    column['reason']?.addText(tally.reason);
    column['records']?.addNumber(tally.records);
    column['bytes']?.addNumber(tally.bytes);
  });
}
