// Parts of requests and of recorded answers' names, made of values that attackers chose.

import { createHash } from 'node:crypto';
import type { AnalyzerRequest } from './analyzer.ts';

/** A value as one segment of a path. A value of dots alone would climb out of it and becomes '-'. */
export function segment(value: string): string {
  return /^\.+$/.test(value) ? '-' : encodeURIComponent(value.toWellFormed());
}

/** POSTs fields as a form. */
export function postForm(
  url: string,
  headers: Readonly<Record<string, string>>,
  fields: Readonly<Record<string, string>>,
): AnalyzerRequest {
  return {
    method: 'POST',
    url,
    headers: { ...headers, 'content-type': 'application/x-www-form-urlencoded' },
    body: new URLSearchParams(fields).toString(),
  };
}

/** File names may have 255 bytes; the prefix and `.json` need some of them. */
const nameLimit = 160;

/** `isc_ip_192.0.2.1`: characters other than letters, digits, '.' and '-' become '_'; a long value is cut and told apart
 *  by its hash. */
export function recordedName(prefix: string, value: string): string {
  const safe = value.replaceAll(/[^A-Za-z0-9.-]/g, '_');
  if (safe.length <= nameLimit) return `${prefix}_${safe}`;
  const hash = createHash('sha256').update(value).digest('hex').slice(0, 16);
  return `${prefix}_${safe.slice(0, nameLimit)}_${hash}`;
}
