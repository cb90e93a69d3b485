// URLhaus of abuse.ch: addresses and domains that serve malware, the URLs, and the files that were served there.
// https://urlhaus-api.abuse.ch/

import type { ObservableKind } from '../core/analysis.ts';
import type { Json } from '../core/event.ts';
import { abuseChHeaders, abuseChRefusal, abuseChTerms } from './abuse-ch.ts';
import type { AnalyzerKind } from './analyzer.ts';
import { dayMs, hourMs } from './duration.ts';
import { at, list, number, text, textFields, union } from './fields.ts';
import { postForm, recordedName } from './request.ts';

const host = ['host', 'host'] as const;

/** Path of the API, which also names recorded answers, and the form's field. */
const questions: Partial<Record<ObservableKind, readonly [path: string, field: string]>> = {
  url: ['url', 'url'],
  md5: ['payload', 'md5_hash'],
  sha256: ['payload', 'sha256_hash'],
};

export const urlhaus: AnalyzerKind = {
  id: 'urlhaus',
  title: 'URLhaus',
  kinds: ['ip', 'domain', 'url', 'md5', 'sha256'],
  key: 'required',
  limits: [{ requests: 1, seconds: 1 }],
  keepMs: { hit: 3 * dayMs, miss: 12 * hourMs },
  terms: abuseChTerms,
  fixture: ({ kind, value }) => recordedName(`urlhaus_${(questions[kind] ?? host)[0]}`, value),
  request({ kind, value }, { key }) {
    const [path, field] = questions[kind] ?? host;
    return postForm(`https://urlhaus-api.abuse.ch/v1/${path}/`, abuseChHeaders(key), { [field]: value });
  },
  read(answer) {
    const refused = abuseChRefusal(answer);
    if (refused !== undefined) return refused;
    const { body } = answer;
    const urls = list(at(body, 'urls'));
    const own = at(body, 'url_status');
    const payloads = at(body, 'payloads');
    return {
      state: 'hit',
      facts: {
        tags: union([...list(at(body, 'tags')), ...urls.flatMap((url) => list(at(url, 'tags')))]),
        // Numbers are texts in these answers; at most 100 URLs are listed, url_count says how many there are.
        online: [own, ...urls.map((url) => at(url, 'url_status'))].filter((status) => status === 'online').length,
        url_count: number(at(body, 'url_count')),
        firstseen: text(at(body, 'firstseen')),
        lastseen: text(at(body, 'lastseen')),
        newest: newest([at(body, 'date_added'), ...urls.map((url) => at(url, 'date_added'))]),
        threats: union([at(body, 'threat'), ...urls.map((url) => at(url, 'threat'))]),
        blacklists: textFields(at(body, 'blacklists')),
        url_status: text(own),
        last_online: text(at(body, 'last_online')),
        signature: text(at(body, 'signature')),
        file_type: text(at(body, 'file_type')),
        file_size: number(at(body, 'file_size')),
        md5: text(at(body, 'md5_hash')),
        sha256: text(at(body, 'sha256_hash')),
        payloads: payloads === undefined ? undefined : list(payloads).slice(0, 20).map(payload),
        reference: text(at(body, 'urlhaus_reference')),
      },
    };
  },
};

function payload(value: Json): Json {
  return {
    sha256: text(at(value, 'response_sha256')),
    filename: text(at(value, 'filename')),
    file_type: text(at(value, 'file_type')),
    signature: text(at(value, 'signature')),
  };
}

/** Dates are `2019-02-11 07:45:05 UTC`: the last in order is the last in time. */
function newest(dates: readonly (Json | undefined)[]): string | undefined {
  return dates
    .flatMap((date) => text(date) ?? [])
    .toSorted()
    .at(-1);
}
