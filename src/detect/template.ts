// The titles that documents give to alerts, with `{{field}}` in them; the same for every kind of document.

import { limitText } from './limit.ts';

const placeholder = /\{\{([^{}]{1,200})\}\}/g;

export function namesIn(template: string): readonly string[] {
  return Array.from(template.matchAll(placeholder), ([, name = '']) => name.trim());
}

/** `{{name}}` is what it resolves to, '' for undefined; what is put in is not filled in again. At most `limits.text`. */
export function fillIn(template: string, resolve: (name: string) => string | undefined): string {
  return limitText(template.replaceAll(placeholder, (_, name: string) => resolve(name.trim()) ?? ''));
}
