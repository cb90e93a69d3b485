// tocsin.yml as text: YAML with `${ENV}` and `${file:/path}` filled in, and the place of every value for messages.
// Knows nothing about what the keys mean.

import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import type { Problem } from '../core/problem.ts';
import { type Path, pathText, readDocumentText } from '../core/document-text.ts';

export interface ConfigDocument {
  /** Plain values; undefined where the YAML is broken. */
  readonly value: unknown;
  readonly syntax: readonly Problem[];
  /** References that could not be filled in. */
  readonly missing: readonly { readonly path: Path; readonly message: string }[];
  /** Values that came from a reference: never shown. */
  readonly secrets: readonly string[];
  /** true: the value at the path came from a reference, so its text may stand for a number. */
  isReference(path: Path): boolean;
  /** At the value, or at the nearest thing around it that is there. `key`: at that key of the map at `path`. */
  problem(path: Path, message: string, key?: string): Problem;
}

export interface ReferenceOptions {
  /** Shown in messages. */
  readonly file: string;
  /** `${file:relative}` is relative to it. */
  readonly folder: string;
  readonly env: Readonly<Record<string, string | undefined>>;
}

const maxSecretBytes = 64 * 1024;
/** `$${X}` stands for the text `${X}`. */
const reference = /\$?\$\{(file:[^}]+|[A-Za-z_][A-Za-z0-9_]*)\}/g;

export function readDocument(text: string, options: ReferenceOptions): ConfigDocument {
  const source = readDocumentText(text, options.file);
  const missing: { path: Path; message: string }[] = [];
  const secrets: string[] = [];
  const filled = new Set<string>();
  const fillText = (template: string, path: Path): string =>
    template.replace(reference, (whole: string, name: string) => {
      if (whole.startsWith('$$')) return whole.slice(1);
      const found = name.startsWith('file:') ? fromFile(name.slice(5), options.folder) : fromEnv(name, options.env);
      if ('message' in found) {
        missing.push({ path, message: found.message });
        return '';
      }
      filled.add(pathText(path));
      secrets.push(found.value);
      return found.value;
    });
  const fill = (value: unknown, path: Path): unknown => {
    if (typeof value === 'string') return fillText(value, path);
    if (Array.isArray(value)) return value.map((item, index) => fill(item, [...path, index]));
    if (typeof value !== 'object' || value === null) return value;
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, fill(item, [...path, key])]));
  };
  return {
    value: fill(source.value, []),
    syntax: source.syntax,
    missing,
    secrets,
    isReference: (path) => filled.has(pathText(path)),
    problem: (path, message, key) => source.problem(path, message, key),
  };
}

type Found = { readonly value: string } | { readonly message: string };

function fromEnv(name: string, env: ReferenceOptions['env']): Found {
  const value = env[name];
  return value === undefined ? { message: `the environment variable ${name} is not set` } : { value };
}

const fileErrors: Readonly<Partial<Record<string, string>>> = {
  ENOENT: 'no such file',
  EACCES: 'permission denied',
  EISDIR: 'it is a folder',
};

function fromFile(name: string, folder: string): Found {
  try {
    const bytes = readFileSync(resolve(folder, name));
    if (bytes.length > maxSecretBytes) return { message: `${name} is larger than ${maxSecretBytes} bytes` };
    return { value: bytes.toString('utf8').replace(/\r?\n$/, '') };
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : String(error);
    return { message: `cannot read ${name}: ${fileErrors[code] ?? code}` };
  }
}
