// One process of python/tocsin_rules.py: frames in, frames out. It must not know what a rule is, nor start again by itself.

import type { ChildProcess } from 'node:child_process';
import type { Writable } from 'node:stream';
import type { Json } from '../core/event.ts';
import { isObject } from '../core/object.ts';

/** One match or failure: number of the line in the request, number of the rule, and what was said of it. */
export interface Hit {
  readonly line: number;
  readonly rule: number;
  readonly said: Readonly<Record<string, unknown>>;
}

export type Answer =
  | { readonly kind: 'done'; readonly done: Readonly<Record<string, unknown>>; readonly hits: readonly Hit[] }
  | { readonly kind: 'memory'; readonly rule: number; readonly line: number }
  /** The process is gone. `rule` is 0 where nobody knows which rule was running. */
  | { readonly kind: 'dead'; readonly reason: string; readonly rule: number; readonly line: number };

/** The row that a lookup table has for a key, at the time of the event on that line of the request. */
export type FindRow = (table: string, key: string, line: number) => Json | undefined;

export interface PythonProcess {
  /** One request at a time. `silenceMs`: without any sign of life for so long it is killed. */
  ask(
    header: object,
    body: Uint8Array,
    limits: { readonly silenceMs: number; readonly totalMs: number },
    findRow?: FindRow,
  ): Promise<Answer>;
  kill(): void;
}

const maxFrameBytes = 1 << 28;
/** More answers than that do not wait for one who asks in turn. */
const maxUnreadBytes = 1 << 26;
const keptOutput = 4096;

export function talkTo(child: ChildProcess, onOutput: (text: string) => void): PythonProcess {
  const { stdin, stdout, stderr } = child;
  if (stdin === null || stdout === null || stderr === null) throw new Error('bug: the child has no pipes');
  const input: Writable = stdin;
  let settle: ((answer: Answer) => void) | undefined;
  let rowFor: FindRow | undefined;
  let lastOutput = '';
  let mark = { rule: 0, line: 0 };
  let gone: string | undefined;
  let hits: Hit[] = [];
  let silence: NodeJS.Timeout | undefined;
  let heard: (() => void) | undefined;

  function finish(answer: Answer): void {
    const resolve = settle;
    settle = undefined;
    resolve?.(answer);
  }
  function die(reason: string): void {
    gone ??= reason;
    child.kill('SIGKILL');
    finish({ kind: 'dead', reason, ...mark });
  }
  function take(frame: Buffer): void {
    let answer: unknown;
    try {
      answer = JSON.parse(frame.toString('utf8'));
    } catch {
      return die('the process said what is no answer');
    }
    if (typeof answer !== 'object' || answer === null) return die('the process said what is no answer');
    heard?.();
    if ('mark' in answer) mark = placeOf(answer.mark, answer);
    else if ('hits' in answer && Array.isArray(answer.hits)) for (const hit of answer.hits) addHit(hit);
    else if ('lookup' in answer) tellRow(answer.lookup, placeOf(0, answer).line);
    else if ('memory' in answer) finish({ kind: 'memory', ...placeOf(answer.memory, answer) });
    else if ('stuck' in answer) {
      mark = placeOf(answer.stuck, answer);
      die('ran on after it had been told to stop');
    } else if ('done' in answer && isObject(answer.done)) finish({ kind: 'done', done: answer.done, hits });
  }
  function tellRow(asked: unknown, line: number): void {
    const [table, key]: readonly unknown[] = Array.isArray(asked) ? asked : [];
    if (typeof table !== 'string' || typeof key !== 'string') return die('the process said what is no answer');
    tell(Buffer.from(JSON.stringify(rowFor?.(table, key, line) ?? null)));
    if (input.writableLength > maxUnreadBytes) die('asks for rows and does not read them');
  }
  function tell(...parts: readonly Uint8Array[]): void {
    const length = Buffer.alloc(4);
    length.writeUInt32BE(parts.reduce((bytes, part) => bytes + part.length, 0));
    input.write(length);
    for (const part of parts) input.write(part);
  }
  function addHit(hit: unknown): void {
    if (!Array.isArray(hit)) return;
    const [line, rule, said]: readonly unknown[] = hit;
    if (Number.isInteger(line) && Number.isInteger(rule) && isObject(said)) {
      hits.push({ line: Number(line), rule: Number(rule), said });
    }
  }

  let waiting: Buffer = Buffer.alloc(0);
  stdout.on('data', (bytes: Buffer) => {
    waiting = waiting.length === 0 ? bytes : Buffer.concat([waiting, bytes]);
    while (waiting.length >= 4) {
      const length = waiting.readUInt32BE(0);
      if (length > maxFrameBytes) return die('the process said what is no answer');
      if (waiting.length < 4 + length) return;
      const frame = waiting.subarray(4, 4 + length);
      waiting = waiting.subarray(4 + length);
      take(frame);
    }
  });
  stderr.on('data', (bytes: Buffer) => {
    const text = bytes.toString('utf8');
    lastOutput = (lastOutput + text).slice(-keptOutput);
    onOutput(text);
  });
  input.on('error', () => undefined);
  child.on('error', (error) => die(error.message));
  child.on('close', (code, signal) => {
    const lastLine = lastOutput.trim().split('\n').at(-1) ?? '';
    die(`the process ended (${signal ?? `exit code ${code}`})${lastLine === '' ? '' : `: ${lastLine}`}`);
  });

  return {
    ask(header, body, { silenceMs, totalMs }, findRow) {
      if (settle !== undefined) throw new Error('bug: asked before the last answer came');
      if (gone !== undefined) return Promise.resolve({ kind: 'dead', reason: gone, rule: 0, line: 0 });
      mark = { rule: 0, line: 0 };
      hits = [];
      rowFor = findRow;
      return new Promise<Answer>((resolve) => {
        const total = setTimeout(() => die(`no end after ${totalMs / 1000} s`), totalMs);
        heard = () => {
          clearTimeout(silence);
          silence = setTimeout(() => die(`no sign of life for ${silenceMs / 1000} s`), silenceMs);
        };
        heard();
        settle = (answer) => {
          clearTimeout(total);
          clearTimeout(silence);
          heard = undefined;
          resolve(answer);
        };
        tell(Buffer.from(`${JSON.stringify(header)}\n`), body);
      });
    },
    kill: () => die('closed'),
  };
}

function placeOf(rule: unknown, answer: object): { readonly rule: number; readonly line: number } {
  const line = 'event' in answer ? Number(answer.event) : 0;
  return { rule: Number(rule) || 0, line: Math.max(0, line || 0) };
}
