// SigmaHQ's rules, from its public repository where it lies beside the checkout.

import { existsSync, globSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseSigmaDocument } from '../src/detect/sigma/document.ts';
import type { SigmaRule } from '../src/detect/sigma/rule.ts';

const repository = fileURLToPath(new URL('../../sigma/', import.meta.url));

export function hasSigmaRules(): boolean {
  return existsSync(join(repository, 'rules'));
}

interface RuleFile {
  readonly name: string;
  readonly text: string;
  readonly rules: readonly SigmaRule[];
}

/** Without those that are refused. */
function readFiles(wants: (file: string) => boolean): readonly RuleFile[] {
  const names = globSync('rules*/**/*.yml', { cwd: repository }).toSorted().filter(wants);
  return names.flatMap((name) => {
    const text = readFileSync(join(repository, name), 'utf8');
    const { rules, problems } = parseSigmaDocument(text, name);
    return problems.length > 0 ? [] : [{ name, text, rules }];
  });
}

/** Every rule that compiles, of the files that are wanted. */
export function readSigmaRules(wants: (file: string) => boolean = () => true): readonly SigmaRule[] {
  return readFiles(wants).flatMap(({ rules }) => rules);
}

/** Their files below `to`, as a user would put them there. */
export function copySigmaRules(to: string): void {
  for (const { name, text } of readFiles(() => true)) {
    mkdirSync(dirname(join(to, name)), { recursive: true });
    writeFileSync(join(to, name), text);
  }
}
