// One analyzer with its settings: the line from a question to its outcome. Kept answers come first; then the key, the
// health of the service, its limits, and at last a request.

import { createHash } from 'node:crypto';
import type { Priority } from '../core/analysis.ts';
import type { Account, Admission, AnalysisStore, KeptAnswer, Question, RateLimit } from '../core/analysis-store.ts';
import type { Clock } from '../core/clock.ts';
import type { AnalyzerKind } from './analyzer.ts';
import { ask } from './ask.ts';
import { afterAnswer, afterFailure, afterRefusal, enter, isProbe, opensAt, retryTime } from './breaker.ts';
import { redactKey } from './clean.ts';
import { type Health, isKnown, judge, type Outcome, outcomeOf, without } from './outcome.ts';

export interface AnalyzerSettings {
  /** The secret itself, already read from where it is kept. */
  readonly key?: string;
  /** An e-mail address, for services that want one. */
  readonly contact?: string;
  /** In place of the kind's own; []: none. */
  readonly limits?: readonly RateLimit[];
  /** In place of the scheme, host and port of the service: a proxy's, a test's. */
  readonly baseUrl?: string;
}

export interface ServiceOptions {
  readonly store: AnalysisStore;
  readonly clock: Clock;
  readonly fetch: typeof fetch;
  /** For one request. */
  readonly timeoutMs: number;
}

interface Closed {
  readonly until: number;
  readonly message: string;
  waiting: number;
}

const daySeconds = 86_400;
/** Of a budget for a day or longer. */
const shares: Readonly<Record<Priority, number>> = { low: 0.5, normal: 0.8, high: 1 };

function ofPriority({ requests, seconds }: RateLimit, priority: Priority): RateLimit {
  return { requests: seconds < daySeconds ? requests : Math.ceil(requests * shares[priority]), seconds };
}

/** Between the end of a request and the end of its claim, for what is still to be written. */
const claimMarginMs = 5000;

/** The question is one that may be asked. */
export function createService(
  analyzer: string,
  kind: AnalyzerKind,
  settings: AnalyzerSettings,
  { store, clock, fetch, timeoutMs }: ServiceOptions,
): (question: Question, priority: Priority) => Promise<Outcome> {
  const { key = '', contact = '', limits = kind.limits } = settings;
  const redact = redactKey(key);
  const account = accountOf(analyzer, key);
  /** What the store last said, which holds until then: thousands of questions need not ask it again. Each that waits
   *  is told a time of its own, as far from the last one as the limits want, so that they do not all come back at once. */
  const closed = new Map<Priority, Closed>();
  const spacingMs = Math.max(0, ...limits.map(({ requests, seconds }) => (seconds * 1000) / requests));

  return async (question, priority) => {
    const kept = await store.answer(question);
    if (kept !== undefined && kept.until > clock.now()) {
      const outcome = keptOutcome(kind, question, kept);
      // A newer version may read it otherwise, and find that it is no answer.
      if (isKnown(outcome)) return outcome;
    }
    if (kind.key === 'required' && key === '') return without('skipped', 'no key is set');
    const now = clock.now();
    const turn = closed.get(priority);
    if (turn !== undefined && turn.until > now) return wait(turn);
    const claimUntil = now + timeoutMs + claimMarginMs;
    const admission = await store.admit(question, {
      account,
      limits: limits.map((limit) => ofPriority(limit, priority)),
      now,
      ...(kept !== undefined && { unusable: kept.asked }),
      claimUntil,
      enter: (entered) => enter(entered, now, claimUntil),
    });
    return admission.kind === 'admitted'
      ? request(question, isProbe(admission.account))
      : notAdmitted(question, priority, admission);
  };

  async function request(question: Question, wasProbe: boolean): Promise<Outcome> {
    const { baseUrl } = settings;
    const asked = await ask(kind.request(question.observable, { key, contact }), {
      ...(baseUrl !== undefined && { baseUrl }),
      fetch,
      timeoutMs,
    });
    const now = clock.now();
    const retryAfter = asked.kind === 'answered' ? retryTime(asked.retryAfter, now) : undefined;
    const { outcome, health, answer } = judge(kind, question.observable, asked, redact, retryAfter !== undefined);
    const kept = answer && { ...answer, asked: now, until: now + keepMs(kind, outcome) };
    const changed = await store.settle(question, {
      account,
      ...(kept !== undefined && { answer: kept }),
      change: (old) => changes[health](old, { now, wasProbe, retryAfter }),
    });
    if (wasProbe) closed.clear();
    const until = kept?.until ?? opensAt(changed);
    return { ...outcome, ...(asked.kind === 'answered' && { asked: now }), ...(until > now && { until }) };
  }

  function notAdmitted(
    question: Question,
    priority: Priority,
    admission: Exclude<Admission, { kind: 'admitted' }>,
  ): Outcome {
    if (admission.kind === 'answered') return keptOutcome(kind, question, admission.answer);
    if (admission.kind === 'claimed') return without('limited', 'another process is asking', admission.until);
    if (admission.kind === 'closed') {
      return close(priority, opensAt(admission.account), closedReason(admission.account));
    }
    const { requests, seconds } = admission.limit;
    return close(priority, admission.until, `${requests} requests within ${seconds} s are used up`);
  }

  function close(priority: Priority, until: number, message: string): Outcome {
    const before = closed.get(priority);
    // Another question may have been told the same at the same time.
    const turn = before?.until === until ? before : { until, message, waiting: 0 };
    closed.set(priority, turn);
    return wait(turn);
  }

  function wait(turn: Closed): Outcome {
    return without('limited', turn.message, turn.until + Math.round(turn.waiting++ * spacingMs));
  }
}

/** Another key is another account with its own limits. The hash does not give the key away. */
function accountOf(analyzer: string, key: string): string {
  return key === '' ? analyzer : `${analyzer}:${createHash('sha256').update(key).digest('hex').slice(0, 16)}`;
}

function keptOutcome(kind: AnalyzerKind, { observable }: Question, { asked, until, ...answer }: KeptAnswer): Outcome {
  return { ...outcomeOf(kind, answer, observable), asked, until };
}

function keepMs(kind: AnalyzerKind, { state }: Outcome): number {
  return state === 'hit' ? kind.keepMs.hit : kind.keepMs.miss;
}

interface Change {
  readonly now: number;
  readonly wasProbe: boolean;
  readonly retryAfter: number | undefined;
}

const changes: Readonly<Record<Health, (account: Account, change: Change) => Account>> = {
  works: afterAnswer,
  fails: (account, { now, wasProbe }) => afterFailure(account, now, wasProbe),
  refuses: (account, { now, retryAfter }) => afterRefusal(account, now, retryAfter),
};

function closedReason({ failures, openUntil, retryAfter }: Account): string {
  return retryAfter >= openUntil ? 'the service asked for a pause' : `the service failed ${failures} times in a row`;
}
