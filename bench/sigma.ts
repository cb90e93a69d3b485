// A stage: SigmaHQ's rules over Windows events, on one core. `node bench/sigma.ts LINES FORM`. `detect`: over events that are
// parsed and ready. `parse`: from lines to rows, as a worker does it, without rules. `both`: the same with the rules.

import { readFileSync } from 'node:fs';
import type { Signal } from '../src/core/detection.ts';
import type { Event } from '../src/core/event.ts';
import { createBlockBuffers } from '../src/block-buffer.ts';
import { createSigmaEvaluator } from '../src/detect/sigma/evaluator.ts';
import { parseSchema } from '../src/schema/document.ts';
import { Records } from '../src/schema/engine/record.ts';
import { createSchemaReader, outcome } from '../src/schema/engine/schema-reader.ts';
import { dataSet } from './generate.ts';
import { measureSelf } from './measure.ts';
import { readSigmaRules } from './sigma-rules.ts';
import { dumpRule } from './windows.ts';

const [, , lineText = '', form = ''] = process.argv;
const data = dataSet('windows', Number(lineText));
const file = new URL('../content/schemas/windows/event-logs.yml', import.meta.url);
const { schema } = parseSchema(readFileSync(file, 'utf8'), file.pathname);
if (schema === undefined) throw new Error('bug: no schema of Windows events');
const reader = createSchemaReader(schema);
const rules = form === 'parse' ? [] : readSigmaRules();
const signals: Signal[] = [];
const evaluate = createSigmaEvaluator(rules, schema, new Int32Array(2), new Set(), signals);
const blocks = createBlockBuffers();
const received = Date.UTC(2026, 0, 10);
const batch = { id: 'bench', source: 'bench', file: '', received, receivedText: new Date(received).toISOString() };
const chunkBytes = 1024 * 1024;
/** What the rule for dumps of LSASS found: the sum of the events' record numbers. */
let dumps = 0;

const text = readFileSync(data.file);
if (form === 'detect') {
  // A part at a time, so that memory holds; only the rules' time counts.
  const events: Event[] = [];
  workThrough(text, (event) => events.push(JSON.parse(JSON.stringify(event)) as Event));
  for (const event of events.slice(0, 50_000)) detect(event);
  dumps = 0;
  await measureSelf(async () => {
    let hits = 0;
    for (const event of events) hits += detect(event);
    checkDumps();
    return { events: events.length, bytes: data.bytes, extra: { rules: rules.length, hits } };
  });
} else {
  workThrough(text.subarray(0, text.indexOf('\n', 50 * chunkBytes) + 1), detect);
  dumps = 0;
  await measureSelf(async () => {
    const events = workThrough(text, detect);
    if (form === 'both') checkDumps();
    return { events, bytes: data.bytes };
  });
}

function checkDumps(): void {
  if (dumps !== data.sum) throw new Error(`the dumps' record numbers are ${dumps} together, not ${data.sum}`);
}

function detect(event: Event): number {
  evaluate?.(event, received);
  const hits = signals.length;
  for (const { detection } of signals) if (detection === dumpRule) dumps += Number(event['EventRecordID']);
  signals.length = 0;
  return hits;
}

/** Batches of lines to rows, which are thrown away; each event goes to `take`. */
function workThrough(lines: Buffer, take: (event: Event) => unknown): number {
  let count = 0;
  for (let from = 0; from < lines.length; ) {
    const end = lines.indexOf(10, Math.min(lines.length - 1, from + chunkBytes)) + 1;
    const records = new Records(lines.subarray(from, end));
    for (let start = 0; start < records.bytes.length; count++) {
      const feed = records.bytes.indexOf(10, start);
      if (reader.read(records, start, feed, received) !== outcome.event) throw new Error(reader.reason());
      reader.append(records, start, feed, batch, 'bench-000000', undefined);
      if (form !== 'parse') take(reader.event(batch, 'bench-000000', undefined));
      start = feed + 1;
    }
    const taken = reader.take((size) => blocks.take(size));
    for (const value of Object.values(taken ?? {})) if (value instanceof SharedArrayBuffer) blocks.giveBack(value);
    from = end;
  }
  return count;
}
