// Texts of a row as what the table's schema says they are: CSV has no numbers. Values that have a type already keep it.

import type { Json } from '../../core/event.ts';
import type { ValueTypeName } from '../../core/schema.ts';
import type { LookupRow } from '../pack.ts';
import { parseJson } from './jsonl.ts';
import type { RowReport } from './row-report.ts';

export type ColumnTypes = Readonly<Record<string, ValueTypeName>>;

/** An empty text is no number and no list: the column is absent. A text that is not of its type stays, and is told. */
export function createTyping(types: ColumnTypes, report: RowReport): (row: LookupRow) => LookupRow {
  const typed = Object.entries(types).filter(([, type]) => type !== 'string' && type !== 'timestamp');
  return (row) => {
    const made: Record<string, Json | undefined> = { ...row };
    for (const [name, type] of typed) {
      const text = made[name];
      if (typeof text !== 'string') continue;
      const value = text === '' ? undefined : valueOf(text, type);
      if (text !== '' && value === undefined) report.problem(`${name}: expected ${type}, not ${JSON.stringify(text)}`);
      else if (value === undefined) delete made[name];
      else made[name] = value;
    }
    return made;
  };
}

function valueOf(text: string, type: ValueTypeName): Json | undefined {
  switch (type) {
    case 'boolean':
      return /^true$/i.test(text) || (/^false$/i.test(text) ? false : undefined);
    case 'int':
    case 'smallint':
    case 'bigint': {
      if (!/^[+-]?\d{1,19}$/.test(text)) return undefined;
      // A larger one would not be the same number: it stays a text.
      return Number.isSafeInteger(Number(text)) ? Number(text) : text;
    }
    case 'float':
      return /^[+-]?(\d{1,30}(\.\d{0,30})?|\.\d{1,30})(e[+-]?\d{1,3})?$/i.test(text) ? finite(Number(text)) : undefined;
    default:
      return parseJson(text);
  }
}

function finite(value: number): number | undefined {
  return Number.isFinite(value) ? value : undefined;
}
