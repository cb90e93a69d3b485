// Correlations name rules by id or name; here the names become ids, and the correlations are put in the order in which
// they build on each other.

import type { Problem } from '../../core/problem.ts';
import { closest } from '../../core/closest.ts';
import type { Combination, Correlation, CorrelationKind } from './correlation.ts';

/** A detection that correlations may name. */
export interface Named {
  readonly id: string;
  readonly name?: string;
  readonly file: string;
}

export interface Resolved {
  /** Those that can run, each after the correlations that it names; their rules are ids. */
  readonly correlations: readonly Correlation[];
  /** Ids of the rules in a correlation's own file that are there for it alone: they raise no alerts. */
  readonly quiet: ReadonlySet<string>;
  readonly problems: readonly Problem[];
}

/** `rules` are the detections that are no correlations. */
export function resolveCorrelations(correlations: readonly Correlation[], rules: readonly Named[]): Resolved {
  const all: readonly Named[] = [
    ...rules,
    ...correlations.map(({ detection: { id, file }, name }) => ({ id, file, ...(name !== undefined && { name }) })),
  ];
  const byName = new Map<string, Named[]>();
  for (const named of all) {
    for (const name of new Set([named.id, named.name ?? named.id])) {
      const others = byName.get(name);
      if (others === undefined) byName.set(name, [named]);
      else others.push(named);
    }
  }
  const problems: Problem[] = [];
  const refuse = ({ detection: { id, file } }: Correlation, message: string): undefined => {
    problems.push({ file, message: `correlation ${id}: ${message}` });
    return undefined;
  };
  const find = (name: string): Named | string => {
    // Of several with one name the one with this id is meant.
    const found = byName.get(name) ?? [];
    const [only] = found;
    const exact = found.find(({ id }) => id === name) ?? (found.length === 1 ? only : undefined);
    if (exact !== undefined) return exact;
    if (found.length > 1) return `${name} is the name of several rules: ${found.map(({ id }) => id).join(', ')}`;
    const near = closest(name, [...byName.keys()]);
    return `there is no rule ${name}${near === undefined ? '' : `; did you mean ${near}?`}`;
  };
  const named = correlations.flatMap((correlation) => {
    const ids = new Map<string, string>();
    for (const name of correlation.rules) {
      const found = find(name);
      if (typeof found === 'string') return refuse(correlation, found) ?? [];
      ids.set(name, found.id);
    }
    return [withIds(correlation, ids)];
  });
  const ordered = inOrder(named, new Set(correlations.map(({ detection }) => detection.id)), refuse);
  const files = new Map(all.map(({ id, file }) => [id, file]));
  const quiet = ordered.flatMap(({ rules: ids, detection: { file } }) => ids.filter((id) => files.get(id) === file));
  const loud = new Set(ordered.flatMap(({ generate, rules: ids }) => (generate ? ids : [])));
  return { correlations: ordered, quiet: new Set(quiet.filter((id) => !loud.has(id))), problems };
}

function withIds(correlation: Correlation, ids: ReadonlyMap<string, string>): Correlation {
  const idOf = (name: string): string => ids.get(name) ?? name;
  const combination = (steps: Combination): Combination =>
    steps.map(({ rule, isAbsent }) => ({ rule: idOf(rule), isAbsent }));
  const kind: CorrelationKind =
    correlation.kind.kind === 'combination'
      ? { ...correlation.kind, anyOf: correlation.kind.anyOf.map(combination) }
      : correlation.kind;
  return {
    ...correlation,
    kind,
    rules: [...new Set(correlation.rules.map(idOf))],
    ruleNames: ids,
    aliases: new Map(
      [...correlation.aliases].map(([alias, fields]) => [
        alias,
        new Map([...fields].map(([rule, field]) => [idOf(rule), field])),
      ]),
    ),
  };
}

/** Correlations that build on themselves, or on one that cannot run, are refused. */
function inOrder(
  correlations: readonly Correlation[],
  known: ReadonlySet<string>,
  refuse: (correlation: Correlation, message: string) => undefined,
): readonly Correlation[] {
  const ordered: Correlation[] = [];
  const done = new Set<string>();
  let left = correlations;
  for (;;) {
    const ready = left.filter(({ rules }) => rules.every((rule) => !known.has(rule) || done.has(rule)));
    if (ready.length === 0) break;
    ordered.push(...ready);
    for (const { detection } of ready) done.add(detection.id);
    left = left.filter((correlation) => !ready.includes(correlation));
  }
  for (const correlation of left) {
    const missing = correlation.rules.filter((rule) => known.has(rule) && !done.has(rule));
    refuse(correlation, `builds on itself, or on a correlation that cannot run: ${missing.join(', ')}`);
  }
  return ordered;
}
