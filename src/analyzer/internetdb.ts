// Shodan InternetDB: ports, names and vulnerabilities of an address, renewed weekly, without a key.
// https://internetdb.shodan.io/

import type { AnalyzerKind } from './analyzer.ts';
import { dayMs } from './duration.ts';
import { at, numbers, text, texts } from './fields.ts';
import { isUnknown, refusal, unexpected } from './refusal.ts';
import { recordedName, segment } from './request.ts';

export const internetdb: AnalyzerKind = {
  id: 'internetdb',
  title: 'Shodan InternetDB',
  kinds: ['ip'],
  key: 'none',
  limits: [{ requests: 1, seconds: 1 }],
  keepMs: { hit: 7 * dayMs, miss: 7 * dayMs },
  terms: 'https://internetdb.shodan.io/: not for commercial use',
  fixture: ({ value }) => recordedName('internetdb', value),
  request: ({ value }) => ({ method: 'GET', url: `https://internetdb.shodan.io/${segment(value)}` }),
  read(answer) {
    const { body } = answer;
    const detail = text(at(body, 'detail'));
    if (isUnknown(answer) || detail?.startsWith('No information available') === true) return { state: 'miss' };
    const refused = refusal(answer, detail);
    if (refused !== undefined) return refused;
    const ports = numbers(at(body, 'ports'));
    if (ports === undefined) return unexpected;
    return {
      state: 'hit',
      facts: {
        ports,
        hostnames: texts(at(body, 'hostnames')),
        cpes: texts(at(body, 'cpes')),
        tags: texts(at(body, 'tags')),
        vulns: texts(at(body, 'vulns')),
      },
    };
  },
};
