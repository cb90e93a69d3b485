// Which signals exceptions leave out. Pure, and called in workers; where exceptions are kept is the store's
// (core/exception.ts), and those of rules' own documents are part of their conditions.
//
// Conditions are a selection in Sigma's form, of which they take: equality without regard to case, lists, the wildcards `*`
// and `?` with a backslash before those that are meant literally, null, and the modifiers cidr, contains, startswith and
// endswith. Anything else is refused: an exception that means something else than it says hides alerts.

import type { Exception } from '../core/exception.ts';
import type { Json } from '../core/event.ts';
import type { Signal } from '../core/detection.ts';
import { type Cidr, parseCidr, parseNetwork } from '../core/ip.ts';
import { parsePath } from '../core/json-path.ts';
import { globOf } from './glob.ts';

type Fields = Readonly<Record<string, unknown>>;
/** Of one value of a field; undefined: the field is absent. */
type Test = (value: unknown) => boolean;

export type Conditions = (event: Fields, context: Fields) => boolean;

const limits = { fields: 20, values: 1000, length: 500 };
const modifiers = ['cidr', 'contains', 'startswith', 'endswith'] as const;

/** A problem says, for a person, what cannot be taken. */
export function readConditions(
  when: Exception['when'],
): { readonly conditions: Conditions } | { readonly problem: string } {
  const entries = Object.entries(when);
  if (entries.length === 0) return { problem: 'expected at least one field' };
  if (entries.length > limits.fields) return { problem: `more than ${limits.fields} fields` };
  const each: Conditions[] = [];
  for (const [key, value] of entries) {
    const field = readField(key, value);
    if ('problem' in field) return { problem: `${key.slice(0, 200)}: ${field.problem}` };
    each.push(field.conditions);
  }
  return { conditions: (event, context) => each.every((holds) => holds(event, context)) };
}

function readField(
  key: string,
  value: Json | undefined,
): { readonly conditions: Conditions } | { readonly problem: string } {
  const [name = '', modifier, ...rest] = key.split('|');
  if (name === '') return { problem: 'expected the name of a field' };
  if (rest.length > 0) return { problem: 'expected one modifier at most' };
  const known = modifiers.find((each) => each === modifier);
  if (modifier !== undefined && known === undefined) {
    return { problem: `expected one of the modifiers ${modifiers.join(', ')}` };
  }
  const values = (Array.isArray(value) ? value : [value]) as readonly (Json | undefined)[];
  if (values.length === 0) return { problem: 'expected at least one value' };
  if (values.length > limits.values) return { problem: `more than ${limits.values} values` };
  const tests: Test[] = [];
  for (const each of values) {
    const test = readValue(each, known);
    if (typeof test === 'string') return { problem: test };
    tests.push(test);
  }
  const find = finderOf(name);
  return {
    conditions(event, context) {
      const found = find(event, context);
      const candidates: readonly unknown[] = Array.isArray(found) ? found : [found];
      return candidates.some((candidate) => tests.some((test) => test(candidate)));
    },
  };
}

/** A text: what is wrong. */
function readValue(value: Json | undefined, modifier: (typeof modifiers)[number] | undefined): Test | string {
  if (value === undefined || (typeof value === 'object' && value !== null)) {
    return 'expected a text, a number, true, false or null';
  }
  if (value === null) {
    return modifier === undefined
      ? (candidate) => candidate === undefined || candidate === null
      : 'null takes no modifier';
  }
  const text = String(value);
  if (text.length > limits.length) return `a value of more than ${limits.length} characters`;
  if (modifier === 'cidr') {
    const network = parseNetwork(text);
    return network === undefined ? `\`${text}\` is no network` : inside(network);
  }
  const before = modifier === 'contains' || modifier === 'endswith' ? '*' : '';
  const after = modifier === 'contains' || modifier === 'startswith' ? '*' : '';
  const glob = globOf(before + text.toLowerCase() + after);
  return (candidate) => {
    const found = textOf(candidate);
    return found !== undefined && glob(found.toLowerCase());
  };
}

function inside({ version, words, bits }: Cidr): Test {
  return (candidate) => {
    const address = typeof candidate === 'string' ? parseCidr(`${candidate}/${bits}`) : undefined;
    return address?.version === version && address.words.every((word, index) => word === words[index]);
  };
}

function textOf(value: unknown): string | undefined {
  if (typeof value === 'string') return value;
  return typeof value === 'number' || typeof value === 'boolean' ? String(value) : undefined;
}

const contextPrefix = 'p_alert_context.';

/** Where a name is looked for, as in correlations: the event's own fields, its common names, what the rule said of it. */
function finderOf(name: string): (event: Fields, context: Fields) => unknown {
  const ofContext = name.startsWith(contextPrefix) ? getterOf(name.slice(contextPrefix.length)) : undefined;
  const get = getterOf(name);
  return (event, context) => {
    if (ofContext !== undefined) return ofContext(context);
    return get(event) ?? own(event['p_ecs'], name) ?? get(context);
  };
}

function getterOf(name: string): (fields: Fields) => unknown {
  const path = parsePath(name);
  return (fields) => own(fields, name) ?? (path && path.below((own(fields, path.first) ?? null) as Json));
}

function own(value: unknown, key: string): unknown {
  return typeof value === 'object' && value !== null && Object.hasOwn(value, key) ? (value as Fields)[key] : undefined;
}

export type ExceptionOf = (
  signal: Pick<Signal, 'detection' | 'context'>,
  event: Fields,
  now: number,
) => string | undefined;

export interface Exceptions {
  /** That have some; `*`: all. */
  readonly detections: ReadonlySet<string>;
  readonly exceptionOf: ExceptionOf;
  readonly problems: ReadonlyMap<string, string>;
}

/** Gives the id of an exception that the signal falls under before its end; undefined: of none. Those whose conditions
 *  cannot be read leave nothing out, and are in `problems`. */
export function createExceptions(exceptions: readonly Exception[]): Exceptions {
  const byDetection = new Map<
    string,
    { readonly id: string; readonly until: number; readonly conditions: Conditions }[]
  >();
  const problems = new Map<string, string>();
  for (const { id, detection, until, when } of exceptions) {
    const read = readConditions(when);
    if ('problem' in read) {
      problems.set(id, read.problem);
      continue;
    }
    const list = byDetection.get(detection) ?? [];
    list.push({ id, until, conditions: read.conditions });
    byDetection.set(detection, list);
  }
  const ofAll = byDetection.get('*') ?? [];
  return {
    detections: new Set(byDetection.keys()),
    problems,
    exceptionOf({ detection, context = {} }, event, now) {
      if (byDetection.size === 0) return undefined;
      for (const list of [byDetection.get(detection) ?? [], ofAll]) {
        for (const { id, until, conditions } of list) if (now < until && conditions(event, context)) return id;
      }
      return undefined;
    },
  };
}

const endingMs = 7 * 24 * 60 * 60 * 1000;

export const exceptionStates = ['active', 'ending', 'ended'] as const;
export type ExceptionState = (typeof exceptionStates)[number];

/** `ending`: within seven days. */
export function exceptionState({ until }: Pick<Exception, 'until'>, now: number): ExceptionState {
  if (until <= now) return 'ended';
  return until - now <= endingMs ? 'ending' : 'active';
}

/** Failures of rules are no alerts of theirs: no exception leaves them out. */
export function leaveOut(
  signals: readonly Signal[],
  { detections, exceptionOf }: Exceptions,
  now: number,
): { readonly kept: readonly Signal[]; readonly excepted: ReadonlyMap<string, number> } {
  const excepted = new Map<string, number>();
  if (detections.size === 0) return { kept: signals, excepted };
  const kept = signals.filter((signal) => {
    const { detection, error } = signal;
    if (error !== undefined || !(detections.has(detection) || detections.has('*'))) return true;
    const id = exceptionOf(signal, JSON.parse(signal.event) as Fields, now);
    if (id !== undefined) excepted.set(id, (excepted.get(id) ?? 0) + 1);
    return id === undefined;
  });
  return { kept, excepted };
}
