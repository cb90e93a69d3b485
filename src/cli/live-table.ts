// The running program on a terminal: sources with their rates, totals, the last alerts; drawn again twice a second in
// place. Where the output is no terminal, a line per alert and one now and then with the totals.

import { setTimeout as sleep } from 'node:timers/promises';
import type { App } from '../app-port.ts';
import type { Alert } from '../core/alert.ts';
import type { InputStream } from './command.ts';
import { formatCount, formatTime } from './format.ts';
import { liveLines, type LiveView } from './live-view.ts';
import type { Terminal } from './terminal.ts';
import { printable } from './width.ts';

export interface LiveOptions {
  readonly app: Pick<App, 'sources' | 'alerts' | 'started'>;
  readonly terminal: Terminal;
  /** Where q and Ctrl-C are read. */
  readonly stdin: InputStream;
  readonly title: string;
  readonly address: string;
  /** The last warning, or ''. */
  readonly notice: () => string;
  readonly interrupt: AbortSignal;
}

const drawEveryMs = 500;
const logEveryMs = 5000;
const alertsShown = 50;

const hideCursor = '\u001B[?25l';
const showCursor = '\u001B[?25h';

/** Resolves when somebody ends it: q, Ctrl-C or the interrupt. */
export async function showLive(options: LiveOptions): Promise<void> {
  const stop = new AbortController();
  const end = () => stop.abort();
  if (options.interrupt.aborted) end();
  options.interrupt.addEventListener('abort', end, { once: true });
  if (options.terminal.isTTY) await drawUntil(options, stop);
  else await logUntil(options, stop.signal);
}

async function drawUntil(options: LiveOptions, stop: AbortController): Promise<void> {
  const { terminal, stdin } = options;
  const onKey = (bytes: Buffer) => {
    // In raw mode Ctrl-C (3) and Ctrl-D (4) are keys.
    if (bytes.some((byte) => byte === 3 || byte === 4 || byte === 113 || byte === 81)) stop.abort();
  };
  if (stdin.isTTY === true) {
    stdin.setRawMode?.(true);
    stdin.resume();
    stdin.on('data', onKey);
  }
  let height = 0;
  let width = terminal.columns();
  try {
    await terminal.write(hideCursor);
    while (!stop.signal.aborted) {
      const lines = liveLines(await look(options), terminal);
      // Lines of another width were wrapped by the terminal: nobody knows where they stand.
      const home = width === terminal.columns() ? (height > 0 ? `\u001B[${height}A\r` : '') : '\u001B[H\u001B[2J';
      width = terminal.columns();
      height = lines.length;
      await terminal.write(`${home}${lines.map((line) => `${line}\u001B[K\n`).join('')}\u001B[J`);
      await sleep(drawEveryMs, undefined, { signal: stop.signal }).catch(() => undefined);
    }
  } finally {
    if (stdin.isTTY === true) {
      stdin.off('data', onKey);
      stdin.setRawMode?.(false);
      stdin.pause();
    }
    await terminal.write(showCursor);
  }
}

async function look(options: LiveOptions): Promise<LiveView> {
  const { alerts } = await options.app.alerts.list({}, { limit: alertsShown });
  const { bySeverity, byStatus } = await options.app.alerts.counts();
  return {
    title: options.title,
    address: options.address,
    notice: options.notice(),
    elapsedMs: Date.now() - options.app.started,
    sources: options.app.sources(),
    alerts,
    bySeverity,
    open: byStatus.OPEN,
  };
}

async function logUntil(options: LiveOptions, stop: AbortSignal): Promise<void> {
  const { terminal, app } = options;
  const told = new Set<string>();
  let logged = Date.now();
  while (!stop.aborted) {
    const { alerts } = await app.alerts.list({}, { limit: alertsShown });
    for (const alert of alerts.toReversed()) {
      if (!told.has(alert.id)) await terminal.line(alertLine(alert));
      told.add(alert.id);
    }
    if (Date.now() - logged >= logEveryMs) {
      logged = Date.now();
      await terminal.line(totalsLine(app));
    }
    await sleep(drawEveryMs, undefined, { signal: stop }).catch(() => undefined);
  }
}

function alertLine(alert: Alert): string {
  return printable(`${formatTime(alert.created)} ${alert.severity} ${alert.title} (${alert.detection})`);
}

function totalsLine(app: LiveOptions['app']): string {
  const sum = (value: (source: ReturnType<App['sources']>[number]) => number) =>
    formatCount(app.sources().reduce((total, source) => total + value(source), 0));
  return (
    `${formatTime(Date.now())} ${sum((source) => source.events)} events (${sum((source) => source.rate)}/s), ` +
    `${sum((source) => source.dropped)} dropped, ${sum((source) => source.deadLetters)} dead letters`
  );
}
