// Which sessions a report is about.

import { cowrieTable, type EventCondition } from './stored.ts';
import type { Session } from './session.ts';

/** Of several the first; none: all. */
export interface Choice {
  readonly session?: string;
  /** SHA-256 of a file that came in. */
  readonly downloadFile?: string;
  /** Name of a recording, with or without its folder. */
  readonly ttyFile?: string;
  /** The last so many days (UTC) that have events. */
  readonly days?: number;
}

export function isChosen(session: Session, { session: id, downloadFile, ttyFile }: Choice): boolean {
  if (id !== undefined) return session.id === id;
  if (downloadFile !== undefined) return session.transfers.some(({ sha256 }) => sha256 === downloadFile.toLowerCase());
  if (ttyFile === undefined) return true;
  return session.recordings.some((name) => name === ttyFile || name.endsWith(`/${ttyFile}`));
}

/** Those of the last days, ending with the day of the newest session. */
export function ofLastDays(sessions: readonly Session[], days: number): readonly Session[] {
  const dayMs = 86_400_000;
  const newest = sessions.reduce((time, { started }) => Math.max(time, started), 0);
  const from = (Math.floor(newest / dayMs) + 1 - days) * dayMs;
  return sessions.filter(({ started }) => started >= from);
}

/** The same in the store of events. */
export function conditionOf({ session, downloadFile, ttyFile, days }: Choice): EventCondition {
  if (session !== undefined) return { where: 'session = {session:String}', parameters: { session } };
  if (downloadFile !== undefined) {
    return { where: 'sha256 = {file:String}', parameters: { file: downloadFile.toLowerCase() } };
  }
  if (ttyFile !== undefined) {
    return { where: "ttylog = {name:String} OR endsWith(ttylog, '/' || {name:String})", parameters: { name: ttyFile } };
  }
  if (days === undefined) return { where: '1', parameters: {} };
  const newest = `(SELECT max(p_event_time) FROM ${cowrieTable})`;
  return {
    where: `p_event_time >= toStartOfDay(${newest}) - toIntervalDay({before:Int32})`,
    parameters: { before: days - 1 },
  };
}
