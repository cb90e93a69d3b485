// What the HTTP status of an answer says that is alike for all services. What a service says in its own words is read by
// its kind.

import { isObject } from '../core/object.ts';
import type { AnalyzerAnswer, Reading } from './analyzer.ts';

/** Some services know a quota that is used up as 402. */
const limitedStatuses: ReadonlySet<number> = new Set([402, 429]);

const meanings: Readonly<Record<number, string>> = {
  401: 'the key is wrong or missing',
  403: 'not allowed with this key or from here',
  404: 'there is no such address',
};

/** undefined for a 2xx answer that is a JSON object. `said`: the service's own sentence, where it gives one. */
export function refusal({ status, body }: AnalyzerAnswer, said?: string): Reading | undefined {
  if (limitedStatuses.has(status))
    return { state: 'limited', message: said ?? 'too many requests, or the quota is used up' };
  if (status < 200 || status > 299) {
    const meaning = said ?? (status < 400 ? 'redirects are not followed' : meanings[status]);
    return { state: 'error', message: meaning === undefined ? `HTTP ${status}` : `HTTP ${status}: ${meaning}` };
  }
  return isObject(body) ? undefined : unexpected;
}

/** A 404 in the service's own JSON: it does not know the observable. One without is of a proxy, or a wrong address. */
export function isUnknown({ status, body }: AnalyzerAnswer): boolean {
  return status === 404 && isObject(body);
}

export const unexpected: Reading = { state: 'error', message: 'the answer is not what the service documents' };
