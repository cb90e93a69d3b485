// cowrieprocessor's reports over several sessions: the report of the days and that of the abnormal sessions among them.

import type { Analyze } from '../core/analysis.ts';
import { type SessionReportOptions, sessionReport } from './report.ts';
import type { Session } from './session.ts';

export interface DailyOptions extends SessionReportOptions {
  readonly analyze: Analyze;
  /** Epoch ms. */
  readonly now: number;
}

export const separator = `\n\n${'X'.repeat(96)}\n\n`;
const recentMs = 6 * 86_400_000;

/** Those that left a file or a recording; where there are none, those that logged in. */
export function worthReporting(sessions: readonly Session[]): readonly Session[] {
  const leftSomething = sessions.filter(
    ({ transfers, recordings }) => recordings.length > 0 || transfers.some(({ sha256 }) => sha256 !== ''),
  );
  return leftSomething.length > 0
    ? leftSomething
    : sessions.filter(({ logins }) => logins.some((each) => each.success));
}

/** In the order given. Sessions without a login are counted and not told. */
export async function dailyReport(
  sessions: readonly Session[],
  options: DailyOptions,
): Promise<{ readonly report: string; readonly abnormal: string }> {
  const texts = new Map<Session, string>();
  for (const session of sessions) {
    const text = await sessionReport(session, options.analyze, options);
    if (text !== undefined) texts.set(session, `${text}${separator}`);
  }
  const told = [...texts.keys()];
  const files = await downloadedFiles(told, options);
  const counts = tally(told.map(({ commandEvents }) => commandEvents));
  const ascending = [...counts].toSorted(([one, seen], [other, times]) => seen - times || one - other);
  const rare = new Set(ascending.slice(0, Math.floor((ascending.length * 2) / 3)).map(([count]) => count));
  const uncommon = sessions.filter(({ commandEvents }) => rare.has(commandEvents));
  const abnormal = sessions.filter((session) => rare.has(session.commandEvents) || files.recent.has(session));
  const footer = [
    row('Total Number of Attacks:', sessions.length),
    row('Most Common Number of Commands:', byTimes(counts)[0]?.[0] ?? 'N/A'),
    '',
    row('Number of Commands', 'Times Seen'),
    row('------------------', '----------'),
    ...ascending.map(([count, times]) => row(count, times)),
    '',
    ...title('VT Classifications', 48),
    ...byTimes(files.classifications).map(([name, times]) => row(name, times)),
    ...(files.unnamed === 0 ? [] : [row('<blank>', files.unnamed)]),
    '',
    ...title('Attacks With Uncommon Command Counts', 60),
    ...uncommon.map(({ id }) => row('', id)),
    '',
    ...title('Attacks With Recent VT First Submission', 60),
    ...[...files.recent].map(({ id }) => row('', id)),
    '',
    ...title('Abnormal Attacks', 50),
    ...abnormal.map(({ id }) => row('', id)),
    '\n\n',
  ].join('\n');
  const textsOf = (chosen: readonly Session[]): string => chosen.map((session) => texts.get(session) ?? '').join('');
  return { report: `${textsOf(sessions)}${footer}`, abnormal: `${footer}${textsOf(abnormal)}` };
}

async function downloadedFiles(sessions: readonly Session[], { analyze, now }: DailyOptions) {
  const names: string[] = [];
  let unnamed = 0;
  const recent = new Set<Session>();
  for (const session of sessions) {
    for (const { direction, sha256 } of session.transfers) {
      if (direction !== 'download' || sha256 === '') continue;
      const { facts } = await analyze('virustotal', { kind: 'sha256', value: sha256 });
      const { suggested_threat_label: label, first_submission_date: first } = facts;
      if (typeof label === 'string' && label !== '') names.push(label);
      else unnamed++;
      if (typeof first === 'number' && now - first * 1000 < recentMs) recent.add(session);
    }
  }
  return { classifications: tally(names), unnamed, recent };
}

function tally<T>(values: readonly T[]): Map<T, number> {
  const counts = new Map<T, number>();
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
  return counts;
}

/** Of equal ones the one seen first comes first. */
function byTimes<T>(counts: ReadonlyMap<T, number>): (readonly [T, number])[] {
  return [...counts].toSorted(([, one], [, other]) => other - one);
}

function row(label: string | number, value: string | number): string {
  return `${String(label).padStart(40)}  ${String(value).padEnd(10)}`;
}

function title(text: string, width: number): string[] {
  return [text, '-'.repeat(text.length)].map((line) => line.padStart(width));
}
