// The bench's input: lines of four log types, and addresses to look up, from a fixed seed, the same on every machine. They
// are written once to bench/.cache and found there again. The log lines' addresses are those of RFC 2544 (benchmarks) and of
// documentation.

import {
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  statSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { addressText, anyIpv4, anyIpv6, makeNetworks, type Networks } from './networks.ts';
import { createRandom, pick, type Random } from './random.ts';
import { windowsLine } from './windows.ts';

export const logNames = ['nginx', 'sshd', 'zeek', 'windows'] as const;
export type LogName = (typeof logNames)[number];
export const dataSetNames = [...logNames, 'addresses'] as const;
export type DataSetName = (typeof dataSetNames)[number];

export function isLogName(text: string): text is LogName {
  return logNames.some((name) => name === text);
}

export interface DataSet<Name extends DataSetName = DataSetName> {
  readonly name: Name;
  readonly file: string;
  readonly lines: number;
  readonly bytes: number;
  /** Of body bytes (nginx), ports (sshd), resp_bytes (zeek), record numbers of dumps of LSASS (windows) or the numbers of the
   *  networks that hold the addresses: a parser that lost a line or a digit does not reach it. */
  readonly sum: number;
}

export const cacheFolder = join(import.meta.dirname, '.cache');
/** Raised when the lines change, so that no old file is taken for a new one. */
const version = 1;
const startSeconds = Date.UTC(2026, 0, 10) / 1000;
const perSecond = 200;
const flushChars = 4 * 1024 * 1024;

export function dataSet(name: DataSetName, lines: number): DataSet {
  const file = join(cacheFolder, `${name}-${lines}-v${version}.log`);
  if (!existsSync(`${file}.json`)) writeDataSet(name, lines, file);
  const { sum }: { sum: number } = JSON.parse(readFileSync(`${file}.json`, 'utf8'));
  return { name, file, lines, bytes: statSync(file).size, sum };
}

function writeDataSet(name: DataSetName, lines: number, file: string): void {
  mkdirSync(cacheFolder, { recursive: true });
  const random = createRandom(0x70c51);
  const line = makers[name];
  const out = openSync(`${file}.part`, 'w');
  let sum = 0;
  let text = '';
  for (let n = 0; n < lines; n += 1) {
    const made = line(startSeconds + n / perSecond, random);
    text += `${made.text}\n`;
    sum += made.value;
    if (text.length < flushChars) continue;
    writeSync(out, text);
    text = '';
  }
  writeSync(out, text);
  closeSync(out);
  renameSync(`${file}.part`, file);
  writeFileSync(`${file}.json`, JSON.stringify({ lines, sum }));
}

type Maker = (seconds: number, random: Random) => { text: string; value: number };

const makers: Readonly<Record<DataSetName, Maker>> = {
  nginx: nginxLine,
  sshd: sshdLine,
  zeek: zeekLine,
  windows: windowsLine,
  addresses: lookedUpAddress,
};

function nginxLine(seconds: number, random: Random): { text: string; value: number } {
  const status = pick(statuses, random);
  const value = status === 304 ? 0 : random(60_000);
  const path = `/${pick(sections, random)}/${pick(words, random)}-${random(5000)}${pick(endings, random)}`;
  const user = random(50) === 0 ? pick(users, random) : '-';
  const referer = random(3) === 0 ? '-' : `https://www.example.com/${pick(sections, random)}/`;
  const request = `${pick(methods, random)} ${path} HTTP/1.1`;
  const text = `${address(random)} - ${user} [${nginxTime(seconds)}] "${request}" ${status} ${value} "${referer}" "${pick(agents, random)}"`;
  return { text, value };
}

function sshdLine(seconds: number, random: Random): { text: string; value: number } {
  const value = 1024 + random(64_000);
  const from = `${address(random)} port ${value}`;
  const user = pick(users, random);
  const kind = random(20);
  let message = `Failed password for invalid user ${user} from ${from} ssh2`;
  if (kind < 6) message = `Failed password for root from ${from} ssh2`;
  if (kind === 6)
    message = `Accepted publickey for ${user} from ${from} ssh2: ED25519 SHA256:${words[random(words.length)]}${value}`;
  if (kind === 7) message = `Disconnected from authenticating user ${user} ${from} [preauth]`;
  return { text: `${syslogTime(seconds)} web${random(8)} sshd[${1000 + random(31_000)}]: ${message}`, value };
}

function zeekLine(seconds: number, random: Random): { text: string; value: number } {
  const [port, proto, service, history] = pick(services, random);
  const sent = random(4000);
  const value = random(200_000);
  const [packetsOut, packetsIn] = [1 + random(40), 1 + random(200)];
  const uid = `C${[0, 0, 0].map(() => (random(2 ** 29) + 2 ** 30).toString(36)).join('')}`;
  const text =
    `{"ts":${seconds.toFixed(6)},"uid":"${uid}","id.orig_h":"${address(random)}","id.orig_p":${1024 + random(64_000)},` +
    `"id.resp_h":"192.0.2.${1 + random(250)}","id.resp_p":${port},"proto":"${proto}","service":"${service}",` +
    `"duration":${(random(30_000_000) / 1e6).toFixed(6)},"orig_bytes":${sent},"resp_bytes":${value},` +
    `"conn_state":"${pick(states, random)}","local_orig":false,"local_resp":true,"missed_bytes":0,"history":"${history}",` +
    `"orig_pkts":${packetsOut},"orig_ip_bytes":${sent + packetsOut * 40},` +
    `"resp_pkts":${packetsIn},"resp_ip_bytes":${value + packetsIn * 40}}`;
  return { text, value };
}

let networks: Networks | undefined;

/** One in ten lies in a network of the VPN table; one in six is IPv6. */
function lookedUpAddress(_seconds: number, random: Random): { text: string; value: number } {
  networks ??= makeNetworks();
  if (random(10) === 0) {
    const inside = networks.inside(random);
    return { text: addressText(inside), value: networks.find(inside) };
  }
  for (;;) {
    const outside = random(6) === 0 ? anyIpv6(random) : anyIpv4(random);
    if (networks.find(outside) === 0) return { text: addressText(outside), value: 0 };
  }
}

/** 20,000 addresses, a few of them much more often than the rest. */
function address(random: Random): string {
  const n = random(4) === 0 ? random(40) : random(20_000);
  return `198.${18 + (n & 1)}.${(n >> 8) & 255}.${n & 255}`;
}

function nginxTime(seconds: number): string {
  const [, day, month, year, clock] = dateParts(seconds);
  return `${day}/${month}/${year}:${clock} +0000`;
}

function syslogTime(seconds: number): string {
  const [, day = '', month, , clock] = dateParts(seconds);
  return `${month} ${day.replace(/^0/, ' ')} ${clock}`;
}

let lastSecond = -1;
let lastParts: string[] = [];

/** Of `Sat, 10 Jan 2026 00:00:00 GMT`. */
function dateParts(seconds: number): string[] {
  const second = Math.floor(seconds);
  if (second !== lastSecond) {
    lastSecond = second;
    lastParts = new Date(second * 1000).toUTCString().split(' ');
  }
  return lastParts;
}

const statuses = [200, 200, 200, 200, 200, 200, 301, 304, 404, 500];
const methods = ['GET', 'GET', 'GET', 'GET', 'POST', 'HEAD'];
const sections = ['blog', 'img', 'css', 'js', 'api/v1/items', 'docs', 'about', 'shop'];
const words = ['bell', 'alarm', 'event', 'signal', 'tower', 'watch', 'night', 'ring', 'rope', 'bronze'];
const endings = ['', '/', '.html', '.png', '.js', '?page=2'];
const users = ['admin', 'oracle', 'test', 'ubuntu', 'git', 'deploy', 'postgres', 'alice'];
const states = ['SF', 'SF', 'SF', 'S0', 'REJ', 'RSTO', 'RSTR'];
const services = [
  [443, 'tcp', 'ssl', 'ShADadFf'],
  [80, 'tcp', 'http', 'ShADadfF'],
  [22, 'tcp', 'ssh', 'ShAdDaFf'],
  [53, 'udp', 'dns', 'Dd'],
  [25, 'tcp', 'smtp', 'ShAdDaFf'],
] as const;
const agents = [
  'Mozilla/5.0 (X11; Linux x86_64; rv:131.0) Firefox/131.0',
  'Mozilla/5.0 (Windows NT 10.0; Win64; x64) Chrome/129.0.0.0',
  'Mozilla/5.0 (Macintosh; Intel Mac OS X 14_6) Version/17.6 Safari/605.1',
  'curl/8.9.1',
  'Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)',
  'Mozilla/5.0 (iPhone; CPU iPhone OS 17_6 like Mac OS X) Mobile/15E148',
];

if (import.meta.main) {
  for (const name of dataSetNames) console.log(JSON.stringify(dataSet(name, Number(process.argv[2] ?? 1_000_000))));
}
