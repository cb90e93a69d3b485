// From what the process said of a batch to signals. The process is not trusted: what has not the form of a hit is left out.

import type { Detection, Signal } from '../core/detection.ts';
import { isObject } from '../core/object.ts';
import { parseSeverity } from '../core/severity.ts';
import { limitText } from './limit.ts';
import type { Hit } from './python-process.ts';

/** The lines of a batch, cut when asked for. */
export interface Lines {
  line(number: number): string;
}

export function linesOf(events: Uint8Array): Lines {
  const bytes = Buffer.from(events.buffer, events.byteOffset, events.byteLength);
  let starts: number[] | undefined;
  return {
    line(number) {
      if (starts === undefined) {
        starts = [0];
        for (let at = bytes.indexOf(10); at !== -1; at = bytes.indexOf(10, at + 1)) starts.push(at + 1);
      }
      const start = starts[number] ?? bytes.length;
      const next = starts[number + 1];
      return bytes.toString('utf8', start, next === undefined ? bytes.length : next - 1);
    },
  };
}

export interface BatchOfEvents {
  readonly logType: string;
  readonly lines: Lines;
  readonly times: Float64Array;
}

export function signalOf(hit: Hit, detection: Detection, batch: BatchOfEvents): Signal | undefined {
  const { title, dedup, unique, severity, description, runbook, reference, destinations, context, error } = hit.said;
  if (typeof title !== 'string' || typeof dedup !== 'string') return undefined;
  return {
    ...about(hit.line, detection, batch),
    title: limitText(title),
    dedup: limitText(dedup),
    severity: parseSeverity(severity) ?? detection.severity,
    ...(typeof description === 'string' && { description: limitText(description) }),
    ...(typeof runbook === 'string' && { runbook: limitText(runbook) }),
    ...(typeof reference === 'string' && { reference: limitText(reference) }),
    ...(isTexts(destinations) && { destinations }),
    ...(typeof unique === 'string' && { unique: limitText(unique) }),
    ...(isContext(context) && { context }),
    ...(typeof error === 'string' && { error: limitText(error) }),
  };
}

/** The rule was stopped at this line. */
export function stoppedSignal(
  line: number,
  name: string,
  reason: string,
  detection: Detection,
  batch: BatchOfEvents,
): Signal {
  const error = limitText(`${name}: ${reason}`);
  const { severity } = detection;
  return { ...about(line, detection, batch), title: error, dedup: name, severity, error };
}

function about(line: number, { id }: Detection, { logType, lines, times }: BatchOfEvents) {
  const event = lines.line(line);
  return { detection: id, logType, rowId: rowIdOf(event), time: times[line] ?? 0, event };
}

function rowIdOf(event: string): string {
  try {
    const parsed: unknown = JSON.parse(event);
    return isObject(parsed) && typeof parsed['p_row_id'] === 'string' ? parsed['p_row_id'] : '';
  } catch {
    return '';
  }
}

function isTexts(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((item) => typeof item === 'string');
}

/** It came out of JSON.parse: a record of it holds JSON only. */
function isContext(value: unknown): value is NonNullable<Signal['context']> {
  return isObject(value);
}
