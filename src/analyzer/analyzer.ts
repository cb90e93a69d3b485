// What one kind of analyzer is: which observables it takes, what it asks, how its answer reads. It sends nothing itself:
// the frame (analyze.ts) does, with keys, cache, limits and time-outs.

import type { Analysis, Observable, ObservableKind } from '../core/analysis.ts';
import type { RateLimit } from '../core/analysis-store.ts';
import type { Json } from '../core/event.ts';

export interface AnalyzerKind {
  /** Its file's name. */
  readonly id: string;
  readonly title: string;
  readonly kinds: readonly ObservableKind[];
  readonly key: 'required' | 'optional' | 'none';
  /** Of one key; what the service's terms allow by default. Settings may say otherwise. */
  readonly limits: readonly RateLimit[];
  /** How long an answer holds, ms. */
  readonly keepMs: { readonly hit: number; readonly miss: number };
  readonly terms: string;
  /** Name of a recorded answer, without `.json`: `isc_ip_192.0.2.1`. */
  fixture(observable: Observable): string;
  /** `contact`: an e-mail address, for services that want one. */
  request(observable: Observable, auth: { readonly key: string; readonly contact: string }): AnalyzerRequest;
  /** An HTTP answer of any status. Never throws for what is in it. */
  read(answer: AnalyzerAnswer, observable: Observable): Reading;
}

export interface AnalyzerRequest {
  readonly method: 'GET' | 'POST';
  readonly url: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  /** Redirects to public https addresses are followed. For requests without a key: it would be sent along. */
  readonly follows?: true;
}

export interface AnalyzerAnswer {
  readonly status: number;
  /** Parsed JSON; the text where it is none. */
  readonly body: Json;
}

/** `limited` is what the service says; the frame adds until when. */
export type Reading =
  | { readonly state: 'hit'; readonly facts: Analysis['facts'] }
  | { readonly state: 'miss' }
  | { readonly state: 'limited' | 'error'; readonly message: string };
