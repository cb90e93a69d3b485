// The kinds of analyzers: outside services that are asked about an observable. One file per kind and one word here;
// configuration, help and docs are made from this table. It asks nothing itself: analyze.ts does.

import { abuseipdb } from './abuseipdb.ts';
import type { AnalyzerKind } from './analyzer.ts';
import { greynoise } from './greynoise.ts';
import { internetdb } from './internetdb.ts';
import { isc } from './isc.ts';
import { malwarebazaar } from './malwarebazaar.ts';
import { otx } from './otx.ts';
import { rdap } from './rdap.ts';
import { rdns } from './rdns.ts';
import { shodan } from './shodan.ts';
import { spur } from './spur.ts';
import { threatfox } from './threatfox.ts';
import { urlhaus } from './urlhaus.ts';
import { virustotal } from './virustotal.ts';

export const analyzerKinds = {
  abuseipdb,
  greynoise,
  internetdb,
  isc,
  malwarebazaar,
  otx,
  rdap,
  rdns,
  shodan,
  spur,
  threatfox,
  urlhaus,
  virustotal,
} satisfies Record<string, AnalyzerKind>;
