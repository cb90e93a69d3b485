// VirusTotal, API v3: what the antivirus engines say of a file, an address, a domain or a URL, and since when it is known.
// https://docs.virustotal.com/reference

import type { Observable, ObservableKind } from '../core/analysis.ts';
import type { Json } from '../core/event.ts';
import { isObject } from '../core/object.ts';
import type { AnalyzerKind } from './analyzer.ts';
import { dayMs, daySeconds, hourMs } from './duration.ts';
import { at, list, number, text, texts, textFields, union } from './fields.ts';
import { isUnknown, refusal, unexpected } from './refusal.ts';
import { recordedName, segment } from './request.ts';

/** Collections of the API, and the names of recorded answers; files otherwise. */
const collections: Partial<Record<ObservableKind, readonly [api: string, recorded: string]>> = {
  ip: ['ip_addresses', 'vt_ip'],
  domain: ['domains', 'vt_domain'],
  url: ['urls', 'vt_url'],
};
const files = ['files', 'vt_file'] as const;

/** By the type that the answer says. */
const webPages: ReadonlyMap<string, string> = new Map([
  ['file', 'file'],
  ['ip_address', 'ip-address'],
  ['domain', 'domain'],
  ['url', 'url'],
]);

/** A URL's id is its base64url form. */
function idOf({ kind, value }: Observable): string {
  return kind === 'url' ? Buffer.from(value).toString('base64url') : segment(value);
}

export const virustotal: AnalyzerKind = {
  id: 'virustotal',
  title: 'VirusTotal',
  kinds: ['md5', 'sha1', 'sha256', 'ip', 'domain', 'url'],
  key: 'required',
  limits: [
    { requests: 4, seconds: 60 },
    { requests: 500, seconds: daySeconds },
    { requests: 15_500, seconds: 31 * daySeconds },
  ],
  keepMs: { hit: 7 * dayMs, miss: 12 * hourMs },
  terms: 'https://docs.virustotal.com/docs/api-overview: a public key is not for commercial products or services',
  fixture: ({ kind, value }) => recordedName((collections[kind] ?? files)[1], value),
  request: (observable, { key }) => ({
    method: 'GET',
    url: `https://www.virustotal.com/api/v3/${(collections[observable.kind] ?? files)[0]}/${idOf(observable)}`,
    headers: { 'x-apikey': key },
  }),
  read(answer) {
    const error = at(answer.body, 'error');
    const [code, said] = [text(at(error, 'code')), text(at(error, 'message'))];
    if (code === 'NotFoundError' || isUnknown(answer)) return { state: 'miss' };
    if (code === 'QuotaExceededError' || code === 'TooManyRequestsError') {
      return { state: 'limited', message: said ?? code };
    }
    const refused = refusal(answer, said);
    if (refused !== undefined) return refused;
    if (code !== undefined) return { state: 'error', message: said ?? code };
    const data = at(answer.body, 'data');
    const attributes = at(data, 'attributes');
    if (!isObject(attributes)) return unexpected;
    return { state: 'hit', facts: { ...verdict(attributes), ...description(attributes), link: linkOf(data) } };
  },
};

function verdict(attributes: Json): { readonly [name: string]: Json | undefined } {
  const count = (name: string): number | undefined => number(at(attributes, 'last_analysis_stats', name));
  const counts = {
    malicious: count('malicious'),
    suspicious: count('suspicious'),
    harmless: count('harmless'),
    undetected: count('undetected'),
  };
  const told = Object.values(counts).filter((each) => each !== undefined);
  const threat = at(attributes, 'popular_threat_classification');
  const values = (name: string): Json => union(list(at(threat, name)).map((each) => at(each, 'value')));
  return {
    ...counts,
    // Engines with a verdict: those that timed out, failed or do not know the type have none.
    total: told.length === 0 ? undefined : told.reduce((sum, each) => sum + each, 0),
    reputation: number(at(attributes, 'reputation')),
    votes_malicious: number(at(attributes, 'total_votes', 'malicious')),
    votes_harmless: number(at(attributes, 'total_votes', 'harmless')),
    suggested_threat_label: text(at(threat, 'suggested_threat_label')),
    threat_categories: threat === undefined ? undefined : values('popular_threat_category'),
    threat_names: threat === undefined ? texts(at(attributes, 'threat_names')) : values('popular_threat_name'),
    yara_rules: unionIn(at(attributes, 'crowdsourced_yara_results'), 'rule_name'),
    tags: texts(at(attributes, 'tags')),
  };
}

/** Of all four kinds; an answer has the fields of its own. Times are epoch seconds, as the service gives them. */
function description(attributes: Json): { readonly [name: string]: Json | undefined } {
  const [textOf, numberOf] = [
    (name: string) => text(at(attributes, name)),
    (name: string) => number(at(attributes, name)),
  ];
  const categories = textFields(at(attributes, 'categories'));
  return {
    type_description: textOf('type_description'),
    type_tag: textOf('type_tag'),
    magic: textOf('magic'),
    size: numberOf('size'),
    meaningful_name: textOf('meaningful_name'),
    names: texts(at(attributes, 'names')),
    md5: textOf('md5'),
    sha1: textOf('sha1'),
    sha256: textOf('sha256'),
    first_submission_date: numberOf('first_submission_date'),
    last_submission_date: numberOf('last_submission_date'),
    last_analysis_date: numberOf('last_analysis_date'),
    times_submitted: numberOf('times_submitted'),
    asn: numberOf('asn'),
    as_owner: textOf('as_owner'),
    country: textOf('country'),
    continent: textOf('continent'),
    network: textOf('network'),
    regional_internet_registry: textOf('regional_internet_registry'),
    registrar: textOf('registrar'),
    creation_date: numberOf('creation_date'),
    jarm: textOf('jarm'),
    categories: categories === undefined ? undefined : union(Object.values(categories)),
    url: textOf('url'),
    last_final_url: textOf('last_final_url'),
    title: textOf('title'),
    last_http_response_code: numberOf('last_http_response_code'),
  };
}

function unionIn(values: Json | undefined, name: string): Json | undefined {
  return values === undefined ? undefined : union(list(values).map((each) => at(each, name)));
}

/** The page for people. */
function linkOf(data: Json | undefined): string | undefined {
  const [page, id] = [webPages.get(text(at(data, 'type')) ?? ''), text(at(data, 'id'))];
  return page === undefined || id === undefined ? undefined : `https://www.virustotal.com/gui/${page}/${segment(id)}`;
}
