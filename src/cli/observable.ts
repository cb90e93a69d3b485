// What somebody typed or a list holds, as an observable: its kind guessed from its form, and written as it is meant where
// it was made harmless to click on (`hxxp://1[.]2[.]3[.]4/`). Whether it may be asked about is not looked at here.

import type { Observable, ObservableKind } from '../core/analysis.ts';
import { ipVersion } from '../core/ip.ts';

const maxLength = 2000;

const host = String.raw`(?:[\p{L}\p{N}_-]{1,63}\.)+\p{L}[\p{L}\p{N}-]{1,62}\.?`;

/** In this order; the first form that fits is the kind. */
const forms: readonly (readonly [ObservableKind, (text: string) => boolean])[] = [
  ['ip', (text) => ipVersion(text) !== 0],
  ['url', fits(/^[a-z][a-z0-9+.-]{0,30}:\/\/[^\s/]/i)],
  ['md5', fits(/^[0-9a-f]{32}$/i)],
  ['sha1', fits(/^[0-9a-f]{40}$/i)],
  ['sha256', fits(/^[0-9a-f]{64}$/i)],
  ['asn', fits(/^AS[0-9]{1,10}$/i)],
  ['email', fits(new RegExp(`^[^\\s@/]{1,64}@${host}$`, 'u'))],
  ['domain', fits(new RegExp(`^${host}$`, 'u'))],
];

function fits(form: RegExp): (text: string) => boolean {
  return (text) => form.test(text);
}

/** undefined: it has the form of none. A named kind is believed. */
export function observableOf(typed: string, kind?: ObservableKind): Observable | undefined {
  if (typed.length > maxLength) return undefined;
  const value = withoutBrackets(refang(unquoted(typed)));
  if (value === '') return undefined;
  const guessed = kind ?? forms.find(([, isForm]) => isForm(value))?.[0];
  return guessed === undefined ? undefined : { kind: guessed, value };
}

/** Without what stands around it in texts and lists: `<http://a.b/>`, `"a.b",`. */
function unquoted(text: string): string {
  return text.replace(/^[\s<"'`]+/, '').replace(/[\s>"'`,;]+$/, '');
}

/** `[.]`, `(.)`, `[dot]`, `\.`, `[:]`, `[://]`, `[@]`, `[at]`, `hxxp`, `h**p`, `fxp`. */
function refang(text: string): string {
  return text
    .replaceAll(/ ?[[({](?:\.|dot)[\])}] ?/gi, '.')
    .replaceAll(/ ?[[({](?:@|at)[\])}] ?/gi, '@')
    .replaceAll(/[[({](:\/\/|:)[\])}]/g, '$1')
    .replaceAll('\\.', '.')
    .replace(/^h(?:xx|\*\*)p(s?):/i, 'http$1:')
    .replace(/^fxp:/i, 'ftp:');
}

/** Of an IPv6 address: `[2001:db8::1]`. */
function withoutBrackets(text: string): string {
  const inner = /^\[([^[\]]+)\]$/.exec(text)?.[1];
  return inner !== undefined && ipVersion(inner) === 6 ? inner : text;
}
