// Correlations: detections on the signals of others. Sigma's types, three of our own, and Panther's, as types.
// Pure: nothing here reads a store, a clock or a file. It knows no language of rules: a signal is a detection's id, times
// and fields.

import type { Detection } from '../../core/detection.ts';
import type { Json } from '../../core/event.ts';
import type { Schedule } from '../../core/schedule.ts';
import type { SiemBlock } from '../siem-block.ts';
import type { SigmaException } from '../sigma/rule.ts';
import type { PantherPart, PantherTest } from './panther-document.ts';
import { isUpperBound, type Range } from './range.ts';
import type { EventTest } from './test-document.ts';

/** A signal as correlations see it. */
export interface CorrelationSignal {
  readonly detection: string;
  /** The event's own time, epoch ms. */
  readonly time: number;
  /** Epoch ms. */
  readonly received: number;
  /** Of the event: an event that several rules matched has it several times. */
  readonly rowId: string;
  /** undefined: the event has no such field, or it is null. `signalFields` makes it. */
  readonly fields: (path: string) => Json | undefined;
}

export interface Correlation {
  readonly detection: Detection;
  /** By which other correlations call it. */
  readonly name?: string;
  /** Ids of detections once `resolveCorrelations` was there; before that as written, ids or names. */
  readonly rules: readonly string[];
  /** What the document calls them, and what each is among `rules`. */
  readonly ruleNames: ReadonlyMap<string, string>;
  /** Fields, or aliases. Empty: all signals are one group. */
  readonly groupBy: readonly string[];
  /** A group-by field that a signal does not have is '', and not a reason to ignore the signal. */
  readonly isMissingGrouped: boolean;
  readonly timespanMs: number;
  /** What fired counts no more: each firing is an episode of its own, of later signals. */
  readonly isReset: boolean;
  readonly kind: CorrelationKind;
  /** Alias, rule (as in `rules`), the rule's field. */
  readonly aliases: ReadonlyMap<string, ReadonlyMap<string, string>>;
  /** Its rules raise alerts of their own, too. */
  readonly generate: boolean;
  readonly siem: SiemBlock;
  /** Signals that they match take no part. */
  readonly exceptions: readonly SigmaException[];
  /** Set where the clock decides, not the signals that come, and where the document has one. */
  readonly schedule?: Schedule;
  readonly tests: readonly EventTest[];
}

/** The rules of a condition: those that must have been seen and those that must not, in the order in which it names them. */
export type Combination = readonly { readonly rule: string; readonly isAbsent: boolean }[];

export type CorrelationKind =
  | { readonly kind: 'event_count'; readonly range: Range }
  | { readonly kind: 'value_count'; readonly fields: readonly string[]; readonly range: Range }
  | { readonly kind: 'value_sum' | 'value_avg'; readonly field: string; readonly range: Range }
  /** `percentile` 0 to 100; the median is 50. */
  | { readonly kind: 'value_percentile'; readonly field: string; readonly percentile: number; readonly range: Range }
  /** The number of distinct rules that were seen. */
  | { readonly kind: 'temporal'; readonly range: Range }
  /** Any one of them. */
  | { readonly kind: 'combination'; readonly isOrdered: boolean; readonly anyOf: readonly Combination[] }
  | {
      readonly kind: 'new_value';
      readonly fields: readonly string[];
      readonly historyMs: number;
      readonly minHistoryMs: number;
    }
  | { readonly kind: 'absence'; readonly minCount: number; readonly inventory: Inventory }
  | {
      readonly kind: 'ratio';
      /** The same timespan so long before. */
      readonly referenceMs: number;
      readonly factor: number;
      readonly direction: 'up' | 'down' | 'both';
      readonly minCurrent: number;
      readonly minReference: number;
    }
  | { readonly kind: 'panther'; readonly anyOf: readonly PantherPart[]; readonly tests: readonly PantherTest[] };

/** Whose silence is an absence. */
export type Inventory =
  /** Groups that had a signal within so long. */
  | { readonly kind: 'seen'; readonly forMs: number }
  /** The enabled sources of the configuration, by id. */
  | { readonly kind: 'sources' }
  /** Values of the group-by fields. */
  | { readonly kind: 'list'; readonly keys: readonly (readonly string[])[] };

/** What the caller knows of the time before the signals that it gives; for new_value, absence and ratio. */
export interface Past {
  readonly key: readonly string[];
  /** new_value: the field's value, as `valueText` writes it; '' otherwise. */
  readonly value: string;
  /** Epoch ms: event times for new_value and ratio, times of receiving for absence. For a member of an inventory that was
   *  never seen, `first` is since when it is waited for, and `last` is undefined. */
  readonly first: number;
  readonly last?: number;
  /** ratio: signals at `last`. */
  readonly count: number;
}

/** An episode that an earlier evaluation fired, still going on or just over. */
export interface Episode {
  readonly id: string;
  readonly key: readonly string[];
  readonly start: number;
  readonly last: number;
  /** new_value: which value. */
  readonly value?: string;
}

export interface Evaluated {
  /** Half-open, epoch ms: what happens at these times is decided. Signals before `from` are context, see `reachMs`. */
  readonly from: number;
  readonly to: number;
  readonly known?: readonly Episode[];
  readonly past?: readonly Past[];
}

/** An episode of one group: the condition began to hold, and held on. */
export interface Firing {
  /** Made of the correlation's id, the key and the episode's start: the same however often it is evaluated. */
  readonly id: string;
  /** Values of the group-by fields, in their order. Panther: the value that all matched on. */
  readonly key: readonly string[];
  /** When the condition began to hold. */
  readonly start: number;
  /** When it held last, as far as was evaluated. */
  readonly time: number;
  /** false: the episode is among the known ones. */
  readonly isNew: boolean;
  /** Times at which it held, from first to last, thinned: what correlations of this one count as its signals. */
  readonly holds: readonly number[];
  /** The most extreme: the highest, or the lowest where the condition has only an upper bound. new_value: the value. */
  readonly value: number | string;
  /** Signals from `first` to `last`. */
  readonly count: number;
  /** Event times of the signals. */
  readonly first: number;
  readonly last: number;
  /** Row ids, the oldest and the newest of them where there are more than `caps.evidence`. */
  readonly evidence: readonly string[];
  readonly isEvidenceCapped: boolean;
  /** `value` is an estimate: there were more than `caps.exactValues`. */
  readonly isApproximate: boolean;
  /** new_value: other values of the group, the latest first, not all of them. */
  readonly known?: readonly string[];
  /** The newest of the signals, for fields that the alert shows; none for what never came. */
  readonly sample?: CorrelationSignal;
  /** By rule: the newest of its signals. */
  readonly samples: ReadonlyMap<string, CorrelationSignal>;
}

export interface Evaluation {
  readonly firings: readonly Firing[];
  /** Signals that took no part, and why. */
  readonly ignored: {
    /** A group-by field is missing, where that is no group of its own. */
    readonly group: number;
    /** The condition's field is missing, or is no number where one is needed. */
    readonly field: number;
    /** Of groups beyond `caps.groups`. */
    readonly over: number;
    readonly excepted: number;
  };
  /** When, at or after `to`, something is decided without another signal. */
  readonly due?: number;
}

export const caps = {
  groups: 100_000,
  evidence: 100,
  /** Told times of one firing. */
  holds: 1000,
  /** Distinct values per group and window that are counted exactly. */
  exactValues: 10_000,
  /** Panther's sequences: matches of one member and value, the newest. */
  matches: 1000,
} as const;

/** Something is decided at times at which no signal comes. */
export function isByClock(kind: CorrelationKind): boolean {
  if ('range' in kind) return isUpperBound(kind.range);
  if (kind.kind === 'combination') return hasAbsent(kind.anyOf);
  if (kind.kind === 'panther')
    return kind.anyOf.some(({ members }) => members.some((each) => each.isAbsent || each.max !== undefined));
  return kind.kind === 'absence' || kind.kind === 'ratio';
}

function hasAbsent(anyOf: readonly Combination[]): boolean {
  return anyOf.some((combination) => combination.some(({ isAbsent }) => isAbsent));
}

/** What to evaluate when signals with these event times have come: windows after a late one contain it, too. */
export function touchedBy({ kind, timespanMs }: Correlation, times: readonly number[]): { from: number; to: number } {
  const from = times.reduce((least, time) => Math.min(least, time), Number.POSITIVE_INFINITY);
  const last = times.reduce((most, time) => Math.max(most, time), Number.NEGATIVE_INFINITY);
  return { from, to: last + (kind.kind === 'new_value' ? 1 : timespanMs) };
}

/** So long before `from` reach the signals that `evaluate` needs, by event time (absence: by the time of receiving). What
 *  new_value, absence and ratio need beyond is told by `past`. */
export function reachMs({ kind, timespanMs }: Correlation): number {
  switch (kind.kind) {
    case 'combination':
      return hasAbsent(kind.anyOf) ? 2 * timespanMs : timespanMs;
    case 'ratio':
      return timespanMs + kind.referenceMs;
    case 'new_value':
      return 0;
    default:
      return timespanMs;
  }
}
