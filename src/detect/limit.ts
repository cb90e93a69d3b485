// Limits of what a detection may say, the same for every language; python/tocsin_rules.py is told them at its start.

import { z } from 'zod';

export const limits = {
  /** Characters of title, dedup, description, reference and runbook. */
  text: 1000,
  /** Characters of the alert context as JSON. */
  context: 204_800,
  destinations: 10,
} as const;

/** Cuts to `limits.text`, and says that it did. */
export function limitText(text: string): string {
  return text.length <= limits.text ? text : `${text.slice(0, limits.text - 15)}... (truncated)`;
}

/** Ids appear in addresses, mails and HTML: what Panther allows. */
export const detectionId = z
  .string()
  .regex(/^[^<>&"%]{1,200}$/, { error: 'expected 1 to 200 characters without < > & " %' });
