import { expect, test } from 'vitest';
import { hostile, hostileSummary } from './hostile.suite.ts';
import { pageOf } from './html.ts';
import { html } from './markup.ts';
import { commands, session, started } from './session.suite.ts';
import { summaryOf } from './summary.ts';

const tags = /<\/?([a-z0-9]+|!doctype)((?: [a-z-]+(?:="[^"<>]*")?)*)>/g;

test.each(hostile)('nothing becomes markup: %j', (text) => {
  const page = pageOf([hostileSummary(text), hostileSummary(text)]);
  const [, body = ''] = page.split('</style>');
  const names = new Set([...body.matchAll(tags)].map(([, name]) => name));
  for (const name of ['script', 'img', 'svg', 'style', 'iframe', 'http']) expect(names.has(name)).toBe(false);
  expect(body.replaceAll(tags, '')).not.toMatch(/[<>"']/);
  for (const [, , attributes] of body.matchAll(tags)) expect(attributes).not.toContain('MARK');
  expect(page.replaceAll('\n', '')).not.toMatch(/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u);
  expect(page).not.toMatch(/\w:\/\//);
  expect(page).not.toMatch(/www\./);
});

test('the page needs nothing else', () => {
  const page = pageOf([summaryOf(session(), { now: started, analyses: [] })]);
  expect(page).toContain(`content="default-src &#39;none&#39;; style-src &#39;unsafe-inline&#39;;`);
  expect(page).toContain('<title>Honeypot session aaaabbbbcccc</title>');
  expect(page).not.toMatch(/<script|<link|<img|\bsrc=|url\(|@import|href=/);
  expect(page).toContain('prefers-color-scheme: dark');
  expect(page).toContain('name="viewport"');
});

test('what is to be seen is there', () => {
  const told = summaryOf(
    session({
      hassh: 'abc',
      commands: commands([2, 'w'], [3, 'w'], [9, '!exot'], [12, '']),
      transfers: [
        { time: started, direction: 'download', url: 'http://a.example/x', sha256: 'ff', path: '', error: '' },
      ],
      forwards: [{ time: started, host: 'mail.example', port: 25, ja4: 't13d' }],
      recordings: ['var/lib/cowrie/tty/0123'],
      eventCounts: { 'cowrie.telnet.option': 4 },
    }),
    {
      now: started,
      sameHassh: { key: 'abc', sessions: 1, addresses: 1, first: 0, last: 0, names: [] },
      analyses: [
        {
          analyzer: 'virustotal',
          observable: { kind: 'sha256', value: 'ff' },
          state: 'hit',
          message: '',
          facts: { malicious: 39 },
          asked: started - 7_200_000,
        },
      ],
    },
  );
  const page = pageOf([told]);
  const text = page
    .split('</style>')[1]
    ?.replaceAll(/<[^>]*>/g, ' ')
    .replaceAll(/\s+/g, ' ');
  for (const words of [
    'Logged in at attempt 1 · 4 commands · 1 file · 1 forward',
    'no other session has this HASSH',
    '+10 mistyped: exot for exit',
    'together: ',
    '+2.00 s 2 times w',
    '+3.00 s again w',
    '+9.00 s unknown command exot',
    '+12.00 s Enter',
    'http[://]a[.]example/x',
    'virustotal known, 2 h ago malicious 39',
    'Its host, a.example urlhaus not asked',
    'mail.example:25 JA4 t13d',
    'cowrie.telnet.option 4',
    'Recordings 0123',
  ]) {
    expect(text).toContain(words);
  }
});

test('several sessions have contents', () => {
  const told = summaryOf(session(), { now: started, analyses: [] });
  const page = pageOf([told, told]);
  expect(page).toContain('2 honeypot sessions');
  expect(page).toContain('href="#s2"');
  expect(page).toContain('<article id="s2">');
});

test('long lists are cut', () => {
  const many = commands(...Array.from({ length: 10_000 }, (_, at) => [at, `c${at} ${'<'.repeat(5000)}`] as const));
  const page = pageOf([summaryOf(session({ commands: many }), { now: 0, analyses: [] })]);
  expect(page.length).toBeLessThan(6_000_000);
  expect(page).toContain('… and 9,800 more');
});

test('a template escapes all but what is markup', () => {
  expect(html`<b>${'<&>"\''}${1}${html`<i>${'x'}</i>`}${[html`<u></u>`, html`&amp;`]}</b>`.html).toBe(
    '<b>&lt;&amp;&gt;&quot;&#39;1<i>x</i><u></u>&amp;</b>',
  );
});
