// The lookup tables of the bench, in files that are made once: Tor (exit nodes with the times when they were some), VPN
// (networks), GeoIP (an MMDB), and hashes (exact keys, one for each line of the data sets).

import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import type { LookupFile } from '../src/lookup/load.ts';
import { geoFile } from './geo.ts';
import { cacheFolder } from './generate.ts';
import { addressText, anyIpv4, ipv4, makeNetworks } from './networks.ts';
import { createRandom } from './random.ts';

/** Raised when the files change. */
const version = 1;
const torRows = 1300;
const torInLogs = 100;

export const lookupTableNames = ['tor', 'vpn', 'geo', 'hashes'] as const;
export type LookupTableName = (typeof lookupTableNames)[number];

export function isLookupTableName(text: string): text is LookupTableName {
  return lookupTableNames.some((name) => name === text);
}

/** `lines`: of the data sets; the hashes are as many. */
export function lookupTable(name: LookupTableName, lines: number): LookupFile {
  const { make, ...kind } = kinds[name];
  const path = join(cacheFolder, `${name === 'hashes' ? `hashes-${lines}` : name}-v${version}.${kind.format}`);
  if (!existsSync(path)) {
    mkdirSync(cacheFolder, { recursive: true });
    writeFileSync(`${path}.part`, make(lines));
    renameSync(`${path}.part`, path);
  }
  return { ...kind, name, path, file: basename(path), selectors: {} };
}

const kinds: Readonly<
  Record<
    LookupTableName,
    Pick<LookupFile, 'primaryKey' | 'match' | 'format' | 'validity' | 'options'> & {
      readonly make: (lines: number) => string | Buffer;
    }
  >
> = {
  tor: {
    primaryKey: 'ip',
    match: 'exact',
    format: 'csv',
    validity: { from: 'first_seen', to: 'last_seen' },
    make: torText,
  },
  vpn: {
    primaryKey: 'network',
    match: 'cidr',
    format: 'csv',
    make: () =>
      csv(
        'network,provider,number',
        makeNetworks().texts.map((text, index) => `${text},provider-${index % 90},${index + 1}`),
      ),
  },
  /** The columns of content/lookups/geolite2_city.yml. */
  geo: {
    primaryKey: 'network',
    match: 'cidr',
    format: 'mmdb',
    options: {
      fields: {
        city: 'city.names.en',
        country: 'country.iso_code',
        country_name: 'country.names.en',
        continent: 'continent.code',
        region: 'subdivisions.0.names.en',
        region_code: 'subdivisions.0.iso_code',
        postal_code: 'postal.code',
        lat: '{location.latitude}',
        lng: '{location.longitude}',
        accuracy_radius: 'location.accuracy_radius',
        timezone: 'location.time_zone',
      },
    },
    make: geoFile,
  },
  hashes: {
    primaryKey: 'sha256',
    match: 'exact',
    format: 'csv',
    make: (lines) =>
      csv(
        'sha256,family,number',
        Array.from({ length: lines }, (_, index) => `${hashOf(index + 1)},family-${index % 500},${index + 1}`),
      ),
  },
};

/** Of the hashes' row with this number. */
export function hashOf(number: number): string {
  return createHash('sha256').update(String(number)).digest('hex');
}

/** Each was listed for a month or two around the lines' time, or before it. */
function torText(): string {
  const random = createRandom(0x702);
  const day = 86_400_000;
  const rows = Array.from({ length: torRows }, (_, n) => {
    const address = n < torInLogs ? ipv4(198, 19, 60, n * 2 + 1) : anyIpv4(random);
    const from = Date.UTC(2025, 11, 20) - random(60) * day;
    const to = from + (30 + random(30)) * day;
    return `${addressText(address)},${new Date(from).toISOString()},${new Date(to).toISOString()}`;
  });
  return csv('ip,first_seen,last_seen', rows);
}

function csv(header: string, rows: readonly string[]): string {
  return `${header}\n${rows.join('\n')}\n`;
}
