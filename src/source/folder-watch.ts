// Tells a waiting reader that something happened in folders. Only a hint: it may miss changes (network file systems) and
// the reader looks by itself now and then.

import { type FSWatcher, watch } from 'node:fs';

/** Changes within so long are one. */
const settleMs = 10;
const maxFolders = 64;

export interface FolderWatch {
  /** The folders to watch from now on. */
  folders(wanted: ReadonlySet<string>): void;
  /** true: files came or went since the last call. */
  hasNewFiles(): boolean;
  /** Until something happens, at most `ms`. */
  wait(ms: number): Promise<void>;
  close(): void;
}

export function watchFolders(stop: AbortSignal): FolderWatch {
  const watchers = new Map<string, FSWatcher>();
  let hasNews = false;
  let hasRenames = false;
  let wake: (() => void) | undefined;

  function open(folder: string): void {
    try {
      const watcher = watch(folder, { persistent: false }, (event) => {
        hasNews = true;
        hasRenames ||= event === 'rename';
        wake?.();
      });
      watcher.on('error', () => close(folder));
      watchers.set(folder, watcher);
    } catch {
      // No more watches to be had, or no such folder: the reader's own looking is enough.
    }
  }

  function close(folder: string): void {
    watchers.get(folder)?.close();
    watchers.delete(folder);
  }

  return {
    folders(wanted) {
      for (const folder of watchers.keys()) if (!wanted.has(folder)) close(folder);
      for (const folder of wanted) if (!watchers.has(folder) && watchers.size < maxFolders) open(folder);
    },
    hasNewFiles() {
      const answer = hasRenames;
      hasRenames = false;
      return answer;
    },
    async wait(ms) {
      const news = Promise.withResolvers<undefined>();
      const settle = (): void => void setTimeout(news.resolve, settleMs, undefined);
      wake = settle;
      if (hasNews) settle();
      const timer = setTimeout(news.resolve, ms, undefined);
      const end = (): void => news.resolve(undefined);
      stop.addEventListener('abort', end, { once: true });
      if (!stop.aborted) await news.promise;
      stop.removeEventListener('abort', end);
      clearTimeout(timer);
      wake = undefined;
      hasNews = false;
    },
    close() {
      for (const folder of watchers.keys()) close(folder);
    },
  };
}
