// The title of a watch's alerts, from the texts of its actions: `Port scan: 10.0.0.5 ...` of a mail's subject and body,
// with the columns of the row in it.

import { titleText } from '../document.ts';
import type { Findings } from '../import.ts';
import type { WatchAction } from './action.ts';
import type { Level } from './level.ts';
import { isWithin, type SqlSymbol } from './symbol.ts';
import { type Part, renderTemplate } from './template.ts';
import { told, transformed, type WatchScope } from './watch-scope.ts';

export function alertTitle(
  name: string,
  actions: readonly WatchAction[],
  level: Level,
  scope: WatchScope,
  findings: Findings,
): string {
  const texts = actions.flatMap((action) => {
    if (action.texts.length === 0) return [];
    const after = findings.attempt(() => transformed(action.transform, [...action.path, 'transform'], scope));
    if (after === undefined) return [];
    return action.texts.flatMap((text) => {
      const rendered = findings.attempt(() =>
        told('', action.path, () => rowText(renderTemplate(text, after), level, after, action, findings)),
      );
      return rendered === undefined || rendered === '' ? [] : [rendered];
    });
  });
  const [first] = texts;
  if (first === undefined) return titleText(name);
  // A subject that says the same of every alert is told apart by the first line of what follows.
  const detail = texts.find((text) => text.includes('{{'));
  if (first.includes('{{') || detail === undefined) return first;
  return detail.startsWith(first) ? detail : titleText(`${first}: ${detail}`);
}

function rowText(
  parts: readonly Part[],
  level: Level,
  scope: WatchScope,
  action: WatchAction,
  findings: Findings,
): string {
  const filled = parts.map((part) => {
    if (typeof part === 'string') return part.replaceAll('{{', '{ {');
    const column = columnOf(part, level, scope);
    if (column === undefined)
      findings.tell(action.path, 'a part of the text is left out: it is not of the row that is told');
    return column === undefined ? '' : `{{${column}}}`;
  });
  return titleText(filled.join(''));
}

/** The name of the column that has it, made where there is none. */
function columnOf(symbol: SqlSymbol, level: Level, { answers }: WatchScope): string | undefined {
  const { groups = level.groups, over } = symbol;
  const isHere =
    symbol.isKey === true || symbol.groups === undefined
      ? isWithin(groups, level.groups)
      : groups.length === level.groups.length && isWithin(groups, level.groups);
  if (!isHere || (symbol.isKey !== true && symbol.groups !== undefined && over !== level.over)) return undefined;
  const own = /^`(\w+)`$/.exec(symbol.sql)?.[1];
  if (own !== undefined) return own;
  const made = answers.levels.column('detail', symbol.sql, {
    type: symbol.type,
    groups: level.groups,
    ...(level.over !== undefined && { over: level.over }),
  });
  return made.sql.slice(1, -1);
}
