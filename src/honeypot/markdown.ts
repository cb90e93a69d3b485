// Summaries as Markdown (CommonMark, no tables). What is foreign stands in code spans and fences, or is escaped.

import {
  count,
  factLines,
  hasshText,
  headline,
  lengthText,
  recordingNames,
  sessionFacts,
  shown,
  signed,
  sinceText,
  stateText,
  timeText,
} from './display.ts';
import type { Knowledge } from './knowledge.ts';
import type { CommandLine, Summary, TransferFacts } from './summary.ts';
import { credentials, isFailed } from './timeline.ts';

/** Told of each list; the rest is counted. */
const maxRows = 200;

export function markdownOf(summaries: readonly Summary[]): string {
  return summaries.map(sessionText).join('\n---\n\n');
}

function sessionText(summary: Summary): string {
  const { session, human } = summary;
  const sections = [
    `# Honeypot session ${code(session.id)}`,
    `**${capital(human.label)}** (score ${signed(human.score)}) · ${headline(summary)}`,
    factList(summary),
    section('What is known of the source', summary.source.map(knowledgeItem)),
    section('Human or bot', humanItems(summary)),
    section('Logins', loginItems(summary)),
    commandSection(summary.commands),
    section('Files', rows(summary.transfers, transferItem)),
    section('Forwards', rows(summary.forwards, forwardItem)),
    section('Campaign', campaignItems(summary)),
    section(
      'Recordings',
      recordingNames(summary).map((name) => `- ${code(name)}`),
    ),
    timelineSection(summary),
  ];
  return `${sections.filter((text) => text !== '').join('\n\n')}\n`;
}

function factList(summary: Summary): string {
  const facts = sessionFacts(summary).filter(([, value]) => value !== '');
  const shared = hasshText(summary);
  return facts
    .map(([name, value]) => `- ${name}: ${code(value)}${name === 'HASSH' && shared !== '' ? ` (${shared})` : ''}`)
    .join('\n');
}

function humanItems({ human }: Summary): string[] {
  if (human.reasons.length === 0) return ['- nothing that speaks for either'];
  return human.reasons.map(({ points, text }) => `- ${signed(points)} ${plain(text)}`);
}

function loginItems({ logins }: Summary): string[] {
  const { failedBefore, success, later } = logins;
  return [
    ...rows(failedBefore, (login) => `- failed: ${code(credentials(login))}`),
    ...(success === undefined ? [] : [`- **logged in**: ${code(credentials(success))} at ${timeText(success.time)}`]),
    ...rows(later, (login) => `- later, ${login.success ? 'logged in' : 'failed'}: ${code(credentials(login))}`),
  ];
}

function commandSection(commands: readonly CommandLine[]): string {
  if (commands.length === 0) return '';
  const lines = commands.slice(0, maxRows).map((command) => {
    const marks = [command.failed ? 'unknown' : '', command.again ? 'again' : repeats(command)].filter(Boolean);
    return `${sinceText(command.sinceMs).padStart(12)}  ${marks.join(', ').padEnd(15)} # ${shown(command.input)}`.trimEnd();
  });
  return `## Commands\n\n${fence([...lines, ...more(commands, '')])}`;
}

function repeats({ times }: CommandLine): string {
  return times > 1 ? `${times} times` : '';
}

function transferItem(transfer: TransferFacts): string {
  const { direction, url, sha256, path, error, firstSeen, host } = transfer;
  const inner = [
    ...(url === '' ? [] : [`URL: ${code(url)}`]),
    ...(sha256 === '' ? [] : [`SHA-256: ${code(sha256)}`]),
    ...(path === '' ? [] : [`Path: ${code(path)}`]),
    ...(error === '' ? [] : [`Error: ${code(error)}`]),
    ...(firstSeen === undefined ? [] : [`First seen by us: ${timeText(firstSeen)}`]),
    ...transfer.file.map(knowledgeText),
    ...(host === '' ? [] : [`Host: ${code(host)}`]),
    ...transfer.hostFacts.map(knowledgeText),
  ];
  const title = `- **${capital(direction)}**${isFailed(transfer) ? ' (failed)' : ''} at ${timeText(transfer.time)}`;
  return [title, ...inner.map((text) => `  - ${text.replaceAll('\n', '\n  ')}`)].join('\n');
}

function forwardItem({ time, host, port, ja4 }: Summary['forwards'][number]): string {
  return `- ${code(`${host}:${port}`)} at ${timeText(time)}${ja4 === '' ? '' : `, JA4 ${code(ja4)}`}`;
}

function campaignItems({ campaign, session }: Summary): string[] {
  if (campaign === undefined) return [];
  const { fingerprint, sessions, addresses, first, last, others } = campaign;
  const seen = sessions > 1 ? `, from ${timeText(first)} to ${timeText(last)}` : '';
  return [
    `- Fingerprint of the commands: ${code(fingerprint)}`,
    `- ${count(sessions, 'session')} from ${count(addresses, 'address', 'addresses')}${seen}`,
    ...others.slice(0, 20).map((other) => {
      const sensor = other.sensor === session.sensor ? '' : ` on ${code(other.sensor)}`;
      return `- ${code(other.id)}${sensor} from ${code(other.sourceIp)}, ${timeText(other.started)}`;
    }),
  ];
}

function timelineSection({ timeline, session }: Summary): string {
  const lines = timeline
    .slice(0, maxRows)
    .map(({ sinceMs, what, value }) =>
      `${sinceText(sinceMs).padStart(12)}  ${what.padEnd(15)} ${shown(value)}`.trimEnd(),
    );
  const title = `## Timeline\n\nFrom ${timeText(session.started)}, over ${lengthText(session.durationSeconds)}:`;
  return `${title}\n\n${fence([...lines, ...more(timeline, '')])}`;
}

function knowledgeItem(knowledge: Knowledge): string {
  return `- ${knowledgeText(knowledge)}`;
}

function knowledgeText(knowledge: Knowledge): string {
  const facts = factLines(knowledge.facts).map(([name, text]) => `\n  - ${plain(name)}: ${code(text)}`);
  return `${plain(knowledge.analyzer)}: ${plain(stateText(knowledge))}${facts.join('')}`;
}

function section(title: string, items: readonly string[]): string {
  return items.length === 0 ? '' : `## ${title}\n\n${items.join('\n')}`;
}

function rows<T>(list: readonly T[], item: (each: T) => string): string[] {
  return [...list.slice(0, maxRows).map(item), ...more(list, '- ')];
}

function more(list: readonly unknown[], start: string): string[] {
  return list.length > maxRows ? [`${start}… and ${count(list.length - maxRows, 'more', 'more')}`] : [];
}

/** A code span, which nothing in it can end. */
function code(text: string): string {
  const inner = shown(text);
  if (inner === '') return '(empty)';
  const mark = '`'.repeat(longestRun(inner) + 1);
  const pad = /^[` ]|[` ]$/.test(inner) ? ' ' : '';
  return `${mark}${pad}${inner}${pad}${mark}`;
}

/** Each line begins with a time of ours, so that none can end the fence. */
function fence(lines: readonly string[]): string {
  return ['```text', ...lines, '```'].join('\n');
}

function longestRun(text: string): number {
  return (text.match(/`+/g) ?? []).reduce((most, run) => Math.max(most, run.length), 0);
}

/** Words of ours with foreign ones in between. */
function plain(text: string): string {
  return shown(text).replaceAll(/[\\`*_[\]<>|~&#!]/g, String.raw`\$&`);
}

function capital(text: string): string {
  return `${text.slice(0, 1).toUpperCase()}${text.slice(1)}`;
}
