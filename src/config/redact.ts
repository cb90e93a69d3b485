// What must not be shown of a configuration: values filled in from environment or files, fields that a kind marks with
// `.meta({ secret: true })`, values under names like `password`, and passwords in addresses.

import { z } from 'zod';

interface WithSettings {
  readonly settings: z.ZodObject;
}

const secretName = /(?:password|passwd|secret|token|api_?key|private_?key)$/i;
const shown = '[redacted]';

/** Secrets that stand in the file itself. */
export function secretsOf(value: unknown, kinds: readonly WithSettings[]): string[] {
  const marked = new Set(kinds.flatMap((kind) => markedFields(kind.settings)));
  const found: string[] = [];
  const walk = (node: unknown, name: string, secret: boolean): void => {
    const isSecret = secret || marked.has(name) || secretName.test(name);
    if (typeof node === 'object' && node !== null) {
      for (const [key, child] of Object.entries(node)) walk(child, Array.isArray(node) ? name : key, isSecret);
    } else if (typeof node === 'string' && node !== '') {
      if (isSecret) found.push(node);
      const password = URL.canParse(node) ? new URL(node).password : '';
      if (password !== '') found.push(password);
    }
  };
  walk(value, '', false);
  return found;
}

function markedFields(settings: z.ZodObject): string[] {
  return Object.entries(settings.shape).flatMap(([name, field]) => (isMarked(field) ? [name] : []));
}

function isMarked(field: unknown): boolean {
  if (!(field instanceof z.ZodType)) return false;
  if (field.meta()?.['secret'] === true) return true;
  if (field instanceof z.ZodOptional || field instanceof z.ZodDefault) return isMarked(field.unwrap());
  return false;
}

/** A copy of anything plain (a config, a message) without the secrets. A short secret is only taken where it is the
 *  whole text, so that a port in a variable does not blot out other numbers. */
export function redact(value: unknown, secrets: readonly string[]): unknown {
  const long = secrets.filter((secret) => secret.length >= 6).toSorted((a, b) => b.length - a.length);
  const whole = new Set(secrets);
  const copy = (node: unknown): unknown => {
    if (typeof node === 'string') {
      if (whole.has(node)) return shown;
      return long.reduce((text, secret) => text.replaceAll(secret, shown), node);
    }
    if (Array.isArray(node)) return node.map(copy);
    if (typeof node === 'object' && node !== null) {
      return Object.fromEntries(
        Object.entries(node).flatMap(([key, child]) => (key === 'secrets' ? [] : [[key, copy(child)]])),
      );
    }
    return node;
  };
  return copy(value);
}
