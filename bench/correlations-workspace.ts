// What the stage of correlations is measured with: fifty Sigma rules over nginx' lines, a thousand correlations of their
// signals (counts, different values, sequences), two hundred queries by the minute, and a store that is full already.

import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Session } from 'chdb';

export const ruleCount = 50;
export const correlationCount = 1000;
export const queryCount = 200;
const storedSignals = 100_000;

type Body = (rule: number) => string;

/** Each of a line that a burst makes three times fires the first two; the others look, and rarely fire. */
const kinds: readonly Body[] = [
  (rule) => `type: event_count\n  rules: [${ruleId(rule)}]\n  timespan: 1m\n  condition: {gte: 3}`,
  (rule) => `type: value_count\n  rules: [${ruleId(rule)}]\n  timespan: 1m\n  condition: {field: request, gte: 3}`,
  (rule) => `type: event_count\n  rules: [${ruleId(rule)}]\n  timespan: 10m\n  condition: {gte: 1000}`,
  (rule) => `type: temporal\n  rules: [${ruleId(rule)}, ${ruleId((rule + 1) % ruleCount)}]\n  timespan: 5m`,
  (rule) => `type: temporal_ordered\n  rules: [${ruleId(rule)}, ${ruleId((rule + 7) % ruleCount)}]\n  timespan: 5m`,
];
/** Of those that a burst of one rule fires: for each of the first two kinds. */
export const firedByBurst = (2 * correlationCount) / (kinds.length * ruleCount);

function ruleId(rule: number): string {
  return `Bench.Signal${rule}`;
}

export function makeCorrelationsWorkspace(folder: string): void {
  rmSync(folder, { recursive: true, force: true });
  for (const part of ['rules', 'queries']) mkdirSync(join(folder, part), { recursive: true });
  writeFileSync(join(folder, 'tocsin.yml'), 'name: bench\nlisten: 127.0.0.1:0\n');
  for (let rule = 0; rule < ruleCount; rule++) write(folder, 'rules', ruleId(rule), ruleText(rule));
  for (let n = 0; n < correlationCount; n++) write(folder, 'rules', `Bench.Correlation${n}`, correlationText(n));
  for (let n = 0; n < queryCount; n++) write(folder, 'queries', `Bench.Query${n}`, queryText(n));
}

function write(folder: string, part: string, name: string, text: string): void {
  writeFileSync(join(folder, part, `${name}.yml`), text);
}

function ruleText(rule: number): string {
  return `title: Signal ${rule}
id: ${ruleId(rule)}
logsource: {category: webserver}
detection:
  selection: {request|contains: '/bench-${rule}/'}
  condition: selection
level: informational
`;
}

function correlationText(n: number): string {
  const rule = n % ruleCount;
  const body = kinds[Math.floor(n / ruleCount) % kinds.length] as Body;
  return `title: Correlation ${n}
id: Bench.Correlation${n}
correlation:
  ${body(rule)}
  group-by: [source.ip]
level: low
siem:
  alert: {title: 'correlation/{{source.ip}}/${n}'}
`;
}

/** Ten minutes by arrival, of which nearly nothing matches. */
function queryText(n: number): string {
  return `title: Query ${n}
id: Bench.Query${n}
level: low
query: |
  SELECT remoteAddr, count() AS requests, uniqExact(request) AS pages
  FROM nginx_access
  WHERE p_parse_time >= {to:DateTime64(6)} - INTERVAL 10 MINUTE AND p_parse_time < {to:DateTime64(6)}
    AND status = ${400 + (n % 100)} AND positionCaseInsensitive(request, '/nothing-${n}') > 0
  GROUP BY remoteAddr
  HAVING requests > 100
siem:
  schedule: {every: 1m}
`;
}

/** Puts events of the past day, and signals of the past hour, into a store that has its tables; no process may have it
 *  open. */
export async function fillStore(clickhouseFolder: string, events: number): Promise<void> {
  const session = new Session(clickhouseFolder);
  const address = "concat('198.18.', toString(cityHash64(number) % 250), '.', toString(cityHash64(number, 1) % 250))";
  const request = "concat('GET /page/', toString(cityHash64(number, 2) % 5000), '.html HTTP/1.1')";
  await session.queryAsync(
    `INSERT INTO nginx_access (remoteAddr, time, request, status, bodyBytesSent, httpUserAgent, p_any_ip_addresses,
       p_event_time, p_parse_time, p_row_id, p_source_id, p_raw)
     SELECT ${address} AS address, ${agoSql(86_400, events)} AS at, ${request}, [200, 200, 304, 404][1 + number % 4],
       number % 60000, 'Mozilla/5.0 (X11; Linux x86_64; rv:128.0)', [address], at, at,
       concat('fill-', leftPad(hex(number), 12, '0')), 'bench', concat(address, ' - - ', toString(at))
     FROM numbers(${events})`,
  );
  await session.queryAsync(
    `INSERT INTO signals (detection_id, dedup, title, severity, log_type, p_row_id, p_event_time, received, source_id,
       context, error, event)
     SELECT concat('Bench.Signal', toString(number % ${ruleCount})), 'bench', 'bench', 'INFO', 'Nginx.Access',
       concat('fill-', leftPad(hex(number), 12, '0')), ${agoSql(3600, storedSignals)} AS at, at, 'bench', '{}', '',
       concat('{"remoteAddr":"', ${address} AS address, '","request":"', ${request}, '","p_ecs":{"source.ip":"', address, '"}}')
     FROM numbers(${storedSignals})`,
  );
  // Merged now, not while it is measured.
  for (const table of ['nginx_access', 'signals']) await session.queryAsync(`OPTIMIZE TABLE ${table} FINAL`);
  session.close();
}

/** `count` rows' times in SQL, up to now, by `number`. */
function agoSql(seconds: number, count: number): string {
  return `now64(6) - toIntervalMicrosecond(intDiv(toUInt64(${count} - number) * ${seconds} * 1000000, ${count}))`;
}
