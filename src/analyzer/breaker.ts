// When a service is left alone: after failures in a row, or because it said so. A service that failed is tried again
// with one request, and after each that fails it is left alone for twice as long.

import type { Account } from '../core/analysis-store.ts';

const maxFailures = 5;
const firstPauseMs = 60_000;
const longestPauseMs = 60 * 60_000;
/** Where a service does not say how long. */
const limitedMs = 5 * 60_000;
/** A service that says "at once" or "in a thousand years" is not obeyed. */
const shortestLimitedMs = 1000;
const longestLimitedMs = 24 * 60 * 60_000;

/** When the account opens again; in the past or 0 where it is open. */
export function opensAt({ openUntil, retryAfter }: Account): number {
  return Math.max(openUntil, retryAfter);
}

/** The account with one request more under way, which ends by `end`; undefined: it is not open. */
export function enter(account: Account, now: number, end: number): Account | undefined {
  if (opensAt(account) > now) return undefined;
  return isProbe(account) ? { ...account, openUntil: end } : account;
}

/** Whether a request admitted to this account is the one that tries whether the service works again. */
export function isProbe(account: Account): boolean {
  return account.failures >= maxFailures;
}

/** `wasProbe`: of the request. Requests that were under way when the service was found to fail say nothing new. */
export function afterFailure(account: Account, now: number, wasProbe: boolean): Account {
  if (isProbe(account) && !wasProbe) return account;
  const failures = account.failures + 1;
  if (failures < maxFailures) return { ...account, failures };
  const pauseMs = Math.min(longestPauseMs, firstPauseMs * 2 ** Math.min(failures - maxFailures, 16));
  return { ...account, failures, openUntil: now + pauseMs };
}

export function afterAnswer(account: Account): Account {
  return { ...account, failures: 0, openUntil: 0 };
}

/** The service asked for a pause. It answered, so it works. */
export function afterRefusal(account: Account, now: number, retryAfter: number | undefined): Account {
  const wanted = (retryAfter ?? now + limitedMs) - now;
  const pauseMs = Math.min(Math.max(wanted, shortestLimitedMs), longestLimitedMs);
  return { ...afterAnswer(account), retryAfter: Math.max(account.retryAfter, now + pauseMs) };
}

/** `Retry-After` of RFC 9110 10.2.3, whole seconds or an HTTP date, as epoch ms; undefined for anything else. */
export function retryTime(header: string | null, now: number): number | undefined {
  const text = header?.trim() ?? '';
  if (/^\d{1,10}$/.test(text)) return now + Number(text) * 1000;
  // Date.parse takes much more than HTTP dates, which all begin with the day of the week.
  if (text.length > 40 || !/^[A-Z][a-z]{2}/.test(text)) return undefined;
  const time = Date.parse(text);
  return Number.isNaN(time) ? undefined : time;
}
