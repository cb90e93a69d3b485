// tocsin.yml as the program holds it: read, filled in from environment and files, checked, with a place for each problem.
// Starts nothing and opens nothing: app.ts does, from what this gives. The kinds of sources and destinations, and their
// settings, are those of src/source/index.ts and src/destination/index.ts.

import { readFile } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import { z } from 'zod';
import type { AnalyzerSettings } from './analyzer/service.ts';
import { type ConfigDocument, readDocument } from './config/document.ts';
import { issueText } from './config/issue.ts';
import { secretsOf } from './config/redact.ts';
import { analyzer, type ConfigShape, configShape } from './config/shape.ts';
import { closest } from './core/closest.ts';
import { issuePath, unknownKey } from './core/document-issue.ts';
import { type Path, pathText } from './core/document-text.ts';
import type { Problem } from './core/problem.ts';
import { type Severity, severities } from './core/severity.ts';
import { destinationKinds } from './destination/index.ts';
import { sourceKinds } from './source/index.ts';

export { redact } from './config/redact.ts';

export const configFile = 'tocsin.yml';

export interface SourceConfig {
  readonly id: string;
  /** A key of `sourceKinds`. */
  readonly type: string;
  readonly schemas: readonly string[];
  readonly enabled: boolean;
  /** What the kind's `settings` made of the other keys. */
  readonly settings: Readonly<Record<string, unknown>>;
}

export interface DestinationConfig {
  readonly id: string;
  /** A key of `destinationKinds`. */
  readonly type: string;
  /** Alerts of these severities go there unless their rule says where. */
  readonly severities: readonly Severity[];
  /** Also told when an alert resolves by itself. */
  readonly resolved: boolean;
  readonly settings: Readonly<Record<string, unknown>>;
}

export interface Config {
  /** Absolute. */
  readonly workspace: string;
  readonly name: string;
  /** Absolute path of the data folder. */
  readonly data: string;
  /** Of the API; port 0 is any free one. */
  readonly listen: { readonly host: string; readonly port: number };
  /** Embedded where absent. */
  readonly stores: { readonly events?: { readonly url: string }; readonly alerts?: { readonly url: string } };
  readonly retentionDays: { readonly events: number; readonly signals: number; readonly deadLetters: number };
  readonly sources: readonly SourceConfig[];
  readonly destinations: readonly DestinationConfig[];
  readonly python: 'auto' | 'cpython' | 'pyodide';
  /** Worker threads that parse and detect; absent: by the number of cores. */
  readonly workers?: number;
  readonly packs: readonly string[];
  readonly sigma: { readonly placeholders: Readonly<Record<string, readonly string[]>> };
  /** By name of the table. */
  readonly lookups: Readonly<Record<string, { readonly address: string; readonly allowPrivate: boolean }>>;
  readonly analyzers: {
    /** Networks, addresses and domains that nobody is asked about. */
    readonly own: readonly string[];
    readonly settings: Readonly<Record<string, AnalyzerSettings>>;
  };
  /** Values that must never be shown: see `redact`. */
  readonly secrets: readonly string[];
}

interface Kinds {
  readonly sources: Readonly<Record<string, { readonly settings: z.ZodObject }>>;
  readonly destinations: Readonly<Record<string, { readonly settings: z.ZodObject }>>;
}

export interface LoadOptions {
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly kinds?: Kinds;
}

/** What has a problem is left out of the config (a source, a destination) or has its default (anything else). */
export async function loadConfig(
  workspaceDir: string,
  options: LoadOptions = {},
): Promise<{ readonly config: Config; readonly problems: readonly Problem[] }> {
  const workspace = resolve(workspaceDir);
  const kinds = options.kinds ?? { sources: sourceKinds, destinations: destinationKinds };
  const kindList = [...Object.values(kinds.sources), ...Object.values(kinds.destinations)];
  const problems: Problem[] = [];
  let text = '';
  try {
    text = await readFile(join(workspace, configFile), 'utf8');
  } catch (error) {
    const reason =
      error instanceof Error && 'code' in error && error.code === 'ENOENT' ? 'does not exist' : String(error);
    problems.push({ file: configFile, message: `${reason}; \`tocsin init\` makes a workspace` });
  }
  const document = readDocument(text, { file: configFile, folder: workspace, env: options.env ?? process.env });
  problems.push(...document.syntax);
  const values = structuredClone(document.value ?? {});
  for (const { path, message } of document.missing) {
    problems.push(document.problem(path, message));
    leaveOut(values, path);
  }

  for (const path of emptyEntries(document.value)) {
    problems.push(document.problem(path, 'is empty (expected id, type and settings)'));
  }

  const shape = parseShape(document, values, problems);
  const sources = uniqueIds('sources', shape.sources, document, problems).flatMap(({ entry, path }) => {
    const { id, type, schemas, enabled, ...rest } = entry;
    const settings = parseSettings(kinds.sources, type, rest, { path, document, problems });
    return settings === undefined ? [] : [{ id, type, schemas, enabled, settings }];
  });
  const destinations = uniqueIds('destinations', shape.destinations, document, problems).flatMap(({ entry, path }) => {
    const { id, type, severities: wanted, resolved, ...rest } = entry;
    const settings = parseSettings(kinds.destinations, type, rest, { path, document, problems });
    return settings === undefined ? [] : [{ id, type, severities: wanted ?? severities, resolved, settings }];
  });
  const config: Config = {
    workspace,
    name: shape.name ?? basename(workspace),
    data: resolve(workspace, shape.data),
    listen: shape.listen,
    stores: {
      ...(shape.stores.events && { events: shape.stores.events }),
      ...(shape.stores.alerts && { alerts: shape.stores.alerts }),
    },
    retentionDays: shape.retention,
    sources,
    destinations,
    python: shape.python,
    ...(shape.workers !== undefined && { workers: shape.workers }),
    packs: shape.packs,
    sigma: shape.sigma,
    lookups: shape.lookups,
    analyzers: analyzersOf(shape),
    secrets: [...new Set([...document.secrets, ...secretsOf(document.value, [...kindList, { settings: analyzer }])])],
  };
  return { config, problems: problems.toSorted((a, b) => (a.line ?? 0) - (b.line ?? 0)) };
}

function analyzersOf({ analyzers: { own, contact, ...services } }: ConfigShape): Config['analyzers'] {
  const settings = Object.entries(services).map(([name, { key, limits, url }]) => [
    name,
    {
      ...(key !== undefined && { key }),
      ...(contact !== undefined && { contact }),
      ...(limits !== undefined && { limits }),
      ...(url !== undefined && { baseUrl: url }),
    },
  ]);
  return { own, settings: Object.fromEntries(settings) as Config['analyzers']['settings'] };
}

interface Place {
  readonly path: Path;
  readonly document: ConfigDocument;
  readonly problems: Problem[];
}

/** Reports what does not fit, leaves it out and reads the rest. */
function parseShape(document: ConfigDocument, values: unknown, problems: Problem[]): ConfigShape {
  const first = configShape.safeParse(values, { reportInput: true });
  if (first.success) return first.data;
  const issues = first.error.issues.filter((issue) => !asNumber(issue, values, [], document));
  report(issues, configShape, { path: [], document, problems });
  for (const issue of issues) {
    if (issue.code === 'unrecognized_keys') for (const key of issue.keys) leaveOut(values, [...issuePath(issue), key]);
    else leaveOut(values, issuePath(issue));
  }
  const second = configShape.safeParse(values, { reportInput: true });
  if (second.success) return second.data;
  report(second.error.issues, configShape, { path: [], document, problems });
  return configShape.parse({});
}

function parseSettings(
  kinds: Kinds['sources'],
  type: string,
  rest: Record<string, unknown>,
  place: Place,
): Readonly<Record<string, unknown>> | undefined {
  const kind = Object.hasOwn(kinds, type) ? kinds[type] : undefined;
  if (kind === undefined) {
    const names = Object.keys(kinds);
    const near = closest(type, names);
    const hint = near === undefined ? `expected one of ${names.join(', ')}` : `did you mean \`${near}\`?`;
    place.problems.push(place.document.problem([...place.path, 'type'], `unknown type \`${type}\`; ${hint}`));
    return undefined;
  }
  const settings = kind.settings.strict();
  const first = settings.safeParse(rest, { reportInput: true });
  if (first.success) return first.data;
  const issues = first.error.issues.filter((issue) => !asNumber(issue, rest, place.path, place.document));
  const second = issues.length === 0 ? settings.safeParse(rest, { reportInput: true }) : first;
  if (second.success) return second.data;
  report(second.error.issues, settings, place);
  return undefined;
}

function report(issues: readonly z.core.$ZodIssue[], shape: z.ZodObject, place: Place): void {
  for (const issue of issues) {
    const path = [...place.path, ...issuePath(issue)];
    if (issue.code !== 'unrecognized_keys') {
      place.problems.push(place.document.problem(path, issueText(issue)));
      continue;
    }
    for (const key of issue.keys) {
      const known = keysAt(shape, issuePath(issue));
      place.problems.push(place.document.problem(path, unknownKey(key, known), key));
    }
  }
}

/** The known keys of the object at the path. */
function keysAt(shape: z.ZodObject, path: Path): readonly string[] {
  let type: unknown = shape;
  for (const part of path) {
    while (type instanceof z.ZodOptional || type instanceof z.ZodDefault || type instanceof z.ZodPrefault) {
      type = type.unwrap();
    }
    if (type instanceof z.ZodObject) type = type.shape[part];
    else if (type instanceof z.ZodArray) type = type.element;
    else return [];
  }
  while (type instanceof z.ZodOptional || type instanceof z.ZodDefault || type instanceof z.ZodPrefault) {
    type = type.unwrap();
  }
  return type instanceof z.ZodObject ? Object.keys(type.shape) : [];
}

/** References are text; where a number or a boolean is wanted and the text is one, it is put there. */
function asNumber(issue: z.core.$ZodIssue, values: unknown, base: Path, document: ConfigDocument): boolean {
  const path = issuePath(issue);
  if (issue.code !== 'invalid_type' || !document.isReference([...base, ...path])) return false;
  const holder = holderOf(values, path);
  const key = path.at(-1);
  if (holder === undefined || key === undefined) return false;
  const text = String(holder[key]).trim();
  if (issue.expected === 'boolean' && (text === 'true' || text === 'false')) holder[key] = text === 'true';
  else if ((issue.expected === 'number' || issue.expected === 'int') && text !== '' && Number.isFinite(Number(text))) {
    holder[key] = Number(text);
  } else return false;
  return true;
}

/** A source or destination is left out whole: its place in the list stays, empty, so that paths keep their meaning. Of
 *  other lists no part is left. */
function leaveOut(values: unknown, path: Path): void {
  const inList = (path[0] === 'sources' || path[0] === 'destinations') && typeof path[1] === 'number';
  const entry = path.findIndex((part) => typeof part === 'number');
  const target = inList ? path.slice(0, 2) : path.slice(0, entry < 0 ? path.length : entry);
  const holder = holderOf(values, target);
  const key = target.at(-1);
  if (holder === undefined || key === undefined) return;
  if (inList) holder[key] = null;
  else delete holder[key];
}

function holderOf(values: unknown, path: Path): Record<string | number, unknown> | undefined {
  let holder = values;
  for (const part of path.slice(0, -1)) {
    if (!isRecord(holder) || !Object.hasOwn(holder, part)) return undefined;
    holder = holder[part];
  }
  return isRecord(holder) ? holder : undefined;
}

function isRecord(value: unknown): value is Record<string | number, unknown> {
  return typeof value === 'object' && value !== null;
}

function emptyEntries(value: unknown): Path[] {
  return ['sources', 'destinations'].flatMap((list) => {
    const entries = isRecord(value) ? value[list] : undefined;
    return Array.isArray(entries) ? entries.flatMap((entry, index) => (entry === null ? [[list, index]] : [])) : [];
  });
}

function uniqueIds<T extends { readonly id: string }>(
  list: string,
  entries: readonly (T | null)[],
  document: ConfigDocument,
  problems: Problem[],
): { readonly entry: T; readonly path: Path }[] {
  const seen = new Map<string, Path>();
  return entries.flatMap((entry, index) => {
    if (entry === null) return [];
    const path = [list, index];
    const before = seen.get(entry.id);
    if (before !== undefined) {
      problems.push(document.problem([...path, 'id'], `\`${entry.id}\` is the id of ${pathText(before)} already`));
      return [];
    }
    seen.set(entry.id, path);
    return [{ entry, path }];
  });
}
