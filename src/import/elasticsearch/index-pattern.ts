// Which log type an index pattern of Elasticsearch means: what the user says, or the one whose name has most of its words.

import type { Table } from '../../core/table.ts';

export interface IndexTable {
  readonly logType: string;
  /** Absent where there is no such log type. */
  readonly table?: Table;
  /** Absent where the user said it. */
  readonly guess?: string;
}

export function tableOfIndex(
  patterns: readonly string[],
  tables: readonly Table[],
  indexes: ReadonlyMap<string, string>,
): IndexTable {
  const shown = patterns.join(', ');
  for (const pattern of [shown, ...patterns]) {
    const logType = indexes.get(pattern);
    if (logType === undefined) continue;
    const table = tables.find((each) => each.logType.toLowerCase() === logType.toLowerCase());
    return { logType: table?.logType ?? logType, ...(table !== undefined && { table }) };
  }
  const words = new Set(wordsOf(shown));
  const scored = tables
    .map((table) => ({ table, score: wordsOf(table.logType).filter((word) => words.has(word)).length }))
    .toSorted((a, b) => b.score - a.score);
  const [best, second] = scored;
  if (best !== undefined && best.score > 0 && best.score !== second?.score) {
    const { table } = best;
    return { logType: table.logType, table, guess: `\`${shown}\` is taken for the log type ${table.logType}` };
  }
  const [first = 'unknown'] = [...words];
  const logType = `Custom.${first[0]?.toUpperCase() ?? ''}${first.slice(1)}`;
  return { logType, guess: `no log type is known for \`${shown}\`: taken for ${logType}, which has no schema yet` };
}

/** In lower case, without what says when: `logstash-tcpdump-%Y.%m.%d`. */
function wordsOf(text: string): string[] {
  const words = text.replaceAll(/%[A-Za-z]|<|>|\{[^}]*\}/g, ' ').match(/[A-Za-z][A-Za-z0-9]*/g) ?? [];
  return words
    .map((word) => word.toLowerCase())
    .filter((word) => !['logstash', 'index', 'filebeat', 'ds'].includes(word));
}

/** Of a log type: lower case, dots as `_`. */
export function tableName(logType: string): string {
  return logType.toLowerCase().replaceAll('.', '_');
}
