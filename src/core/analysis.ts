// What an outside service was asked about an observable, and what came of it. The kinds of services are in src/analyzer.

import type { Json } from './event.ts';

export const observableKinds = ['ip', 'domain', 'url', 'md5', 'sha1', 'sha256', 'email', 'asn'] as const;
export type ObservableKind = (typeof observableKinds)[number];

/** A typed value that an event, an alert or a case has. */
export interface Observable {
  readonly kind: ObservableKind;
  readonly value: string;
}

/** hit: the service knows it; miss: it does not; skipped: it was not asked, by a rule of ours; limited: not yet. */
export const analysisStates = ['hit', 'miss', 'skipped', 'limited', 'error'] as const;
export type AnalysisState = (typeof analysisStates)[number];

export interface Analysis {
  /** Id of the analyzer. */
  readonly analyzer: string;
  readonly observable: Observable;
  readonly state: AnalysisState;
  /** Why, for a person; '' for hit and miss. */
  readonly message: string;
  /** Under the names that the analyzer's page documents; empty but for a hit. */
  readonly facts: { readonly [name: string]: Json | undefined };
  /** The answer as the service gave it, bounded and without keys. */
  readonly raw?: Json;
  /** Epoch ms when the service answered. */
  readonly asked?: number;
  /** Epoch ms before which it is not asked again. */
  readonly until?: number;
}

/** What a question is worth: the budgets of days are not spent on many of little worth, so that something is left for what
 *  is rare and severe. */
export const priorities = ['low', 'normal', 'high'] as const;
export type Priority = (typeof priorities)[number];

/** Never rejects for what a service does: that is an Analysis too. `priority`: normal where absent. */
export type Analyze = (analyzer: string, observable: Observable, priority?: Priority) => Promise<Analysis>;
