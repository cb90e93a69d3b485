// A session in which everything that an attacker sends is made to break out of a report, for tests.

import type { Session } from './session.ts';
import { session, started } from './session.suite.ts';
import { type Summary, summaryOf } from './summary.ts';

export const hostile = [
  '<script>alert("MARK")</script>',
  '"><img src=x onerror=MARK>',
  "'-->]]></style></code><svg/onload=MARK>",
  '[MARK](javascript:alert(1))',
  '![MARK](http://track.example/p.png)',
  '<http://auto.example/MARK>',
  'http://live.example/MARK www.live.example',
  '| MARK | x |\n|---|---|',
  'a`b``c```MARK````',
  '`MARK',
  'MARK`',
  '``` MARK\n# heading\n~~~',
  String.raw`\`MARK\`` + '\\',
  '\u001b[31mMARK\u001b]0;title\u0007\r\n\b\u009b2J',
  'MARK\u202egnp.exe\u2066x\u200b\u2028y\ufeff\u00ad',
  '&lt;MARK&gt; &amp;',
  '\ud800MARK\udfff',
  `MARK z${'\u0301'.repeat(500)}`,
  '',
];

export function hostileSummary(text: string): Summary {
  const login = { time: started + 1000, timestamp: '', success: true, username: text, password: text };
  const transfer = { time: started + 3000, direction: 'download' as const, path: text, error: text };
  const attacked: Session = session({
    id: text,
    sensor: text,
    sourceIp: text,
    protocol: text,
    client: `SSH-2.0-OpenSSH_${text}`,
    hassh: text,
    logins: [{ ...login, success: false }, login, { ...login, fingerprint: text }],
    commands: [2000, 3000, 5500].map((at) => ({ time: started + at, input: text, failed: true })),
    transfers: [
      { ...transfer, url: text, sha256: text },
      { ...transfer, direction: 'upload', url: 'http://live.example/MARK', sha256: 'ff' },
    ],
    forwards: [{ time: started + 4000, host: text, port: 25, ja4: text }],
    recordings: [text],
    eventCounts: { [text]: 1 },
  });
  const facts = { [text]: text, list: [text, { [text]: text }], inner: { [text]: { [text]: text } } };
  const names = [{ sensor: text, id: `${text}2`, sourceIp: text, started }];
  const shared = { key: text, sessions: 5, addresses: 3, first: started, last: started, names };
  return summaryOf(attacked, {
    now: started + 5000,
    analyses: [
      { analyzer: 'isc', observable: { kind: 'ip', value: text }, state: 'error', message: text, facts: {} },
      { analyzer: text, observable: { kind: 'ip', value: text }, state: 'hit', message: '', facts, asked: started },
      {
        analyzer: 'spur',
        observable: { kind: 'ip', value: text },
        state: 'hit',
        message: '',
        facts: { client: { proxies: [text] } },
      },
      { analyzer: 'virustotal', observable: { kind: 'sha256', value: 'ff' }, state: 'hit', message: '', facts },
    ],
    campaign: shared,
    sameHassh: shared,
  });
}
