// Data for stdout: tables for people, TSV, CSV and JSON for programs. Everything that is printed goes through `printable`
// here or is JSON.

import type { Style, Terminal } from './terminal.ts';
import { displayWidth, pad, printable, truncate } from './width.ts';

export interface TableColumn<Row> {
  readonly title: string;
  value(row: Row): unknown;
  /** What a terminal shows where it is not the value: a short id, a time without its date. */
  shown?(row: Row): string;
  style?(row: Row): Style | undefined;
  readonly align?: 'left' | 'right';
  /** This column gives way first when the line is too long; otherwise the widest one does. */
  readonly flexible?: boolean;
}

const gap = '  ';

/** A borderless table that fits the terminal; TSV with everything in full where the output is not one. */
export function renderTable<Row>(
  rows: readonly Row[],
  columns: readonly TableColumn<Row>[],
  terminal: Pick<Terminal, 'isTTY' | 'columns' | 'paint'>,
): string {
  if (!terminal.isTTY) return renderTsv(rows, columns);
  const cells = rows.map((row) =>
    columns.map((column) => printable(column.shown?.(row) ?? cellText(column.value(row)))),
  );
  const widths = fit(
    columns.map((column, index) =>
      cells.reduce((widest, row) => Math.max(widest, displayWidth(row[index] ?? '')), displayWidth(column.title)),
    ),
    columns.map((column) => column.flexible === true),
    terminal.columns(),
  );
  const line = (texts: readonly string[], style: (index: number) => Style | undefined): string =>
    texts
      .map((text, index) => {
        const width = widths[index] ?? 0;
        const cut = truncate(text, width);
        const isLast = index === texts.length - 1 && columns[index]?.align !== 'right';
        const padded = isLast ? cut : pad(cut, width, columns[index]?.align);
        const wanted = style(index);
        return wanted === undefined ? padded : terminal.paint(wanted, padded);
      })
      .join(gap);
  const head = line(
    columns.map((column) => column.title),
    () => 'dim',
  );
  const body = rows.map((row, number) => line(cells[number] ?? [], (index) => columns[index]?.style?.(row)));
  return `${[head, ...body].join('\n')}\n`;
}

/** Narrows columns until the line fits: the flexible ones first, then whichever is widest. */
function fit(natural: readonly number[], flexible: readonly boolean[], available: number): number[] {
  const widths = [...natural];
  const least = 6;
  const used = () => widths.reduce((sum, width) => sum + width, 0) + gap.length * (widths.length - 1);
  for (let over = used() - available; over > 0; over = used() - available) {
    const candidates = widths.map((width, index) => ({ width, index })).filter(({ width }) => width > least);
    const preferred = candidates.filter(({ index, width }) => flexible[index] === true && width > 20);
    const widest = (preferred.length > 0 ? preferred : candidates).toSorted((a, b) => b.width - a.width)[0];
    if (widest === undefined) break;
    widths[widest.index] = Math.max(least, widest.width - Math.max(1, Math.floor(over / 4)));
  }
  return widths;
}

/** Tabs, line ends and backslashes are written as \t, \n, \\. */
export function renderTsv<Row>(rows: readonly Row[], columns: readonly TableColumn<Row>[]): string {
  const lines = rows.map((row) => columns.map((column) => tsvCell(column.value(row))).join('\t'));
  return `${[columns.map((column) => tsvCell(column.title)).join('\t'), ...lines].join('\n')}\n`;
}

/** RFC 4180. Text that a spreadsheet would take for a formula gets a `'` before it. */
export function renderCsv<Row>(rows: readonly Row[], columns: readonly TableColumn<Row>[]): string {
  const lines = rows.map((row) => columns.map((column) => csvCell(column.value(row))).join(','));
  return `${[columns.map((column) => csvCell(column.title)).join(','), ...lines].join('\r\n')}\r\n`;
}

function tsvCell(value: unknown): string {
  return printable(cellText(value).replaceAll('\\', '\\\\'));
}

function csvCell(value: unknown): string {
  const text = cellText(value);
  const safe = typeof value === 'string' && /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

function cellText(value: unknown): string {
  if (value === undefined || value === null) return '';
  return typeof value === 'string' ? value : JSON.stringify(value);
}

/** JSON that is safe on a terminal: what JSON leaves as it is and terminals obey is written as \uXXXX. */
export function toJson(value: unknown, indent?: number): string {
  return (JSON.stringify(value, undefined, indent) ?? 'null').replace(
    /[\u007F-\u009F\u061C\u200E\u200F\u2028-\u202E\u2066-\u2069]/g,
    (character) => `\\u${(character.codePointAt(0) ?? 0).toString(16).padStart(4, '0')}`,
  );
}
