// What scripts and templates of one watch see, and the scripts themselves: their text found, parsed and gone through.

import type { Path } from '../../core/document-text.ts';
import { parseScriptReference, type Script } from '../elasticsearch/aggregation.ts';
import { members } from '../elasticsearch/query.ts';
import { Unsupported } from '../import.ts';
import { ScriptProblem } from '../painless/ast.ts';
import { parseScript } from '../painless/parse.ts';
import type { Answers } from './answer.ts';
import { scalarOf } from './scalar.ts';
import { type Outcome, runScript } from './script.ts';
import type { SqlSymbol, Symbol } from './symbol.ts';

export interface WatchScope {
  readonly answers: Answers;
  readonly payload: Symbol;
  readonly metadata: unknown;
  readonly scripts: ReadonlyMap<string, string>;
  readonly tell: (message: string) => void;
}

export function outcomesOf(
  script: Script,
  path: Path,
  scope: WatchScope,
  names?: ReadonlyMap<string, Symbol>,
): readonly Outcome[] {
  const source = script.source ?? scope.scripts.get(script.id ?? '');
  if (source === undefined)
    throw new Unsupported(
      path,
      `the stored script \`${script.id ?? ''}\` is not there: put it into scripts/ beside the watch`,
    );
  const { answers, payload, metadata, tell } = scope;
  return told(source, path, () =>
    runScript(parseScript(source), {
      answers,
      payload,
      metadata,
      parameters: script.parameters,
      ...(names !== undefined && { names }),
      tell,
    }),
  );
}

/** A problem of a script at its place in it. */
export function told<T>(source: string, path: Path, run: () => T): T {
  try {
    return run();
  } catch (error) {
    if (!(error instanceof ScriptProblem)) throw error;
    const before = source.slice(0, error.offset).split('\n');
    const near = source.slice(error.offset, error.offset + 40).split('\n')[0] ?? '';
    const place = `line ${before.length}:${(before.at(-1) ?? '').length + 1} of the script`;
    throw new Unsupported(path, `${error.message} (${place}${near === '' ? '' : `: \`${near}\``})`);
  }
}

/** A script within the search: one number. */
export function computed(script: Script, names: ReadonlyMap<string, Symbol>, path: Path, scope: WatchScope): SqlSymbol {
  const [outcome] = outcomesOf(script, path, scope, names);
  if (outcome === undefined || outcome.when !== undefined) throw new Unsupported(path, 'the script gives no number');
  const { value } = outcome;
  return told('', path, () => scalarOf(value, scope.answers, { kind: 'literal', offset: 0, value: null }));
}

/** The scope with the payload that a transform makes of it. */
export function transformed(transform: unknown, path: Path, scope: WatchScope): WatchScope {
  if (transform === undefined) return scope;
  const { script, ...others } = members(transform, path);
  const [other] = Object.keys(others);
  if (other !== undefined) throw new Unsupported([...path, other], `a transform \`${other}\` is not taken`);
  const outcomes = outcomesOf(parseScriptReference(script, [...path, 'script']), [...path, 'script'], scope);
  const made = outcomes
    .map(({ value }) => value)
    .find((value) => value.kind !== 'value' || (value.value !== null && value.value !== false));
  if (made === undefined) return scope;
  // What is no map is given under this name.
  return { ...scope, payload: made.kind === 'map' ? made : { kind: 'map', entries: new Map([['_value', made]]) } };
}
