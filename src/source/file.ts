// Log files, by name or glob: read once (also a last line without a line end), or followed through rotation by renaming
// and by copying. Gzip is known by its first bytes.

import { z } from 'zod';
import type { Chunk } from '../core/batch.ts';
import { messageOf } from '../core/failure.ts';
import { UserError } from '../core/problem.ts';
import type { Source, SourceHealth } from '../core/source.ts';
import { createKnownFiles } from './file-identity.ts';
import { listFiles, totalBytes } from './file-list.ts';
import { followFiles } from './follow.ts';
import { offer } from './offer.ts';
import { openTail } from './open-tail.ts';
import type { Reading } from './reading.ts';
import { maxRecordBytes, type SourceContext } from './source-kind.ts';

const settings = z.strictObject({
  paths: z
    .array(z.string().min(1))
    .min(1)
    .describe('Files and globs (`*`, `**`, `?`, `[..]`), absolute or from the workspace.'),
  follow: z
    .boolean()
    .default(true)
    .describe('true: new lines and new files are read as they come. false: each file is read once, to its end.'),
  maxRecordBytes,
});

export const file = {
  description: 'Lines of log files, plain or gzip, read once or followed.',
  settings,
  create: createFileSource,
};

export interface FileSource extends Source {
  /** Bytes on disk, of files that are known now; `file` is the one that was read last. */
  progress(): { readonly bytesDone: number; readonly bytesTotal: number; readonly file: string };
}

/** Files that cannot be read are told by name up to so many. */
const maxFailures = 100;

function createFileSource(id: string, own: z.output<typeof settings>, context: SourceContext): FileSource {
  const { workspace, positions } = context;
  const wanted = own.paths.join(', ');
  let health: SourceHealth = { state: 'starting', message: `not read yet: ${wanted}` };
  /** The disk does not take what was read. */
  let refusal: SourceHealth | undefined;
  /** By path; gone when the file is read well again. */
  const failures = new Map<string, string>();
  const done = new Map<string, number>();
  let bytesTotal = 0;
  let latest = '';

  async function* read(stop: AbortSignal): AsyncGenerator<Chunk, void> {
    const known = createKnownFiles(positions);
    const options = { maxRecordBytes: own.maxRecordBytes, known, byContent: own.follow };
    const tell = (told: SourceHealth): void => {
      health = told;
    };
    const fail = (path: string, error: unknown): void => {
      const failure = error instanceof UserError ? error.message : `cannot read ${path}: ${messageOf(error)}`;
      if (failures.size < maxFailures) failures.set(path, failure);
    };
    const reading: Reading = {
      paths: own.paths,
      workspace,
      stop,
      tell,
      async open(path) {
        try {
          const tail = await openTail(path, options);
          failures.delete(path);
          return tail;
        } catch (error) {
          fail(path, error);
          return undefined;
        }
      },
      async *take(tail, chunks) {
        try {
          for await (const chunk of chunks) {
            latest = tail.path;
            yield* offer(chunk, stop, (told) => (refusal = told));
            refusal = undefined;
            done.set(tail.file, tail.bytesRead);
            if (stop.aborted) return true;
          }
          done.set(tail.file, tail.bytesRead);
          failures.delete(tail.path);
          return true;
        } catch (error) {
          fail(tail.path, error);
          return false;
        }
      },
    };
    yield* own.follow ? followFiles(reading) : readOnce(reading);
    if (own.follow || failures.size > 0) return;
    health = { state: 'done', message: `${wanted} read to the end` };
  }

  async function* readOnce(reading: Reading): AsyncGenerator<Chunk, void> {
    const paths = await listFiles(reading.paths, reading.workspace);
    bytesTotal = await totalBytes(paths);
    if (paths.length === 0) failures.set('', `no file matches ${wanted}`);
    health = { state: 'healthy', message: `reading ${paths.length} files` };
    for (const path of paths) {
      const tail = await reading.open(path);
      if (tail === undefined) continue;
      let isWell = true;
      for (let before = -1; isWell && before !== tail.bytesRead && !reading.stop.aborted; ) {
        before = tail.bytesRead;
        isWell = yield* reading.take(tail, tail.read());
      }
      if (isWell && !reading.stop.aborted) yield* reading.take(tail, tail.finish());
      await tail.release();
      if (reading.stop.aborted) return;
    }
  }

  return {
    id,
    kind: 'file',
    read,
    health() {
      const [failure] = failures.values();
      if (refusal !== undefined) return refusal;
      if (failure === undefined) return health;
      const more = failures.size > 1 ? ` (and ${failures.size - 1} more)` : '';
      return { state: 'failing', message: failure + more };
    },
    progress() {
      const bytesDone = [...done.values()].reduce((sum, bytes) => sum + bytes, 0);
      return { bytesDone, bytesTotal: Math.max(bytesTotal, bytesDone), file: latest };
    },
  };
}
