// Reverse DNS: the names of an address (PTR), as this machine's resolver gives them.

import type { AnalyzerKind } from './analyzer.ts';
import { resolverUrl } from './ask-resolver.ts';
import { dayMs, hourMs } from './duration.ts';
import { at, texts } from './fields.ts';
import { isUnknown, refusal, unexpected } from './refusal.ts';
import { recordedName, segment } from './request.ts';

export const rdns: AnalyzerKind = {
  id: 'rdns',
  title: 'Reverse DNS',
  kinds: ['ip'],
  key: 'none',
  limits: [{ requests: 20, seconds: 1 }],
  keepMs: { hit: dayMs, miss: 12 * hourMs },
  terms: 'https://www.rfc-editor.org/rfc/rfc1035: the resolver is your own',
  fixture: ({ value }) => recordedName('rdns', value),
  request: ({ value }) => ({ method: 'GET', url: `${resolverUrl}${segment(value)}` }),
  read(answer) {
    if (isUnknown(answer)) return { state: 'miss' };
    const refused = refusal(answer);
    if (refused !== undefined) return refused;
    const names = texts(at(answer.body, 'names'));
    if (names === undefined) return unexpected;
    return names.length === 0 ? { state: 'miss' } : { state: 'hit', facts: { names } };
  },
};
