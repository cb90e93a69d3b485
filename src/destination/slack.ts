// Slack, and what takes its incoming webhooks (Mattermost, Rocket.Chat): a text and blocks.
// https://docs.slack.dev/messaging/formatting-message-text: &, < and > are escaped, so that no value can make a link or
// call a channel; headers have at most 150 characters, sections 3,000.

import { z } from 'zod';
import type { Alert, AlertEvent } from '../core/alert.ts';
import type { Severity } from '../core/severity.ts';
import type { DestinationKind } from './destination-kind.ts';
import { post } from './http/post.ts';

const settings = z.object({
  url: z
    .url({ protocol: /^https?$/ })
    .meta({ secret: true })
    .describe('Address of the incoming webhook'),
  allowPrivate: z.boolean().default(false).describe('Whether the address may be in a private network or this machine'),
  timeoutSeconds: z.number().min(0.1).max(60).default(10).describe('For one attempt'),
});

const marks: Readonly<Record<Severity, string>> = {
  INFO: ':information_source:',
  LOW: ':white_circle:',
  MEDIUM: ':large_yellow_circle:',
  HIGH: ':large_orange_circle:',
  CRITICAL: ':red_circle:',
};

export const slack: DestinationKind = {
  description: 'Posts each alert to a channel through an incoming webhook',
  settings,
  create(id, given) {
    const { url, allowPrivate, timeoutSeconds } = settings.parse(given);
    return {
      id,
      kind: 'slack',
      send({ id: key, event, alert, link }) {
        const headers = { 'content-type': 'application/json', 'user-agent': 'tocsin', 'idempotency-key': key };
        const body = JSON.stringify(message(alert, link, event));
        return post({ url, headers, body, allowPrivate, timeoutMs: timeoutSeconds * 1000 });
      },
      async close() {},
    };
  },
};

function message(alert: Alert, link: string, event: AlertEvent): object {
  const isResolved = event === 'resolved';
  const heading = `${isResolved ? 'Resolved: ' : ''}[${alert.severity}] ${alert.title}`;
  const mark = isResolved ? ':white_check_mark:' : marks[alert.severity];
  const facts = [
    ['Detection', alert.detection],
    ['Log types', alert.logTypes.join(', ')],
    ['Events', String(alert.count)],
    ['First event', new Date(alert.first).toISOString()],
  ] as const;
  return {
    text: escape(clip(heading, 1000)),
    blocks: [
      { type: 'section', text: markdown(`${mark} *${escape(clip(heading, 1000))}*`) },
      ...(alert.description === ''
        ? []
        : [{ type: 'section', text: { type: 'plain_text', text: clip(alert.description, 2900), emoji: false } }]),
      { type: 'section', fields: facts.map(([name, value]) => markdown(`*${name}*\n${escape(clip(value, 300))}`)) },
      { type: 'section', text: markdown(`<${encodeURI(link)}|Open the alert>`) },
    ],
  };
}

function markdown(text: string): object {
  return { type: 'mrkdwn', text };
}

/** `*`, `_` and backquotes stay: they can only change how the text looks. */
function escape(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}

function clip(text: string, length: number): string {
  const line = text.replaceAll(/\p{Cc}+/gu, ' ').trim();
  return line.length > length ? `${line.slice(0, length - 1).toWellFormed()}…` : line;
}
