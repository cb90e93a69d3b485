// Numbers, times and durations as people read them, and as they write them in options. Times are UTC.

import { InvalidArgumentError } from 'commander';
import { messageOf } from '../core/failure.ts';
import { printable } from './width.ts';

/** `1,234,567` */
export function formatCount(count: number): string {
  return Math.round(count).toLocaleString('en-US');
}

/** `1 event`, `2,000 events` */
export function plural(count: number, noun: string, many = `${noun}s`): string {
  return `${formatCount(count)} ${count === 1 ? noun : many}`;
}

/** `950 B`, `12.3 MB`: powers of 1000. */
export function formatBytes(bytes: number): string {
  const units = ['B', 'kB', 'MB', 'GB', 'TB', 'PB'];
  let value = bytes;
  let unit = 0;
  while (value >= 999.5 && unit < units.length - 1) {
    value /= 1000;
    unit++;
  }
  return `${unit === 0 ? Math.round(value) : value.toFixed(value < 99.95 ? 1 : 0)} ${units[unit] ?? ''}`;
}

/** `420 ms`, `12.3 s`, `4 m 05 s`, `3 h 07 m` */
export function formatDuration(ms: number): string {
  if (ms < 1000) return `${Math.round(ms)} ms`;
  if (ms < 59_950) return `${(ms / 1000).toFixed(1)} s`;
  const seconds = Math.round(ms / 1000);
  if (seconds < 3600) return `${Math.floor(seconds / 60)} m ${two(seconds % 60)} s`;
  return `${Math.floor(seconds / 3600)} h ${two(Math.floor((seconds % 3600) / 60))} m`;
}

function two(value: number): string {
  return String(value).padStart(2, '0');
}

/** `2026-08-05 10:02:03` */
export function formatTime(time: number | undefined): string {
  return time === undefined || !Number.isFinite(time)
    ? ''
    : new Date(time).toISOString().slice(0, 19).replace('T', ' ');
}

export const unitMs: Readonly<Partial<Record<string, number>>> = {
  s: 1000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  w: 604_800_000,
};

/** `15m` (ago) or an ISO date as epoch ms. */
export function parseSince(text: string, now = Date.now()): number {
  const ago = /^(\d{1,6})([smhdw])$/.exec(text);
  const unit = unitMs[ago?.[2] ?? ''];
  if (ago !== null && unit !== undefined) return now - Number(ago[1]) * unit;
  const time = /^\d{4}-/.test(text) ? Date.parse(text.includes('T') || !text.includes(' ') ? text : `${text}Z`) : NaN;
  if (Number.isNaN(time))
    throw new InvalidArgumentError('expected 15m, 2h, 7d or a date such as 2026-08-05T10:00:00Z.');
  return time;
}

export function parseCount(text: string): number {
  if (!/^\d{1,9}$/.test(text) || Number(text) < 1) throw new InvalidArgumentError('expected a number from 1.');
  return Number(text);
}

/** The message of anything thrown, on one safe line. */
export function printableMessage(error: unknown): string {
  return printable(messageOf(error));
}

/** `a,b`, and the option may be given again. */
export function listOption(text: string, before: readonly string[] = []): string[] {
  return [...before, ...text.split(',').flatMap((part) => (part.trim() === '' ? [] : [part.trim()]))];
}
