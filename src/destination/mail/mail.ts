// An alert as a mail: subject, text, and HTML that a phone shows well. Every value comes from logs: it is escaped, and a
// subject is one line.

import type { Alert } from '../../core/alert.ts';
import type { Notification } from '../../core/destination.ts';
import type { Severity } from '../../core/severity.ts';

export interface Mail {
  readonly subject: string;
  readonly text: string;
  readonly html: string;
  readonly headers: Readonly<Record<string, string>>;
}

const colors: Readonly<Record<Severity, string>> = {
  INFO: '#4b5563',
  LOW: '#1d4ed8',
  MEDIUM: '#a16207',
  HIGH: '#c2410c',
  CRITICAL: '#b91c1c',
};

const resolvedColor = '#15803d';

const maxSubjectLength = 200;
const maxValueLength = 4000;
const maxContextLength = 20_000;

export function mailOf({ alert, link, event }: Pick<Notification, 'alert' | 'link' | 'event'>): Mail {
  const isResolved = event === 'resolved';
  return {
    subject: `${isResolved ? '[RESOLVED] ' : ''}[${alert.severity}] ${oneLine(alert.title, maxSubjectLength)}`,
    text: textOf(alert, link, isResolved),
    html: htmlOf(alert, link, isResolved),
    // RFC 3834: no answer from an absent reader.
    headers: { 'Auto-Submitted': 'auto-generated', 'X-Tocsin-Alert': alert.id, 'X-Tocsin-Severity': alert.severity },
  };
}

/** Without control characters, line ends of Unicode, and what turns the direction of text around. */
function oneLine(text: string, length: number): string {
  const line = text.replaceAll(/[\p{Cc}\p{Cs}\u2028\u2029\u202a-\u202e\u2066-\u2069]+/gu, ' ').trim();
  return line.length > length ? `${line.slice(0, length - 1).toWellFormed()}…` : line;
}

function clip(text: string, length: number): string {
  return text.length > length ? `${text.slice(0, length).toWellFormed()}… (${text.length} characters)` : text;
}

function factsOf(alert: Alert): readonly (readonly [string, string])[] {
  return [
    ['Severity', alert.severity],
    ['Detection', alert.detection],
    ['Log types', alert.logTypes.join(', ')],
    ['Events', String(alert.count)],
    ['First event', new Date(alert.first).toISOString()],
    ['Last event', new Date(alert.last).toISOString()],
    ['Opened', new Date(alert.created).toISOString()],
    ['Tags', alert.tags.join(', ')],
    ['Reference', alert.reference],
  ];
}

function sectionsOf(alert: Alert): readonly (readonly [string, string])[] {
  const context = Object.keys(alert.context).length === 0 ? '' : JSON.stringify(alert.context, null, 2);
  const sections = [
    ['Description', clip(alert.description, maxValueLength)],
    ['Runbook', clip(alert.runbook, maxValueLength)],
    ['Context', clip(context, maxContextLength)],
  ] as const;
  return sections.filter(([, text]) => text !== '');
}

const resolvedText = 'Resolved: no signal came any more.';

function textOf(alert: Alert, link: string, isResolved: boolean): string {
  const facts = factsOf(alert).flatMap(([name, value]) => (value === '' ? [] : [`${name}: ${oneLine(value, 1000)}`]));
  const sections = sectionsOf(alert).map(([name, text]) => `${name}\n${text}`);
  const head = `${oneLine(alert.title, 1000)}\n${link}`;
  return [isResolved ? `${resolvedText}\n\n${head}` : head, facts.join('\n'), ...sections].join('\n\n');
}

function htmlOf(alert: Alert, link: string, isResolved: boolean): string {
  const facts = factsOf(alert)
    .filter(([, value]) => value !== '')
    .map(([name, value]) => {
      const head = `<th align="left" valign="top" style="padding:4px 12px 4px 0;font-weight:normal;color:#6b7280">`;
      return `<tr>${head}${name}</th><td style="padding:4px 0;word-break:break-word">${escape(oneLine(value, 1000))}</td></tr>`;
    });
  const sections = sectionsOf(alert).map(([name, text]) => {
    const style = 'white-space:pre-wrap;word-break:break-word';
    const font = name === 'Context' ? ';font:13px/1.4 monospace;background:#f3f4f6;padding:8px' : '';
    return `<h2 style="font-size:15px;margin:16px 0 4px">${name}</h2><div style="${style}${font}">${escape(text)}</div>`;
  });
  return `<!doctype html><html lang="en"><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width,initial-scale=1"><title>Alert</title></head>
<body style="margin:0;padding:16px;font:15px/1.5 sans-serif;color:#111827;background:#ffffff">
<div style="max-width:640px;margin:0 auto">
${isResolved ? `<p><strong>${resolvedText}</strong></p>` : ''}
<div style="border-left:6px solid ${isResolved ? resolvedColor : colors[alert.severity]};padding-left:12px">
<h1 style="font-size:18px;margin:0;word-break:break-word">${escape(oneLine(alert.title, 1000))}</h1></div>
<p><a href="${escape(link)}">Open the alert</a></p>
<table role="presentation" cellspacing="0" cellpadding="0" style="border-collapse:collapse">${facts.join('')}</table>
${sections.join('\n')}
</div></body></html>`;
}

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

function escape(text: string): string {
  return text.replaceAll(/[&<>"']/g, (character) => entities[character] ?? '');
}
