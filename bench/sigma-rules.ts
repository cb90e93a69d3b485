// SigmaHQ's rules for the bench, from its public repository where it lies beside the checkout.

import { cpSync, existsSync, globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseSigmaDocument } from '../src/detect/sigma/document.ts';
import type { SigmaRule } from '../src/detect/sigma/rule.ts';

const repository = fileURLToPath(new URL('../../sigma/', import.meta.url));
const folders = ['rules', 'rules-emerging-threats', 'rules-threat-hunting', 'rules-compliance', 'rules-placeholder'];

export function hasSigmaRules(): boolean {
  return existsSync(join(repository, 'rules'));
}

/** Without those that are refused. */
export function readSigmaRules(): readonly SigmaRule[] {
  return folders.flatMap((folder) =>
    globSync(`${folder}/**/*.yml`, { cwd: repository })
      .toSorted()
      .flatMap((file) => parseSigmaDocument(readFileSync(join(repository, file), 'utf8'), file).rules),
  );
}

/** Their files below `to`, as a user would put them there. */
export function copySigmaRules(to: string): void {
  for (const folder of folders) cpSync(join(repository, folder), join(to, folder), { recursive: true });
}
