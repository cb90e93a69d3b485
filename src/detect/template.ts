// The titles that documents give to alerts, with `{{field}}` in them; the same for every kind of document.

import { limitText } from './limit.ts';

/** `{{name}}` is what it resolves to, '' for undefined; what is put in is not filled in again. At most `limits.text`. */
export function fillIn(template: string, resolve: (name: string) => string | undefined): string {
  return limitText(template.replaceAll(/\{\{([^{}]{1,200})\}\}/g, (_, name: string) => resolve(name.trim()) ?? ''));
}
