// Panther's time macros as ClickHouse's SQL (https://docs.panther.com/search/data-explorer#macros). What is "now" there is
// the end of the run's window here, so that a run that comes late finds what it would have found in time.

import { type Token, tokenize } from './sql-text.ts';

export interface Expanded {
  readonly sql: string;
  /** With a place in the given text. */
  readonly problems: readonly { readonly start: number; readonly message: string }[];
}

const now = '{to:DateTime64(6)}';
/** Of macros in the times of macros. */
const maxDepth = 2;

interface Call {
  readonly time: (arg: string) => string;
  readonly args: readonly string[];
  /** With the table's alias, where one is given. */
  readonly column: string;
}

interface Macro {
  /** So many arguments, and an alias and a column after them. */
  readonly args: number;
  /** undefined: an argument is no span of time. */
  readonly sql: (call: Call) => string | undefined;
}

const macros: ReadonlyMap<string, Macro> = new Map<string, Macro>([
  [
    'p_occurs_since',
    {
      args: 1,
      sql({ args: [offset = ''], column }) {
        const interval = intervalOf(offset);
        return interval && `(${column} >= ${now} - ${interval} AND ${column} < ${now})`;
      },
    },
  ],
  [
    'p_occurs_between',
    {
      args: 2,
      sql: ({ args: [from = '', to = ''], column, time }) => `(${column} BETWEEN ${time(from)} AND ${time(to)})`,
    },
  ],
  [
    'p_occurs_around',
    {
      args: 2,
      sql({ args: [middle = '', offset = ''], column, time }) {
        const interval = intervalOf(offset);
        const at = time(middle);
        return interval && `(${column} BETWEEN ${at} - ${interval} AND ${at} + ${interval})`;
      },
    },
  ],
  ['p_occurs_after', { args: 1, sql: ({ args: [first = ''], column, time }) => `(${column} >= ${time(first)})` }],
  ['p_occurs_before', { args: 1, sql: ({ args: [last = ''], column, time }) => `(${column} <= ${time(last)})` }],
  ['p_current_timestamp', { args: 0, sql: () => now }],
]);

/** Databases in which Panther's tables are; ours are by their names alone. */
const database = /^panther_(?:logs|views|signals|rule_matches|lookups)$/i;

export function expandMacros(sql: string): Expanded {
  return expandAll(sql, 0);
}

function expandAll(sql: string, depth: number): Expanded {
  const problems: Expanded['problems'][number][] = [];
  const tokens = tokenize(sql);
  const expand = (from: number, to: number): string => {
    let text = '';
    for (let index = from; index < to; index++) {
      const token = tokens[index];
      if (token === undefined) break;
      const macro = token.kind === 'word' ? macros.get(token.text.toLowerCase()) : undefined;
      const open = macro === undefined ? -1 : skipSpace(tokens, index + 1);
      if (macro !== undefined && tokens[open]?.text === '(') {
        const call = expandCall(macro, tokens, open, depth);
        if (typeof call === 'string') {
          problems.push({ start: token.start, message: `${token.text}: ${call}` });
          text += token.text;
        } else {
          text += call.sql;
          index = call.close;
        }
      } else if (token.kind === 'word' && database.test(token.text) && tokens[index + 1]?.text === '.') {
        const isPublic = tokens[index + 2]?.text.toLowerCase() === 'public' && tokens[index + 3]?.text === '.';
        index += isPublic ? 3 : 1;
      } else text += token.text;
    }
    return text;
  };
  return { sql: expand(0, tokens.length), problems };
}

interface RawCall {
  readonly args: readonly string[];
  /** Position of the ). */
  readonly close: number;
}

function readCall(tokens: readonly Token[], open: number): RawCall | undefined {
  const args: string[] = [];
  let depth = 0;
  let arg = '';
  for (let index = open + 1; index < tokens.length; index++) {
    const { kind, text } = tokens[index] ?? { kind: 'space', text: '' };
    if (kind === 'sign' && text === ')' && depth === 0) {
      if (args.length > 0 || arg.trim() !== '') args.push(arg.trim());
      return { args, close: index };
    }
    if (kind === 'sign' && '(['.includes(text)) depth++;
    if (kind === 'sign' && ')]'.includes(text)) depth--;
    if (kind === 'sign' && text === ',' && depth === 0) {
      args.push(arg.trim());
      arg = '';
    } else arg += kind === 'comment' ? ' ' : text;
  }
  return undefined;
}

/** What is wrong with the call, or its SQL. */
function expandCall(
  macro: Macro,
  tokens: readonly Token[],
  open: number,
  depth: number,
): { readonly sql: string; readonly close: number } | string {
  const call = readCall(tokens, open);
  if (call === undefined) return 'expected a ) at its end';
  const { args, close } = call;
  const [alias = '', given = ''] = args.slice(macro.args);
  const name = given === '' ? 'p_event_time' : given;
  if (args.length < macro.args || args.length > macro.args + 2 || args.slice(0, macro.args).includes('')) {
    return `expected ${macro.args} argument${macro.args === 1 ? '' : 's'}, and a table and a column or none`;
  }
  if (alias !== '' && !/^\w+$/.test(alias)) return `${alias} is no alias of a table`;
  if (!/^\w+(?:\.\w+)*$/.test(name)) return `${name} is no column`;
  const column = alias === '' ? name : `${alias}.${name}`;
  const sql = macro.sql({ args, column, time: (arg) => timeOf(arg, depth) });
  return sql === undefined ? "expected a time such as '1 hour', '30 minutes', '5m' or 3600" : { sql, close };
}

function skipSpace(tokens: readonly Token[], from: number): number {
  let index = from;
  while (tokens[index]?.kind === 'space' || tokens[index]?.kind === 'comment') index++;
  return index;
}

const units: Readonly<Record<string, string>> = {
  s: 'SECOND',
  sec: 'SECOND',
  second: 'SECOND',
  m: 'MINUTE',
  min: 'MINUTE',
  minute: 'MINUTE',
  h: 'HOUR',
  hr: 'HOUR',
  hour: 'HOUR',
  d: 'DAY',
  day: 'DAY',
  w: 'WEEK',
  week: 'WEEK',
  month: 'MONTH',
  quarter: 'QUARTER',
  y: 'YEAR',
  year: 'YEAR',
};

/** `'1 hour'`, `'5m'`, `90d`, or a number of seconds, with or without quotes. */
function intervalOf(text: string): string | undefined {
  const [, count, word = ''] = /^'?\s*(\d{1,9})\s*([a-z]*)\s*'?$/i.exec(text) ?? [];
  if (count === undefined) return undefined;
  const lower = word.toLowerCase();
  const name = lower === '' ? 's' : [lower, lower.replace(/s$/, '')].find((each) => Object.hasOwn(units, each));
  return name === undefined ? undefined : `INTERVAL ${count} ${units[name] ?? ''}`;
}

/** A text is a time in UTC unless it says otherwise; anything else is an expression of the query. */
function timeOf(arg: string, depth: number): string {
  if (/^(?:current_timestamp|now)(?:\s*\(\s*\))?$/i.test(arg)) return now;
  if (/^'(?:[^'\\]|\\.)*'$/.test(arg)) return `parseDateTime64BestEffort(${arg}, 6, 'UTC')`;
  return `(${depth < maxDepth ? expandAll(arg, depth + 1).sql : arg})`;
}
