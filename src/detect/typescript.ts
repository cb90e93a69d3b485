// TypeScript rules: from files to rules, and one event through them. Runs inside a worker thread.
// It must not know threads, where files lie or what becomes of signals; stopping a rule that does not end is the
// caller's business, who sees `progress`.

import { readFileSync } from 'node:fs';
import module from 'node:module';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { type Detection, type Signal, takesLogType } from '../core/detection.ts';
import type { Event } from '../core/event.ts';
import type { Problem } from '../core/problem.ts';
import type { RuleDefinition } from './rule.ts';
import { keepLoopsStoppable } from './stoppable.ts';
import { readDefinition } from './typescript-definition.ts';
import {
  describeError,
  describeFailure,
  describeMatch,
  type EventFacts,
  factsOf,
  wrongReturn,
} from './typescript-match.ts';
import { uniqueRules } from './unique.ts';

export interface TypeScriptRule {
  /** Plain data: crosses threads. */
  readonly detection: Detection;
  /** Functions: stays in the thread that loaded it. */
  readonly definition: RuleDefinition;
}

export interface RuleFile {
  /** Absolute. */
  readonly path: string;
  /** Relative to the workspace: for people. */
  readonly name: string;
}

/** One rule per file, its default export. What cannot be loaded is a problem, and the others are loaded. */
export async function loadTypeScriptRules(
  files: readonly RuleFile[],
): Promise<{ readonly rules: readonly TypeScriptRule[]; readonly problems: readonly Problem[] }> {
  resolveTocsin();
  keepLoopsStoppable();
  const rules: TypeScriptRule[] = [];
  const problems: Problem[] = [];
  for (const { path, name } of files) {
    let exported: unknown;
    try {
      const loaded: { readonly default?: unknown } = await import(pathToFileURL(path).href);
      exported = loaded.default;
    } catch (error) {
      problems.push(importProblem(error, path, name));
      continue;
    }
    const read = readDefinition(exported, name);
    if ('problems' in read) problems.push(...read.problems);
    else rules.push(read);
  }
  const unique = uniqueRules(rules);
  return { rules: unique.rules, problems: [...problems, ...unique.problems] };
}

/** How long the array must be that `createEvaluator` is given. */
export const progressLength = 2;

/**
 * Gives a function that runs an event of `logType` through the rules and pushes what comes of it to `signals`.
 * `time` is the event's own time in epoch ms. Rules that are disabled or whose id is in `skip` are left out.
 *
 * While a rule runs, `progress[0]` is its position in `rules` plus one; between events it is 0. `progress[1]` counts
 * events, round and round. A watchdog in another thread that sees the same two numbers for too long, the first not 0,
 * knows which rule does not end.
 */
export function createEvaluator(
  rules: readonly TypeScriptRule[],
  logType: string,
  progress: Int32Array,
  skip: ReadonlySet<string>,
  signals: Signal[],
): (event: Event, time: number) => void {
  const applicable = rules
    .map(({ detection, definition }, position) => ({ detection, definition, number: position + 1 }))
    .filter(({ detection: { id, enabled, logTypes } }) => enabled && !skip.has(id) && takesLogType(logTypes, logType));

  return function evaluate(event, time) {
    let facts: EventFacts | undefined;
    for (const { detection, definition, number } of applicable) {
      progress[0] = number;
      try {
        const matched: unknown = definition.match(event);
        if (matched === false) continue;
        if (matched instanceof Promise) matched.catch(() => undefined);
        if (matched !== true) throw wrongReturn(detection.id, 'match', matched, 'boolean');
        facts ??= factsOf(event, time, logType);
        signals.push(describeMatch(detection, definition, event, facts).signal);
      } catch (error) {
        facts ??= factsOf(event, time, logType);
        signals.push(describeFailure(detection, error, facts));
      }
    }
    progress[0] = 0;
    progress[1] = ((progress[1] ?? 0) + 1) | 0;
  };
}

let resolves = false;

/** `import { rule } from 'tocsin'` means rule.ts of this very program, wherever the workspace lies. */
function resolveTocsin(): void {
  if (resolves) return;
  resolves = true;
  const url = new URL(import.meta.url.endsWith('.ts') ? './rule.ts' : './rule.js', import.meta.url).href;
  module.registerHooks({
    resolve: (specifier, context, next) =>
      specifier === 'tocsin' ? { url, shortCircuit: true } : withModuleFormat(next(specifier, context)),
    load: (path, context, next) => (isInstalledRule(path) ? withoutTypes(path) : next(path, context)),
  });
}

/** Node takes no TypeScript from packages; the built-in rules of an installed tocsin are in one. */
function isInstalledRule(url: string): boolean {
  return url.endsWith('.ts') && url.includes('/node_modules/');
}

function withoutTypes(url: string): module.LoadFnOutput {
  const source = module.stripTypeScriptTypes(readFileSync(fileURLToPath(url), 'utf8'));
  return { format: 'module', source, shortCircuit: true };
}

/** A `.ts` file is a module whatever package.json is above it: no guessing, no warning about guessing. */
function withModuleFormat(resolved: module.ResolveFnOutput): module.ResolveFnOutput {
  const isRule = resolved.url.endsWith('.ts') && resolved.format !== 'module-typescript';
  return isRule ? { ...resolved, format: 'module-typescript' } : resolved;
}

function importProblem(error: unknown, path: string, name: string): Problem {
  const message = error instanceof Error ? `${error.name}: ${error.message}` : describeError(error);
  const stack = error instanceof Error ? (error.stack ?? '') : '';
  const url = pathToFileURL(path).href;
  // V8 and Node put `file:line`, the source line and a caret line above the stack of a syntax error.
  const [head = '', ...lines] = stack.split('\n');
  const line = [path, url].map((start) => head.startsWith(`${start}:`) && Number(head.slice(start.length + 1)));
  const ofSyntax = line.find((number) => typeof number === 'number' && Number.isInteger(number));
  if (typeof ofSyntax === 'number') {
    const caret = lines.find((text) => /^\s*\^/.test(text));
    return { file: name, line: ofSyntax, ...(caret && { column: caret.indexOf('^') + 1 }), message };
  }
  const frame = stack.split('\n').find((text) => text.includes(`${url}:`) || text.includes(`${path}:`));
  const [, at, column] = /:(\d+):(\d+)\)?$/.exec(frame ?? '') ?? [];
  return { file: name, ...(at && column && { line: Number(at), column: Number(column) }), message };
}
