// Summaries as one HTML page that needs nothing else: no scripts, no links to elsewhere, no other files.

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
import type { HumanLabel } from './human.ts';
import type { Knowledge } from './knowledge.ts';
import { html, type Markup } from './markup.ts';
import { pageStyle } from './page-style.ts';
import type { Login } from './session.ts';
import type { CommandLine, Summary, TransferFacts } from './summary.ts';
import { credentials, isFailed } from './timeline.ts';

/** Told of each list; the rest is counted. */
const maxRows = 200;
const maxTicks = 400;

type Tone = 'good' | 'warn' | 'bad' | 'none';

const nothing = html``;

export function pageOf(summaries: readonly Summary[]): string {
  const one = summaries.length === 1 ? summaries[0] : undefined;
  const title = one === undefined ? 'Honeypot sessions' : `Honeypot session ${shown(one.session.id, 100)}`;
  // Should an escape ever be missing, the browser still runs and loads nothing.
  const policy = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'";
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer">
<meta name="format-detection" content="telephone=no, address=no, email=no">
<title>${title}</title>
<style>${{ html: pageStyle }}</style>
</head>
<body>
<main>
${one === undefined ? contents(summaries) : nothing}
${summaries.map(article)}
</main>
</body>
</html>
`.html;
}

const tones: Readonly<Record<HumanLabel, Tone>> = { 'likely human': 'good', unclear: 'warn', automated: 'none' };

function contents(summaries: readonly Summary[]): Markup {
  const items = summaries.map(
    (summary, index) =>
      html`<li><span class="when">${timeText(summary.session.started).slice(0, 10)}</span><span><a href="#s${index + 1}">${code(summary.session.id, 60)}</a> <span class="mark ${tones[summary.human.label]}">${summary.human.label}</span> <span class="soft">${headline(summary)}</span></span></li>`,
  );
  return html`<h1>${count(summaries.length, 'honeypot session')}</h1><nav><ul class="rows">${items}</ul></nav>`;
}

function article(summary: Summary, index: number): Markup {
  const { session, human, transfers, forwards } = summary;
  const logins = allLogins(summary);
  return html`<article id="s${index + 1}">
<div class="top"><h1>Session ${code(session.id, 60)}</h1><span class="label ${tones[human.label]}">${human.label}</span></div>
<p class="soft">${headline(summary)}</p>
${section('Rhythm', strip(summary), session.durationSeconds > 0 ? undefined : [])}
<div class="columns">
<div>
${section('Session', sessionList(summary))}
${section('Human or bot', humanList(summary))}
${campaign(summary)}
</div>
<div>
${section('What is known of the source', html`${summary.source.map(source)}`, summary.source)}
${section('Logins', loginList(logins, session.started), logins)}
</div>
</div>
${section('Commands', rows(summary.commands, commandRow), summary.commands)}
${section('Files', html`${transfers.slice(0, maxRows).map(file)}${more(transfers)}`, transfers)}
${section('Forwards', rows(forwards, forwardRow(session.started)), forwards)}
${everything(summary)}
</article>
`;
}

/** Nothing where the list that it shows is empty. */
function section(title: string, content: Markup, list?: readonly unknown[]): Markup {
  return list?.length === 0 ? nothing : html`<section><h2>${title}</h2>${content}</section>`;
}

function sessionList(summary: Summary): Markup {
  const facts = sessionFacts(summary).filter(([, value]) => value !== '');
  return html`<dl>${facts.map(
    ([name, value]) =>
      html`<dt>${name}</dt><dd>${isForeign(name) ? code(value) : html`${value}`}${
        name === 'HASSH' ? html`<br><span class="soft">${hasshText(summary)}</span>` : nothing
      }</dd>`,
  )}</dl>`;
}

function isForeign(name: string): boolean {
  return name !== 'Started' && name !== 'Duration' && name !== 'Terminal' && name !== 'Protocol';
}

function humanList({ human }: Summary): Markup {
  const reasons = human.reasons.map(
    ({ points, text }) =>
      html`<b class="${points > 0 ? 'plus' : 'minus'}">${signed(points)}</b><span>${shown(text)}</span>`,
  );
  if (reasons.length === 0) return html`<p class="soft">Nothing that speaks for either.</p>`;
  return html`<div class="points">${reasons}<b>${signed(human.score)}</b><span>together: <b>${human.label}</b></span></div>`;
}

function campaign({ campaign: found, session }: Summary): Markup {
  if (found === undefined) return nothing;
  const { fingerprint, sessions, addresses, first, last, others } = found;
  const names = others.slice(0, 20).map((other) => {
    const where = other.sensor === session.sensor ? '' : ` on ${shown(other.sensor, 100)}`;
    return html`<li><span class="when">${timeText(other.started).slice(0, 10)}</span><span>${code(other.id)} from ${code(other.sourceIp)}${where}</span></li>`;
  });
  const span = sessions > 1 ? html`<dt>Seen</dt><dd>${timeText(first)} to ${timeText(last)}</dd>` : nothing;
  return section(
    'Campaign',
    html`<dl><dt>Same commands</dt><dd>${count(sessions, 'session')}, ${count(addresses, 'address', 'addresses')}</dd>${span}<dt>Fingerprint</dt><dd>${code(fingerprint)}</dd></dl>${
      names.length === 0 ? nothing : html`<h3>Other sessions</h3><ul class="rows">${names}</ul>`
    }`,
  );
}

function source(knowledge: Knowledge): Markup {
  const { analyzer, state, facts } = knowledge;
  const tone: Tone = state === 'hit' ? 'good' : state === 'error' ? 'bad' : state === 'limited' ? 'warn' : 'none';
  const lines = factLines(facts).map(([name, text]) => html`<dt>${name}</dt><dd>${text}</dd>`);
  return html`<div class="source"><p><b>${shown(analyzer, 60)}</b><span class="mark ${tone}">${stateText(knowledge)}</span></p>${
    lines.length === 0 ? nothing : html`<dl>${lines}</dl>`
  }</div>`;
}

function allLogins({ logins: { failedBefore, success, later } }: Summary): readonly Login[] {
  return [...failedBefore, ...(success === undefined ? [] : [success]), ...later];
}

function loginList(logins: readonly Login[], started: number): Markup {
  return rows(logins, (login) => {
    const words = login.success ? mark('good', 'logged in') : mark('none', 'failed');
    return row(login.time - started, html`${words}${code(credentials(login))}`);
  });
}

function commandRow({ sinceMs, input, failed, again, times }: CommandLine): Markup {
  const marks = [
    failed ? mark('warn', 'unknown command') : nothing,
    again ? mark('bad', 'again') : nothing,
    !again && times > 1 ? mark('none', `${times} times`) : nothing,
  ];
  return row(sinceMs, html`${marks}${input.trim() === '' ? html`<span class="soft">Enter</span>` : code(input)}`);
}

function file(transfer: TransferFacts): Markup {
  const { direction, time, url, sha256, path, error, firstSeen, host } = transfer;
  const facts: readonly (readonly [string, Markup | ''])[] = [
    ['At', html`${timeText(time)}`],
    ['URL', url && code(url)],
    ['SHA-256', sha256 && code(sha256)],
    ['Path', path && code(path)],
    ['Error', error && code(error)],
    ['First seen by us', firstSeen === undefined ? '' : html`${timeText(firstSeen)}`],
  ];
  const lines = facts.flatMap(([name, value]) => (value === '' ? [] : [html`<dt>${name}</dt><dd>${value}</dd>`]));
  return html`<div class="file"><p>${isFailed(transfer) ? mark('warn', `${direction} failed`) : mark('bad', direction)}</p><dl>${lines}</dl><div class="columns">${about('The file', transfer.file)}${about(html`Its host, ${code(host)}`, transfer.hostFacts)}</div></div>`;
}

function about(title: Markup | string, facts: readonly Knowledge[]): Markup {
  return facts.length === 0 ? nothing : html`<div><h3>${title}</h3>${facts.map(source)}</div>`;
}

function forwardRow(started: number): (forward: Summary['forwards'][number]) => Markup {
  return ({ time, host, port, ja4 }) =>
    row(time - started, html`${code(`${host}:${port}`)}${ja4 === '' ? nothing : html` JA4 ${code(ja4)}`}`);
}

function everything(summary: Summary): Markup {
  const { timeline, eventCounts } = summary;
  const list = rows(timeline, ({ sinceMs, what, value, failed }) =>
    row(sinceMs, html`${mark(failed ? 'warn' : 'none', what)}${value === '' ? nothing : code(value)}`),
  );
  const counts = Object.entries(eventCounts).slice(0, 100);
  const told = counts.map(([id, number]) => html`<dt>${shown(id, 100)}</dt><dd>${number}</dd>`);
  const recordings = recordingNames(summary).map((name) => html`<li>${code(name)}</li>`);
  return html`<details><summary>All that happened, in order (${timeline.length})</summary>${list}${
    told.length === 0 ? nothing : html`<h3>Events of the log</h3><dl>${told}</dl>`
  }${recordings.length === 0 ? nothing : html`<h3>Recordings</h3><ul>${recordings}</ul>`}</details>`;
}

const key = html`${[
  html`<span><i style="background:var(--green)"></i>login</span>`,
  html`<span><i style="background:var(--blue)"></i>command</span>`,
  html`<span><i style="background:var(--amber)"></i>failed</span>`,
  html`<span><i style="background:var(--red)"></i>file</span>`,
  html`<span><i style="background:var(--violet)"></i>forward</span>`,
]}`;

/** One tick for each entry at its time: the rhythm of a session at a glance. */
function strip({ timeline }: Summary): Markup {
  const end = timeline.at(-1)?.sinceMs ?? 0;
  const inside = timeline.filter(({ kind }) => kind !== 'connection' && kind !== 'end').slice(0, maxTicks);
  const ticks = inside.map(({ kind, failed, sinceMs }) => {
    const left = ((sinceMs / Math.max(1, end)) * 100).toFixed(2);
    return html`<i class="${kind}${failed ? ' failed' : ''}" style="left:${left}%"></i>`;
  });
  return html`<div class="strip" aria-hidden="true">${ticks}</div><p class="key">${key}<span class="end">${lengthText(end / 1000)}</span></p>`;
}

function rows<T>(list: readonly T[], each: (entry: T) => Markup): Markup {
  return html`<ol class="rows">${list.slice(0, maxRows).map((entry) => each(entry))}</ol>${more(list)}`;
}

function row(sinceMs: number, content: Markup): Markup {
  return html`<li><span class="when">${sinceText(sinceMs)}</span><span>${content}</span></li>`;
}

function more(list: readonly unknown[]): Markup {
  const left = list.length - maxRows;
  return left > 0 ? html`<p class="soft">… and ${count(left, 'more', 'more')}</p>` : nothing;
}

function mark(tone: Tone, text: string): Markup {
  return html`<span class="mark ${tone}">${text}</span>`;
}

/** What is foreign; `dir` keeps text of another direction from moving what stands beside it. */
function code(text: string, length?: number): Markup {
  const inner = shown(text, length);
  return inner === '' ? html`<span class="soft">(empty)</span>` : html`<code dir="ltr">${inner}</code>`;
}
