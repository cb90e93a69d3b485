// The analyzers for people: what each takes, whether its key is set, how often it may be asked, and on which terms.

import type { AnalyzerStatus } from '../analyzer/status.ts';
import { limitsText } from './analysis-plan.ts';
import { renderTable, renderTsv, type TableColumn } from './output.ts';
import type { Style, Terminal } from './terminal.ts';
import { printable } from './width.ts';
import { wrap } from './wrap.ts';

const columns: readonly TableColumn<AnalyzerStatus>[] = [
  { title: 'ANALYZER', value: ({ id }) => id },
  { title: 'TITLE', value: ({ title }) => title, flexible: true },
  { title: 'KEY', value: keyText, style: keyStyle },
  { title: 'LIMITS', value: ({ limits }) => limitsText(limits) },
];

const below: readonly TableColumn<AnalyzerStatus>[] = [
  { title: 'TAKES', value: ({ kinds }) => kinds.join(',') },
  { title: 'TERMS', value: ({ terms }) => terms },
];

/** On a terminal, what each takes and its terms stand below its line. */
export function renderAnalyzers(
  analyzers: readonly AnalyzerStatus[],
  terminal: Pick<Terminal, 'isTTY' | 'columns' | 'paint'>,
): string {
  if (!terminal.isTTY) return renderTsv(analyzers, [...columns, ...below]);
  const [head, ...rows] = renderTable(analyzers, columns, terminal).trimEnd().split('\n');
  const lines = rows.flatMap((row, index) => [row, ...detailsOf(analyzers[index], terminal)]);
  return `${[head, ...lines].join('\n')}\n`;
}

function detailsOf(
  analyzer: AnalyzerStatus | undefined,
  { columns: width, paint }: Pick<Terminal, 'columns' | 'paint'>,
) {
  if (analyzer === undefined) return [];
  const texts = [`takes ${analyzer.kinds.join(', ')}`, analyzer.terms];
  const lines = texts.flatMap((text) => wrap(printable(text).split(' '), width() - 2));
  return lines.map((line) => paint('dim', `  ${line}`));
}

function keyText({ key, hasKey }: AnalyzerStatus): string {
  if (key === 'none') return 'not needed';
  if (hasKey) return 'set';
  return key === 'required' ? 'missing' : 'optional';
}

function keyStyle({ key, hasKey }: AnalyzerStatus): Style | undefined {
  if (key !== 'none' && hasKey) return 'green';
  return key === 'required' ? 'yellow' : undefined;
}
