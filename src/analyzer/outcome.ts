// What an answer comes to: how its reading and its status become an outcome, and what it says of the service's health.

import type { Analysis, Observable } from '../core/analysis.ts';
import type { AnalyzerAnswer, AnalyzerKind, Reading } from './analyzer.ts';
import type { Asked } from './ask.ts';
import { boundFacts, cleanJson, cleanText, type Redact } from './clean.ts';

/** An analysis of what both sides know. */
export type Outcome = Omit<Analysis, 'analyzer' | 'observable'>;

/** The service works; it does not, whatever it is asked; it wants to be left alone for a while. */
export type Health = 'works' | 'fails' | 'refuses';

const maxMessageLength = 500;

export function without(state: 'skipped' | 'limited' | 'error', message: string, until?: number): Outcome {
  const shown = message.slice(0, maxMessageLength).toWellFormed();
  return { state, message: shown, facts: {}, ...(until !== undefined && { until }) };
}

export function isKnown({ state }: Outcome): boolean {
  return state === 'hit' || state === 'miss';
}

/** Without the key, and fit to be kept and shown. */
export function cleanAnswer({ status, body }: AnalyzerAnswer, redact: Redact): AnalyzerAnswer {
  return { status, body: cleanJson(body, redact) };
}

/** The answer is a clean one. */
export function outcomeOf(kind: AnalyzerKind, answer: AnalyzerAnswer, observable: Observable): Outcome {
  const reading = byStatus(answer.status, read(kind, answer, observable));
  switch (reading.state) {
    case 'hit':
      return { state: 'hit', message: '', facts: boundFacts(reading.facts), raw: answer.body };
    case 'miss':
      return { state: 'miss', message: '', facts: {}, raw: answer.body };
    default:
      return { ...without(reading.state, reading.message), raw: answer.body };
  }
}

function read(kind: AnalyzerKind, answer: AnalyzerAnswer, observable: Observable): Reading {
  try {
    return kind.read(answer, observable);
  } catch (error) {
    // A shape of an answer that nobody thought of must not be asked for again and again.
    return { state: 'error', message: `bug: ${kind.id} cannot read the answer: ${String(error)}` };
  }
}

/** What no kind can read otherwise. */
function byStatus(status: number, reading: Reading): Reading {
  if (status === 429 && reading.state !== 'limited') return { state: 'limited', message: `HTTP ${status}` };
  if (reading.state === 'limited' || reading.state === 'error') return reading;
  if (isRedirect(status)) return { state: 'error', message: `HTTP ${status}: redirects are not followed` };
  return status >= 500 ? { state: 'error', message: `HTTP ${status}` } : reading;
}

function isRedirect(status: number): boolean {
  return status >= 300 && status < 400;
}

export interface Judged {
  readonly outcome: Outcome;
  readonly health: Health;
  /** To be kept. */
  readonly answer?: AnalyzerAnswer;
}

/** `saysWhen`: the answer had a time to retry after. An attacker writes what is asked, so that an answer to it (400, 403,
 *  one that is too long) says nothing of the service; a key that is not valid, a redirect and 5xx do. */
export function judge(
  kind: AnalyzerKind,
  observable: Observable,
  asked: Asked,
  redact: Redact,
  saysWhen: boolean,
): Judged {
  if (asked.kind === 'failed') {
    const outcome = without('error', cleanText(asked.message, redact));
    return { outcome, health: asked.isServices ? 'fails' : 'works' };
  }
  const { status } = asked.answer;
  const answer = cleanAnswer(asked.answer, redact);
  const outcome = outcomeOf(kind, answer, observable);
  if (isKnown(outcome)) return { outcome, health: 'works', answer };
  if (outcome.state === 'limited' || (status >= 500 && saysWhen)) {
    return { outcome: { ...outcome, state: 'limited' }, health: 'refuses' };
  }
  return { outcome, health: status === 401 || status >= 500 || isRedirect(status) ? 'fails' : 'works' };
}
