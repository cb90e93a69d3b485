// What a Sigma rule says, parsed: conditions over an event's fields. Nothing here knows the text they came from, which log
// types there are, or how they are evaluated: match.ts runs them over events, sql.ts writes them as SQL, and both must
// agree. (Sigma specification 2.1.0.)

export type Condition =
  | { readonly kind: 'and' | 'or'; readonly of: readonly Condition[] }
  | { readonly kind: 'not'; readonly of: Condition }
  /** `field` is the rule's own name for it: a mapping for the log type says where it is. */
  | { readonly kind: 'field'; readonly field: string; readonly match: Match }
  /** Some value of the event, whatever its field. */
  | { readonly kind: 'keyword'; readonly match: TextMatch | RegexMatch };

export type Match =
  | TextMatch
  | RegexMatch
  /** The number, or a text that is it as YAML wrote it. */
  | { readonly kind: 'number'; readonly value: number }
  | { readonly kind: 'boolean'; readonly value: boolean }
  /** The field is absent or null; '' is a text. */
  | { readonly kind: 'null' }
  | { readonly kind: 'exists'; readonly wanted: boolean }
  | { readonly kind: 'cidr'; readonly network: string }
  /** False where the field is no number. */
  | { readonly kind: 'compare'; readonly operator: 'gt' | 'gte' | 'lt' | 'lte'; readonly value: number }
  /** Another field of the event; both as text. */
  | {
      readonly kind: 'fieldref';
      readonly other: string;
      readonly how: 'equals' | 'contains' | 'startswith' | 'endswith';
      readonly cased: boolean;
    }
  /** Of a date in UTC. */
  | {
      readonly kind: 'time';
      readonly part: 'minute' | 'hour' | 'day' | 'week' | 'month' | 'year';
      readonly value: number;
    };

/** The whole text: `contains`, `startswith` and `endswith` are wildcards at its ends. */
export interface TextMatch {
  readonly kind: 'text';
  readonly pieces: readonly Piece[];
  /** false: without regard to case, as is Sigma's rule. */
  readonly cased: boolean;
}

/** Some text, any run of characters, or exactly one. */
export type Piece = string | { readonly any: 'run' | 'one' };

/** Found anywhere in the text unless it is anchored; what RE2 takes. */
export interface RegexMatch {
  readonly kind: 'regex';
  readonly source: string;
  /** Of i, m, s. */
  readonly flags: string;
}
