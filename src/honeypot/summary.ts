// All that is to be told of one session, as one JSON value: the better report, of which Markdown and HTML are views.
// Strings in it are what the attacker sent: whoever shows them escapes them.

import type { Analysis } from '../core/analysis.ts';
import type { SessionName, Shared } from './campaign.ts';
import { type HumanScore, humanScore } from './human.ts';
import { createKnowledge, fileOf, hiddenBy, hostOf, type Knowledge, sourceOf } from './knowledge.ts';
import type { Forward, Login, Session, Transfer } from './session.ts';
import { type TimelineEntry, timelineOf } from './timeline.ts';

/** What is known beyond the session's own events. */
export interface Context {
  /** Epoch ms. */
  readonly now: number;
  /** Answers to `questionsOf` the session, and others about its observables. */
  readonly analyses: readonly Analysis[];
  /** Sessions with the same commands and with the same HASSH; this one is counted too. */
  readonly campaign?: Shared | undefined;
  readonly sameHassh?: Shared | undefined;
  /** By sha256: epoch ms when a honeypot of ours had the file first. */
  readonly firstSeen?: ReadonlyMap<string, number>;
}

export interface Summary {
  readonly session: {
    readonly sensor: string;
    readonly id: string;
    readonly sourceIp: string;
    readonly protocol: string;
    /** Epoch ms. */
    readonly started: number;
    readonly ended: number;
    readonly durationSeconds: number;
    /** false: no event told the end; the duration is up to the last event. */
    readonly closed: boolean;
    readonly terminal?: { readonly width: number; readonly height: number };
    readonly recordings: readonly string[];
  };
  readonly client: {
    readonly banner: string;
    readonly hassh: string;
    /** Absent where it was not looked up. */
    readonly sameHassh?: { readonly otherSessions: number; readonly addresses: number };
  };
  readonly source: readonly Knowledge[];
  readonly human: HumanScore;
  readonly logins: {
    readonly failedBefore: readonly Login[];
    readonly success?: Login;
    /** After the success. */
    readonly later: readonly Login[];
  };
  readonly commands: readonly CommandLine[];
  readonly transfers: readonly TransferFacts[];
  readonly forwards: readonly Forward[];
  readonly campaign?: {
    readonly fingerprint: string;
    readonly sessions: number;
    readonly addresses: number;
    /** Epoch ms. */
    readonly first: number;
    readonly last: number;
    /** Others than this session, newest first; not all where there are many. */
    readonly others: readonly SessionName[];
  };
  readonly timeline: readonly TimelineEntry[];
  /** By event id. */
  readonly eventCounts: Readonly<Record<string, number>>;
}

export interface CommandLine {
  readonly time: number;
  readonly sinceMs: number;
  readonly input: string;
  /** The honeypot did not know it. */
  readonly failed: boolean;
  /** As the one right before. */
  readonly again: boolean;
  /** In the session. */
  readonly times: number;
}

export interface TransferFacts extends Transfer {
  readonly firstSeen?: number;
  readonly file: readonly Knowledge[];
  /** Of the URL; ''. */
  readonly host: string;
  readonly hostFacts: readonly Knowledge[];
}

export function summaryOf(session: Session, context: Context): Summary {
  const knowledge = createKnowledge(context.analyses, context.now);
  const source = knowledge(sourceOf(session));
  const { campaign, sameHassh } = context;
  const hidden = hiddenBy(source);
  const known = {
    ...(campaign === undefined ? {} : { sameSequence: campaign }),
    ...(hidden === undefined ? {} : { hiddenBy: hidden }),
  };
  return {
    session: sessionOf(session),
    client: {
      banner: session.client,
      hassh: session.hassh,
      ...(sameHassh && { sameHassh: { otherSessions: sameHassh.sessions - 1, addresses: sameHassh.addresses } }),
    },
    source,
    human: humanScore(session, known),
    logins: loginsOf(session),
    commands: commandsOf(session),
    transfers: session.transfers.map((transfer) => {
      const host = hostOf(transfer);
      const firstSeen = context.firstSeen?.get(transfer.sha256);
      return {
        ...transfer,
        ...(firstSeen === undefined ? {} : { firstSeen }),
        file: knowledge(fileOf(transfer)),
        host: host?.value ?? '',
        hostFacts: knowledge(host),
      };
    }),
    forwards: session.forwards,
    ...(campaign === undefined ? {} : { campaign: campaignOf(session, campaign) }),
    timeline: timelineOf(session),
    eventCounts: session.eventCounts,
  };
}

function sessionOf(session: Session): Summary['session'] {
  const { sensor, id, sourceIp, protocol, started, ended, duration, terminal, recordings } = session;
  return {
    sensor,
    id,
    sourceIp,
    protocol,
    started,
    ended,
    durationSeconds: duration?.seconds ?? (ended - started) / 1000,
    closed: duration !== undefined,
    ...(terminal === undefined ? {} : { terminal }),
    recordings,
  };
}

function loginsOf({ logins }: Session): Summary['logins'] {
  const at = logins.findIndex(({ success }) => success);
  const success = logins[at];
  if (success === undefined) return { failedBefore: logins, later: [] };
  return { failedBefore: logins.slice(0, at), success, later: logins.slice(at + 1) };
}

function commandsOf({ commands, started }: Session): CommandLine[] {
  const times = new Map<string, number>();
  for (const { input } of commands) times.set(input, (times.get(input) ?? 0) + 1);
  return commands.map(({ time, input, failed }, at) => ({
    time,
    sinceMs: time - started,
    input,
    failed,
    again: input === commands[at - 1]?.input,
    times: times.get(input) ?? 1,
  }));
}

function campaignOf({ sensor, id, started }: Session, campaign: Shared): NonNullable<Summary['campaign']> {
  const { key: fingerprint, sessions, addresses, first, last, names } = campaign;
  const others = names.filter((other) => other.id !== id || other.sensor !== sensor || other.started !== started);
  return { fingerprint, sessions, addresses, first, last, others: others.toSorted((a, b) => b.started - a.started) };
}
