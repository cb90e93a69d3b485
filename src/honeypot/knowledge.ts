// What outside services say of the addresses, hosts and files of a session: what to ask, and what came of it. Asks nothing.

import { isIP } from 'node:net';
import type { Analysis, AnalysisState, Observable, ObservableKind } from '../core/analysis.ts';
import type { Json } from '../core/event.ts';
import { isObject } from '../core/object.ts';
import type { Session, Transfer } from './session.ts';

export interface Knowledge {
  readonly analyzer: string;
  readonly observable: Observable;
  /** `not asked`: there is no analysis. */
  readonly state: AnalysisState | 'not asked';
  /** Why, for a person; ''. */
  readonly message: string;
  readonly facts: Analysis['facts'];
  /** Epoch ms when the service answered, and how long ago that was. */
  readonly asked?: number;
  readonly ageMs?: number;
}

export interface Question {
  readonly analyzer: string;
  readonly observable: Observable;
}

/** Who is asked about what. */
const analyzersOf: Readonly<Partial<Record<ObservableKind, readonly string[]>>> = {
  ip: ['isc', 'urlhaus', 'spur'],
  domain: ['urlhaus'],
  sha256: ['virustotal'],
};

/** A session that downloads more is not worth more questions. */
const maxTransfersAsked = 50;

/** Each question once. */
export function questionsOf(session: Session): readonly Question[] {
  const transfers = session.transfers.slice(0, maxTransfersAsked);
  const observables = [sourceOf(session), ...transfers.flatMap((each) => [fileOf(each), hostOf(each)])];
  const questions = new Map<string, Question>();
  for (const observable of observables) {
    if (observable === undefined) continue;
    for (const analyzer of analyzersOf[observable.kind] ?? []) {
      questions.set(`${analyzer}\n${keyOf(observable)}`, { analyzer, observable });
    }
  }
  return [...questions.values()];
}

export function sourceOf({ sourceIp }: Session): Observable | undefined {
  return sourceIp === '' ? undefined : { kind: 'ip', value: sourceIp };
}

export function fileOf({ sha256 }: Transfer): Observable | undefined {
  return sha256 === '' ? undefined : { kind: 'sha256', value: sha256 };
}

/** The host that a file came from, which is not the attacker's. */
export function hostOf({ url }: Transfer): Observable | undefined {
  const host = (URL.parse(url)?.hostname ?? '').replace(/^\[(.*)\]$/, '$1');
  return host === '' ? undefined : { kind: isIP(host) === 0 ? 'domain' : 'ip', value: host };
}

/** Gives for an observable what each service that is asked about such says, and each other that was. */
export function createKnowledge(
  analyses: readonly Analysis[],
  now: number,
): (observable: Observable | undefined) => readonly Knowledge[] {
  const answers = Map.groupBy(analyses, ({ observable }) => keyOf(observable));
  return (observable) => {
    if (observable === undefined) return [];
    const known = new Map<string, Knowledge>();
    for (const analyzer of analyzersOf[observable.kind] ?? []) {
      known.set(analyzer, { analyzer, observable, state: 'not asked', message: '', facts: {} });
    }
    for (const { analyzer, state, message, facts, asked } of answers.get(keyOf(observable)) ?? []) {
      const age = asked === undefined ? {} : { asked, ageMs: Math.max(0, now - asked) };
      known.set(analyzer, { analyzer, observable, state, message, facts, ...age });
    }
    return [...known.values()];
  };
}

/** What hides an address, by the services that say so: `VPN (spur)`. */
export function hiddenBy(source: readonly Knowledge[]): string | undefined {
  const spur = source.find(({ analyzer, state }) => analyzer === 'spur' && state === 'hit')?.facts;
  const tunnels = listOf(spur?.['tunnels']).flatMap((each) => textsOf(objectOf(each)['type']));
  const proxies = textsOf(objectOf(spur?.['client'])['proxies']);
  const risks = textsOf(spur?.['risks']).filter((risk) => /TUNNEL|PROXY/.test(risk));
  const names = [tunnels, proxies, risks].find((found) => found.length > 0);
  return names === undefined ? undefined : `${[...new Set(names)].slice(0, 3).join(', ')} (spur)`;
}

function keyOf({ kind, value }: Observable): string {
  return `${kind}\n${value.toLowerCase()}`;
}

function textsOf(value: Json | undefined): string[] {
  return listOf(value).filter((each) => typeof each === 'string');
}

function listOf(value: Json | undefined): readonly Json[] {
  if (Array.isArray(value)) return value as readonly Json[];
  return typeof value === 'string' ? [value] : [];
}

function objectOf(value: Json | undefined): Analysis['facts'] {
  return isObject(value) ? value : {};
}
