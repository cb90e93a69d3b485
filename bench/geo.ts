// The bench's GeoIP database: an MMDB with records like GeoLite2-City's, 250,000 networks of the whole IPv4 internet, and
// some of IPv6. What an address must find is told without reading the file.

import { type Address, ipv4 } from './networks.ts';
import { mmdbFile } from './mmdb-file.ts';
import { createRandom } from './random.ts';

const cityCount = 3000;
const splits = makeSplits();

/** The city of an address, a number of [0, 3000); -1: it is in no network. */
export function cityOf(address: Address): number {
  if (typeof address === 'string') return mixed(Number.parseInt(address.slice(0, 4), 16));
  if (address >>> 8 === ipv4(0, 192, 0, 2)) return -1;
  const shift = 16 - (splits[address >>> 16] as number);
  return mixed(Math.floor(address / 2 ** shift) * 2 ** shift);
}

/** The value of the column postal_code. */
export function postalCode(city: number): string {
  return String(10_000 + city);
}

export function geoFile(): Buffer {
  return mmdbFile(
    Array.from({ length: cityCount }, (_, city) => record(city)),
    networks(),
  );
}

/** Each /16 is one network or 2, 4 or 8; those of the log lines' addresses are 256. */
function makeSplits(): Uint8Array {
  const random = createRandom(0x6e0);
  const made = Uint8Array.from({ length: 65_536 }, () => random(4));
  return made.fill(8, ipv4(0, 0, 198, 18), ipv4(0, 0, 198, 20)).fill(8, ipv4(0, 0, 192, 0), ipv4(0, 0, 192, 1));
}

function* networks(): Generator<{ address: Address; bits: number; record: number }> {
  for (let prefix = 0; prefix < 65_536; prefix++) {
    const split = splits[prefix] as number;
    for (let part = 0; part < 2 ** split; part++) {
      const address = prefix * 65_536 + part * 2 ** (16 - split);
      const city = cityOf(address);
      if (city >= 0) yield { address, bits: 16 + split, record: city };
    }
  }
  for (let prefix = 0x2000; prefix < 0x3000; prefix++) {
    const address = prefix.toString(16).padEnd(32, '0');
    yield { address, bits: 16, record: cityOf(address) };
  }
}

function mixed(number: number): number {
  const product = Math.imul(number ^ (number >>> 15), 0x2c1b3c6d);
  return ((product ^ (product >>> 12)) >>> 0) % cityCount;
}

function names(name: string): object {
  return { de: `${name} (de)`, en: name, fr: `${name} (fr)`, ja: `${name} \u65e5\u672c` };
}

function record(city: number): object {
  const country = city % 200;
  const code = String.fromCharCode(65 + (country >> 4), 65 + (country & 15));
  const place = { geoname_id: 6_000_000 + country, iso_code: code, names: names(`Country ${country}`) };
  return {
    city: { geoname_id: 2_000_000 + city, names: names(`City of number ${city}`) },
    continent: { code: 'EU', geoname_id: 6_255_148, names: names('Europe') },
    country: place,
    location: {
      accuracy_radius: 20 + (city % 100),
      latitude: (city % 180) - 90 + 0.0751,
      longitude: (city % 360) - 180 + 0.4194,
      time_zone: 'Europe/Stockholm',
    },
    postal: { code: postalCode(city) },
    registered_country: place,
    subdivisions: [{ geoname_id: 3_000_000 + city, iso_code: `R${city % 90}`, names: names(`Region ${city % 900}`) }],
  };
}
