// What many correlations need of the store, asked in one go: a thousand of them must not be two thousand questions.

import type { EventStore } from '../core/event-store.ts';
import type { Window } from '../core/schedule.ts';
import type { Correlation, CorrelationSignal, Episode } from '../detect/correlation/correlation.ts';
import { episodesOf, noSignals, readSignals, type TouchedGroups } from './signals.ts';
import type { Tally } from './tally.ts';
import { textsOf, unitedTexts } from './texts.ts';

/** The past that a correlation needs to judge some groups. */
export interface Need {
  readonly correlation: Correlation;
  readonly touched: TouchedGroups;
  /** Of events; empty where it needs no signals of before. */
  readonly time: Window;
  /** Episodes that were told of since then. */
  readonly episodesFrom: number;
}

export interface Met {
  /** Of other groups, too; in no order. */
  readonly signals: readonly CorrelationSignal[];
  readonly episodes: readonly Episode[];
}

/** What was received before `before`. Where all together are more than the store gives in one answer, each is asked for
 *  alone. */
export async function meetNeeds(
  events: EventStore,
  needs: readonly Need[],
  before: number,
  tally: Tally,
): Promise<ReadonlyMap<Correlation, Met>> {
  const met = await meetTogether(events, needs, before, tally);
  if (met !== undefined) return met;
  const alone = new Map<Correlation, Met>();
  for (const need of needs) {
    for (const [correlation, each] of (await meetTogether(events, [need], before, tally)) ?? []) {
      alone.set(correlation, each);
    }
  }
  return alone;
}

/** undefined: there are too many; a single need is met as far as it can be. */
async function meetTogether(
  events: EventStore,
  needs: readonly Need[],
  before: number,
  tally: Tally,
): Promise<ReadonlyMap<Correlation, Met> | undefined> {
  const only = needs.length === 1 ? needs[0]?.correlation : undefined;
  const since = sinceOf(needs);
  // Where groups cannot be told by their text: all signals of the rules.
  const texts = unitedTexts(
    needs.map(({ correlation, touched }) => textsOf(touched.keys) ?? { anyOf: [], allOf: correlation.rules }),
  );
  const time = { from: Math.min(...since.values()), to: Math.max(...needs.map((need) => need.time.to)) };
  const condition = { detections: [...since.keys()], before, time, since, ...(texts && { texts }) };
  const found = since.size === 0 ? noSignals : await readSignals(events, condition);
  if (found.truncated && only === undefined) return undefined;
  const wanted = needs.map(({ correlation, episodesFrom }) => ({ correlation, from: episodesFrom }));
  const told = await episodesOf(events, wanted, before);
  if (told.truncated && only === undefined) return undefined;
  const byDetection = Map.groupBy(tally.add(found, only), ({ detection }) => detection);
  const byCorrelation = Map.groupBy(tally.add(told, only), ({ of }) => of);
  return new Map(
    needs.map(({ correlation, time: { from, to } }) => {
      const ofRules = correlation.rules.flatMap((rule) => byDetection.get(rule) ?? []);
      const signals = ofRules.filter((signal) => signal.time >= from && signal.time < to);
      return [correlation, { signals, episodes: (byCorrelation.get(correlation) ?? []).map(({ episode }) => episode) }];
    }),
  );
}

/** From when on signals are needed, by detection. */
function sinceOf(needs: readonly Need[]): ReadonlyMap<string, number> {
  const since = new Map<string, number>();
  for (const { correlation, time } of needs) {
    if (time.from >= time.to) continue;
    for (const rule of correlation.rules) since.set(rule, Math.min(since.get(rule) ?? time.from, time.from));
  }
  return since;
}
