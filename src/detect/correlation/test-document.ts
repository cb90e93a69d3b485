// Tests inside a correlation's document: events, made or written, and what is expected of them.

import type { z } from 'zod';
import type { Json } from '../../core/event.ts';
import { isObject } from '../../core/object.ts';
import type { testShape } from './document-shape.ts';

export type EventTest = z.infer<typeof testShape>;

export interface TestEvent {
  /** Epoch ms. */
  readonly time: number;
  readonly fields: { readonly [name: string]: Json | undefined };
}

interface Generate {
  readonly count: number;
  readonly every: number;
  readonly start?: number | undefined;
  readonly template: TestEvent['fields'];
}
type Part = { readonly generate: Generate } | { readonly at?: number | undefined; readonly event: TestEvent['fields'] };

/** When tests begin whose events say no other time. */
const beginning = Date.parse('2026-01-01T00:00:00Z');
const mostEvents = 200_000;

/** `readFile` gives the text of a file of the document's folder, a JSON object per line; undefined: there is none.
 *  A text: what is wrong. */
export function testEvents(
  { events }: EventTest,
  readFile: (name: string) => string | undefined,
): readonly TestEvent[] | string {
  if ('file' in events) {
    const text = readFile(events.file);
    if (text === undefined) return `there is no file ${events.file}`;
    const parsed = parseLines(text);
    return typeof parsed === 'string' ? `${events.file}: ${parsed}` : made(parsed.map((event) => ({ event })));
  }
  return made(Array.isArray(events) ? events : [events]);
}

function made(parts: readonly Part[]): readonly TestEvent[] | string {
  const found: TestEvent[] = [];
  let next = beginning;
  for (const part of parts) {
    if ('generate' in part) {
      const { count, every, start, template } = part.generate;
      if (found.length + count > mostEvents) return `more than ${mostEvents} events`;
      const first = start === undefined ? next : beginning + start;
      for (let i = 0; i < count; i++) found.push({ time: first + i * every, fields: filled(template, i + 1) });
      next = first + count * every;
    } else {
      const at = 'at' in part ? part.at : undefined;
      const time = at === undefined ? (timeIn(part.event) ?? next) : beginning + at;
      found.push({ time, fields: part.event });
      next = time + 1000;
    }
  }
  return found.toSorted((a, b) => a.time - b.time);
}

function timeIn(event: TestEvent['fields']): number | undefined {
  for (const name of ['p_event_time', '@timestamp', 'timestamp']) {
    const value = Object.hasOwn(event, name) ? event[name] : undefined;
    if (typeof value !== 'string') continue;
    // Panther's form has no zone, and means UTC.
    const time = Date.parse(
      /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(?:\.\d+)?$/.test(value) ? `${value.replace(' ', 'T')}Z` : value,
    );
    if (Number.isFinite(time)) return time;
  }
  return undefined;
}

function filled(template: TestEvent['fields'], i: number): TestEvent['fields'] {
  const fill = (value: Json | undefined): Json | undefined => {
    if (value === '{{i}}') return i;
    if (typeof value === 'string') return value.replaceAll('{{i}}', String(i));
    if (Array.isArray(value)) return (value as readonly Json[]).map((each) => fill(each) ?? null);
    if (typeof value !== 'object' || value === null) return value;
    return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, fill(each)]));
  };
  return Object.fromEntries(Object.entries(template).map(([key, value]) => [key, fill(value)]));
}

function parseLines(text: string): readonly TestEvent['fields'][] | string {
  const events: TestEvent['fields'][] = [];
  for (const [number, line] of text.split('\n').entries()) {
    if (line.trim() === '') continue;
    if (events.length >= mostEvents) return `more than ${mostEvents} events`;
    const event = parseLine(line);
    if (event === undefined) return `line ${number + 1} is no JSON object`;
    events.push(event);
  }
  return events;
}

function parseLine(line: string): TestEvent['fields'] | undefined {
  try {
    const value = JSON.parse(line) as Json;
    return isObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}
