// For tests: a kind of analyzer whose service is easy to play.

import type { Json } from '../core/event.ts';
import type { AnalyzerKind } from './analyzer.ts';

export const minute = 60_000;

/** Answers `{"known": 5}`, `{"known": 0}` and errors in plain text. */
export const oracle: AnalyzerKind = {
  id: 'oracle',
  title: 'Oracle',
  kinds: ['ip', 'domain', 'sha256'],
  key: 'required',
  limits: [{ requests: 4, seconds: 60 }],
  keepMs: { hit: 60 * minute, miss: 10 * minute },
  terms: '',
  fixture: ({ value }) => `oracle_${value.replaceAll(':', '_')}`,
  request: ({ value }, auth) => ({
    method: 'GET',
    url: `https://oracle.invalid/v1/${encodeURIComponent(value)}?key=${auth.key}`,
    headers: { 'x-contact': auth.contact },
  }),
  read({ status, body }) {
    if (body === 'crash') throw new TypeError('planted');
    if (typeof body !== 'object' || body === null || !('known' in body)) {
      return { state: 'error', message: `HTTP ${status}: ${JSON.stringify(body)}` };
    }
    const { known, note } = body as { readonly known?: Json; readonly note?: Json };
    return known === 0 ? { state: 'miss' } : { state: 'hit', facts: { known, note } };
  },
};
