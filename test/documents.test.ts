// What the documents say of the repository and can be checked: links, dependencies, decisions.

import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const root = fileURLToPath(new URL('..', import.meta.url));
const read = (path: string): string => readFileSync(join(root, path), 'utf8');

const pages = [
  ...readdirSync(root).filter((name) => name.endsWith('.md')),
  'bench/README.md',
  ...readdirSync(join(root, 'docs'), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.md'))
    .map((name) => `docs/${name}`),
];

/** Relative links of a page that lead nowhere. */
function brokenLinks(page: string, text: string): string[] {
  const links = [...text.matchAll(/\]\(([^)#\s]+)(?:#[^)]*)?\)/g)].map((found) => found[1] ?? '');
  return links.filter((link) => !/^[a-z]+:/.test(link) && !existsSync(join(root, dirname(page), link)));
}

test.each(pages)('%s: its links lead somewhere', (page) => {
  expect(brokenLinks(page, read(page))).toEqual([]);
});

test('a broken link is found', () => {
  expect(brokenLinks('docs/glossary.md', '[a](nowhere.md#x) [b](../README.md) [c](https://example.com/)')).toEqual([
    'nowhere.md',
  ]);
});

test('each dependency has its line in dependencies.md, and no other has one', () => {
  const manifest: Record<string, Record<string, string> | undefined> = JSON.parse(read('package.json'));
  const used = ['dependencies', 'optionalDependencies', 'devDependencies'].flatMap((kind) =>
    Object.keys(manifest[kind] ?? {}),
  );
  const rows = read('docs/decisions/dependencies.md').matchAll(/^\| (`[^|]+) \|/gm);
  const told = [...rows].flatMap((row) => [...(row[1] ?? '').matchAll(/`([^`]+)`/g)].map((found) => found[1] ?? ''));
  expect(told.toSorted()).toEqual(used.toSorted());
});

test('each decision is in the list of decisions', () => {
  const list = read('docs/decisions/README.md');
  const decisions = readdirSync(join(root, 'docs/decisions')).filter((name) => /^\d{4}-/.test(name));
  expect(decisions.filter((name) => !list.includes(`(${name})`))).toEqual([]);
});
