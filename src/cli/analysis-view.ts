// Analyses for people: by observable, each analyzer with its state and what tells most. Answers are partly the text of
// attackers.

import type { analyzerKinds } from '../analyzer/index.ts';
import type { Analysis, AnalysisState, Observable } from '../core/analysis.ts';
import type { Json } from '../core/event.ts';
import { isObject } from '../core/object.ts';
import { formatTime } from './format.ts';
import { renderTsv, type TableColumn, toJson } from './output.ts';
import type { Style, Terminal } from './terminal.ts';
import { displayWidth, pad, printable, truncate } from './width.ts';
import { wrap } from './wrap.ts';

/** An observable with what came of it, in the order of the analyzers. */
export interface Answers {
  readonly observable: Observable;
  readonly analyses: readonly Analysis[];
}

type View = Pick<Terminal, 'isTTY' | 'columns' | 'paint'>;

/** Of the analyzers whose first facts are not those that tell most; a dot goes into objects, and into each of a list. */
const telling: Readonly<Partial<Record<string, readonly string[]>>> = {
  greynoise: ['classification', 'name', 'actor', 'tags', 'noise', 'riot', 'last_seen'],
  isc: ['attacks', 'count', 'maxrisk', 'threatfeeds', 'asname', 'ascountry'],
  rdap: ['org', 'name', 'country', 'networks', 'registrar', 'registered', 'abuse'],
  spur: ['organization', 'infrastructure', 'risks', 'tunnels.operator', 'client.types', 'location.country'],
  urlhaus: ['url_count', 'online', 'threats', 'signature', 'tags', 'newest'],
  virustotal: [
    'malicious',
    'total',
    'suggested_threat_label',
    'type_description',
    'as_owner',
    'country',
    'categories',
    'title',
    'registrar',
    'meaningful_name',
  ],
} satisfies Partial<Record<keyof typeof analyzerKinds, readonly string[]>>;

const maxFacts = 5;
const maxItems = 3;
const maxValueWidth = 60;

const stateStyles: Readonly<Record<AnalysisState, Style>> = {
  hit: 'cyan',
  miss: 'dim',
  skipped: 'dim',
  limited: 'yellow',
  error: 'red',
};

export function renderAnswers(answers: readonly Answers[], terminal: View, now: number): string {
  const all = answers.flatMap(({ analyses }) => analyses);
  if (!terminal.isTTY) return renderTsv(all, columns);
  const groups = answers.map(({ observable, analyses }) => ({ observable, rows: rowsOf(analyses, now) }));
  const widths = widthsOf(groups.flatMap(({ rows }) => rows));
  return groups.map((group) => renderGroup(group, widths, terminal)).join('\n');
}

const columns: readonly TableColumn<Analysis>[] = [
  { title: 'VALUE', value: ({ observable }) => observable.value },
  { title: 'KIND', value: ({ observable }) => observable.kind },
  { title: 'ANALYZER', value: ({ analyzer }) => analyzer },
  { title: 'STATE', value: ({ state }) => state },
  { title: 'ASKED (UTC)', value: ({ asked }) => formatTime(asked) },
  { title: 'MESSAGE', value: messageOf },
  { title: 'FACTS', value: ({ state, facts }) => (state === 'hit' ? facts : '') },
];

interface Row {
  readonly name: string;
  readonly state: AnalysisState;
  readonly age: string;
  readonly parts: readonly string[];
}

interface Widths {
  readonly name: number;
  readonly state: number;
  readonly age: number;
}

function widthsOf(rows: readonly Row[]): Widths {
  const widest = (text: (row: Row) => string): number =>
    rows.reduce((width, row) => Math.max(width, displayWidth(text(row))), 0);
  return { name: widest(({ name }) => name), state: widest(({ state }) => state), age: widest(({ age }) => age) };
}

function renderGroup(
  { observable, rows }: { readonly observable: Observable; readonly rows: readonly Row[] },
  widths: Widths,
  { columns: width, paint }: View,
): string {
  const { kind } = observable;
  const value = truncate(printable(observable.value), width() - kind.length - 2);
  const indent = widths.name + widths.state + (widths.age === 0 ? 6 : widths.age + 8);
  const lines = rows.flatMap(({ name, state, age, parts }) => {
    const [first = '', ...rest] = wrap(parts, Math.max(20, width() - indent));
    const told = paint(stateStyles[state], pad(state, widths.state));
    const aged = widths.age === 0 ? '' : `  ${pad(age, widths.age, 'right')}`;
    return [`  ${pad(name, widths.name)}  ${told}${aged}  ${first}`, ...rest.map((line) => ' '.repeat(indent) + line)];
  });
  return `${[`${paint('bold', value)}  ${paint('dim', kind)}`, ...lines].map((line) => line.trimEnd()).join('\n')}\n`;
}

/** Those that were skipped for the same reason are one row. */
function rowsOf(analyses: readonly Analysis[], now: number): readonly Row[] {
  const rows = analyses
    .filter(({ state }) => state !== 'skipped')
    .map((analysis) => ({
      name: analysis.analyzer,
      state: analysis.state,
      age: analysis.asked === undefined ? '' : ageText(now - analysis.asked),
      parts: analysis.state === 'hit' ? tellingFacts(analysis) : messageOf(analysis).split(' ').map(printable),
    }));
  const skipped = Map.groupBy(
    analyses.filter(({ state }) => state === 'skipped'),
    ({ message }) => message,
  );
  for (const [message, same] of skipped) {
    const [first] = same;
    const name =
      same.length === 1 ? (first?.analyzer ?? '') : `${same.length} ${rows.length > 0 ? 'others' : 'analyzers'}`;
    rows.push({ name, state: 'skipped', age: '', parts: message.split(' ').map(printable) });
  }
  return rows;
}

function messageOf({ state, message, until }: Analysis): string {
  return state === 'limited' && until !== undefined ? `${message}; again from ${formatTime(until)} UTC` : message;
}

/** `now`, `5 m`, `3 h`, `12 d` */
function ageText(ms: number): string {
  const minutes = Math.floor(ms / 60_000);
  if (minutes < 1) return 'now';
  if (minutes < 60) return `${minutes} m`;
  return minutes < 48 * 60 ? `${Math.floor(minutes / 60)} h` : `${Math.floor(minutes / 1440)} d`;
}

/** `malicious: 39`, `tags: botnet ssh scanner +4`; a comma stands after all but the last. */
function tellingFacts({ analyzer, facts }: Analysis): readonly string[] {
  const paths = telling[analyzer]?.map((path) => path.split('.')) ?? Object.keys(facts).map((name) => [name]);
  const told = paths.flatMap((path) => {
    const text = shortText(at(facts, path));
    return text === '' ? [] : truncate(printable(`${path.join('.')}: ${text}`), maxValueWidth);
  });
  const shown = told.slice(0, maxFacts);
  return shown.map((fact, index) => (index < shown.length - 1 ? `${fact},` : fact));
}

/** [] in the value is any of its elements. */
function at(value: Json | undefined, path: readonly string[]): Json | undefined {
  const [name, ...rest] = path;
  if (name === undefined) return value;
  if (isList(value)) return value.flatMap((each) => at(each, path) ?? []);
  return isObject(value) && Object.hasOwn(value, name) ? at(value[name], rest) : undefined;
}

/** '' for what says nothing. */
function shortText(value: Json | undefined): string {
  if (value === undefined || value === null) return '';
  if (typeof value === 'boolean') return value ? 'yes' : 'no';
  if (typeof value === 'string') return value.trim();
  if (typeof value === 'number') return String(value);
  if (!isList(value)) return Object.keys(value).length === 0 ? '' : toJson(value);
  const texts = value.map(shortText).filter((text) => text !== '');
  const more = texts.length > maxItems ? ` +${texts.length - maxItems}` : '';
  return texts.slice(0, maxItems).join(' ') + more;
}

/** Array.isArray does not know readonly arrays. */
function isList(value: Json | undefined): value is readonly Json[] {
  return Array.isArray(value);
}
