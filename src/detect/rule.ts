// What authors of TypeScript rules import as `tocsin`: the form of a rule, enrichment.ts and lookup.ts. Importing it must
// stay free: no other file of ours is imported here but types. How a rule is run is typescript.ts's business.

import type { Event, Json } from '../core/event.ts';
import type { Severity } from '../core/severity.ts';

export {
  type Enriched,
  type EnrichmentRow,
  enrichmentRows,
  type GreyNoise,
  greyNoise,
  type IpInfo,
  ipinfo,
  isTorExit,
} from './enrichment.ts';
export { lookup } from './lookup.ts';
export { scheduledQuery, type QueryRow, type ScheduledQueryDefinition } from './query/definition.ts';

/** `HIGH`, `High` or `high`. */
export type SeverityName = Severity | Capitalize<Lowercase<Severity>> | Lowercase<Severity>;

/** The same text for every match, or made from the event that matched. */
export type RuleText<E> = string | ((event: E) => string);

export interface RuleTest {
  readonly name: string;
  /** Fields as the schema makes them. `p_log_type` is the rule's first log type unless it is given here. */
  readonly event: Readonly<Record<string, unknown>>;
  readonly match: boolean;
  /** What a match must also give. */
  readonly title?: string;
  readonly dedup?: string;
  readonly severity?: SeverityName;
}

export interface RuleDefinition<E = Event> {
  /** Unique in the workspace: `Custom.Netstat.UnexpectedPort`. */
  readonly id: string;
  /** The rule sees events of these types only; `*`: of all. */
  readonly logTypes: readonly string[];
  /** A function may answer `DEFAULT` for the severity MEDIUM; one that throws counts as that too. */
  readonly severity: SeverityName | ((event: E) => SeverityName | 'DEFAULT');
  /** true is a match. Anything but true and false is an error of the rule, as is an exception. */
  match(event: E): boolean;
  /** At most 1000 characters; default: displayName, or the id. */
  readonly title?: RuleText<E>;
  /** Matches with the same text are one alert; at most 1000 characters; default: the title. */
  readonly dedup?: RuleText<E>;
  /** The threshold counts different texts in place of matches; at most 1000 characters. */
  readonly unique?: (event: E) => string;
  readonly description?: RuleText<E>;
  readonly runbook?: RuleText<E>;
  readonly reference?: RuleText<E>;
  /** Ids of destinations, at most ten. Absent or undefined: by severity; []: nowhere. */
  readonly destinations?: readonly string[] | ((event: E) => readonly string[] | undefined);
  /** What an analyst needs to see with the alert; at most 204,800 characters as JSON. */
  readonly context?: (event: E) => { readonly [key: string]: Json | undefined };
  readonly displayName?: string;
  readonly tags?: readonly string[];
  /** `{ 'MITRE ATT&CK': ['TA0001:T1078'] }` */
  readonly reports?: Readonly<Record<string, readonly string[]>>;
  /** Default 60. */
  readonly dedupPeriodMinutes?: number;
  /** Matches within the dedup period that open the alert, or different texts of `unique`. Default 1. */
  readonly threshold?: number;
  /** Default true. */
  readonly enabled?: boolean;
  /** false: matches are kept as signals and open no alert. Default true. */
  readonly createAlert?: boolean;
  readonly tests?: readonly RuleTest[];
}

/** Gives the definition back; it is there for the types: `export default rule({ ... })`. */
export function rule<E = Event>(definition: RuleDefinition<E>): RuleDefinition<E> {
  return definition;
}
