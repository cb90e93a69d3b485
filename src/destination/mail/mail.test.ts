import { expect, test } from 'vitest';
import { notification } from '../notification.suite.ts';
import { mailOf } from './mail.ts';

test.each([
  ['Port 21 opened', '[HIGH] Port 21 opened'],
  ['a\r\nBcc: x@example.com', '[HIGH] a Bcc: x@example.com'],
  ['a\u2028b\u202ec\0d', '[HIGH] a b c d'],
  ['half \ud800', '[HIGH] half'],
])('the subject for %j', (title, subject) => {
  expect(mailOf(notification({ title })).subject).toBe(subject);
});

test('the end of an alert is a mail of its own look', () => {
  const { subject, text, html } = mailOf({ ...notification(), event: 'resolved' });
  expect(subject).toBe('[RESOLVED] [HIGH] Port 21 opened');
  expect(text).toMatch(/^Resolved: no signal came any more\.\n\nPort 21 opened\n/);
  expect(html).toContain('Resolved: no signal came any more.');
  expect(mailOf(notification()).html).not.toContain('Resolved');
});

test('a long title is cut', () => {
  expect(mailOf(notification({ title: 'x'.repeat(10_000) })).subject).toHaveLength(207);
});

test('text has all that is known', () => {
  const { text } = mailOf(
    notification({ description: 'D', runbook: 'R', tags: ['a', 'b'], context: { ip: '10.0.0.1' } }),
  );
  expect(text).toBe(`Port 21 opened
https://tocsin.example/alerts/a1?x=1&y=2

Severity: HIGH
Detection: Custom.Port
Log types: Custom.Netstat
Events: 1
First event: 1970-01-01T00:00:00.000Z
Last event: 1970-01-01T00:00:00.000Z
Opened: 1970-01-01T00:00:02.000Z
Tags: a, b

Description
D

Runbook
R

Context
{
  "ip": "10.0.0.1"
}`);
});

test('no value is HTML', () => {
  const evil = `<script>alert(1)</script>"'&`;
  const alert = { title: evil, description: evil, runbook: evil, tags: [evil], logTypes: [evil], reference: evil };
  const { html } = mailOf({ ...notification({ ...alert, context: { [evil]: evil } }), link: `https://x/"><script>` });
  expect(html).not.toContain('<script');
  expect(html.match(/&lt;script&gt;/g)?.length).toBeGreaterThanOrEqual(8);
});

test('a huge context is cut', () => {
  const { html, text } = mailOf(notification({ context: { all: 'x'.repeat(1_000_000) } }));
  expect(html.length + text.length).toBeLessThan(60_000);
});
