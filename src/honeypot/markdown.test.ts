import { expect, test } from 'vitest';
import { hostile, hostileSummary } from './hostile.suite.ts';
import { markdownOf } from './markdown.ts';
import { commands, session, started } from './session.suite.ts';
import { summaryOf } from './summary.ts';

/** What a reader of CommonMark takes as text and markup: fences, code spans and escaped characters are gone. */
function outsideCode(markdown: string): string {
  const lines: string[] = [];
  let fence = '';
  for (const line of markdown.split('\n')) {
    const mark = /^(`{3,})(text)?$/.exec(line)?.[1] ?? '';
    if (fence === '' && mark !== '') fence = mark;
    else if (fence === '') lines.push(line);
    else if (mark.length >= fence.length && !line.endsWith('text')) fence = '';
  }
  if (fence !== '') throw new Error('a fence is open');
  return lines.map(outsideSpans).join('\n');
}

function outsideSpans(line: string): string {
  let rest = line;
  let out = '';
  for (;;) {
    const at = /\\[!-/:-@[-`{-~]|`+/.exec(rest);
    if (at === null) return out + rest;
    out += rest.slice(0, at.index);
    rest = rest.slice(at.index + at[0].length);
    if (at[0].startsWith('\\')) continue;
    const close = [...rest.matchAll(/`+/g)].find(([run]) => run === at[0]);
    if (close === undefined) throw new Error(`a code span is open: ${line}`);
    rest = rest.slice(close.index + at[0].length);
  }
}

test.each(hostile)('nothing gets out of its place: %j', (text) => {
  const markdown = markdownOf([hostileSummary(text)]);
  const outside = outsideCode(markdown);
  expect(outside).not.toMatch(/[<>[\]|`~\\]/);
  expect(outside.replaceAll('**', '')).not.toContain('*');
  expect(markdown.replaceAll('\n', '')).not.toMatch(/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u);
  expect(markdown).not.toMatch(/\w:\/\//);
  const ours =
    /^(# Honeypot session .*|## (What is known of the source|Human or bot|Logins|Commands|Files|Forwards|Campaign|Recordings|Timeline))$/;
  for (const line of outside.split('\n').filter((each) => /^\s*#/.test(each))) expect(line).toMatch(ours);
});

const told = summaryOf(
  session({
    client: 'SSH-2.0-Go',
    commands: commands([2.2, 'uname -a'], [3, 'uname -a'], [4.5, '!sl | cat']),
    transfers: [
      { time: started + 5000, direction: 'download', url: 'http://a.example/x', sha256: 'ff', path: '', error: '' },
    ],
  }),
  { now: started, analyses: [] },
);

test('a session', () => {
  expect(markdownOf([told])).toMatchInlineSnapshot(`
    "# Honeypot session \`aaaabbbbcccc\`

    **Automated** (score −5) · Logged in at attempt 1 · 3 commands · 1 file · at least 5.5 s

    - Source: \`198.51.100.7\`
    - Sensor: \`trap01\`
    - Protocol: \`ssh\`
    - Started: \`2026-05-24 06:23:58 UTC\`
    - Duration: \`at least 5.5 s (no event tells the end)\`
    - Client: \`SSH-2.0-Go\`

    ## What is known of the source

    - isc: not asked
    - urlhaus: not asked
    - spur: not asked

    ## Human or bot

    - −25 the client is a library for programs: Go
    - +10 the same command twice in a row: uname -a
    - +10 mistyped: sl for ls

    ## Logins

    - **logged in**: \`root / admin\` at 2026-05-24 06:23:59 UTC

    ## Commands

    \`\`\`text
         +2.20 s  2 times         # uname -a
         +3.00 s  again           # uname -a
         +4.50 s  unknown         # sl | cat
    \`\`\`

    ## Files

    - **Download** at 2026-05-24 06:24:03 UTC
      - URL: \`http[://]a[.]example/x\`
      - SHA-256: \`ff\`
      - virustotal: not asked
      - Host: \`a.example\`
      - urlhaus: not asked

    ## Timeline

    From 2026-05-24 06:23:58 UTC, over 5.5 s:

    \`\`\`text
         +0.00 s  connection from 198.51.100.7
         +1.00 s  logged in       root / admin
         +2.20 s  command         uname -a
         +3.00 s  command         uname -a
         +4.50 s  unknown command sl | cat
         +5.00 s  download        http[://]a[.]example/x
         +5.50 s  last event
    \`\`\`
    "
  `);
});

test('several sessions are told apart', () => {
  expect(markdownOf([told, told]).match(/^# /gm)?.length).toBe(2);
  expect(markdownOf([told, told])).toContain('\n\n---\n\n# ');
});

test('long lists are cut', () => {
  const many = commands(...Array.from({ length: 10_000 }, (_, at) => [at, `c${at} ${'x'.repeat(100)}`] as const));
  const failed = { time: started, timestamp: '', success: false, username: 'root', password: 'x'.repeat(100) };
  const logins = Array.from({ length: 10_000 }, () => failed);
  const markdown = markdownOf([summaryOf(session({ commands: many, logins }), { now: 0, analyses: [] })]);
  expect(markdown.length).toBeLessThan(150_000);
  expect(markdown.match(/… and 9,800 more/g)?.length).toBe(2);
});
