// Panther's groups and sequences over matches of their members, at one moment (Panther's documentation of correlation
// rules, and the tests in panther-analysis).

import { caps } from './correlation.ts';
import type { PantherGroup, PantherMember, PantherPart, PantherSequence } from './panther-document.ts';

export interface MemberMatch {
  readonly time: number;
  /** The texts of a field: of a list each element's. */
  readonly values: (field: string) => readonly string[];
}

export interface PantherFound<M extends MemberMatch> {
  /** What all matched on; undefined: nothing was asked. */
  readonly value: string | undefined;
  /** When it was complete. */
  readonly time: number;
  /** In order of time. */
  readonly matches: readonly M[];
}

/** `matchesOf` gives those within the look-back, in order of time. */
export function findPanther<M extends MemberMatch>(
  part: PantherPart,
  matchesOf: (member: PantherMember) => readonly M[],
): readonly PantherFound<M>[] {
  const matches = new Map(part.members.map((member) => [member.id, matchesOf(member)]));
  return part.kind === 'group' ? findGroup(part, matches) : findSequence(part, matches);
}

type Matches<M> = ReadonlyMap<string, readonly M[]>;

function findGroup<M extends MemberMatch>(part: PantherGroup, matches: Matches<M>): readonly PantherFound<M>[] {
  const free = part.members.filter(({ id }) => part.criteria.every((fields) => !fields.has(id)));
  const found = (part.criteria.length === 0 ? [new Map<string, string>()] : part.criteria).map((fields) =>
    findCriterion(part, fields, free, matches),
  );
  return found.every((each) => each.length > 0) ? (found[0] ?? []) : [];
}

/** The values on which the criterion's members, and those of no criterion, agree. */
function findCriterion<M extends MemberMatch>(
  part: PantherGroup,
  fields: ReadonlyMap<string, string>,
  free: readonly PantherMember[],
  matches: Matches<M>,
): readonly PantherFound<M>[] {
  const members = [...part.members.filter(({ id }) => fields.has(id)), ...free];
  const present = members.filter(({ isAbsent }) => !isAbsent);
  const need = Math.min(part.min ?? present.length, present.length);
  const indexed = new Map(
    [...fields].map(
      ([id, field]) => [id, Map.groupBy(pairs(matches.get(id) ?? [], field), ([value]) => value)] as const,
    ),
  );
  const values =
    fields.size === 0 ? [undefined] : new Set([...indexed.values()].flatMap((byValue) => [...byValue.keys()]));
  return [...values].flatMap((value): readonly PantherFound<M>[] => {
    const of = ({ id }: PantherMember): readonly M[] =>
      value !== undefined && fields.has(id)
        ? (indexed.get(id)?.get(value) ?? []).map(([, match]) => match)
        : (matches.get(id) ?? []);
    if (members.some((member) => member.isAbsent && of(member).length > 0)) return [];
    const satisfied = present.filter((member) => isEnough(member, of(member).length));
    if (satisfied.length < need) return [];
    const complete = satisfied.map((member) => of(member)[member.min - 1]?.time ?? 0).toSorted((a, b) => a - b);
    return [
      { value, time: complete[need - 1] ?? 0, matches: satisfied.flatMap(of).toSorted((a, b) => a.time - b.time) },
    ];
  });
}

function pairs<M extends MemberMatch>(matches: readonly M[], field: string): readonly (readonly [string, M])[] {
  return matches.flatMap((match) => match.values(field).map((value) => [value, match] as const));
}

function isEnough({ min, max }: PantherMember, count: number): boolean {
  return count >= min && (max === undefined || count <= max);
}

/** A way through the sequence up to a member: its last match, and how it came there. */
interface Way<M> {
  readonly match: M;
  readonly before: Way<M> | undefined;
}

function findSequence<M extends MemberMatch>(part: PantherSequence, matches: Matches<M>): readonly PantherFound<M>[] {
  const fieldsOf = ({ id }: PantherMember): readonly string[] =>
    part.transitions.flatMap(({ from, to, match }) =>
      match === undefined ? [] : [...(from === id ? [match.from] : []), ...(to === id ? [match.to] : [])],
    );
  const anchor = part.members.find((member) => !member.isAbsent && fieldsOf(member).length > 0);
  const [field] = anchor === undefined ? [] : fieldsOf(anchor);
  if (anchor === undefined || field === undefined) {
    return findWay(part, ({ id }) => matches.get(id) ?? []).map((found) => ({ ...found, value: undefined }));
  }
  const byField = new Map<string, ReadonlyMap<string, readonly (readonly [string, M])[]>>();
  const ofValue = (member: PantherMember, value: string): readonly M[] => {
    const [first, ...others] = fieldsOf(member);
    const all = matches.get(member.id) ?? [];
    if (first === undefined) return all;
    const name = JSON.stringify([member.id, first]);
    const index = byField.get(name) ?? Map.groupBy(pairs(all, first), ([each]) => each);
    byField.set(name, index);
    return (index.get(value) ?? [])
      .map(([, match]) => match)
      .filter((match) => others.every((other) => match.values(other).includes(value)));
  };
  const values = new Set((matches.get(anchor.id) ?? []).flatMap((match) => match.values(field)));
  return [...values].flatMap((value) =>
    findWay(part, (member) => ofValue(member, value)).map((found) => ({ ...found, value })),
  );
}

/** [] where there is no way; otherwise when the first one ends, and the matches of the last. */
function findWay<M extends MemberMatch>(
  part: PantherSequence,
  matchesOf: (member: PantherMember) => readonly M[],
): readonly Omit<PantherFound<M>, 'value'>[] {
  let ways: readonly Way<M>[] | undefined;
  /** Absent members that the sequence begins with. */
  let notBefore: readonly M[] = [];
  for (const [index, member] of part.members.entries()) {
    const all = matchesOf(member).slice(-caps.matches);
    const transition = part.transitions.find(
      ({ from, to }) => to === member.id && from === part.members[index - 1]?.id,
    );
    const withinMs = transition?.withinMs ?? part.lookbackMs;
    if (member.isAbsent) {
      if (ways === undefined) notBefore = [...notBefore, ...all].toSorted((a, b) => a.time - b.time);
      else ways = ways.filter(({ match }) => countBetween(all, match.time, match.time + withinMs, match) === 0);
      continue;
    }
    ways =
      ways === undefined
        ? firstWays(member, all).filter(({ match }) => countBetween(notBefore, match.time - withinMs, match.time) === 0)
        : nextWays(member, all, ways, withinMs);
    if (ways.length === 0) return [];
  }
  const first = ways?.[0];
  const matches: M[] = [];
  for (let way = ways?.at(-1); way !== undefined; way = way.before) matches.push(way.match);
  return first === undefined ? [] : [{ time: first.match.time, matches: matches.toReversed() }];
}

function firstWays<M extends MemberMatch>(member: PantherMember, all: readonly M[]): readonly Way<M>[] {
  if (!isEnough(member, all.length)) return [];
  return all.slice(member.min - 1).map((match) => ({ match, before: undefined }));
}

/** In order of time, as `all` and `ways` are. The earliest way within reach has the most matches after it. */
function nextWays<M extends MemberMatch>(
  { min, max }: PantherMember,
  all: readonly M[],
  ways: readonly Way<M>[],
  withinMs: number,
): readonly Way<M>[] {
  return all.flatMap((match): readonly Way<M>[] => {
    for (let at = lowerBound(ways, ({ match: { time } }) => time >= match.time - withinMs); ; at++) {
      const before = ways[at];
      if (before === undefined || before.match.time > match.time) return [];
      const { time } = before.match;
      const isInTime = countBetween(all, time, match.time, before.match) >= min;
      if (isInTime && (max === undefined || countBetween(all, time, time + withinMs, before.match) <= max)) {
        return [{ match, before }];
      }
      if (max === undefined) return [];
    }
  });
}

/** Both ends inclusive; `not` does not count. */
function countBetween<M extends MemberMatch>(matches: readonly M[], from: number, to: number, not?: M): number {
  const begin = lowerBound(matches, ({ time }) => time >= from);
  const end = lowerBound(matches, ({ time }) => time > to);
  if (not === undefined || not.time < from || not.time > to) return end - begin;
  let at = lowerBound(matches, ({ time }) => time >= not.time);
  while (matches[at]?.time === not.time && matches[at] !== not) at++;
  return end - begin - (matches[at] === not ? 1 : 0);
}

/** The first position for which `isAfter`; it is so for all after it. */
function lowerBound<T>(items: readonly T[], isAfter: (item: T) => boolean): number {
  let low = 0;
  let high = items.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    const item = items[middle];
    if (item !== undefined && isAfter(item)) high = middle;
    else low = middle + 1;
  }
  return low;
}
