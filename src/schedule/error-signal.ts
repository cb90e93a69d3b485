// What goes wrong with a detection that runs by the clock, as a signal of it: an error, no match.

import { createHash } from 'node:crypto';
import type { Detection, Signal } from '../core/detection.ts';

const maxLength = 1000;

/** The same for the same detection, `dedup` and time. */
export function errorSignal(
  { id, severity }: Pick<Detection, 'id' | 'severity'>,
  { dedup, message, time }: { readonly dedup: 'overflow' | 'failed'; readonly message: string; readonly time: number },
): Signal {
  const title = message.slice(0, maxLength);
  const rowId = createHash('md5').update(`${id}:${dedup}:${time}`).digest('hex');
  return { detection: id, logType: '', rowId, time, title, dedup, severity, error: title, event: '{}' };
}
