// How far a long command has come, on stderr: a bar where it is a terminal, a line every ten seconds where it is not,
// nothing with --quiet.

import { formatBytes, formatCount, formatDuration } from './format.ts';
import type { Terminal } from './terminal.ts';
import { displayWidth, printable, truncate } from './width.ts';

export interface Progress {
  readonly doneBytes: number;
  /** undefined: not known. */
  readonly totalBytes?: number;
  readonly events: number;
  /** What is being read. */
  readonly file?: string;
}

export interface ProgressBar {
  /** As often as the caller likes: it draws at most five times a second. */
  show(progress: Progress): void;
  /** Removes the bar. */
  end(): void;
}

const drawEveryMs = 200;
const logEveryMs = 10_000;

export function createProgressBar(
  terminal: Terminal,
  options: { readonly quiet: boolean; readonly now?: () => number } = { quiet: false },
): ProgressBar {
  const now = options.now ?? Date.now;
  const started = now();
  let drawn = terminal.isTTY ? 0 : started;
  let visible = false;
  return {
    show(progress) {
      const time = now();
      if (options.quiet || time - drawn < (terminal.isTTY ? drawEveryMs : logEveryMs)) return;
      drawn = time;
      const text = progressText(progress, time - started, terminal.isTTY ? terminal.columns() - 1 : 200);
      visible = terminal.isTTY;
      void terminal.write(terminal.isTTY ? `\r${text}\u001B[K` : `${text}\n`);
    },
    end() {
      if (visible) void terminal.write('\r\u001B[K');
      visible = false;
    },
  };
}

/** `#####-----  48%  1,234,567 events  310,000/s  52.1 MB/s  eta 12.0 s  access.log`, at most `columns` wide. */
export function progressText(progress: Progress, elapsedMs: number, columns: number): string {
  const { doneBytes, totalBytes, events, file } = progress;
  const seconds = Math.max(elapsedMs, 1) / 1000;
  const parts = [
    `${formatCount(events)} events`,
    `${formatCount(events / seconds)}/s`,
    `${formatBytes(doneBytes / seconds)}/s`,
  ];
  if (totalBytes !== undefined && totalBytes > 0) {
    const share = Math.min(1, doneBytes / totalBytes);
    const filled = Math.round(share * 16);
    parts.unshift(`${'█'.repeat(filled)}${'░'.repeat(16 - filled)} ${String(Math.floor(share * 100)).padStart(3)}%`);
    if (share > 0 && elapsedMs > 500) parts.push(`eta ${formatDuration((elapsedMs / share) * (1 - share))}`);
  } else parts.unshift(formatBytes(doneBytes));
  const text = parts.join('  ');
  const room = columns - displayWidth(text) - 2;
  return room < 8 || file === undefined ? truncate(text, columns) : `${text}  ${truncate(printable(file), room)}`;
}
