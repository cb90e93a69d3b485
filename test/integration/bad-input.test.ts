// What users and senders get wrong, and takes longer to be found: rules that do not end or eat all memory, and lines that
// are far too long. The quick ones are in ../bad-input.test.ts.

import { createWriteStream } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { expect, test } from 'vitest';
import { errorsOf, goodRules, pythonRule, statesOf, titlesOf, typescriptRule } from '../bad-rule.ts';
import { makeWorkspace, type Program, portOf, push, startProgram, until, type Workspace } from '../program.ts';

const config = `listen: 127.0.0.1:0
sources:
  - {id: push, type: http, schemas: [Custom.Word]}
  - {id: port, type: tcp, listen: '127.0.0.1:0', schemas: [Custom.Word]}
  - {id: file, type: file, paths: [long.log], schemas: [Custom.Word]}
`;
const schema = 'schema: Custom.Word\nfields:\n  - {name: word, type: string, required: true}\n';
const lineBytes = 200 * 1024 * 1024;
const isLinux = process.platform === 'linux';

/** Most of its memory that was ever resident. */
async function peakBytes(program: Program): Promise<number> {
  const status = await readFile(`/proc/${program.pid}/status`, 'utf8');
  return Number(/^VmHWM:\s+(\d+) kB$/m.exec(status)?.[1]) * 1024;
}

/** One line of 200 MB and an ordinary one after it. */
function* longLine(word: string): Generator<Buffer> {
  yield Buffer.from('{"word":"');
  const part = Buffer.alloc(1024 * 1024, 'x');
  for (let sent = 0; sent < lineBytes; sent += part.length) yield part;
  yield Buffer.from(`"}\n{"word":"${word}"}\n`);
}

async function deadLetters(program: Program, source: string) {
  type Letters = { items: { raw: string; rawBytes: number; reasons: { reason: string }[] }[] };
  return (await program.ask<Letters>(`/api/v1/dead-letters?source=${source}`)).items;
}

let workspace: Workspace;
let program: Program;

async function startAnew(files: Readonly<Record<string, string>>): Promise<void> {
  workspace = await makeWorkspace({ 'tocsin.yml': config, 'schemas/word.yml': schema, ...goodRules, ...files });
  program = await startProgram(workspace);
}

async function end(): Promise<void> {
  await program?.stop();
  await workspace?.remove();
}

test.each([
  [
    'a Python rule with `while True`',
    pythonRule('Loop', 'def rule(event):\n    while True:\n        pass\n'),
    /ran longer than/,
  ],
  ['a TypeScript rule with `while (true)`', typescriptRule('Loop', 'while (true) {}'), /one call took more than/],
  [
    'a TypeScript rule that keeps lists',
    typescriptRule('Hoard', 'const all: unknown[] = []; for (;;) all.push(new Array(1000).fill(event.word))'),
    /stopped: /,
  ],
  [
    'a TypeScript rule that keeps objects',
    typescriptRule('Hoard', 'const all: unknown[] = []; for (;;) all.push({ word: event.word, all: [] })'),
    /stopped: /,
  ],
])('%s is stopped, told and left out; the others go on with the same batch', async (_what, files, reason) => {
  await startAnew(files);
  try {
    expect((await push(program, 'push', '{"word":"one"}\n')).status).toBe(200);
    await until('both good rules match and the bad one is told of', async () => {
      return (await titlesOf(program)).length === 2 && (await errorsOf(program)).size === 1;
    });
    const [[id, title] = ['', '']] = await errorsOf(program);
    expect(title).toMatch(reason);
    expect((await statesOf(program))[id]).toEqual(['quarantined', expect.stringMatching(reason)]);
    await push(program, 'push', '{"word":"two"}\n');
    await until('the next batch', async () => (await titlesOf(program)).length === 4);
    expect((await errorsOf(program)).size).toBe(1);
  } finally {
    await end();
  }
});

const about = isLinux ? '' : ' (skipped: memory is read from /proc)';

describeLong('a line of 200 MB from a socket', 'port', async () => {
  const socket = connect(await portOf(program, 'port'), '127.0.0.1');
  await pipeline(Readable.from(longLine('after')), socket);
});
describeLong('a line of 200 MB in a file', 'file', async () => {
  await pipeline(Readable.from(longLine('after')), createWriteStream(workspace.at('long.log')));
});

function describeLong(what: string, source: string, send: () => Promise<void>): void {
  test.skipIf(!isLinux)(
    `${what} is a dead letter that says why, takes no memory, and the next line is an event${about}`,
    async () => {
      await startAnew({});
      try {
        await push(program, 'push', '{"word":"first"}\n');
        await until('it is warm', async () => (await titlesOf(program)).length === 2);
        const before = await peakBytes(program);
        await send();
        await until('the line after it', async () =>
          (await titlesOf(program)).some((title) => title === 'python after'),
        );
        const [letter] = await until('the dead letter', async () => {
          const letters = await deadLetters(program, source);
          return letters.length > 0 && letters;
        });
        expect(letter?.reasons.map(({ reason }) => reason).join()).toMatch(
          new RegExp(`a record of ${lineBytes + 11} bytes is over the limit of \\d+`),
        );
        expect(letter?.raw.slice(0, 12)).toBe('{"word":"xxx');
        expect(letter?.rawBytes).toBe(64 * 1024);
        expect((await peakBytes(program)) - before).toBeLessThan(lineBytes / 2);
      } finally {
        await end();
      }
    },
  );
}
