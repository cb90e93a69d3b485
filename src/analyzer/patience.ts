// For a person who waits for an answer: what a service's limits put off for a short while is asked again then.

import { setTimeout as sleep } from 'node:timers/promises';
import type { Analyze } from '../core/analysis.ts';

export interface PatienceOptions {
  /** Spent waiting in all, at most. */
  readonly ms: number;
  readonly onWait: (analyzer: string, ms: number) => void;
}

/** Another process may spend what was waited for: it is tried again while there is patience left. */
export function withPatience(analyze: Analyze, { ms, onWait }: PatienceOptions): Analyze {
  const end = Date.now() + ms;
  return async (...question) => {
    const [analyzer] = question;
    for (;;) {
      const analysis = await analyze(...question);
      const { state, until = Number.POSITIVE_INFINITY } = analysis;
      if (state !== 'limited' || until > end) return analysis;
      const wait = Math.max(50, until - Date.now());
      onWait(analyzer, wait);
      await sleep(wait);
    }
  };
}
