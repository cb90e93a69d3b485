// One entry of a selection, `field|modifier: value`, as a condition. What it cannot take whole it refuses with a reason.
// (Specification 2.1.0, "Value Modifiers"; reference/detections.md 3.2.)

import { parseNetwork } from '../../core/ip.ts';
import type { Condition, Match, Piece, RegexMatch, TextMatch } from './ast.ts';
import { allOf, anyOf } from './connect.ts';
import { binaryEncodings, encodings, type Encoded, tooManyDashes } from './encoding.ts';
import { escapeRegex, readRegex } from './regex.ts';
import { anyRun, joinPieces, parseText } from './text.ts';

/** Values for `%name%`, by name. */
export type Placeholders = Readonly<Record<string, readonly string[]>>;

export type Compiled = { readonly condition: Condition } | { readonly problem: string };

const comparisons = ['gt', 'gte', 'lt', 'lte'] as const;
const timeParts = ['minute', 'hour', 'day', 'week', 'month', 'year'] as const;
const ends = ['contains', 'startswith', 'endswith'] as const;
const regexFlags: Readonly<Record<string, string>> = {
  i: 'i',
  ignorecase: 'i',
  m: 'm',
  multiline: 'm',
  s: 's',
  dotall: 's',
};
/** These say what kind of match it is; at most one of them. */
const kinds: readonly string[] = ['re', 'cidr', 'exists', 'fieldref', ...comparisons, ...timeParts];
const texts: readonly string[] = [...ends, 'cased', 'expand', ...Object.keys(encodings)];

export const modifierNames: readonly string[] = [...kinds, ...texts, 'all', 'neq', ...Object.keys(regexFlags)];

/** Which modifiers each kind takes beside `all` and `neq`. */
const beside: Readonly<Record<string, readonly string[]>> = {
  re: [...Object.keys(regexFlags), ...ends, 'expand'],
  fieldref: [...ends, 'cased'],
  cidr: ['expand'],
};

const mostForms = 5000;

class Refusal extends Error {}
function refuse(reason: string): never {
  throw new Refusal(reason);
}

/** `key` as it stands in the rule; '' before the modifiers means any value of the event. */
export function compileItem(key: string, value: unknown, placeholders: Placeholders): Compiled {
  try {
    return { condition: compile(key, value, placeholders) };
  } catch (error) {
    if (error instanceof Refusal) return { problem: error.message };
    throw error;
  }
}

function compile(key: string, value: unknown, placeholders: Placeholders): Condition {
  const [field = '', ...modifiers] = key.split('|');
  checkModifiers(field, modifiers);
  const values: readonly unknown[] = Array.isArray(value) ? value : [value];
  if (values.length === 0) refuse('expected a value; an empty list matches nothing');
  const perValue = values.map((each) => {
    const matches = valueMatches(each, modifiers, placeholders);
    return anyOf(matches.map((match) => (field === '' ? keywordOf(match) : { kind: 'field', field, match })));
  });
  const whole = modifiers.includes('all') ? allOf(perValue) : anyOf(perValue);
  if (!modifiers.includes('neq')) return whole;
  // A field that is not there differs from nothing.
  return allOf([
    { kind: 'field', field, match: { kind: 'exists', wanted: true } },
    { kind: 'not', of: whole },
  ]);
}

function checkModifiers(field: string, modifiers: readonly string[]): void {
  for (const name of modifiers) {
    if (!modifierNames.includes(name)) refuse(`there is no modifier \`${name}\``);
  }
  const [kind, other] = modifiers.filter((name) => kinds.includes(name));
  if (other !== undefined) refuse(`\`${kind}\` and \`${other}\` cannot be together`);
  if (modifiers.filter((name) => ends.some((end) => end === name)).length > 1) {
    refuse('only one of `contains`, `startswith` and `endswith` can be used');
  }
  if ((kind === 're' || kind === 'cidr') && modifiers[0] !== kind) refuse(`\`${kind}\` must be the first modifier`);
  const allowed = kind === undefined ? texts : (beside[kind] ?? []);
  for (const name of modifiers) {
    if (name === kind || name === 'all' || name === 'neq' || allowed.includes(name)) continue;
    refuse(kind === undefined ? `\`${name}\` belongs to \`re\`` : `\`${name}\` cannot be used with \`${kind}\``);
  }
  if (field === '' && (modifiers.includes('neq') || (kind !== undefined && kind !== 're'))) {
    refuse(`\`${kind ?? 'neq'}\` needs a field`);
  }
  const end = modifiers.findIndex((name) => ends.some((each) => each === name));
  const binary = modifiers.findLastIndex((name) => binaryEncodings.includes(name));
  if (end >= 0 && binary > end) refuse(`\`${modifiers[binary]}\` must stand before \`${modifiers[end]}\``);
}

function valueMatches(value: unknown, modifiers: readonly string[], placeholders: Placeholders): readonly Match[] {
  const kind = modifiers.find((name) => kinds.includes(name));
  const end = ends.find((name) => modifiers.includes(name));
  const expand = (text: string, escape: (inserted: string) => string): readonly string[] =>
    modifiers.includes('expand') ? fillPlaceholders(text, placeholders, escape) : [text];
  switch (kind) {
    case undefined:
      return textMatches(value, modifiers, end, (text) => expand(text, (inserted) => inserted));
    case 're': {
      const flags = modifiers.map((name) => regexFlags[name] ?? '').join('');
      return expand(textOf(value, 're'), escapeRegex).map((source) => regexMatch(anchored(source, end), flags));
    }
    case 'cidr':
      return expand(textOf(value, 'cidr'), (inserted) => inserted).map((network) =>
        parseNetwork(network) === undefined ? refuse(`\`${network}\` is no network`) : { kind: 'cidr', network },
      );
    case 'exists':
      return [{ kind: 'exists', wanted: typeof value === 'boolean' ? value : refuse('`exists` takes true or false') }];
    case 'fieldref': {
      const other = textOf(value, 'fieldref');
      return [{ kind: 'fieldref', other, how: end ?? 'equals', cased: modifiers.includes('cased') }];
    }
    default: {
      const number = numberOf(value) ?? refuse(`\`${kind}\` takes a number`);
      const part = timeParts.find((name) => name === kind);
      if (part === undefined) {
        const operator = comparisons.find((name) => name === kind) ?? refuse(`there is no modifier \`${kind}\``);
        return [{ kind: 'compare', operator, value: number }];
      }
      if (!Number.isInteger(number)) refuse(`\`${kind}\` takes a whole number`);
      return [{ kind: 'time', part, value: number }];
    }
  }
}

type End = (typeof ends)[number] | undefined;

function textMatches(
  value: unknown,
  modifiers: readonly string[],
  end: End,
  expand: (text: string) => readonly string[],
): readonly Match[] {
  const isPlain = modifiers.every((name) => name === 'all' || name === 'neq');
  if (value === null) return isPlain ? [{ kind: 'null' }] : refuse('nothing (null) takes no modifier');
  if (isPlain && typeof value === 'boolean') return [{ kind: 'boolean', value }];
  if (typeof value === 'number') {
    if (!Number.isFinite(value)) refuse('expected a number that is one');
    if (!Number.isSafeInteger(value) && Number.isInteger(value)) refuse('the number is too large: write it in quotes');
    if (isPlain) return [{ kind: 'number', value }];
  }
  if (typeof value !== 'string' && typeof value !== 'number' && typeof value !== 'boolean') {
    return refuse('expected a text, a number, true, false or null');
  }
  const cased = modifiers.includes('cased');
  return encode(expand(String(value)), modifiers).map((encoded): TextMatch => {
    const pieces = 'text' in encoded ? parseText(encoded.text) : [encoded.bytes.toString('latin1')];
    return { kind: 'text', pieces: withEnds(pieces, end), cased };
  });
}

function encode(values: readonly string[], modifiers: readonly string[]): readonly Encoded[] {
  let forms: readonly Encoded[] = values.map((text) => ({ text }));
  for (const name of modifiers) {
    if (!Object.hasOwn(encodings, name)) continue;
    if (binaryEncodings.includes(name))
      forms = forms.map((form) => ('text' in form ? literalForm(form.text, name) : form));
    if (name === 'windash' && forms.some((form) => 'text' in form && tooManyDashes(form.text))) {
      refuse('`windash` on more than four dashes');
    }
    forms = forms.flatMap(encodings[name as keyof typeof encodings]);
    if (forms.length > mostForms) refuse(`the value has more than ${mostForms} forms`);
  }
  return forms;
}

function literalForm(text: string, name: string): Encoded {
  const pieces = parseText(text);
  return pieces.every((piece) => typeof piece === 'string')
    ? { text: pieces.join('') }
    : refuse(`\`${name}\` takes no wildcards`);
}

function withEnds(pieces: readonly Piece[], end: End): readonly Piece[] {
  const before = end === 'contains' || end === 'endswith' ? [anyRun] : [];
  const after = end === 'contains' || end === 'startswith' ? [anyRun] : [];
  return joinPieces([...before, ...pieces, ...after]);
}

/** Within the whole line, as a keyword is looked for. */
function keywordOf(match: Match): Condition {
  if (match.kind === 'regex') return { kind: 'keyword', match };
  if (match.kind === 'number') return keywordOf(textOfScalar(String(match.value)));
  if (match.kind === 'boolean') return keywordOf(textOfScalar(String(match.value)));
  if (match.kind !== 'text') return refuse('nothing (null) is no keyword');
  return { kind: 'keyword', match: { ...match, pieces: joinPieces([anyRun, ...match.pieces, anyRun]) } };
}

function textOfScalar(text: string): TextMatch {
  return { kind: 'text', pieces: [text], cased: false };
}

function regexMatch(text: string, flags: string): RegexMatch {
  const read = readRegex(text, flags);
  return 'problem' in read
    ? refuse(`the regular expression ${read.problem}`)
    : { kind: 'regex', source: read.source, flags: read.flags };
}

/** `contains` says nothing new: it is found anywhere. */
function anchored(source: string, end: End): string {
  const [flags = ''] = /^\(\?[ims]+\)/.exec(source) ?? [];
  const body = source.slice(flags.length);
  if (end === 'startswith') return body.startsWith('^') ? source : `${flags}^(?:${body})`;
  if (end === 'endswith') return body.endsWith('$') ? source : `${flags}(?:${body})$`;
  return source;
}

function fillPlaceholders(
  text: string,
  placeholders: Placeholders,
  escape: (inserted: string) => string,
): readonly string[] {
  let forms = [''];
  let from = 0;
  for (const found of text.matchAll(/%([\w.-]{1,100})%/g)) {
    const name = found[1] ?? '';
    const values = Object.hasOwn(placeholders, name) ? placeholders[name] : undefined;
    if (values === undefined || values.length === 0) refuse(`there is no value for the placeholder %${name}%`);
    const before = text.slice(from, found.index);
    if (forms.length * values.length > mostForms) refuse(`the value has more than ${mostForms} forms`);
    forms = forms.flatMap((form) => values.map((each) => form + before + escape(each)));
    from = found.index + found[0].length;
  }
  return forms.map((form) => form + text.slice(from));
}

function textOf(value: unknown, modifier: string): string {
  if (typeof value === 'string') return value;
  return typeof value === 'number' ? String(value) : refuse(`\`${modifier}\` takes a text`);
}

function numberOf(value: unknown): number | undefined {
  if (typeof value === 'number') return Number.isFinite(value) ? value : undefined;
  return typeof value === 'string' && /^-?\d{1,15}(?:\.\d{1,15})?$/.test(value) ? Number(value) : undefined;
}
