// Scenarios on the content that the repository brings: opens the line with a source for each family of logs, and plays.

import { fileURLToPath } from 'node:url';
import { type Line, openLine } from './line.suite.ts';
import type { Scenario } from './scenario.suite.ts';
import { day, minute } from './sent.suite.ts';
import { placeRows } from './travel-scenarios.suite.ts';

export function openContent(): Promise<Line> {
  return openLine({
    folder: fileURLToPath(new URL('../../content', import.meta.url)),
    sources: {
      auth: ['Linux.Auth'],
      windows: ['Windows.EventLogs'],
      okta: ['Okta.SystemLog'],
      conn: ['Zeek.Conn'],
      dns: ['Zeek.DNS'],
      tcpdump: ['Tcpdump.Tcp'],
      nginx: ['Nginx.Access'],
      cowrie: ['Cowrie.Events'],
    },
    lookups: {
      geolite2_city: placeRows,
      honeypot: [{ value: '203.0.113.250', kind: 'ip', session: '8d39860bce79', sessions: 3 }],
    },
  });
}

/** So far apart that no scenario sees another's records. */
const apartMs = 200 * day;
let played = 0;

/** Gives the titles of alerts: of the detection, or of all where none is named. */
export async function play(
  line: Line,
  { records, tail = 10 * minute }: Scenario,
  only?: string,
): Promise<readonly string[]> {
  const start = Date.UTC(2001, 2, 5, 10) + played++ * apartMs;
  const sent = records(start);
  const last = sent.reduce((latest, { time }) => Math.max(latest, time), start);
  const run = { from: start, to: last + tail, ...(only !== undefined && { only }) };
  const alerts = await line.run(sent, run);
  return alerts.filter(({ detection }) => only === undefined || detection === only).map(({ title }) => title);
}
