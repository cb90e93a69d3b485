// What URLhaus, MalwareBazaar and ThreatFox of abuse.ch have in common: one key for all of them (https://auth.abuse.ch/),
// and answers that say in their body, mostly with HTTP 200, what came of the question.

import type { AnalyzerAnswer, Reading } from './analyzer.ts';
import { at, text } from './fields.ts';
import { refusal, unexpected } from './refusal.ts';

export const abuseChTerms = 'https://abuse.ch/terms-of-use/: fair use; commercial use beyond it needs a paid plan';

export function abuseChHeaders(key: string): Readonly<Record<string, string>> {
  return { 'auth-key': key };
}

const unknown: ReadonlySet<string> = new Set(['no_result', 'no_results', 'hash_not_found', 'file_not_found']);

/** undefined for an answer that has results. */
export function abuseChRefusal(answer: AnalyzerAnswer): Reading | undefined {
  const status = text(at(answer.body, 'query_status'));
  if (status !== undefined && unknown.has(status)) return { state: 'miss' };
  const refused = refusal(answer, status);
  if (refused !== undefined || status === 'ok') return refused;
  return status === undefined ? unexpected : { state: 'error', message: status };
}
