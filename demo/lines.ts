// What the demo's web server logs: half an hour of ordinary traffic, then an attack in four steps. Pure: the same seed
// and start give the same lines, however the time is cut into pieces. It reads no clock and writes no file.

export const demoSources = ['nginx', 'auth', 'netstat', 'zeek-conn'] as const;
export type DemoSource = (typeof demoSources)[number];

export interface Story {
  readonly seed: number;
  /** Epoch ms, a whole second: the attack is told from here on; before it lies only ordinary traffic. */
  readonly start: number;
}

/** Seconds after the start: late enough for the program to be there and watch. The daemon that opens port 21 is what the attacker starts after logging in. */
const attack = {
  bruteForce: { from: 5, to: 13 },
  portScan: { from: 7, to: 11 },
  webScan: { from: 9, to: 16 },
  login: 13,
  ftpFrom: 14,
};

// Addresses for documentation only (RFC 5737, RFC 3849).
const server = '192.0.2.10';
const intruder = '203.0.113.77';
const portScanner = '198.51.100.23';
const webScanner = '203.0.113.140';

interface Line {
  readonly time: number;
  readonly text: string;
}

interface Second {
  /** Epoch ms of its beginning. */
  readonly time: number;
  /** Seconds since the start, negative before it. */
  readonly at: number;
  /** 0 <= random < 1, from the seed, the source and the second alone. */
  readonly random: () => number;
}

/** The source's lines of [from, to), epoch ms, in order of time. */
export function demoLines(source: DemoSource, from: number, to: number, story: Story): string[] {
  const lines: Line[] = [];
  for (let time = Math.floor(from / 1000) * 1000; time < to; time += 1000) {
    const at = Math.round((time - story.start) / 1000);
    const random = createRandom(story.seed ^ (demoSources.indexOf(source) << 28) ^ Math.imul(at, 0x9e3779b1));
    const second = linesOf[source]({ time, at, random }).toSorted((a, b) => a.time - b.time);
    lines.push(...second.filter((line) => line.time >= from && line.time < to));
  }
  return lines.map((line) => line.text);
}

const linesOf: Readonly<Record<DemoSource, (second: Second) => Line[]>> = {
  nginx: nginxLines,
  auth: authLines,
  netstat: netstatLines,
  'zeek-conn': zeekLines,
};

function nginxLines(second: Second): Line[] {
  const { random, at } = second;
  const visits = Array.from({ length: 12 }, () => {
    const [path, bytes] = pick(random, pages);
    const isMissing = random() < 0.005;
    return nginxLine(second, visitor(random), `GET ${isMissing ? '/apple-touch-icon.png' : path} HTTP/1.1`, {
      status: isMissing ? 404 : 200,
      bytes: isMissing ? 153 : bytes,
      agent: pick(random, browsers),
    });
  });
  const probes = Array.from({ length: isIn(attack.webScan, at) ? 8 : 0 }, () => {
    const request = `GET ${pick(random, probedPaths)} HTTP/1.1`;
    return nginxLine(second, webScanner, request, {
      status: 404,
      bytes: 153,
      agent: 'sqlmap/1.8.2#stable (https://sqlmap.org)',
    });
  });
  return [...visits, ...probes];
}

function nginxLine(
  { time, random }: Second,
  address: string,
  request: string,
  { status, bytes, agent }: { status: number; bytes: number; agent: string },
): Line {
  const stamp = time + Math.floor(random() * 1000);
  const [, day = '', month = '', year = '', clock = ''] = new Date(stamp).toUTCString().split(' ');
  return {
    time: stamp,
    text: `${address} - - [${day}/${month}/${year}:${clock} +0000] "${request}" ${status} ${bytes} "-" "${agent}"`,
  };
}

function authLines(second: Second): Line[] {
  const { random, at } = second;
  const lines: Line[] = [];
  const add = (program: string, message: string): void => {
    const time = second.time + Math.floor(random() * 1000);
    const [, day = '', month = '', , clock = ''] = new Date(time).toUTCString().split(' ');
    lines.push({ time, text: `${month} ${String(Number(day)).padStart(2)} ${clock} web1 ${program}: ${message}` });
  };
  const sshd = (): string => `sshd[${2000 + Math.floor(random() * 28_000)}]`;
  const port = (): number => 32_768 + Math.floor(random() * 28_000);
  if (random() < 1 / 20)
    add(
      `CRON[${2000 + Math.floor(random() * 28_000)}]`,
      'pam_unix(cron:session): session opened for user root(uid=0) by (uid=0)',
    );
  if (random() < 1 / 60)
    add(sshd(), `Accepted publickey for alice from 192.0.2.50 port ${port()} ssh2: ED25519 SHA256:demo`);
  if (random() < 1 / 30)
    add(
      sshd(),
      `Failed password for invalid user ${pick(random, guessedUsers)} from 198.51.100.${100 + Math.floor(random() * 150)} port ${port()} ssh2`,
    );
  for (let n = isIn(attack.bruteForce, at) ? 4 : 0; n > 0; n -= 1) {
    add(
      sshd(),
      `Failed password for ${pick(random, ['root', 'deploy', 'invalid user admin'])} from ${intruder} port ${port()} ssh2`,
    );
  }
  if (at === attack.login) {
    add(sshd(), `Accepted password for deploy from ${intruder} port ${port()} ssh2`);
    add(
      'sudo',
      '  deploy : TTY=pts/0 ; PWD=/home/deploy ; USER=root ; COMMAND=/usr/bin/systemctl start vsftpd.service',
    );
  }
  return lines;
}

/** `netstat -tulpn` every minute, every five seconds from the start on, as Fluentd's tsv parser cuts it: its two header
 *  lines become records too, and UDP rows lack the state column. */
function netstatLines({ time, at }: Second): Line[] {
  if (at % (at < 0 ? 60 : 5) !== 0) return [];
  const records: Netstat[] = [
    ['Active', 'Internet', 'connections', '(only', 'servers)', '', '', '\t\t'],
    ['Proto', 'Recv-Q', 'Send-Q', 'Local', 'Address', 'Foreign', 'Address', 'State\tPID/Program\tname'],
    ['tcp', '0', '0', '0.0.0.0:22', '0.0.0.0:*', 'LISTEN', '713/sshd:', '/usr/sbin\t\t'],
    ['tcp', '0', '0', '0.0.0.0:80', '0.0.0.0:*', 'LISTEN', '801/nginx:', 'master\t\t'],
    ['tcp', '0', '0', '0.0.0.0:443', '0.0.0.0:*', 'LISTEN', '801/nginx:', 'master\t\t'],
    ['tcp', '0', '0', '0.0.0.0:47760', '0.0.0.0:*', 'LISTEN', '1201/zeek', '\t\t'],
    ['tcp6', '0', '0', ':::22', ':::*', 'LISTEN', '713/sshd:', '/usr/sbin\t\t'],
    ['tcp6', '0', '0', ':::80', ':::*', 'LISTEN', '801/nginx:', 'master\t\t'],
    ['udp', '0', '0', '127.0.0.53:53', '0.0.0.0:*', '540/systemd-resolve', '', '\t\t'],
  ];
  if (at >= attack.ftpFrom) records.push(['tcp6', '0', '0', ':::21', ':::*', 'LISTEN', '4242/vsftpd', '\t\t']);
  return records.map(([protocol, recv, send, local, foreign, state, process, name]) => ({
    time,
    text: JSON.stringify({
      protocol,
      recv,
      send,
      local_address: local,
      foreign_address: foreign,
      state,
      process,
      name,
    }),
  }));
}
type Netstat = [string, string, string, string, string, string, string, string];

function zeekLines(second: Second): Line[] {
  const { random, at } = second;
  const ordinary = Array.from({ length: 10 }, () => {
    const [port, service] = pick(random, [
      [443, 'ssl'],
      [443, 'ssl'],
      [80, 'http'],
      [53, 'dns'],
    ] as const);
    return zeekLine(second, visitor(random), port, {
      proto: port === 53 ? 'udp' : 'tcp',
      service,
      duration: Number((random() * 2).toFixed(6)),
      orig_bytes: Math.floor(random() * 2000),
      resp_bytes: Math.floor(random() * 60_000),
      conn_state: 'SF',
      history: port === 53 ? 'Dd' : 'ShADadFf',
    });
  });
  const probes = Array.from({ length: isIn(attack.portScan, at) ? 40 : 0 }, () => {
    const isRefused = random() < 0.7;
    const port = 1 + Math.floor(random() * 10_000);
    const outcome = { conn_state: isRefused ? 'REJ' : 'S0', history: isRefused ? 'Sr' : 'S' };
    return zeekLine(second, portScanner, port, { proto: 'tcp', orig_bytes: 0, resp_bytes: 0, ...outcome });
  });
  return [...ordinary, ...probes];
}

function zeekLine(
  { time, random }: Second,
  address: string,
  port: number,
  rest: Readonly<Record<string, unknown>>,
): Line {
  const stamp = time + Math.floor(random() * 1000);
  const record = {
    ts: stamp / 1000,
    uid: `C${Math.floor(random() * 2 ** 48).toString(36)}`,
    'id.orig_h': address,
    'id.orig_p': 32_768 + Math.floor(random() * 28_000),
    'id.resp_h': server,
    'id.resp_p': port,
    ...rest,
    local_orig: false,
    local_resp: true,
    missed_bytes: 0,
  };
  return { time: stamp, text: JSON.stringify(record) };
}

function isIn({ from, to }: { from: number; to: number }, at: number): boolean {
  return at >= from && at < to;
}

function visitor(random: () => number): string {
  const n = Math.floor(random() * 80);
  return n < 60 ? `198.51.100.${30 + n}` : `2001:db8:5::${n.toString(16)}`;
}

function pick<T>(random: () => number, from: readonly T[]): T {
  const picked = from[Math.floor(random() * from.length)];
  if (picked === undefined) throw new Error('bug: nothing to pick from');
  return picked;
}

/** mulberry32. */
function createRandom(seed: number): () => number {
  let state = seed | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

const pages: readonly (readonly [string, number])[] = [
  ['/', 5316],
  ['/blog/', 8123],
  ['/blog/event-monitoring/', 14_402],
  ['/about/', 2210],
  ['/css/site.css', 9120],
  ['/js/site.js', 4480],
  ['/img/bell.svg', 1834],
  ['/feed.xml', 22_190],
];
const probedPaths = [
  '/../../../../etc/passwd',
  '/index.php?id=1%27%20OR%20%271%27=%271',
  '/wp-login.php',
  '/.env',
  '/.git/config',
  '/phpmyadmin/',
  '/admin/',
  '/cgi-bin/test.cgi',
];
const guessedUsers = ['admin', 'oracle', 'test', 'ubuntu', 'git'];
const browsers = [
  'Mozilla/5.0 (X11; Linux x86_64; rv:131.0) Gecko/20100101 Firefox/131.0',
  'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/129.0.0.0 Safari/537.36',
  'Mozilla/5.0 (iPhone; CPU iPhone OS 17_6 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.6 Mobile/15E148 Safari/604.1',
];
