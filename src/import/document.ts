// The files that importers write: queries, rules and correlations as YAML, with where they came from.

import { stringify } from 'yaml';
import type { ImportedFile } from './import.ts';

/** Of the block `siem`, as far as importers say it. */
export interface Siem {
  readonly enabled?: false;
  readonly alert?:
    | false
    | { readonly title?: string; readonly key?: readonly string[]; readonly context?: readonly string[] };
  readonly schedule?: { readonly every?: string; readonly cron?: string; readonly timezone?: string };
  readonly suppress?: { readonly for: string; readonly backoff_max?: string };
  readonly destinations?: readonly string[];
}

/** Keys in the order in which they are written; `__proto__` cannot be one, as documents that are read have none. */
export type Written = Readonly<Record<string, unknown>>;

export function yamlFile(path: string, documents: readonly Written[]): ImportedFile {
  const texts = documents.map((document) =>
    stringify(present(document), { lineWidth: 0, blockQuote: 'literal', aliasDuplicateObjects: false }),
  );
  return { path, text: texts.join('---\n') };
}

/** Without what is absent. */
function present(document: Written): Written {
  return Object.fromEntries(Object.entries(document).filter(([, value]) => value !== undefined && value !== ''));
}

/** `[Security] Port scan!` -> `security-port-scan`. */
export function fileName(title: string): string {
  const words = title.toLowerCase().match(/[a-z0-9]+/g) ?? [];
  return words.join('-').slice(0, 80).replace(/-$/, '') || 'imported';
}

/** As ids of detections may be: they appear in addresses, mails and HTML. */
export function idOf(prefix: string, name: string): string {
  return `${prefix}.${name.replaceAll(/[<>&"%\s]+/g, '_').slice(0, 150)}`;
}

/** Of titles that people read: one line, of a length that fits. */
export function titleText(text: string): string {
  return text.replaceAll(/\s+/g, ' ').trim().slice(0, 250);
}

/** As `siem` has times; in the largest unit that says it whole. */
export function durationText(seconds: number): string {
  for (const [unit, length] of [
    ['w', 604_800],
    ['d', 86_400],
    ['h', 3600],
    ['m', 60],
  ] as const) {
    if (seconds >= length && seconds % length === 0) return `${seconds / length}${unit}`;
  }
  return `${seconds}s`;
}
