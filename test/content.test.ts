// `tocsin test` on the content that the repository brings, through the program's own door: rules do what their tests
// say, and schemas make of their samples what is written beside them.

import { spawnSync } from 'node:child_process';
import { existsSync, globSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const root = fileURLToPath(new URL('..', import.meta.url));

function runTests(folder: string) {
  const ended = spawnSync(process.execPath, ['src/main.ts', 'test', folder], { cwd: root, encoding: 'utf8' });
  return {
    code: ended.status,
    failures: ended.stdout.match(/\[(?:FAIL|WARN)\].*(?:\n {7}.*)?/g) ?? [],
    errors: ended.stderr,
  };
}

test.each(['content', 'demo'])('%s passes its tests', (folder) => {
  expect(runTests(folder)).toEqual({ code: 0, failures: [], errors: '' });
});

test('each schema has a sample', () => {
  const schemas = globSync(['content/schemas/**/*.yml', 'demo/schemas/**/*.yml'], { cwd: root });
  const missing = schemas.filter(
    (file) => !existsSync(join(root, file.replace(/([^/\\]+)\.yml$/, 'samples/$1.events.json'))),
  );
  expect(schemas.length).toBeGreaterThan(4);
  expect(missing).toEqual([]);
});
