// What a watch's own templates can be filled with before it runs: its metadata, and the time of the run, which is `now`.

import type { Path } from '../../core/document-text.ts';
import { isObject } from '../../core/object.ts';
import { Unsupported } from '../import.ts';

type Members = Readonly<Record<string, unknown>>;

/** The same value with its templates filled in; one that needs an answer is Unsupported. */
export function fillIn(value: unknown, metadata: Members, path: Path): unknown {
  if (typeof value === 'string') return fillText(value, metadata, path);
  if (Array.isArray(value)) return value.map((each, i) => fillIn(each, metadata, [...path, i]));
  if (!isObject(value)) return value;
  // Scripts have no templates.
  return Object.fromEntries(
    Object.entries(value).map(([key, each]) => [key, key === 'script' ? each : fillIn(each, metadata, [...path, key])]),
  );
}

function fillText(text: string, metadata: Members, path: Path): string | number {
  if (!text.includes('{{')) return text;
  const filled = text
    .replaceAll(/\{\{\s*ctx\.(?:execution_time|trigger\.(?:scheduled|triggered)_time)\s*\}\}(?:\|\|)?/g, 'now')
    .replaceAll(/\{\{\s*ctx\.metadata\.([\w.]+)\s*\}\}/g, (whole, name: string) => {
      const found = name
        .split('.')
        .reduce<unknown>((of, key) => (isObject(of) && Object.hasOwn(of, key) ? of[key] : undefined), metadata);
      return typeof found === 'string' || typeof found === 'number' || typeof found === 'boolean'
        ? String(found)
        : whole;
    });
  if (filled.includes('{{'))
    throw new Unsupported(path, `the template \`${filled}\` needs the answer of another search`);
  return filled;
}
