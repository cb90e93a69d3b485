// Rows of the tables that do not come from a schema: signals, dead letters, ... Column order is that of
// core/fixed-tables.ts.

import type { Signal } from './core/detection.ts';
import {
  deadLetterTable,
  honeypotSessionTable,
  ingestStatsTable,
  sightingTable,
  signalTable,
} from './core/fixed-tables.ts';
import type { Table } from './core/table.ts';
import type { HumanScore } from './honeypot/human.ts';
import type { Session } from './honeypot/session.ts';
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

export interface Sighting {
  readonly lookup: string;
  readonly value: string;
  /** Epoch ms. */
  readonly listed: number;
  readonly logType: string;
  readonly rowId: string;
  /** Epoch ms. */
  readonly time: number;
}

export function createSightingRows(): FixedRows<Sighting> {
  return createRows(sightingTable, (column, sighting: Sighting, { received }) => {
    column['lookup']?.addText(sighting.lookup);
    column['value']?.addText(sighting.value);
    column['listed']?.addNumber(Math.round(sighting.listed) * 1000);
    column['log_type']?.addText(sighting.logType);
    column['p_row_id']?.addText(sighting.rowId);
    column['p_event_time']?.addNumber(Math.round(sighting.time) * 1000);
    column['found']?.addNumber(received * 1000);
  });
}

export interface HoneypotRow {
  readonly session: Session;
  readonly human: HumanScore;
  readonly campaign: string;
  /** Epoch ms. */
  readonly updated: number;
}

/** Of a list, so many; of a text, so many characters: the events have the rest. */
const maxListed = 1000;
const maxText = 4096;

export function createHoneypotRows(): FixedRows<HoneypotRow> {
  return createRows(honeypotSessionTable, (column, { session, human, campaign, updated }: HoneypotRow) => {
    const { logins, commands, transfers, forwards } = session;
    column['sensor']?.addText(session.sensor);
    column['session']?.addText(session.id);
    column['source_ip']?.addText(session.sourceIp);
    column['protocol']?.addText(session.protocol);
    column['started']?.addNumber(session.started * 1000);
    column['ended']?.addNumber(session.ended * 1000);
    column['duration']?.addNumber(session.duration?.seconds ?? (session.ended - session.started) / 1000);
    column['client']?.addText(session.client.slice(0, maxText));
    column['hassh']?.addText(session.hassh.slice(0, maxText));
    column['logged_in']?.addNumber(Number(logins.some(({ success }) => success)));
    column['usernames']?.addTexts(distinct(logins.map(({ username }) => username)));
    column['passwords']?.addTexts(distinct(logins.map(({ password }) => password)));
    column['commands']?.addTexts(commands.slice(0, maxListed).map(({ input }) => input.slice(0, maxText)));
    column['files']?.addTexts(distinct(transfers.map(({ sha256 }) => sha256)));
    column['urls']?.addTexts(distinct(transfers.map(({ url }) => url)));
    column['ssh_keys']?.addTexts(distinct(logins.map(({ fingerprint }) => fingerprint ?? '')));
    column['forwards']?.addTexts(distinct(forwards.map(({ host, port }) => `${host}:${port}`)));
    column['recordings']?.addTexts(distinct(session.recordings));
    column['score']?.addNumber(human.score);
    column['label']?.addText(human.label);
    column['reasons']?.addTexts(human.reasons.map(({ text }) => text));
    column['campaign']?.addText(campaign);
    column['updated']?.addNumber(updated * 1000);
  });
}

function distinct(texts: readonly string[]): string[] {
  return [...new Set(texts.filter((text) => text !== ''))].slice(0, maxListed).map((text) => text.slice(0, maxText));
}
