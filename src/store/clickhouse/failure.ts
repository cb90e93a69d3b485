// Turns what the engine, its client or the file system throws into one sentence for a person.

import { UserError } from '../../core/problem.ts';

/** `action` reads "cannot <action>: <reason>". */
export function storeError(action: string, error: unknown): UserError {
  if (error instanceof UserError) return error;
  const reason = engineMessage(error);
  const code = errorCode(error, reason);
  const sentence = code === 'disk-full' ? 'the disk is full' : reason;
  return new UserError(`cannot ${action}: ${sentence}`, { code, cause: error });
}

/** The engine's own words without codes, class names and version: `Unknown table expression identifier 'x'`. */
export function engineMessage(error: unknown): string {
  const text = error instanceof Error && error.message !== '' ? error.message : String(error);
  return text
    .slice(0, 4_000)
    .replaceAll(/(?:Code|Error): \d+\. (?:DB::|Poco::)?\w*Exception: /g, '')
    .replaceAll(/ ?\(version [\d.]+[^()]*(?:\([^()]*\))?\)/g, '')
    .replaceAll(/\s*\([A-Z][A-Z0-9_]{3,}\)(?=[\s.:]|$)/g, '')
    .replace(/^default: /, '')
    .trim()
    .replace(/\.{1,3}$/, '');
}

/** ClickHouse's error number 243 is NOT_ENOUGH_SPACE; ENOSPC arrives as `errno: 28` inside its other errors. */
function errorCode(error: unknown, reason: string): UserError['code'] {
  const code = typeof error === 'object' && error !== null && 'code' in error ? String(error.code) : '';
  if (code === '243' || code === 'ENOSPC' || code === 'EDQUOT') return 'disk-full';
  if (/errno: (?:28|122)\b|No space left on device|Cannot reserve/.test(reason)) return 'disk-full';
  return unreachable.has(code) || /socket hang up|Timeout error/.test(reason) ? 'unreachable' : undefined;
}

const unreachable = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'EPIPE',
  'ENOTFOUND',
  'EAI_AGAIN',
  'ETIMEDOUT',
  'EHOSTUNREACH',
  'ENETUNREACH',
]);
