// What an outside service knows of an observable: asked once, kept, and asked no more than its terms and its health
// allow, over all processes. Answers may come from recorded files instead. It knows no service; the kinds do.

import type { Analyze, Observable, Priority } from '../core/analysis.ts';
import type { AnalysisStore } from '../core/analysis-store.ts';
import { type Clock, systemClock } from '../core/clock.ts';
import type { AnalyzerKind } from './analyzer.ts';
import { redactKey } from './clean.ts';
import { cleanAnswer, type Outcome, outcomeOf, without } from './outcome.ts';
import { checkQuestion, ownHosts } from './question.ts';
import { recordedAnswer } from './recorded.ts';
import { type AnalyzerSettings, createService } from './service.ts';
import { createSlots } from './slots.ts';

interface Kinds {
  readonly [id: string]: AnalyzerKind;
}

export interface AskingOptions {
  readonly kinds: Kinds;
  readonly store: AnalysisStore;
  /** By analyzer. */
  readonly settings?: { readonly [id: string]: AnalyzerSettings };
  /** Nobody is asked about these: networks and addresses (`198.51.100.0/24`), names and all below them (`acme.com`). */
  readonly own?: readonly string[];
  readonly clock?: Clock;
  readonly fetch?: typeof fetch;
  /** For one request; 15,000. */
  readonly timeoutMs?: number;
}

export interface RecordedOptions {
  readonly kinds: Kinds;
  /** A folder of recorded answers. The network is never touched, no key is needed and nothing is kept. */
  readonly fixtures: string;
}

/** Of one analyzer, in one process. It also bounds what waits for the database, which others need. */
const questionsAtOnce = 4;

type AnalyzeKind = (
  analyzer: string,
  kind: AnalyzerKind,
  observable: Observable,
  priority: Priority,
) => Promise<Outcome>;

export function createAnalyze(options: AskingOptions | RecordedOptions): Analyze {
  const { kinds } = options;
  const analyze = 'fixtures' in options ? analyzeRecorded(options) : analyzeAsking(options);
  return async (analyzer, observable, priority = 'normal') => {
    const kind = Object.hasOwn(kinds, analyzer) ? kinds[analyzer] : undefined;
    return { analyzer, observable, ...(await outcomeBy(kind)) };

    async function outcomeBy(found: AnalyzerKind | undefined): Promise<Outcome> {
      if (found === undefined) return without('error', `there is no analyzer ${JSON.stringify(analyzer)}`);
      if (!found.kinds.includes(observable.kind)) return without('skipped', `${analyzer} takes no ${observable.kind}`);
      return analyze(analyzer, found, observable, priority);
    }
  };
}

function analyzeRecorded({ fixtures }: RecordedOptions): AnalyzeKind {
  const isOwn = ownHosts([]);
  return async (_analyzer, kind, observable) => {
    const checked = checkQuestion(observable, isOwn);
    // Documentation addresses and empty files may be recorded, too.
    const spelled = 'value' in checked ? { ...observable, value: checked.value } : observable;
    const answer = await recordedAnswer(fixtures, kind, spelled);
    if (answer !== undefined) return outcomeOf(kind, cleanAnswer(answer, redactKey('')), spelled);
    return without('skipped', 'why' in checked ? `it ${checked.why}` : 'no recorded answer');
  };
}

function analyzeAsking(options: AskingOptions): AnalyzeKind {
  const { store, settings = {}, clock = systemClock, fetch = globalThis.fetch, timeoutMs = 15_000 } = options;
  const isOwn = ownHosts(options.own ?? []);
  const services = new Map(
    Object.entries(options.kinds).map(([id, kind]) => {
      const answer = createService(id, kind, settings[id] ?? {}, { store, clock, fetch, timeoutMs });
      return [id, { answer, slots: createSlots(questionsAtOnce) }];
    }),
  );
  const underWay = new Map<string, Promise<Outcome>>();
  return async (analyzer, _kind, observable, priority) => {
    const checked = checkQuestion(observable, isOwn);
    if ('why' in checked) return without('skipped', `it ${checked.why}`);
    const question = { analyzer, observable: { kind: observable.kind, value: checked.value } };
    const id = JSON.stringify([analyzer, observable.kind, checked.value]);
    const service = services.get(analyzer);
    if (service === undefined) throw new Error(`bug: the kind ${analyzer} without a service`);
    const running = underWay.get(id);
    if (running !== undefined) return running;
    const asked = service.slots(() => service.answer(question, priority)).finally(() => underWay.delete(id));
    underWay.set(id, asked);
    return asked;
  };
}
