// Lines from standard input, once, to its end.

import { z } from 'zod';
import { messageOf } from '../core/failure.ts';
import type { Source, SourceHealth } from '../core/source.ts';
import { createGatherer } from './gather.ts';
import { createLineCutter } from './lines.ts';
import { offer } from './offer.ts';
import { maxRecordBytes, type SourceContext } from './source-kind.ts';

const settings = z.strictObject({ maxRecordBytes });

export const stdin = {
  description: 'Lines from standard input, to its end.',
  settings,
  create: createStdinSource,
};

/** Reading stops while so much waits. */
const maxWaitingBytes = 1024 * 1024;

function createStdinSource(id: string, own: z.output<typeof settings>, context: SourceContext): Source {
  let health: SourceHealth = { state: 'starting', message: 'not read yet' };

  async function* read(stop: AbortSignal) {
    const input = context.stdin;
    const cutter = createLineCutter(own.maxRecordBytes);
    const gatherer = createGatherer(() => input.resume());
    let failure: string | undefined;
    const finish = (): void => {
      for (const piece of cutter.end()) gatherer.add(piece);
      gatherer.end();
    };
    const take = (data: Uint8Array): void => {
      for (const piece of cutter.push(data)) gatherer.add(piece);
      if (gatherer.bytes > maxWaitingBytes) input.pause();
    };
    const fail = (error: Error): void => {
      failure = messageOf(error);
      finish();
    };
    input.on('data', take).once('end', finish).once('error', fail);
    stop.addEventListener('abort', finish, { once: true });
    health = { state: 'healthy', message: 'reading standard input' };
    for await (const chunk of gatherer.chunks()) {
      yield* offer(chunk, stop, (failing) => (health = failing));
      health = { state: 'healthy', message: 'reading standard input' };
    }
    input.off('data', take).off('end', finish).off('error', fail).pause();
    health =
      failure === undefined
        ? { state: 'done', message: 'standard input is read to its end' }
        : { state: 'failing', message: `cannot read standard input: ${failure}` };
  }

  return { id, kind: 'stdin', read, health: () => health };
}
