// The formats of lookup files, each in the file of its name.

import { csv } from './csv.ts';
import type { Format } from './format.ts';
import { json } from './json.ts';
import { jsonl } from './jsonl.ts';
import { list } from './list.ts';
import { mmdb } from './mmdb.ts';

export const formats = { csv, jsonl, json, list, mmdb } satisfies Record<string, Format>;

export type FormatName = keyof typeof formats;

export const formatNames = Object.keys(formats) as readonly FormatName[];

/** By the ending of a file's name or an address, without `.gz`; undefined where it says nothing. */
export function formatOf(name: string): FormatName | undefined {
  const [path = ''] = name.split(/[?#]/);
  const extension = /\.([a-z]+)(?:\.gz)?$/i.exec(path)?.[1]?.toLowerCase();
  return extension === undefined
    ? undefined
    : formatNames.find((format) => formats[format].extensions.includes(extension));
}
