// From a rule's log source to log types, and from the rule's condition to one over a log type's own fields.

import type { Schema } from '../../core/schema.ts';
import type { Condition } from './ast.ts';
import { allOf, anyOf } from './connect.ts';
import { type Logsource, logsourceText } from './logsource.ts';
import { type LogTypes, logTypesOfSources } from './log-types.ts';
import { isWindows, placesOf } from './place.ts';
import type { SigmaRule } from './rule.ts';
import { type WindowsEvents, windowsCategories, windowsServices } from './windows.ts';

/** One kind of events of a log type that a log source means. */
export interface Route {
  /** Which events of the log type; absent: all. */
  readonly when?: Condition;
  /** Rules' names for fields, and those of these events. */
  readonly fields: Readonly<Record<string, string>>;
}

const noFields = {};

/** Empty: the log source does not mean the log type. */
export function routesOf(logsource: Logsource, schema: Schema): readonly Route[] {
  if (isNamed(logsource, schema)) return [{ fields: noFields }];
  const windows = isWindows(schema) ? windowsRoutes(logsource) : [];
  if (windows.length > 0) return windows;
  const key = logsourceText(logsource);
  const types = Object.hasOwn(logTypesOfSources, key) ? logTypesOfSources[key] : undefined;
  return types === undefined ? [] : tableRoutes(types, schema);
}

/** The rule with the log types that it is for; none where none of the schemas is meant. */
export function withLogTypes(rule: SigmaRule, schemas: readonly Schema[]): SigmaRule {
  const logTypes = schemas.filter((schema) => routesOf(rule.logsource, schema).length > 0).map(({ name }) => name);
  return { ...rule, detection: { ...rule.detection, logTypes } };
}

/** The rule's condition over events of one log type, in its own names and with the route; for SQL. undefined: not meant. */
export function conditionFor(rule: SigmaRule, schema: Schema): Condition | undefined {
  const routes = routesOf(rule.logsource, schema);
  return routes.length === 0 ? undefined : anyOf(routes.map((route) => onRoute(rule.condition, route)));
}

export function onRoute(condition: Condition, route: Route): Condition {
  const own = renameFields(condition, route.fields);
  return route.when === undefined ? own : allOf([route.when, own]);
}

export function renameFields(condition: Condition, names: Route['fields']): Condition {
  if (names === noFields || condition.kind === 'keyword') return condition;
  if (condition.kind === 'not') return { kind: 'not', of: renameFields(condition.of, names) };
  if (condition.kind !== 'field') return { ...condition, of: condition.of.map((each) => renameFields(each, names)) };
  const { match } = condition;
  return {
    kind: 'field',
    field: renamed(condition.field, names),
    match: match.kind === 'fieldref' ? { ...match, other: renamed(match.other, names) } : match,
  };
}

export function renamed(field: string, names: Route['fields']): string {
  return (Object.hasOwn(names, field) ? names[field] : undefined) ?? field;
}

/** `service: Custom.App` is the log type of that name; `product: zeek, service: conn` is Zeek.Conn. */
function isNamed({ category, product, service }: Logsource, schema: Schema): boolean {
  const name = schema.name.toLowerCase();
  if ([category, product, service].includes(name)) return true;
  return (
    product !== undefined && [service, category].some((part) => part !== undefined && name === `${product}.${part}`)
  );
}

function windowsRoutes({ category, product, service }: Logsource): readonly Route[] {
  if (product !== undefined && product !== 'windows') return [];
  if (product === undefined && category !== 'antivirus') return [];
  const channels = service === undefined ? undefined : entry(windowsServices, service);
  if (service !== undefined && channels === undefined) return [];
  const ofService = channels === undefined ? [] : [oneOf('Channel', channels)];
  if (category === undefined) return [{ fields: noFields, ...(channels !== undefined && { when: allOf(ofService) }) }];
  return (entry(windowsCategories, category) ?? []).map(
    (events): Route => ({ when: allOf([...ofService, ...eventConditions(events)]), fields: events.fields ?? noFields }),
  );
}

function eventConditions({ service, eventIds, eventTypes }: WindowsEvents): readonly Condition[] {
  return [
    oneOf('Channel', entry(windowsServices, service) ?? []),
    anyOf(eventIds.map((value) => ({ kind: 'field', field: 'EventID', match: { kind: 'number', value } }))),
    ...(eventTypes === undefined ? [] : [oneOf('EventType', eventTypes)]),
  ];
}

function tableRoutes({ names, ecs, only }: LogTypes, schema: Schema): readonly Route[] {
  const isListed = names.some((name) =>
    name.endsWith('*') ? schema.name.startsWith(name.slice(0, -1)) : schema.name === name,
  );
  if (isListed) return [{ fields: noFields, ...(only !== undefined && { when: oneOf(only.field, only.values) }) }];
  if (ecs === undefined) return [];
  const conditions: Condition[] = [];
  for (const [name, value] of Object.entries(ecs)) {
    const place = placesOf(name, schema).find((each) => each.kind === 'ecs' || each.kind === 'constant');
    if (place === undefined || (place.kind === 'constant' && place.value !== value)) return [];
    if (place.kind === 'ecs') conditions.push(oneOf(name, [value]));
  }
  return [{ fields: noFields, ...(conditions.length > 0 && { when: allOf(conditions) }) }];
}

function oneOf(field: string, values: readonly string[]): Condition {
  return anyOf(
    values.map((value) => ({ kind: 'field', field, match: { kind: 'text', pieces: [value], cased: false } })),
  );
}

function entry<T>(table: Readonly<Record<string, T>>, key: string): T | undefined {
  return Object.hasOwn(table, key) ? table[key] : undefined;
}
