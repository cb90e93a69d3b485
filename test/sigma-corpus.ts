// Public rules and recorded logs that lie beside the checkout, where they do: SigmaHQ's repository, and the logs of the
// sets `windows` and `linux-auth`. Nothing of them is committed.

import { existsSync, globSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { hasSigmaRules } from '../bench/sigma-rules.ts';
import type { Signal } from '../src/core/detection.ts';
import { createSigmaEvaluator } from '../src/detect/sigma/evaluator.ts';
import { conditionFor } from '../src/detect/sigma/route.ts';
import type { SigmaRule } from '../src/detect/sigma/rule.ts';
import type { History } from './sigma-history.ts';

const sigma = fileURLToPath(new URL('../../sigma/', import.meta.url));
const data = fileURLToPath(new URL('../../shared/data/', import.meta.url));

/** What is missing, for a test's name; '' where all is there. */
export const missing = [
  ...(hasSigmaRules() ? [] : ['SigmaHQ’s rules']),
  ...(existsSync(data) ? [] : ['the recorded logs']),
].join(' and ');

export { readSigmaRules as readRules } from '../bench/sigma-rules.ts';

/** Flat ones, and SigmaHQ's own, which were XML. */
export function windowsLines(): readonly string[] {
  const flat = globSync('windows/*.json', { cwd: data }).toSorted();
  const nested = globSync('regression_data/**/*.json', { cwd: sigma }).toSorted();
  return [
    ...flat.flatMap((file) => readFileSync(data + file, 'utf8').split('\n')),
    ...nested.flatMap((file) =>
      readFileSync(sigma + file, 'utf8')
        .split(/\n(?=\{)/)
        .map(oneLine),
    ),
  ].filter((line) => line !== '');
}

export function linuxLines(): readonly string[] {
  return readFileSync(`${data}linux-auth/auth.log`, 'utf8').split('\n');
}

export function readContent(file: string): string {
  return readFileSync(new URL(`../content/schemas/${file}`, import.meta.url), 'utf8');
}

function oneLine(json: string): string {
  return JSON.stringify(JSON.parse(json));
}

export interface Agreement {
  /** Rules that are for the history's log type. */
  readonly rules: number;
  /** Rules that cannot be SQL, and why. */
  readonly refused: readonly string[];
  /** Matches that both found. */
  readonly hits: number;
  /** Rule, event, and who alone found it. */
  readonly differences: readonly string[];
}

/** Rules over the events one by one, as workers run them, against their SQL over the store. */
export async function agreementOf(history: History, rules: readonly SigmaRule[]): Promise<Agreement> {
  const { schema, events } = history;
  const signals: Signal[] = [];
  const evaluate = createSigmaEvaluator(rules, schema, new Int32Array(2), new Set(), signals);
  for (const event of events) evaluate?.(event, 0);
  const streamed = new Set(signals.map(({ detection, rowId }) => `${detection} ${rowId}`));
  const meant = rules.flatMap((rule) => {
    const condition = conditionFor(rule, schema);
    return condition === undefined ? [] : [{ id: rule.detection.id, file: rule.detection.file, condition }];
  });
  const found = await history.hits(meant.map(({ condition }) => condition));
  const stored = new Set(
    found.flatMap((rows, index) => ('problem' in rows ? [] : rows.map((row) => `${meant[index]?.id} ${row}`))),
  );
  return {
    rules: meant.length,
    refused: found.flatMap((rows, index) => ('problem' in rows ? `${meant[index]?.file} ${rows.problem}` : [])),
    hits: [...streamed].filter((hit) => stored.has(hit)).length,
    differences: [...only(streamed, stored, 'streaming'), ...only(stored, streamed, 'SQL')],
  };
}

function only(these: ReadonlySet<string>, those: ReadonlySet<string>, who: string): string[] {
  return [...these].filter((hit) => !those.has(hit)).map((hit) => `${hit} ${who} alone`);
}
