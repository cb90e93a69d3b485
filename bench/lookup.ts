// Stages of lookup tables. `node bench/lookup.ts load LINES TABLE...`: files to tables that can be asked, by the thread
// that the product uses. `node bench/lookup.ts find LINES TABLE`: addresses, one after the other on one core, with what was
// found checked.

import { readFileSync, statSync } from 'node:fs';
import { openTable, type LookupTable } from '../src/lookup/table.ts';
import { loadTables } from '../src/lookup/load.ts';
import { cityOf, postalCode } from './geo.ts';
import { dataSet } from './generate.ts';
import { hashOf, isLookupTableName, lookupTable, type LookupTableName } from './lookup-tables.ts';
import { measureSelf } from './measure.ts';

const [, , mode, lineText = '', ...names] = process.argv;
const lines = Number(lineText);
const wanted = names.filter(isLookupTableName);
/** Of no importance: the tables that are asked have no intervals. */
const time = Date.UTC(2026, 0, 10);

if (mode === 'load') await load();
else await find(wanted[0] ?? 'vpn');

async function load(): Promise<void> {
  const files = wanted.map((name) => lookupTable(name, lines));
  let tables: readonly LookupTable[] = [];
  await measureSelf(
    async () => {
      tables = await loaded(wanted);
      const rows = tables.reduce((sum, table) => sum + table.rows, 0);
      const bytes = files.reduce((sum, { path }) => sum + statSync(path).size, 0);
      return { events: rows, bytes };
    },
    async ({ wallMs }) => {
      for (const table of tables) if (table.name === 'hashes') checkHashes(table);
      return { seconds: wallMs / 1000 };
    },
  );
}

async function loaded(tables: readonly LookupTableName[]): Promise<readonly LookupTable[]> {
  const found = await loadTables(tables.map((name) => lookupTable(name, lines)));
  return found.map(({ table, problems }) => {
    if (table === undefined || problems.length > 0) throw new Error(JSON.stringify(problems));
    return openTable(table.definition, table.packed);
  });
}

function checkHashes(table: LookupTable): void {
  for (let number = 1; number <= lines; number += Math.ceil(lines / 1000)) {
    if (table.find(hashOf(number), time)?.['number'] !== String(number)) throw new Error(`row ${number} is not found`);
  }
  if (table.find(hashOf(0), time) !== undefined) throw new Error('a row is found that is not there');
}

async function find(name: LookupTableName): Promise<void> {
  const [table] = await loaded([name]);
  const data = dataSet('addresses', lines);
  if (table === undefined) throw new Error('bug: no table');
  const addresses = addressesOf(readFileSync(data.file));
  const column = name === 'geo' ? 'postal_code' : 'number';
  const sumUp = (): number => {
    let sum = 0;
    for (const address of addresses) {
      const row = table.find(address, time);
      if (row !== undefined) sum += Number(row[column]);
    }
    return sum;
  };
  // Code is compiled by then, and rows that are asked for again are kept.
  const expected = sumUp();
  await measureSelf(async () => {
    const sum = sumUp();
    return { events: lines, bytes: data.bytes, ...(name === 'geo' ? {} : { sum }) };
  });
  if (name === 'geo' && expected !== citySum(addresses)) throw new Error('other cities are found than are there');
}

/** As the workers have them: each a text of its own, not a part of a larger one. */
function addressesOf(bytes: Buffer): readonly string[] {
  const addresses: string[] = [];
  for (let at = 0; at < bytes.length; ) {
    const end = bytes.indexOf(10, at);
    addresses.push(bytes.toString('latin1', at, end));
    at = end + 1;
  }
  return addresses;
}

function citySum(addresses: readonly string[]): number {
  return addresses.reduce((sum, text) => {
    const isIpv6 = text.includes(':');
    const number = isIpv6 ? text : text.split('.').reduce((address, part) => address * 256 + Number(part), 0);
    const city = cityOf(number);
    return city < 0 ? sum : sum + Number(postalCode(city));
  }, 0);
}
