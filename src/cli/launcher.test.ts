// bin/tocsin.js on a Node that is too old for the program itself.

import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const bin = fileURLToPath(new URL('../../bin', import.meta.url));

function oldNode(): string | undefined {
  for (const node of ['/usr/bin/node', '/usr/local/bin/node']) {
    try {
      const version = execFileSync(node, ['--version'], { encoding: 'utf8' });
      if (Number(/^v(\d+)/.exec(version)?.[1]) < 22) return node;
    } catch {
      // Not there.
    }
  }
  return undefined;
}
const node = oldNode();

test.skipIf(node === undefined)('it runs on the packaged Node (skipped where no old Node is installed)', () => {
  const ran = spawnSync(node ?? '', [join(bin, 'tocsin.js'), 'nonsense'], { encoding: 'utf8', timeout: 20_000 });
  expect(ran).toMatchObject({ status: 2, stdout: '', stderr: "error: unknown command 'nonsense'\n" });
});

test.skipIf(node === undefined)('it passes SIGTERM on (skipped where no old Node is installed)', async () => {
  // `query -` waits for SQL on stdin.
  const child = spawn(node ?? '', [join(bin, 'tocsin.js'), 'query', '-'], { stdio: ['pipe', 'ignore', 'ignore'] });
  await new Promise((resolve) => setTimeout(resolve, 1500));
  child.kill('SIGTERM');
  expect(await once(child, 'exit')).toEqual([null, 'SIGTERM']);
});

test.skipIf(node === undefined)('it says what is missing (skipped where no old Node is installed)', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'tocsin-bin-'));
  await cp(bin, join(folder, 'bin'), { recursive: true });
  const ran = spawnSync(node ?? '', [join(folder, 'bin/tocsin.js')], { encoding: 'utf8', timeout: 20_000 });
  await rm(folder, { recursive: true });
  expect(ran).toMatchObject({
    status: 1,
    stderr: expect.stringMatching(/^error: tocsin needs Node\.js 22\.18 or newer, and this is \d+\.\d+\.\d+\n$/),
  });
});
