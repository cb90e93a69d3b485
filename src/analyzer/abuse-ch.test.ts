import { expect, test } from 'vitest';
import type { Json } from '../core/event.ts';
import { abuseChRefusal } from './abuse-ch.ts';

test.each<[number, Json, object | undefined]>([
  [200, { query_status: 'ok' }, undefined],
  [200, { query_status: 'no_results' }, { state: 'miss' }],
  [200, { query_status: 'no_result', data: 'Your search did not yield any results' }, { state: 'miss' }],
  [200, { query_status: 'hash_not_found' }, { state: 'miss' }],
  [200, { query_status: 'illegal_hash' }, { state: 'error', message: 'illegal_hash' }],
  [401, { query_status: 'unknown_auth_key' }, { state: 'error', message: 'HTTP 401: unknown_auth_key' }],
  [429, '', { state: 'limited', message: 'too many requests, or the quota is used up' }],
  [200, {}, { state: 'error', message: 'the answer is not what the service documents' }],
])('%d %j: %j', (status, body, wanted) => expect(abuseChRefusal({ status, body })).toEqual(wanted));
