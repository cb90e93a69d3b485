// Panther's `correlation_rule` documents: read, checked, with file:line:col for what is wrong.

import type { z } from 'zod';
import type { DocumentText, Path } from '../../core/document-text.ts';
import type { Problem } from '../../core/problem.ts';
import { defaultSchedule, type Schedule } from '../../core/schedule.ts';
import { pantherDetection } from '../panther-detection.ts';
import { describeIssues } from '../problem.ts';
import { scheduleOf } from '../schedule-block.ts';
import { siemShape } from '../siem-block.ts';
import { type Correlation, isByClock } from './correlation.ts';
import { pantherShape } from './panther-shape.ts';

export interface PantherMember {
  readonly id: string;
  /** The rule's id. */
  readonly rule: string;
  readonly min: number;
  readonly max?: number;
  readonly isAbsent: boolean;
}

export interface PantherGroup {
  readonly kind: 'group';
  readonly lookbackMs: number;
  readonly members: readonly PantherMember[];
  /** Each: fields by member that have one value in common. */
  readonly criteria: readonly ReadonlyMap<string, string>[];
  /** So many members must match; absent: all that are not to be absent. */
  readonly min?: number;
}

export interface PantherTransition {
  readonly from: string;
  readonly to: string;
  readonly withinMs: number;
  readonly match?: { readonly from: string; readonly to: string };
}

export interface PantherSequence {
  readonly kind: 'sequence';
  readonly lookbackMs: number;
  readonly members: readonly PantherMember[];
  readonly transitions: readonly PantherTransition[];
}

export type PantherPart = PantherGroup | PantherSequence;

export interface PantherTest {
  readonly name: string;
  readonly match: boolean;
  /** Epoch ms, or ms from 0; none: at the latest time of the others. */
  readonly matches: readonly {
    readonly member: string;
    readonly field: string;
    readonly value: string;
    readonly time?: number;
  }[];
}

type Document = z.infer<typeof pantherShape>;
type Part = Document['Detection'][number];

export interface ReadCorrelation {
  /** Absent where it cannot be used; then a problem says why. */
  readonly correlation?: Correlation;
  readonly problems: readonly Problem[];
}

/** `text` is that of the document with `value`. */
export function parsePantherCorrelation(value: unknown, text: Pick<DocumentText, 'at'>, file: string): ReadCorrelation {
  const checked = pantherShape.safeParse(value);
  if (!checked.success) {
    const issues = describeIssues(checked.error, Object.keys(pantherShape.shape));
    return { problems: issues.map(({ path, key, message }) => text.at(path, message, key)) };
  }
  const document = checked.data;
  const problems: Problem[] = [];
  const complain = (path: Path, message: string): void => {
    problems.push(text.at(path, message));
  };
  const anyOf = document.Detection.map((part, index) => readPart(part, ['Detection', index], complain));
  const members = new Set(anyOf.flatMap((part) => part.members.map(({ id }) => id)));
  for (const [index, { RuleOutputs }] of document.Tests.entries()) {
    for (const [output, { ID }] of RuleOutputs.entries()) {
      if (!members.has(ID)) complain(['Tests', index, 'RuleOutputs', output, 'ID'], `${ID} is the ID of no member`);
    }
  }
  const kind: Correlation['kind'] = { kind: 'panther', anyOf, tests: document.Tests.map(readTest) };
  const schedule = isByClock(kind) ? readSchedule(document.Detection[0], complain) : undefined;
  if (problems.length > 0) return { problems };
  const rules = [...new Set(anyOf.flatMap((part) => part.members.map(({ rule }) => rule)))];
  const correlation: Correlation = {
    detection: pantherDetection(document, { language: 'correlation', file, logTypes: [] }),
    rules,
    ruleNames: new Map(rules.map((rule) => [rule, rule])),
    groupBy: [],
    isMissingGrouped: false,
    timespanMs: Math.max(...anyOf.map(({ lookbackMs }) => lookbackMs)),
    isReset: false,
    kind,
    aliases: new Map(),
    generate: true,
    siem: siemShape.parse({}),
    exceptions: [],
    ...(schedule !== undefined && { schedule }),
    tests: [],
  };
  return { correlation, problems };
}

/** The schedule of Panther is kept to where it decides what is found; others are looked at when a signal comes. */
function readSchedule(part: Part | undefined, complain: (path: Path, message: string) => void): Schedule | undefined {
  const { RateMinutes, CronExpression, TimeoutMinutes } = part?.Schedule ?? {};
  const scheduled = scheduleOf({
    catchupMs: defaultSchedule.catchupMs,
    ...(RateMinutes !== undefined && { everyMs: RateMinutes * 60_000 }),
    ...(CronExpression !== undefined && { cron: CronExpression }),
    ...(TimeoutMinutes !== undefined && { timeoutMs: TimeoutMinutes * 60_000 }),
  });
  if (scheduled.refused === undefined) return scheduled.schedule;
  complain(['Detection', 0, 'Schedule'], `Detection[0].Schedule: ${scheduled.refused}`);
  return undefined;
}

function readPart(part: Part, path: Path, complain: (path: Path, message: string) => void): PantherPart {
  const key = 'Group' in part ? 'Group' : 'Sequence';
  const members = ('Group' in part ? part.Group : part.Sequence).map(
    (member): PantherMember => ({
      id: member.ID ?? member.RuleID,
      rule: member.RuleID,
      min: member.MinMatchCount,
      ...(member.MaxMatchCount !== undefined && { max: member.MaxMatchCount }),
      isAbsent: member.Absence,
    }),
  );
  const ids = members.map(({ id }) => id);
  for (const [index, id] of ids.entries()) {
    if (ids.indexOf(id) < index) complain([...path, key, index], `${id} is the ID of another member already`);
  }
  const present = members.filter(({ isAbsent }) => !isAbsent).length;
  if (present === 0) complain([...path, key], 'expected a member that is not absent');
  const lookbackMs = part.LookbackWindowMinutes * 60_000;
  if ('Sequence' in part) {
    const transitions = part.Transitions.map((transition, index): PantherTransition => {
      const from = ids.indexOf(transition.From);
      if (from < 0 || ids[from + 1] !== transition.To) {
        const message = `expected a member and the one that follows it, found ${transition.From} and ${transition.To}`;
        complain([...path, 'Transitions', index], message);
      }
      const [match] = transition.Match ?? [];
      return {
        from: transition.From,
        to: transition.To,
        withinMs:
          transition.WithinTimeFrameMinutes === undefined ? lookbackMs : transition.WithinTimeFrameMinutes * 60_000,
        ...(match !== undefined && {
          match: 'On' in match ? { from: match.On, to: match.On } : { from: match.From, to: match.To },
        }),
      };
    });
    return { kind: 'sequence', lookbackMs, members, transitions };
  }
  const criteria = Object.entries(part.MatchCriteria ?? {}).map(([name, entries]) => {
    for (const { GroupID } of entries) {
      if (!ids.includes(GroupID)) complain([...path, 'MatchCriteria', name], `${GroupID} is the ID of no member`);
    }
    return new Map(entries.map(({ GroupID, Match }) => [GroupID, Match]));
  });
  if ((part.MinMatchCount ?? 0) > present) complain([...path, 'MinMatchCount'], `there are only ${present} members`);
  return {
    kind: 'group',
    lookbackMs,
    members,
    criteria,
    ...(part.MinMatchCount !== undefined && { min: part.MinMatchCount }),
  };
}

function readTest({ Name, ExpectedResult, RuleOutputs }: Document['Tests'][number]): PantherTest {
  const matches = RuleOutputs.flatMap(({ ID, Matches }): PantherTest['matches'] => {
    if (Matches === undefined) return [{ member: ID, field: '', value: '' }];
    return Object.entries(Matches).flatMap(([field, values]) =>
      Object.entries(values).flatMap(([value, times]) => times.map((time) => ({ member: ID, field, value, time }))),
    );
  });
  return { name: Name, match: ExpectedResult, matches };
}
