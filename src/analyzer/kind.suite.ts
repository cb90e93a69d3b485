// Answers that were recorded, which lie beside the repository where there are any, and short words for tests of kinds.

import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { type Observable, type ObservableKind, observableKinds } from '../core/analysis.ts';
import type { Json } from '../core/event.ts';
import type { AnalyzerKind, Reading } from './analyzer.ts';

const data = new URL('../../../shared/data/', import.meta.url);

export const recordingsMissing = !existsSync(data);
/** For the names of tests that are skipped then. */
export const whyMissing = recordingsMissing ? ' (skipped: the recorded answers are not beside this checkout)' : '';

/** `vt_v3_file` of `enrichment-fixtures`, `isc_ip_192.0.2.1` of `seed-cowrie/enrichment`. */
export function recorded(name: string, folder = 'enrichment-fixtures'): Json {
  return JSON.parse(readFileSync(new URL(`${folder}/${name}.json`, data), 'utf8'));
}

/** Names for `recorded`. */
export function recordings(folder = 'enrichment-fixtures'): readonly string[] {
  if (recordingsMissing) return [];
  const names = readdirSync(new URL(`${folder}/`, data)).filter((name) => name.endsWith('.json'));
  return names.map((name) => name.slice(0, -'.json'.length)).toSorted();
}

export const examples: Readonly<Record<ObservableKind, string>> = {
  ip: '198.18.0.7',
  domain: 'bad.tocsin.dev',
  url: 'http://bad.tocsin.dev/a b?c=/../d#e',
  md5: 'd41d8cd98f00b204e9800998ecf8427f',
  sha1: 'da39a3ee5e6b4b0d3255bfef95601890afd8070a',
  sha256: 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b856',
  email: 'someone@tocsin.dev',
  asn: 'AS64500',
};

/** The observables that it takes, one of each kind. */
export function observablesOf({ kinds }: AnalyzerKind): readonly Observable[] {
  return observableKinds.filter((kind) => kinds.includes(kind)).map((kind) => ({ kind, value: examples[kind] }));
}

/** What it reads in an answer about its first kind of observable, or about `observable`. */
export function reads(kind: AnalyzerKind, body: Json, status = 200, observable?: Observable): Reading {
  const [first] = observablesOf(kind);
  if (first === undefined) throw new Error(`${kind.id} takes nothing`);
  return kind.read({ status, body }, observable ?? first);
}

/** The facts of a hit, without those that are absent. */
export function factsOf(reading: Reading): Readonly<Record<string, unknown>> {
  if (reading.state !== 'hit') throw new Error(`no hit but ${JSON.stringify(reading)}`);
  return JSON.parse(JSON.stringify(reading.facts));
}
