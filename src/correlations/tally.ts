// What a run of correlations has cost, and what it left out: told in the run, and by an alert where something may have been
// missed for it. It judges nothing.

import type { Signal } from '../core/detection.ts';
import type { Correlation, Evaluation, Firing } from '../detect/correlation/correlation.ts';
import { errorSignal } from '../schedule/error-signal.ts';
import type { RunResult } from '../schedule.ts';
import type { FoundSignals } from './signals.ts';

/** Alerts of one run, where the document does not say. */
const defaultLimit = 500;

export interface Tally {
  /** What the store found for the correlation; without one: the new signals, for all. */
  add<T>(found: FoundSignals<T>, correlation?: Correlation): readonly T[];
  /** As many as the document allows in one run. */
  limit(correlation: Correlation, firings: readonly Firing[]): readonly Firing[];
  ignored(correlation: Correlation, ignored: Evaluation['ignored']): void;
  /** Of each correlation that may have missed something: what, as an error of it. */
  errors(time: number): readonly Signal[];
  /** The same for all of them together; '': nothing. */
  missed(): string;
  result(signals: number): RunResult;
}

export function createTally(): Tally {
  let [rows, rowsRead, bytesRead] = [0, 0, 0];
  let missed = '';
  const over = new Map<Correlation, Set<string>>();
  const notes: string[] = [];

  function overflow(correlation: Correlation, message: string): void {
    const messages = over.get(correlation);
    if (messages === undefined) over.set(correlation, new Set([message]));
    else messages.add(message);
  }

  return {
    add({ items, truncated, ...cost }, correlation) {
      rows += items.length;
      rowsRead += cost.rowsRead;
      bytesRead += cost.bytesRead;
      const message = `the store has more than the ${items.length} rows that are looked at in one go`;
      if (truncated && correlation === undefined) missed = `new signals: ${message}`;
      else if (truncated && correlation !== undefined) overflow(correlation, message);
      return items;
    },
    limit(correlation, firings) {
      const { alert } = correlation.siem;
      const limit = typeof alert === 'object' ? alert.limit : defaultLimit;
      if (firings.length > limit)
        overflow(correlation, `${firings.length - limit} more alerts than the limit of ${limit}`);
      return firings.slice(0, limit);
    },
    ignored(correlation, { group, field, over: beyond, excepted }) {
      if (beyond > 0) overflow(correlation, `${beyond} signals are of more groups than are judged at once`);
      const parts = [
        ...(group > 0 ? [`${group} without a group-by field`] : []),
        ...(field > 0 ? [`${field} without the condition's field`] : []),
        ...(excepted > 0 ? [`${excepted} by exceptions`] : []),
      ];
      if (parts.length > 0) notes.push(`${correlation.detection.id} left out ${parts.join(', ')}`);
    },
    errors: (time) =>
      [...over].map(([{ detection }, messages]) =>
        errorSignal(detection, { dedup: 'overflow', message: textOf(detection.id, messages), time }),
      ),
    missed: () => missed,
    result(signals) {
      const messages = [...over].map(([{ detection }, each]) => textOf(detection.id, each));
      const text = [...(missed === '' ? [] : [missed]), ...messages].join('; ');
      return {
        rows,
        signals,
        rowsRead,
        bytesRead,
        ...(text !== '' && { overflow: text }),
        ...(notes.length > 0 && { note: notes.join('; ') }),
      };
    },
  };
}

function textOf(id: string, messages: Iterable<string>): string {
  return `${id}: ${[...messages].join('; ')}`;
}
