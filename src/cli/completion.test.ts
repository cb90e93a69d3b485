import { execFileSync } from 'node:child_process';
import { Command } from 'commander';
import { expect, test } from 'vitest';
import type { Act } from './command.ts';
import { completionScript, shells } from './completion.ts';
import { commands } from './index.ts';

const program = new Command('tocsin').option('-w, --workspace <dir>', "the workspace's folder");
const noAction: Act = () => async () => {};
for (const { name, description, define } of commands) {
  define(program.command(name).description(description), noAction);
}

function has(shell: string): boolean {
  try {
    execFileSync(shell, ['-c', 'true'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

test.each(shells)('the script for %s names every command', (shell) => {
  const script = completionScript(program, shell);
  for (const { name } of commands) expect(script).toMatch(new RegExp(`\\b${name}\\b`));
  expect(script).toContain('reopen');
});

test.each(shells.filter((shell) => shell !== 'bash' && has(shell)))('%s takes the script', (shell) => {
  expect(() => execFileSync(shell, ['-n'], { input: completionScript(program, shell) })).not.toThrow();
});

const complete = (...words: string[]): string[] => {
  const quoted = words.map((word) => `'${word}'`).join(' ');
  const script = `${completionScript(program, 'bash')}
COMP_WORDS=(tocsin ${quoted}); COMP_CWORD=${words.length}; _tocsin; printf '%s\\n' "\${COMPREPLY[@]}"`;
  return execFileSync('bash', ['--norc'], { input: script, encoding: 'utf8' }).trim().split('\n');
};

test.skipIf(!has('bash'))('bash completes (skipped where there is no bash)', () => {
  expect(complete('al')).toEqual(['alerts']);
  expect(complete('alerts', 're')).toEqual(['resolve', 'reopen']);
  expect(complete('alerts', 'list', '--sev')).toEqual(['--severity']);
  expect(complete('query', '--format', 'c')).toEqual(['csv']);
  expect(complete('completion', '')).toEqual([...shells]);
  expect(complete('-w', '/tm')).toContain('/tmp');
});
