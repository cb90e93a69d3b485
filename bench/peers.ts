// Other programs doing the parse stage's work on the same lines: to JSON in a file, with typed numbers. What each leaves
// out is said in its note. A peer that is not installed is left out and named.

import { spawn } from 'node:child_process';
import { closeSync, createReadStream, mkdtempSync, openSync, readSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import type { DataSet, LogName } from './generate.ts';
import { isInstalled, type Measure, runProgram, type Usage, watch } from './measure.ts';

type LogData = DataSet<LogName>;

export interface Peer {
  readonly name: string;
  readonly note: string;
  readonly dataSets: readonly LogName[];
  isThere(): Promise<boolean>;
  run(data: LogData): Promise<Measure>;
}

type Run = (data: LogData, folder: string, out: string) => Promise<Usage>;

/** Runs in a folder of its own and checks the output: a count of lines and a sum of one number in each. */
function checked(run: Run): Peer['run'] {
  return async (data) => {
    const folder = mkdtempSync(join(tmpdir(), 'tocsin-bench-'));
    try {
      const out = join(folder, 'out.json');
      const usage = await run(data, folder, out);
      return { ...usage, bytes: data.bytes, ...(await countAndSum(out, summed[data.name] ?? '')) };
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  };
}

const summed: Readonly<Partial<Record<LogName, string>>> = { nginx: 'bodyBytesSent', sshd: 'port' };

async function countAndSum(file: string, field: string): Promise<{ events: number; sum: number }> {
  let [events, sum] = [0, 0];
  const value = new RegExp(`"${field}": ?"?(\\d+)`);
  for await (const line of createInterface({ input: createReadStream(file) })) {
    const found = value.exec(line);
    if (found === null) continue;
    events += 1;
    sum += Number(found[1]);
  }
  return { events, sum };
}

const number = (name: string): string => `%{"name":"${name}","type":"number","format":"number"}%`;
const sshdHead = `%{"name":"time","type":"date-rfc3164","format":"timestamp-unix"}% %host:word% %program:char-to:[%[${number('pid')}]: `;
const sshdPlace = `%ip:word% port ${number('port')}`;

/** Rules of liblognorm, for both programs that use it. */
const rulebases: Readonly<Record<'nginx' | 'sshd', readonly string[]>> = {
  nginx: [
    `%remoteAddr:word% %ident:word% %remoteUser:word% [${number('day')}/%month:char-to:/%/${number('year')}:%clock:time-24hr% ` +
      `%zone:char-to:]%] "%request:char-to:"%" ${number('status')} ${number('bodyBytesSent')} ` +
      '"%httpReferer:char-to:"%" "%httpUserAgent:char-to:"%"',
  ],
  sshd: [
    `${sshdHead}Failed password for invalid user %user:word% from ${sshdPlace} ssh2`,
    `${sshdHead}Failed password for %user:word% from ${sshdPlace} ssh2`,
    `${sshdHead}Accepted publickey for %user:word% from ${sshdPlace} ssh2: %key:rest%`,
    `${sshdHead}Disconnected from authenticating user %user:word% ${sshdPlace} [preauth]`,
  ],
};

function writeRulebase(data: LogData, folder: string): string {
  if (data.name !== 'nginx' && data.name !== 'sshd') throw new Error(`bug: no rulebase for ${data.name}`);
  const file = join(folder, 'rulebase');
  writeFileSync(file, `version=2\n${rulebases[data.name].map((rule) => `rule=:${rule}\n`).join('')}`);
  return file;
}

async function runLognormalizer(data: LogData, folder: string, out: string): Promise<Usage> {
  return await runProgram('lognormalizer', ['-r', writeRulebase(data, folder)], { stdin: data.file, stdout: out });
}

async function runRsyslog(data: LogData, folder: string, out: string): Promise<Usage> {
  const config = join(folder, 'rsyslog.conf');
  writeFileSync(
    config,
    `global(workDirectory="${folder}")
module(load="imfile")
module(load="mmnormalize")
template(name="json" type="string" string="%$!all-json%\\n")
ruleset(name="parse") {
  action(type="mmnormalize" rulebase="${writeRulebase(data, folder)}")
  action(type="omfile" file="${out}" template="json" ioBufferSize="256k" flushOnTXEnd="off")
}
input(type="imfile" file="${data.file}" tag="bench" ruleset="parse")
`,
  );
  return await runUntil('rsyslogd', ['-n', '-f', config, '-i', join(folder, 'pid')], out, data.lines - 3000);
}

/** syslog-ng writes numbers as text unless they are cast, and takes the time from the line. */
async function runSyslogNg(data: LogData, folder: string, out: string): Promise<Usage> {
  const config = join(folder, 'syslog-ng.conf');
  writeFileSync(
    config,
    `@version: 3.38
options { stats_freq(0); };
source s { file("${data.file}" follow-freq(1) flags(no-parse)); };
parser columns { csv-parser(columns("remoteAddr", "ident", "remoteUser", "time", "request", "status", "bodyBytesSent", "httpReferer", "httpUserAgent")
  delimiters(" ") quote-pairs('""[]') flags(strip-whitespace)); };
parser date { date-parser(format("%d/%b/%Y:%H:%M:%S %z") template("\${time}")); };
destination d { file("${out}" template("$(format-json remoteAddr=\${remoteAddr} remoteUser=\${remoteUser} time=\${ISODATE} request=\${request} status=int(\${status}) bodyBytesSent=int(\${bodyBytesSent}) httpReferer=\${httpReferer} httpUserAgent=\${httpUserAgent})\\n")); };
log { source(s); parser(columns); parser(date); destination(d); };
`,
  );
  const files = ['-R', join(folder, 'persist'), '-p', join(folder, 'pid'), '-c', join(folder, 'control')];
  return await runUntil('syslog-ng', ['-F', '--no-caps', '-f', config, ...files], out, data.lines - 3000);
}

/** Runs a daemon until its output has so many lines, then ends it: it writes its last buffer when it is told to end. */
async function runUntil(command: string, args: readonly string[], out: string, lines: number): Promise<Usage> {
  const began = performance.now();
  const child = spawn(command, args, { stdio: 'ignore' });
  const state = { isRunning: true };
  const ended = new Promise<void>((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', () => resolve());
  }).finally(() => {
    state.isRunning = false;
  });
  const watched = watch(child.pid ?? 0, ended);
  const counted = createLineCounter(out);
  while (state.isRunning && counted.next() < lines) {
    if (performance.now() - began > 180_000) {
      child.kill('SIGKILL');
      throw new Error(`cannot run ${command}: ${counted.next()} of ${lines} lines after three minutes`);
    }
    await sleep(20);
  }
  counted.close();
  if (!state.isRunning) throw new Error(`cannot run ${command} ${args.join(' ')}: it ended by itself`);
  child.kill('SIGTERM');
  await ended;
  return { wallMs: performance.now() - began, ...(await watched) };
}

/** Counts the lines of a file that grows; each call looks at what is new. */
function createLineCounter(file: string): { next(): number; close(): void } {
  const buffer = Buffer.allocUnsafe(1024 * 1024);
  const descriptor = openSync(file, 'a+');
  let [offset, lines] = [0, 0];
  return {
    next() {
      for (;;) {
        const length = readSync(descriptor, buffer, 0, buffer.length, offset);
        if (length === 0) return lines;
        offset += length;
        for (let at = buffer.indexOf(10); at >= 0 && at < length; at = buffer.indexOf(10, at + 1)) lines += 1;
      }
    },
    close: () => closeSync(descriptor),
  };
}

export const peers: readonly Peer[] = [
  {
    name: 'lognormalizer',
    note: 'liblognorm alone; nginx time is taken apart, not converted',
    dataSets: ['nginx', 'sshd'],
    isThere: async () => await isInstalled('lognormalizer'),
    run: checked(runLognormalizer),
  },
  {
    name: 'rsyslog',
    note: 'imfile, mmnormalize, omfile; nginx time is taken apart, not converted; includes start and end of the daemon',
    dataSets: ['nginx', 'sshd'],
    isThere: async () => await isInstalled('rsyslogd'),
    run: checked(runRsyslog),
  },
  {
    name: 'syslog-ng',
    note: 'file, csv-parser, date-parser, format-json; includes start and end of the daemon',
    dataSets: ['nginx'],
    isThere: async () => await isInstalled('syslog-ng'),
    run: checked(runSyslogNg),
  },
];
