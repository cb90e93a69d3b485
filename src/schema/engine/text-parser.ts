// Parsers of plain text lines: fastmatch, regex (grok) and csv, with what Panther's text parsers share: empty values,
// trimming, added fields. Panther's order: skip, match, trim, drop empty values, expand.

import { splitCsv } from '../../core/csv.ts';
import type { CsvParser, FastmatchParser, RegexParser, Schema } from '../../core/schema.ts';
import { splitFastmatch } from '../fastmatch.ts';
import { compileGrok } from '../grok.ts';
import { type RecordParser, type Records, Slots, slotKind } from './record.ts';

type TextParser = RegexParser | FastmatchParser | CsvParser;

/** `slotOf` gives the slot of a field name, or -1 where nobody wants it. */
export function createTextParser(schema: Schema, parser: TextParser, slotOf: (name: string) => number): RecordParser {
  const match =
    parser.type === 'regex'
      ? createRegexMatch(parser, schema, slotOf)
      : parser.type === 'fastmatch'
        ? createFastmatch(parser, slotOf)
        : createCsvMatch(parser, slotOf);
  const finish = createFinish(parser, slotOf);
  return {
    read(records, start, end, slots) {
      slots.clear();
      if (!match.read(records, start, end, slots)) return false;
      finish?.(records, slots);
      return true;
    },
    reason: () => match.reason(),
    ...(parser.type === 'csv' && parser.hasHeader ? { skips: createHeaderTest(parser) } : {}),
  };
}

function createRegexMatch(parser: RegexParser, schema: Schema, slotOf: (name: string) => number): RecordParser {
  const { source, groups } = compileGrok(parser.match, { ...schema.patternDefinitions, ...parser.patternDefinitions });
  const pattern = new RegExp(source);
  const slotOfGroup = groups.map((name) => (name === undefined ? -1 : slotOf(name)));
  return {
    read(records, start, end, slots) {
      const found = pattern.exec(records.text(start, end));
      if (found === null) return false;
      for (let group = 0; group < slotOfGroup.length; group++) {
        const slot = slotOfGroup[group] as number;
        const value = found[group + 1];
        if (slot >= 0 && value !== undefined && slots.kind[slot] === slotKind.absent) slots.setSide(slot, value);
      }
      return true;
    },
    reason: () => 'the regular expression does not match',
  };
}

interface Step {
  readonly slot: number;
  readonly name: string;
  /** Text between this field and the next; empty: the field takes the rest. */
  readonly delimiter: Buffer;
  /** '"' or "'" where the field stands between two of them: `\"` inside does not end it. */
  readonly quote: number;
}

function createFastmatch(parser: FastmatchParser, slotOf: (name: string) => number): RecordParser {
  const patterns = parser.match.map((pattern) => compileFastmatch(pattern, slotOf));
  let problem = '';

  function readPattern(
    pattern: { prefix: Buffer; steps: Step[] },
    records: Records,
    start: number,
    end: number,
    slots: Slots,
  ): boolean {
    const bytes = records.bytes;
    if (!startsWith(bytes, start, end, pattern.prefix)) {
      problem = `the line does not start with ${JSON.stringify(pattern.prefix.toString())}`;
      return false;
    }
    let at = start + pattern.prefix.length;
    for (const step of pattern.steps) {
      const delimiter = step.delimiter;
      let stop = end;
      let escaped = false;
      if (delimiter.length > 0) {
        const first = delimiter[0] as number;
        stop = at;
        for (; stop < end; stop++) {
          const byte = bytes[stop] as number;
          if (byte === 0x5c && step.quote !== 0) {
            if (bytes[stop + 1] === step.quote) escaped = true;
            stop++;
          } else if (byte === first && (delimiter.length === 1 || startsWith(bytes, stop, end, delimiter))) {
            break;
          }
        }
        if (stop >= end) {
          problem = `no ${JSON.stringify(delimiter.toString())} after %{${step.name}}`;
          return false;
        }
      }
      if (step.slot >= 0) {
        if (escaped) slots.setSide(step.slot, unescapeQuotes(records.text(at, stop), step.quote));
        else slots.setText(step.slot, at, stop);
      }
      at = stop + delimiter.length;
    }
    return true;
  }

  return {
    read(records, start, end, slots) {
      for (const pattern of patterns) {
        if (readPattern(pattern, records, start, end, slots)) return true;
        slots.clear();
      }
      return false;
    },
    reason: () => problem,
  };
}

/** `%{a} [%{b}] "%{c}"`: a prefix, then fields each ended by the text up to the next. */
function compileFastmatch(pattern: string, slotOf: (name: string) => number): { prefix: Buffer; steps: Step[] } {
  const { prefix, fields } = splitFastmatch(pattern);
  const steps = fields.map(({ name, delimiter }, index): Step => {
    const opening = (index === 0 ? prefix : fields[index - 1]?.delimiter)?.at(-1);
    const quoted = (opening === '"' || opening === "'") && delimiter.startsWith(opening);
    return {
      name,
      slot: name === '' ? -1 : slotOf(name),
      delimiter: Buffer.from(delimiter),
      quote: quoted ? opening.charCodeAt(0) : 0,
    };
  });
  return { prefix: Buffer.from(prefix), steps };
}

function startsWith(bytes: Buffer, at: number, end: number, prefix: Buffer): boolean {
  if (at + prefix.length > end) return false;
  for (let index = 0; index < prefix.length; index++) if (bytes[at + index] !== prefix[index]) return false;
  return true;
}

function unescapeQuotes(text: string, quote: number): string {
  const character = String.fromCharCode(quote);
  return text.replaceAll(`\\${character}`, character);
}

/** Quotes as in RFC 4180, and lazily: a quote inside an unquoted value is a character. Short rows are padded. */
function createCsvMatch(parser: CsvParser, slotOf: (name: string) => number): RecordParser {
  const slotOfColumn = parser.columns.map((name) => (name === '' ? -1 : slotOf(name)));
  const delimiter = parser.delimiter;
  let problem = '';
  return {
    read(records, start, end, slots) {
      const values = splitCsv(records.text(start, end), delimiter);
      if (values.length > slotOfColumn.length) {
        problem = `${values.length} columns where the schema has ${slotOfColumn.length}`;
        return false;
      }
      for (let index = 0; index < slotOfColumn.length; index++) {
        const slot = slotOfColumn[index] as number;
        if (slot >= 0) slots.setSide(slot, values[index] ?? '');
      }
      return true;
    },
    reason: () => problem,
  };
}

/** A header stands at the beginning of each file, and a record does not know where it stood: a line that has the names of
 *  the columns as values is one. */
function createHeaderTest(parser: CsvParser): (records: Records, start: number, end: number) => boolean {
  const [first = ''] = parser.columns;
  return (records, start, end) => {
    const line = records.text(start, end);
    if (!line.startsWith(first) && !line.startsWith('"')) return false;
    const values = splitCsv(line, parser.delimiter);
    return parser.columns.every((name, index) => name === '' || values[index]?.trim() === name);
  };
}

/** What comes after the match; undefined where the parser asks for nothing. */
function createFinish(
  parser: TextParser,
  slotOf: (name: string) => number,
): ((records: Records, slots: Slots) => void) | undefined {
  const empty = new Set(parser.emptyValues);
  const longest = Math.max(0, ...parser.emptyValues.map((value) => Buffer.byteLength(value)));
  const expansions = Object.entries(parser.expandFields).map(([name, template]) => ({
    slot: slotOf(name),
    pieces: template.split(/%\{([^}]*)\}/).map((piece, index) => (index % 2 === 0 ? piece : slotOf(piece.trim()))),
  }));
  if (empty.size === 0 && !parser.trimSpace && expansions.length === 0) return undefined;

  return (records, slots) => {
    for (let slot = 0; slot < slots.kind.length; slot++) {
      const kind = slots.kind[slot];
      if (kind === slotKind.absent) continue;
      if (parser.trimSpace) trim(slots, slot, records);
      if (empty.size === 0) continue;
      const size = kind === slotKind.text ? (slots.end[slot] as number) - (slots.start[slot] as number) : 0;
      if (size <= longest && empty.has(slots.text(slot, records) as string)) slots.kind[slot] = slotKind.absent;
    }
    for (const { slot, pieces } of expansions) {
      const value = pieces
        .map((piece) =>
          typeof piece === 'string' ? piece : ((piece < 0 ? undefined : slots.text(piece, records)) ?? ''),
        )
        .join('');
      if (slot >= 0 && value !== '' && !empty.has(value)) slots.setSide(slot, value);
    }
  };
}

function trim(slots: Slots, slot: number, records: Records): void {
  const value = slots.text(slot, records) as string;
  const trimmed = value.trim();
  if (trimmed.length !== value.length) slots.setSide(slot, trimmed);
}
