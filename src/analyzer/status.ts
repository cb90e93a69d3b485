// The analyzers as a person chooses among them: what each takes, whether its key is set, how often it may be asked.

import type { ObservableKind } from '../core/analysis.ts';
import type { RateLimit } from '../core/analysis-store.ts';
import type { AnalyzerKind } from './analyzer.ts';
import type { AnalyzerSettings } from './service.ts';

export interface AnalyzerStatus {
  readonly id: string;
  readonly title: string;
  readonly kinds: readonly ObservableKind[];
  readonly key: AnalyzerKind['key'];
  readonly hasKey: boolean;
  /** Those that hold: the settings', or the service's own. */
  readonly limits: readonly RateLimit[];
  readonly terms: string;
}

/** In the order of `kinds`. */
export function analyzerStatus(
  kinds: Readonly<Record<string, AnalyzerKind>>,
  settings: Readonly<Record<string, AnalyzerSettings>>,
): readonly AnalyzerStatus[] {
  return Object.values(kinds).map(({ id, title, kinds: taken, key, limits, terms }) => ({
    id,
    title,
    kinds: taken,
    key,
    hasKey: (settings[id]?.key ?? '') !== '',
    limits: settings[id]?.limits ?? limits,
    terms,
  }));
}
