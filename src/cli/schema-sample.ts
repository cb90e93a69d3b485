// The samples of schemas: `schemas/nginx/access.yml` is tried on `schemas/nginx/samples/access.log` (and access-*.log),
// and makes of each line what `access.events.json` beside it says. `update` writes that file instead.

import { readdir, readFile, writeFile } from 'node:fs/promises';
import { basename, dirname, join, relative } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import type { Problem } from '../core/problem.ts';
import type { Schema } from '../core/schema.ts';
import { parseSchema } from '../schema/document.ts';
import { hardenRegex } from '../detect/regex.ts';
import { createClassifier } from '../schema/engine/classify.ts';
import { Records } from '../schema/engine/record.ts';
import { formatTime } from '../schema/time.ts';

export interface SampleReport {
  /** Of the schema; relative to the root. */
  readonly file: string;
  readonly schema: string;
  readonly samples: readonly SampleResult[];
  readonly problems: readonly Problem[];
}

export interface SampleResult {
  readonly file: string;
  readonly lines: number;
  readonly passed: boolean;
  /** What is different in the first line that is, or that nothing is expected yet. */
  readonly error?: string;
  readonly updated?: boolean;
}

/** What became of a line: the event, or why there is none. */
type Outcome = Readonly<Record<string, unknown>>;

/** When the samples arrive, for times without a year. */
const received = Date.UTC(2026, 6, 1);
/** They are other ones at each run. */
const volatile = new Set(['p_row_id', 'p_parse_time', 'p_source_id', 'p_source_file']);

export async function* testSamples(
  root: string,
  isWanted: (path: string) => boolean,
  update: boolean,
): AsyncGenerator<SampleReport> {
  for (const path of await schemaFiles(join(root, 'schemas'))) {
    if (!isWanted(path)) continue;
    const file = relative(root, path);
    const { schema, problems } = parseSchema(await readFile(path, 'utf8'), file);
    const samples: SampleResult[] = [];
    for (const sample of schema === undefined ? [] : await sampleFiles(path)) {
      if (schema !== undefined) samples.push(await testSample(schema, sample, root, update));
    }
    yield { file, schema: schema?.name ?? '', samples, problems };
  }
}

async function schemaFiles(folder: string): Promise<readonly string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => []);
  return entries
    .filter((entry) => entry.isFile() && /\.ya?ml$/.test(entry.name) && basename(entry.parentPath) !== 'samples')
    .map((entry) => join(entry.parentPath, entry.name))
    .toSorted();
}

async function sampleFiles(schemaFile: string): Promise<readonly string[]> {
  const folder = join(dirname(schemaFile), 'samples');
  const stem = basename(schemaFile).replace(/\.ya?ml$/, '');
  const names = await readdir(folder).catch(() => []);
  return names
    .filter((name) => name.endsWith('.log') && (name === `${stem}.log` || name.startsWith(`${stem}-`)))
    .toSorted()
    .map((name) => join(folder, name));
}

async function testSample(schema: Schema, path: string, root: string, update: boolean): Promise<SampleResult> {
  const got = outcomes(schema, await readFile(path));
  const file = relative(root, path);
  const expectedPath = path.replace(/\.log$/, '.events.json');
  const text = await readFile(expectedPath, 'utf8').catch(() => undefined);
  const base = { file, lines: got.length };
  if (update) {
    const updated = `[\n${got.map((outcome) => JSON.stringify(outcome)).join(',\n')}\n]\n`;
    if (updated !== text) await writeFile(expectedPath, updated);
    return { ...base, passed: true, updated: updated !== text };
  }
  if (text === undefined) {
    return {
      ...base,
      passed: false,
      error: `there is no ${basename(expectedPath)}; \`tocsin test --update\` writes it`,
    };
  }
  const error = difference(got, parseExpected(text));
  return error === undefined ? { ...base, passed: true } : { ...base, passed: false, error };
}

/** One per line that is not empty. */
function outcomes(schema: Schema, bytes: Buffer): readonly Outcome[] {
  hardenRegex();
  const classifier = createClassifier([schema]);
  const records = new Records(bytes);
  const batch = { id: '00000000-0000', source: '', file: '', received, receivedText: formatTime(received) };
  const found: Outcome[] = [];
  for (let start = 0; start < bytes.length; ) {
    const feed = bytes.indexOf(10, start);
    const next = feed === -1 ? bytes.length : feed;
    const end = bytes[next - 1] === 13 && next > start ? next - 1 : next;
    if (end > start) {
      const reader = classifier.classify(records, start, end, received);
      const event = reader?.event(batch, '', undefined);
      if (event !== undefined) {
        // Through JSON, as the expected file has it.
        found.push(JSON.parse(JSON.stringify(event, (key, value: unknown) => (volatile.has(key) ? undefined : value))));
      } else {
        const dropped = classifier.dropped();
        const [misfit] = classifier.misfits();
        found.push(dropped === undefined ? { deadLetter: misfit?.reason ?? '' } : { dropped: dropped.reason });
      }
    }
    start = next + 1;
  }
  return found;
}

function parseExpected(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function difference(got: readonly Outcome[], expected: unknown): string | undefined {
  if (!Array.isArray(expected)) return 'the expected events are no JSON array';
  if (expected.length !== got.length) return `expected ${expected.length} outcomes, got ${got.length}`;
  for (const [index, outcome] of got.entries()) {
    const wanted: unknown = expected[index];
    if (isDeepStrictEqual(outcome, wanted)) continue;
    return `line ${index + 1}: ${firstDifference(outcome, wanted)}`;
  }
  return undefined;
}

function firstDifference(got: Outcome, wanted: unknown): string {
  const expected = typeof wanted === 'object' && wanted !== null ? new Map(Object.entries(wanted)) : new Map();
  const names = [...new Set([...expected.keys(), ...Object.keys(got)])];
  const name = names.find((key) => !isDeepStrictEqual(got[key], expected.get(key))) ?? '';
  return `${name}: expected ${show(expected.get(name))}, got ${show(got[name])}`;
}

function show(value: unknown): string {
  return value === undefined ? 'nothing' : JSON.stringify(value);
}
