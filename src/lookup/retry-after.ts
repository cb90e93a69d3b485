const maxMs = 24 * 3600_000;

/** In ms, at most a day; seconds or an HTTP date (RFC 9110, 10.2.3). undefined: nothing, the past, or neither form. */
export function retryAfter(value: string | undefined): number | undefined {
  if (value === undefined) return undefined;
  const ms = /^\d{1,9}$/.test(value) ? Number(value) * 1000 : Date.parse(value) - Date.now();
  return ms > 0 ? Math.min(ms, maxMs) : undefined;
}
