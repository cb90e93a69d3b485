import { PassThrough, Readable } from 'node:stream';
import { expect, test, vi } from 'vitest';
import type { SourceContext } from './source-kind.ts';
import { stdin } from './stdin.ts';

function create(input: Readable) {
  const context: SourceContext = { clock: { now: () => 0 }, positions: new Map(), workspace: '/', stdin: input };
  return stdin.create('in', stdin.settings.parse({}), context);
}

test('lines to the end of the input, also the last one without an end', async () => {
  const source = create(Readable.from([Buffer.from('a\nb'), Buffer.from('b\nc')]));
  let text = '';
  for await (const chunk of source.read(new AbortController().signal)) {
    text += Buffer.from(chunk.bytes).toString();
    chunk.settled?.();
  }
  expect(text).toBe('a\nbb\nc');
  expect(source.health().state).toBe('done');
});

test('a chunk that the disk did not take is given again', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout'], shouldAdvanceTime: true, advanceTimeDelta: 50 });
  const source = create(Readable.from([Buffer.from('a\n')]));
  const given: string[] = [];
  const states: string[] = [];
  for await (const chunk of source.read(new AbortController().signal)) {
    given.push(Buffer.from(chunk.bytes).toString());
    chunk.settled?.(given.length < 3 ? new Error('the disk is full') : undefined);
    setTimeout(() => states.push(source.health().state), 1);
  }
  expect(given).toEqual(['a\n', 'a\n', 'a\n']);
  expect(states.slice(0, 2)).toEqual(['failing', 'failing']);
  vi.useRealTimers();
});

test('a fast input is paused while the journal is slow', async () => {
  const input = new PassThrough();
  const source = create(input);
  const stop = new AbortController();
  const reading = source.read(stop.signal)[Symbol.asyncIterator]();
  input.write('first\n');
  expect((await reading.next()).done).toBe(false);
  let written = 0;
  while (written < 8_000_000 && input.write(`${'x'.repeat(9999)}\n`)) {
    written += 10_000;
    await new Promise((resolve) => setImmediate(resolve));
  }
  expect(written).toBeLessThan(4_000_000);
  expect(input.isPaused()).toBe(true);
  stop.abort();
  for (let next = await reading.next(); next.done !== true; next = await reading.next()) next.value.settled?.();
});
