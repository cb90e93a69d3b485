// Spur, Context API v2: VPNs, proxies, tunnels and the people behind an address. Its answer is the facts, field by field,
// because its words grow: https://docs.spur.us/context-api

import { isObject } from '../core/object.ts';
import type { AnalyzerKind } from './analyzer.ts';
import { dayMs } from './duration.ts';
import { at, text } from './fields.ts';
import { isUnknown, refusal, unexpected } from './refusal.ts';
import { recordedName, segment } from './request.ts';

/** Any of them makes an answer; none is always there. */
const known = ['as', 'organization', 'infrastructure', 'client', 'location', 'risks', 'services', 'tunnels', 'ai'];

export const spur: AnalyzerKind = {
  id: 'spur',
  title: 'Spur',
  kinds: ['ip'],
  key: 'required',
  limits: [{ requests: 1, seconds: 1 }],
  keepMs: { hit: 14 * dayMs, miss: dayMs },
  terms: 'https://spur.us/terms-of-service: paid; the plan says how many questions a month',
  fixture: ({ value }) => recordedName('spur', value),
  request: ({ value }, { key }) => ({
    method: 'GET',
    url: `https://api.spur.us/v2/context/${segment(value)}`,
    headers: { token: key },
  }),
  read(answer) {
    if (isUnknown(answer)) return { state: 'miss' };
    const { body } = answer;
    const refused = refusal(answer, text(at(body, 'message')) ?? text(at(body, 'error')));
    if (refused !== undefined) return refused;
    if (!isObject(body)) return unexpected;
    if (known.some((name) => Object.hasOwn(body, name))) return { state: 'hit', facts: { ...body } };
    return Object.hasOwn(body, 'ip') ? { state: 'miss' } : unexpected;
  },
};
