// Correlations and signals for tests, in short.

import { readDocumentText } from '../../core/document-text.ts';
import type { Json } from '../../core/event.ts';
import { formatProblem } from '../../core/problem.ts';
import type { Correlation, CorrelationSignal } from './correlation.ts';
import { parseCorrelation } from './document.ts';
import { signalFields } from './field.ts';

/** `body` is what stands under `correlation`, as YAML in one line without the braces. */
export function correlationOf(body: string, siem = '{}'): Correlation {
  return parsed(`title: T\nid: c\ncorrelation: {${body}}\nsiem: ${siem}\n`);
}

export function parsed(text: string): Correlation {
  const { correlation, problems } = parseCorrelation(readDocumentText(text, 'c.yml'), 'c.yml');
  if (correlation === undefined) throw new Error(problems.map(formatProblem).join('\n'));
  return correlation;
}

export function problemsOf(body: string): readonly string[] {
  const text = `title: T\nid: c\ncorrelation: {${body}}\n`;
  return parseCorrelation(readDocumentText(text, 'c.yml'), 'c.yml').problems.map(formatProblem);
}

const second = 1000;
let number = 0;

/** At so many seconds. */
export function at(seconds: number, detection: string, fields: Readonly<Record<string, Json>> = {}): CorrelationSignal {
  const time = seconds * second;
  return { detection, time, received: time, rowId: `row ${number++}`, fields: signalFields(fields) };
}
