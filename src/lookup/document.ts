// A lookup table's document, Panther's form and our additions, read and checked. It does not look at the table's rows, nor
// at schemas and log types: whether those exist is seen where all content is together.

import { pathToFileURL } from 'node:url';
import { issueProblems } from '../core/document-issue.ts';
import { type DocumentText, readDocumentText } from '../core/document-text.ts';
import type { Problem } from '../core/problem.ts';
import type { IndicatorName } from '../core/schema.ts';
import { type DocumentKeys, documentShape, origins, queryKeys } from './document-shape.ts';
import type { Schedule } from './due.ts';
import type { LookupFile, Validity } from './load.ts';
import type { KeyMatch } from './pack.ts';
import { formatOf } from './read/index.ts';

export type LookupDocument = FileLookup | RefreshedLookup | QueriedLookup;

interface CommonLookup {
  readonly name: string;
  readonly primaryKey: string;
  readonly selectors: Readonly<Record<string, readonly string[]>>;
  /** Log types in which the events' indicators are looked up, of the kinds that the primary key is; '*' for every one. */
  readonly byIndicator: readonly string[];
  /** The log schema that tells what the columns are. */
  readonly schema?: string;
  /** Of the primary key, where the document says so. */
  readonly indicators: readonly IndicatorName[];
  /** Absent: as the schema says of the primary key. */
  readonly match?: KeyMatch;
  readonly validity?: Validity;
  /** Each refresh tells which rows came and went, and an event is judged by those of its own time. */
  readonly keepsHistory: boolean;
  readonly mayShrink: boolean;
}

/** Rows of a file beside the document. */
export interface FileLookup extends CommonLookup, Reading {
  readonly filename: string;
}

/** Rows of a file that is fetched again and again. */
export interface RefreshedLookup extends CommonLookup, Reading {
  readonly refresh: Refresh;
}

/** Rows of a query over our own stores. */
export interface QueriedLookup extends CommonLookup {
  readonly query: { readonly text: string; readonly dialect: (typeof queryKeys)[number] };
  readonly refresh: Omit<Refresh, 'address'>;
}

type Reading = Pick<LookupFile, 'format' | 'options'>;

export interface Refresh extends Schedule {
  /** `s3:`, `http:`, `https:` or `file:`. */
  readonly address: string;
  /** Without a good refresh for so long, someone is told. */
  readonly alarmPeriodMinutes?: number;
  /** AWS: the role by which the object is read. */
  readonly roleArn?: string;
}

interface Parsed {
  /** Absent too where the table is not enabled: it is read and checked, and not given. */
  readonly lookup?: LookupDocument;
  readonly problems: readonly Problem[];
}

export function parseLookup(text: string, file: string): Parsed {
  const source = readDocumentText(text, file);
  if (source.syntax.length > 0) return { problems: source.syntax };
  const checked = documentShape.safeParse(source.value);
  if (!checked.success) return { problems: checked.error.issues.flatMap((issue) => issueProblems(issue, source)) };
  const document = checked.data;
  const problems = findProblems(document, source);
  if (problems.length > 0) return { problems };
  const lookup = lookupOf(document);
  if (lookup === undefined) return { problems: [formatProblem(source)] };
  return { ...(document.Enabled ? { lookup } : {}), problems: [] };
}

/** What no key alone says. */
function findProblems(document: DocumentKeys, source: DocumentText): readonly Problem[] {
  const { Filename, Refresh: refresh, LogTypeMap, Columns, Fields, Validity: validity, Expires } = document;
  const problems: Problem[] = [];
  const key = LogTypeMap.PrimaryKey;
  const query = queryOf(document);
  const given = origins.filter((origin) => document[origin] !== undefined && (origin !== 'Refresh' || !query));
  const [first, second] = given;
  if (first === undefined)
    problems.push(source.at([], 'expected Filename, Refresh or Query: where the rows come from'));
  if (second !== undefined) problems.push(source.problem([second], `${first} says already where the rows come from`));
  if (Filename !== undefined && document.History === true)
    problems.push(
      source.problem(['History'], 'expected a table with Refresh: a file beside the document has no history'),
    );
  if (query !== undefined) {
    if (document.Schema !== undefined)
      problems.push(
        source.problem(['Schema'], 'is for files; Indicators and Validations tell what the columns of a query are'),
      );
    if (refresh?.PeriodMinutes === undefined && refresh?.CronExpression === undefined)
      problems.push(source.problem(['Refresh'], 'expected PeriodMinutes or CronExpression: when the query is run'));
    if (refresh?.ObjectPath !== undefined)
      problems.push(
        source.problem(['Refresh', 'ObjectPath'], `${query.dialect} says already where the rows come from`),
      );
  } else if (refresh !== undefined && refresh.ObjectPath === undefined)
    problems.push(source.problem(['Refresh'], 'expected ObjectPath: where the rows come from'));
  if (Columns !== undefined && Fields === undefined && !Columns.includes(key))
    problems.push(source.problem(['Columns'], `expected the primary key ${key} among them`));
  if (Fields !== undefined && !Object.hasOwn(Fields, key) && formatOfDocument(document) !== 'mmdb')
    problems.push(source.problem(['Fields'], `expected the primary key ${key} among them`));
  if (Expires !== undefined && validity?.To !== undefined)
    problems.push(source.problem(['Expires'], 'Validity.To says already until when a row holds'));
  return problems;
}

/** undefined where nothing says what form the rows have. */
function lookupOf(document: DocumentKeys): LookupDocument | undefined {
  const query = queryOf(document);
  const common = commonOf(document);
  const schedule = refreshOf(document.Refresh);
  if (query !== undefined) return { ...common, query, refresh: schedule };
  const format = formatOfDocument(document);
  if (format === undefined) return undefined;
  const options = optionsOf(document);
  const reading = { format, ...(options === undefined ? {} : { options }) };
  if (document.Filename !== undefined) return { ...common, ...reading, filename: document.Filename };
  const path = document.Refresh?.ObjectPath ?? '';
  const address = path.startsWith('/') ? pathToFileURL(path).href : path;
  return { ...common, ...reading, refresh: { ...schedule, address } };
}

function commonOf(document: DocumentKeys): CommonLookup {
  const { Schema, LogTypeMap, Validity: validity, Expires } = document;
  const { PrimaryKey: key, AssociatedLogTypes: logTypes = [{ LogType: '*' }] } = LogTypeMap;
  const from = validity?.From;
  const to = validity?.To ?? Expires?.Field;
  const isNetwork = document.Validations?.some(({ Field, Validations }) => Field === key && isCidr(Validations));
  const match = document.KeyMatch ?? (isNetwork === true ? 'cidr' : undefined);
  const indicators = document.Indicators?.filter(({ Field }) => Field === key).flatMap((field) => field.Indicators);
  return {
    name: document.LookupName,
    primaryKey: key,
    selectors: selectorsOf(logTypes),
    byIndicator: logTypes.filter(({ Selectors }) => Selectors === undefined).map(({ LogType }) => LogType),
    indicators: indicators ?? [],
    keepsHistory: document.History ?? false,
    mayShrink: document.MayShrink ?? false,
    ...(Schema === undefined ? {} : { schema: Schema }),
    ...(match === undefined ? {} : { match }),
    ...(from === undefined && to === undefined ? {} : { validity: { from, to } }),
  };
}

/** A log type may be named more than once. */
function selectorsOf(types: NonNullable<DocumentKeys['LogTypeMap']['AssociatedLogTypes']>) {
  const selectors = new Map<string, readonly string[]>();
  for (const { LogType, Selectors = [] } of types) {
    if (Selectors.length === 0) continue;
    selectors.set(LogType, [...new Set([...(selectors.get(LogType) ?? []), ...Selectors])]);
  }
  return Object.fromEntries(selectors);
}

function refreshOf(refresh: DocumentKeys['Refresh']): Omit<Refresh, 'address'> {
  return {
    ...(refresh?.PeriodMinutes === undefined ? {} : { periodMinutes: refresh.PeriodMinutes }),
    ...(refresh?.CronExpression === undefined ? {} : { cron: refresh.CronExpression }),
    ...(refresh?.AlarmPeriodMinutes === undefined ? {} : { alarmPeriodMinutes: refresh.AlarmPeriodMinutes }),
    ...(refresh?.RoleARN === undefined ? {} : { roleArn: refresh.RoleARN }),
  };
}

function optionsOf({ Columns, Delimiter, Comment, Rows, Fields }: DocumentKeys): LookupFile['options'] {
  const options = {
    ...(Columns === undefined ? {} : { columns: Columns }),
    ...(Delimiter === undefined ? {} : { delimiter: Delimiter }),
    ...(Comment === undefined ? {} : { comment: Comment }),
    ...(Rows === undefined ? {} : { rows: Rows }),
    ...(Fields === undefined ? {} : { fields: Fields }),
  };
  return Object.keys(options).length === 0 ? undefined : options;
}

function queryOf(document: DocumentKeys): QueriedLookup['query'] | undefined {
  const dialect = queryKeys.find((key) => document[key] !== undefined);
  return dialect === undefined ? undefined : { dialect, text: document[dialect] ?? '' };
}

/** A file beside the document is CSV where its name says nothing, as in Panther. */
function formatOfDocument({ Format, Filename, Refresh: refresh }: DocumentKeys): LookupFile['format'] | undefined {
  return Format ?? formatOf(Filename ?? refresh?.ObjectPath ?? '') ?? (Filename === undefined ? undefined : 'csv');
}

function formatProblem(source: DocumentText): Problem {
  return source.problem(
    ['Refresh', 'ObjectPath'],
    'does not tell the format of the rows; expected Format beside Refresh',
  );
}

function isCidr(validations: readonly string[]): boolean {
  return validations.some((name) => /^cidr(_?v?[46])?$/i.test(name));
}
