// Python rules as plain data, read from a workspace and told to the process that runs them.

import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Detection } from '../core/detection.ts';
import type { Json } from '../core/event.ts';
import type { Severity } from '../core/severity.ts';

export interface PythonRule {
  readonly detection: Detection;
  /** The YAML document, relative to the workspace. */
  readonly document: string;
  readonly source: string;
  readonly tests: readonly PythonTest[];
  /** Its log types are names of queries: it is called with their rows. */
  readonly onRows?: boolean;
}

export interface PythonTest {
  readonly name: string;
  readonly match: boolean;
  readonly log: { readonly [field: string]: Json | undefined };
  /** Names in the rule's module that answer so for the time of the test. */
  readonly mocks: readonly { readonly objectName: string; readonly returnValue: Json }[];
  readonly title?: string;
  readonly dedup?: string;
  readonly severity?: Severity;
}

/** A module that rules import by its name. */
export interface PythonModule {
  readonly name: string;
  readonly file: string;
  readonly source: string;
}

/** Unified names (`event.udm('source_ip')`) for some log types. */
export interface PythonModel {
  readonly id: string;
  readonly file: string;
  readonly logTypes: readonly string[];
  readonly paths: Readonly<Record<string, string>>;
  /** Names of functions in `source`. */
  readonly methods: Readonly<Record<string, string>>;
  readonly source?: string;
}

const maxModuleBytes = 1 << 20;
const maxModules = 2000;
const maxDepth = 4;

/**
 * The `.py` files of a folder of helpers as modules: `a/b.py` is `a.b`, `a/__init__.py` is `a`. A folder that is not
 * there holds none. `name` is the folder for people.
 */
export async function readPythonModules(folder: string, name: string): Promise<readonly PythonModule[]> {
  const modules: PythonModule[] = [];
  async function readFolder(path: string, shown: string, prefix: string, depth: number): Promise<void> {
    const entries = await readdir(path, { withFileTypes: true }).catch(() => []);
    for (const entry of entries.toSorted((a, b) => (a.name < b.name ? -1 : 1))) {
      const inner = join(path, entry.name);
      if (entry.isDirectory() && depth < maxDepth && /^[A-Za-z_]\w*$/.test(entry.name)) {
        await readFolder(inner, `${shown}/${entry.name}`, `${prefix}${entry.name}.`, depth + 1);
      }
      const [, module] = /^([A-Za-z_]\w*)\.py$/.exec(entry.name) ?? [];
      if (module === undefined || !entry.isFile() || modules.length >= maxModules) continue;
      if ((await stat(inner)).size > maxModuleBytes) continue;
      modules.push({
        name: module === '__init__' ? prefix.slice(0, -1) : `${prefix}${module}`,
        file: `${shown}/${entry.name}`,
        source: await readFile(inner, 'utf8'),
      });
    }
  }
  await readFolder(folder, name, '', 0);
  return modules.filter((module) => module.name !== '');
}
