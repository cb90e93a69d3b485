// What a TypeScript rule says about one match: title, dedup string, severity and the rest, with Panther's defaults.

import type { Detection, Signal } from '../core/detection.ts';
import type { Event } from '../core/event.ts';
import { parseSeverity } from '../core/severity.ts';
import { limits, limitText } from './limit.ts';
import type { RuleDefinition } from './rule.ts';

/** The event beside its object: what a signal keeps of it. */
export interface EventFacts {
  readonly logType: string;
  readonly rowId: string;
  readonly time: number;
  /** The event as JSON text. */
  readonly text: string;
}

export function factsOf(event: Event, time: number, logType: string): EventFacts {
  return { logType, rowId: event.p_row_id, time, text: JSON.stringify(event) };
}

export interface DescribedMatch {
  readonly signal: Signal;
  /** Functions besides match that threw or gave the wrong type: the signal holds the default instead. */
  readonly errors: readonly string[];
}

/** A function of the rule that fails never loses the signal. */
export function describeMatch(
  detection: Detection,
  definition: RuleDefinition,
  event: Event,
  facts: EventFacts,
): DescribedMatch {
  const { id, displayName } = detection;
  const errors: string[] = [];

  function attempt<T>(name: string, call: () => T): T | undefined {
    try {
      return call();
    } catch (error) {
      errors.push(`${name}: ${describeError(error)}`);
      return undefined;
    }
  }

  /** Of a function only: what is a literal is in the detection already. */
  function text(name: 'title' | 'dedup' | 'unique' | 'description' | 'runbook' | 'reference'): string | undefined {
    const source = definition[name];
    if (typeof source !== 'function') return undefined;
    return attempt(name, () => limitText(expectText(id, name, source(event))));
  }

  const title = (typeof definition.title === 'string' ? definition.title : text('title')) || displayName || id;
  const dedup =
    (typeof definition.dedup === 'string' ? definition.dedup : text('dedup')) ||
    (definition.title === undefined ? `defaultDedupString:${id}` : title);
  // Where it fails the match is counted all the same.
  const unique = definition.unique && (text('unique') ?? '');
  const { severity, destinations, context } = definition;
  const description = text('description');
  const runbook = text('runbook');
  const reference = text('reference');
  const ownSeverity = typeof severity === 'function' && attempt('severity', () => expectSeverity(id, severity(event)));
  const ownDestinations =
    typeof destinations === 'function'
      ? attempt('destinations', () => expectDestinations(id, destinations(event)))
      : destinations;
  const ownContext = context && attempt('context', () => expectContext(id, context(event)));

  const signal: Signal = {
    detection: id,
    logType: facts.logType,
    rowId: facts.rowId,
    time: facts.time,
    title,
    dedup,
    severity: ownSeverity || detection.severity,
    ...(description && { description }),
    ...(runbook && { runbook }),
    ...(reference && { reference }),
    ...(ownDestinations && { destinations: ownDestinations }),
    ...(unique !== undefined && { unique }),
    ...(context && { context: ownContext ?? { _error: errors.at(-1)?.slice('context: '.length) } }),
    event: facts.text,
  };
  return { signal, errors };
}

/** The rule itself failed on an event: failures of one class are one alert. */
export function describeFailure({ id, severity }: Detection, error: unknown, facts: EventFacts): Signal {
  const { logType, rowId, time, text: event } = facts;
  const title = describeError(error);
  const dedup = limitText(error instanceof Error ? error.name : typeof error);
  return { detection: id, logType, rowId, time, title, dedup, severity, error: title, event };
}

/** `TypeError: x is not a function`, within limits, whatever was thrown. */
export function describeError(error: unknown): string {
  try {
    return limitText(String(error));
  } catch {
    return 'an error that cannot be shown';
  }
}

export function wrongReturn(id: string, name: string, value: unknown, expected: string): TypeError {
  const type = value === null ? 'null' : Array.isArray(value) ? 'array' : typeof value;
  return new TypeError(`detection [${id}] function [${name}] returned [${type}], expected [${expected}]`);
}

function expectText(id: string, name: string, value: unknown): string {
  if (typeof value !== 'string') throw wrongReturn(id, name, value, 'string');
  return value;
}

/** undefined is DEFAULT: the file's. */
function expectSeverity(id: string, value: unknown) {
  const severity = parseSeverity(value);
  if (severity === undefined && !(typeof value === 'string' && value.toUpperCase() === 'DEFAULT')) {
    throw wrongReturn(id, 'severity', value, 'INFO, LOW, MEDIUM, HIGH, CRITICAL or DEFAULT');
  }
  return severity;
}

function expectDestinations(id: string, value: unknown): readonly string[] | undefined {
  if (value === undefined || value === null) return undefined;
  if (!Array.isArray(value) || !value.every((item): item is string => typeof item === 'string')) {
    throw wrongReturn(id, 'destinations', value, 'array of strings');
  }
  return value.slice(0, limits.destinations);
}

function expectContext(id: string, value: unknown): Signal['context'] {
  if (typeof value !== 'object' || value === null || Array.isArray(value) || value instanceof Promise) {
    throw wrongReturn(id, 'context', value, 'object');
  }
  const json = JSON.stringify(value);
  if (json.length > limits.context) {
    const size = `alert_context size is [${json.length}] characters`;
    throw new RangeError(`${size}, bigger than maximum of [${limits.context}] characters`);
  }
  // A copy: what the rule keeps and changes later must not change the signal.
  const copy: Signal['context'] = JSON.parse(json);
  return copy;
}
