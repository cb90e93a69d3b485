// One alert on a terminal: what happened, what to do, who was told, and the events behind it.

import type { Alert, AlertChange, Delivery } from '../core/alert.ts';
import { formatCount, formatTime } from './format.ts';
import { toJson } from './output.ts';
import { severityStyles, type Style, type Terminal } from './terminal.ts';
import { pad, printable, truncate } from './width.ts';

const labelWidth = 13;

type Event = Readonly<Record<string, unknown>>;

const deliveryStyles: Readonly<Record<Delivery['state'], Style>> = {
  waiting: 'dim',
  sending: 'cyan',
  delivered: 'green',
  retrying: 'yellow',
  failed: 'red',
};

export function renderAlert(
  alert: Alert,
  { changes, events }: { readonly changes: readonly AlertChange[]; readonly events: readonly Event[] },
  terminal: Pick<Terminal, 'isTTY' | 'columns' | 'paint'>,
): string {
  const { paint } = terminal;
  const label = (name: string) => paint('dim', pad(name, labelWidth));
  const rows: [string, string][] = [
    ['id', alert.id],
    ['status', alert.assignee === '' ? alert.status : `${alert.status}, ${printable(alert.assignee)}`],
    ['detection', printable(alert.detection) + (alert.kind === 'RULE_ERROR' ? ' (the rule itself failed)' : '')],
    ['dedup', printable(alert.dedup)],
    ['count', formatCount(alert.count)],
    ['suppressed', suppressedText(alert)],
    ['snoozed', snoozedText(alert)],
    ['events from', `${formatTime(alert.first)} UTC`],
    ['to', `${formatTime(alert.last)} UTC`],
    ['opened', `${formatTime(alert.created)} UTC`],
    ['log types', printable(alert.logTypes.join(', '))],
    ['tags', printable(alert.tags.join(', '))],
    ['description', paragraph(alert.description)],
    ['runbook', paragraph(alert.runbook)],
    ['reference', printable(alert.reference)],
  ];
  const shown = rows.filter(([, value]) => value !== '');
  const lines = [
    `${paint(severityStyles[alert.severity], alert.severity)}  ${paint('bold', printable(alert.title))}`,
    '',
    ...shown.map(([name, value]) => label(name) + value),
  ];
  for (const [name, value] of Object.entries(alert.context)) {
    lines.push(label('context') + printable(`${name}: ${typeof value === 'string' ? value : toJson(value)}`));
  }
  for (const delivery of alert.deliveries) {
    const attempts = delivery.attempts > 1 ? ` after ${delivery.attempts} attempts` : '';
    const message = delivery.message === '' ? '' : `: ${delivery.message}`;
    const state = paint(deliveryStyles[delivery.state], delivery.state);
    const about = delivery.event === 'opened' ? '' : ` (${delivery.event})`;
    lines.push(
      label('sent to') + `${printable(delivery.destination)}${about}: ${state}${attempts}${printable(message)}`,
    );
  }
  for (const { time, by, what } of changes) {
    lines.push(label('changed') + printable(`${formatTime(time)} UTC${by === '' ? '' : ` by ${by}`}: ${what}`));
  }
  if (events.length > 0)
    lines.push('', paint('dim', `newest events (${events.length} of ${formatCount(alert.count)})`));
  for (const event of events) {
    const text = toJson(event);
    lines.push(terminal.isTTY ? truncate(text, terminal.columns() * 3) : text);
  }
  return `${lines.join('\n')}\n`;
}

function suppressedText({ suppressed = 0, suppressedUntil }: Alert): string {
  const until = suppressedUntil === undefined ? '' : `no other alert until ${formatTime(suppressedUntil)} UTC`;
  const of = suppressed === 0 ? '' : `${formatCount(suppressed)} of them while no other alert could open`;
  return [of, until].filter((text) => text !== '').join('; ');
}

function snoozedText({ snooze }: Alert): string {
  if (snooze === undefined) return '';
  const reason = snooze.reason === '' ? '' : `: ${snooze.reason}`;
  return printable(`until ${formatTime(snooze.until)} UTC by ${snooze.by}${reason}`);
}

/** A user's own text over several lines stays so, under its label. */
function paragraph(text: string): string {
  return text
    .trim()
    .split('\n')
    .map(printable)
    .join(`\n${' '.repeat(labelWidth)}`);
}
