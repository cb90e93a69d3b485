// A query of Elasticsearch as a condition of ClickHouse's SQL over one table of events. It decides nothing about which
// rows a run covers. Where a field is missing its condition is false, and the opposite is true, as there.

import type { Path } from '../../core/document-text.ts';
import { escapeLike } from '../../core/quote.ts';
import { Unsupported } from '../import.ts';
import { compareDate, dateSql } from './date-math.ts';
import { asNumber, asText, type Fields, type FieldSql } from './field.ts';
import type { Bound, Query, Scalar } from './query.ts';
import { quoteForeignText, quoteNumber, quoteScalar } from './quote.ts';

/** Where it came from, for what cannot be said in SQL. */
export function querySql(query: Query, fields: Fields, path: Path): string {
  const inner = (each: Query): string => querySql(each, fields, path);
  switch (query.kind) {
    case 'all':
      return '1';
    case 'none':
      return '0';
    case 'and':
    case 'or':
      return joined(query.kind, query.of.map(inner));
    case 'not':
      return `NOT ifNull(${inner(query.of)}, 0)`;
    case 'least':
      return `(${query.of.map((each) => `ifNull(${inner(each)}, 0)`).join(' + ')}) >= ${query.count}`;
    case 'equals':
      return equals(query.field, query.values, query.caseless, fields);
    case 'words':
      return words(query.field, query.text, query.every, fields);
    case 'phrase':
      return anywhere(query.field, fields, (field) =>
        isRunningText(query.field) ? containsWords(field, query.text) : equalsOne(field, query.text, false),
      );
    case 'range':
      return anywhere(query.field, fields, (field) => range(field, query.bounds, path));
    case 'exists': {
      const field = fields.resolve(query.field);
      return field.kind === 'list' ? `notEmpty(${field.sql})` : `isNotNull(${field.sql})`;
    }
    case 'wildcard':
      return anywhere(query.field, fields, (field) =>
        isRunningText(query.field)
          ? like(field, anywhereWithin(query.pattern), true)
          : like(field, query.pattern, query.caseless),
      );
    default:
      return anywhere(query.field, fields, (field) => {
        const pattern = quoteForeignText(`(?s${query.caseless ? 'i' : ''})^(?:${luceneRegex(query.source, path)})$`);
        return ofText(field, (text) => `match(${text}, ${pattern})`);
      });
  }
}

export function joined(kind: 'and' | 'or', conditions: readonly string[]): string {
  const [only] = conditions;
  if (only === undefined) return kind === 'and' ? '1' : '0';
  if (conditions.length === 1) return only;
  return `(${conditions.join(kind === 'and' ? ' AND ' : ' OR ')})`;
}

/** Fields that Elasticsearch keeps as running text and searches by word; all others are taken as whole values. */
export function isRunningText(field: string): boolean {
  return field === '*' || /(?:^|[._@])(?:message|msg|text|body|original)$/i.test(field);
}

function anywhere(name: string, fields: Fields, test: (field: FieldSql) => string): string {
  if (name !== '*') return test(fields.resolve(name));
  const texts = fields.texts();
  return joined('or', (texts.length > 0 ? texts : [fields.resolve('message')]).map(test));
}

function ofText(field: FieldSql, test: (text: string) => string): string {
  return field.kind === 'list' ? `arrayExists(each -> ${test('toString(each)')}, ${field.sql})` : test(asText(field));
}

/** What says which index, type or version it was has no counterpart: the log type says it. */
const ofTheIndex: ReadonlySet<string> = new Set(['_type', '_index']);

export const ofTheIndexText = 'what is asked of _type or _index is left out: the log type says it';

export function isOfTheIndex(field: string): boolean {
  return ofTheIndex.has(field);
}

function equals(name: string, values: readonly Scalar[], caseless: boolean, fields: Fields): string {
  if (isOfTheIndex(name)) return '1';
  const field = fields.resolve(name);
  const texts = values.filter((value) => typeof value === 'string');
  if (values.length > 1 && texts.length === values.length && !caseless) {
    const list = texts.map((text) => quoteForeignText(text)).join(', ');
    if (field.kind === 'list') return `hasAny(${field.sql}, [${list}])`;
    if (field.kind === 'text' || field.kind === 'any') return `${asText(field)} IN (${list})`;
  }
  return joined(
    'or',
    values.map((value) => equalsOne(field, value, caseless)),
  );
}

function equalsOne(field: FieldSql, value: Scalar, caseless: boolean): string {
  if (caseless) return ofText(field, (text) => `lowerUTF8(${text}) = ${quoteForeignText(String(value).toLowerCase())}`);
  switch (field.kind) {
    case 'number': {
      const number = Number(value);
      return Number.isFinite(number) && value !== '' ? `${field.sql} = ${quoteNumber(number)}` : '0';
    }
    case 'boolean':
      return /^(?:true|false)$/.test(String(value)) ? `${field.sql} = ${String(value)}` : '0';
    case 'time': {
      const date = dateSql(value);
      return date === undefined ? '0' : `${field.sql} = ${date.sql}`;
    }
    case 'list':
      return typeof value === 'string'
        ? `has(${field.sql}, ${quoteForeignText(value)})`
        : `arrayExists(each -> toString(each) = ${quoteForeignText(String(value))}, ${field.sql})`;
    default:
      return typeof value === 'number' && field.kind === 'any'
        ? `${asNumber(field)} = ${quoteNumber(value)}`
        : `${asText(field)} = ${quoteForeignText(String(value))}`;
  }
}

function words(name: string, text: string, every: boolean, fields: Fields): string {
  if (!isRunningText(name)) return equals(name, [text], false, fields);
  const each = text.split(/\s+/).filter((word) => word !== '');
  return anywhere(name, fields, (field) =>
    joined(
      every ? 'and' : 'or',
      each.map((word) => containsWords(field, word)),
    ),
  );
}

/** Whole words, one after the other, without regard to case. */
export function wordsPattern(text: string): string {
  const escaped = text.trim().split(/\s+/).map(escapeRegex);
  return `(?i)(?:^|\\W)${escaped.join('\\W+')}(?:\\W|$)`;
}

function containsWords(field: FieldSql, text: string): string {
  return ofText(field, (value) => `match(${value}, ${quoteForeignText(wordsPattern(text))})`);
}

function escapeRegex(text: string): string {
  return text.replaceAll(/[\\^$.*+?()[\]{}|/-]/g, (character) => `\\${character}`);
}

/** Where words are searched, a pattern is of a part. */
export function anywhereWithin(pattern: string): string {
  return `*${pattern.replace(/^\*+/, '').replace(/(?<!\\)\*+$/, '')}*`;
}

function like(field: FieldSql, pattern: string, caseless: boolean): string {
  let sql = '';
  for (const [piece] of pattern.matchAll(/\\[\s\S]|[\s\S]/g)) {
    const character = piece.length > 1 ? piece.slice(1) : piece;
    if (piece === '*') sql += '%';
    else if (piece === '?') sql += '_';
    else sql += escapeLike(character);
  }
  return ofText(field, (text) => `${text} ${caseless ? 'ILIKE' : 'LIKE'} ${quoteForeignText(sql)}`);
}

const operators = { gt: '>', gte: '>=', lt: '<', lte: '<=' } as const;

function range(field: FieldSql, bounds: readonly Bound[], path: Path): string {
  return joined(
    'and',
    bounds.map(({ operator, value }) => {
      const isDate = field.kind === 'time' || (typeof value === 'string' && /^now|\|\|/.test(value));
      if (isDate) {
        const date = dateSql(value);
        if (date === undefined) throw new Unsupported(path, `\`${String(value)}\` is no date that is taken`);
        const column =
          field.kind === 'time' ? field.sql : `parseDateTime64BestEffortOrNull(${asText(field)}, 6, 'UTC')`;
        return compareDate(column, operator, date);
      }
      const number = typeof value === 'boolean' || value === '' ? Number.NaN : Number(value);
      return Number.isFinite(number)
        ? `${asNumber(field)} ${operators[operator]} ${quoteNumber(number)}`
        : `${asText(field)} ${operators[operator]} ${quoteScalar(value)}`;
    }),
  );
}

/** What Lucene has and RE2 has not is refused.
 *  https://www.elastic.co/docs/reference/query-languages/query-dsl/regexp-syntax */
export function luceneRegex(source: string, path: Path): string {
  if (source.length > 1000) throw new Unsupported(path, 'the regular expression is too long');
  const plain = source.replaceAll(/\\[\s\S]|\[(?:\\[\s\S]|[^\]\\])*\]/g, '');
  if (/[~&#@"]|<\d+-\d+>|\(\?/.test(plain))
    throw new Unsupported(path, 'a regular expression with ~ & # @ " or <1-9> is not taken');
  if (!isRegex(source)) throw new Unsupported(path, `\`${source}\` is no regular expression`);
  return source.replaceAll(/[\^$](?![^[]*\])/g, (character, offset: number) =>
    source[offset - 1] === '\\' ? character : `\\${character}`,
  );
}

function isRegex(source: string): boolean {
  try {
    return new RegExp(source, 's').source !== '';
  } catch {
    return false;
  }
}
