// What lookup tables know about an event, for authors of TypeScript rules, who import it as `tocsin`: rows of
// p_enrichment, and what Tor's, GreyNoise's and IPinfo's tables say, whichever of their forms is there. It must import
// nothing of ours but types, and tolerate any shape: tests of rules carry what their authors wrote.

import type { Event, Json } from '../core/event.ts';

/** Any event; one that has no p_enrichment is known nothing about. */
export interface Enriched {
  readonly p_enrichment?: Event['p_enrichment'] | undefined;
}

/** A row of the table under its columns' names, and `p_match`, the value that matched. */
export type EnrichmentRow = Readonly<Record<string, Json | undefined>>;

/**
 * The rows that a lookup table has for an event: one where the selector has one value, one for each value that matched
 * where it has many, none where nothing matched. A selector is the field's name as it is in `p_enrichment`
 * (`id_orig_h`, `client.ipAddress`). Where none is called so, the rows are those of that value (`203.0.113.7`). Without
 * a selector: all rows.
 */
export function enrichmentRows(event: Enriched, table: string, selector?: string): readonly EnrichmentRow[] {
  const bySelector = member(event.p_enrichment, table);
  if (!isRow(bySelector)) return [];
  const all = (): EnrichmentRow[] => Object.values(bySelector).flatMap(rowsIn);
  if (selector === undefined) return all();
  if (Object.hasOwn(bySelector, selector)) return rowsIn(bySelector[selector]);
  return all()
    .filter((row) => row['p_match'] === selector)
    .slice(0, 1);
}

/** Whether an address is an exit of the Tor network: the selector's, or any of the event's. Table: `tor_exit_nodes`. */
export function isTorExit(event: Enriched, selector?: string): boolean {
  return enrichmentRows(event, 'tor_exit_nodes', selector).length > 0;
}

export interface GreyNoise {
  readonly address: string;
  /** `malicious`, `suspicious`, `benign`, `unknown`; '' where the address was not seen scanning. */
  readonly classification: string;
  readonly actor: string;
  readonly tags: readonly string[];
  readonly cves: readonly string[];
  readonly bot: boolean;
  readonly tor: boolean;
  readonly vpn: boolean;
  /** The scan may have been sent with a forged address. */
  readonly spoofable: boolean;
  /** The well-known service that the address belongs to (formerly RIOT): `Google DNS`; '' where there is none. */
  readonly service: string;
}

const greyNoiseTable = /^greynoise_(noise|riot)_|_noise$/;

/**
 * What GreyNoise knows of the selector's addresses; of an address that it does not know there is nothing. Tables: one
 * whose name ends in `_noise` (V3), or `greynoise_noise_` and `greynoise_riot_` with `basic` or `advanced`.
 */
export function greyNoise(event: Enriched, selector: string): readonly GreyNoise[] {
  const tables = Object.keys(event.p_enrichment ?? {}).filter((name) => greyNoiseTable.test(name));
  return rowsByAddress(event, tables, selector).map(({ address, rows }) => {
    const facts = rows.flatMap((row) => [row, member(row, 'internet_scanner_intelligence')]).filter(isRow);
    const metadata = facts.map((row) => member(row, 'metadata')).filter(isRow);
    const services = rows.flatMap((row) => [member(row, 'provider'), member(row, 'business_service_intelligence')]);
    return {
      address,
      classification: text(facts, 'classification'),
      actor: text(facts, 'actor'),
      tags: texts(facts, 'tags'),
      cves: [...texts(facts, 'cves'), ...texts(facts, 'cve')],
      bot: flag(facts, 'bot'),
      tor: flag([...facts, ...metadata], 'tor'),
      vpn: flag(facts, 'vpn'),
      spoofable: flag(facts, 'spoofable'),
      service: text(services.filter(isRow), 'name'),
    };
  });
}

export interface IpInfo {
  readonly address: string;
  /** '' is not known, as in the texts below. */
  readonly city: string;
  readonly region: string;
  readonly country: string;
  readonly postalCode: string;
  readonly timezone: string;
  /** Degrees. */
  readonly latitude: number | undefined;
  readonly longitude: number | undefined;
  /** `AS64496` */
  readonly asn: string;
  readonly asName: string;
  readonly asDomain: string;
  /** `isp`, `hosting`, `business`, `education` */
  readonly asType: string;
  readonly hosting: boolean;
  readonly proxy: boolean;
  readonly relay: boolean;
  readonly tor: boolean;
  readonly vpn: boolean;
  /** Of the VPN, proxy or relay. */
  readonly service: string;
}

/** Where the selector's addresses are, and whose. Tables: `ipinfo_location`, `ipinfo_asn`, `ipinfo_privacy`. */
export function ipinfo(event: Enriched, selector: string): readonly IpInfo[] {
  const tables = ['ipinfo_location', 'ipinfo_asn', 'ipinfo_privacy'];
  return rowsByAddress(event, tables, selector).map(({ address, rows }) => ({
    address,
    city: text(rows, 'city'),
    region: text(rows, 'region'),
    country: text(rows, 'country'),
    postalCode: text(rows, 'postal_code'),
    timezone: text(rows, 'timezone'),
    latitude: degrees(rows, 'lat'),
    longitude: degrees(rows, 'lng'),
    asn: text(rows, 'asn'),
    asName: text(rows, 'name'),
    asDomain: text(rows, 'domain'),
    asType: text(rows, 'type'),
    hosting: flag(rows, 'hosting'),
    proxy: flag(rows, 'proxy'),
    relay: flag(rows, 'relay'),
    tor: flag(rows, 'tor'),
    vpn: flag(rows, 'vpn'),
    service: text(rows, 'service'),
  }));
}

/** Rows of several tables, together where they are of one address. */
function rowsByAddress(event: Enriched, tables: readonly string[], selector: string) {
  const byAddress = new Map<string, EnrichmentRow[]>();
  for (const table of tables) {
    for (const row of enrichmentRows(event, table, selector)) {
      const address = text([row], 'p_match') || text([row], 'ip');
      const rows = byAddress.get(address);
      if (rows === undefined) byAddress.set(address, [row]);
      else rows.push(row);
    }
  }
  return [...byAddress].map(([address, rows]) => ({ address, rows }));
}

function isRow(value: unknown): value is EnrichmentRow {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function rowsIn(value: unknown): EnrichmentRow[] {
  return (Array.isArray(value) ? value : [value]).filter(isRow);
}

function member(row: unknown, name: string): unknown {
  return isRow(row) ? row[name] : undefined;
}

function text(rows: readonly EnrichmentRow[], name: string): string {
  for (const row of rows) {
    const value = member(row, name);
    if (typeof value === 'string' && value !== '') return value;
  }
  return '';
}

/** A text is a list of one; an object is told by its `name`. */
function texts(rows: readonly EnrichmentRow[], name: string): string[] {
  return rows
    .flatMap((row) => member(row, name))
    .map((value) => (isRow(value) ? member(value, 'name') : value))
    .filter((value) => typeof value === 'string');
}

/** Tables of CSV and MMDB say `true` as text. */
function flag(rows: readonly EnrichmentRow[], name: string): boolean {
  return rows.some((row) => [true, 'true'].some((yes) => member(row, name) === yes));
}

function degrees(rows: readonly EnrichmentRow[], name: string): number | undefined {
  for (const row of rows) {
    const value = member(row, name);
    const number =
      value === '' || (typeof value !== 'string' && typeof value !== 'number') ? Number.NaN : Number(value);
    if (Number.isFinite(number)) return number;
  }
  return undefined;
}
