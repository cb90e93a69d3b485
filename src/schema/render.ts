// A schema as the text of a schema file, in Panther's key order, for people to read and edit. Defaults are left out.

import { stringify } from 'yaml';
import type { Drop, Extract, Field, Parser, Schema, ValueSchema } from '../core/schema.ts';

type Tree = string | number | boolean | readonly Tree[] | { readonly [key: string]: Tree | undefined };

/** `parseSchema` makes the same schema of it again. */
export function renderSchema(schema: Schema): string {
  return renderMap({
    schema: schema.name,
    description: filled(schema.description),
    referenceURL: filled(schema.referenceUrl),
    fieldDiscoveryEnabled: schema.fieldDiscovery ? true : undefined,
    parser: parserTree(schema.parser),
    patternDefinitions: entries(schema.patternDefinitions),
    ecs: entries(schema.ecs),
    drop: list(schema.drop.map(dropTree)),
    extract: list(schema.extract.map(extractTree)),
    fields: schema.fields.map(fieldTree),
  });
}

/** A `drop:` block alone, to be put into a schema file. */
export function renderDrops(drops: readonly Drop[]): string {
  return renderMap({ drop: drops.map(dropTree) });
}

function parserTree(parser: Parser): Tree | undefined {
  if (parser.type === 'json') return undefined;
  const text = {
    skipPrefix: parser.skipPrefix,
    emptyValues: list(parser.emptyValues),
    trimSpace: parser.trimSpace ? true : undefined,
    expandFields: entries(parser.expandFields),
  };
  if (parser.type === 'csv') {
    const { delimiter, hasHeader, columns } = parser;
    return { csv: { delimiter, hasHeader: hasHeader ? true : undefined, columns, ...text } };
  }
  if (parser.type === 'fastmatch') return { fastmatch: { match: parser.match, ...text } };
  return { regex: { match: parser.match, patternDefinitions: entries(parser.patternDefinitions), ...text } };
}

function fieldTree(field: Field): Tree {
  const { ecs, ecsValues, mask } = field;
  return {
    name: field.name,
    required: field.required ? true : undefined,
    description: field.description,
    ...valueTree(field),
    ecs: ecs !== undefined && ecsValues !== undefined ? { name: ecs, values: ecsValues } : ecs,
    rename: field.rename && { from: field.rename.from },
    copy: field.copy && { from: field.copy.from },
    concat: field.concat && { separator: field.concat.separator, paths: field.concat.paths },
    split: field.split && { from: field.split.from, separator: field.split.separator, index: field.split.index },
    mask: mask && { type: mask.type, to: mask.to, salt: mask.salt },
  };
}

function valueTree(value: ValueSchema): { readonly [key: string]: Tree | undefined } {
  const { validate } = value;
  return {
    type: value.type,
    isEmbeddedJSON: value.isEmbeddedJson,
    fields: value.fields?.map(fieldTree),
    element: value.element && valueTree(value.element),
    indicators: value.indicators,
    validate: validate && { allow: validate.allow, deny: validate.deny, ip: validate.ip, cidr: validate.cidr },
    timeFormats: value.timeFormats,
    isEventTime: value.isEventTime,
  };
}

function dropTree(drop: Drop): Tree {
  return { reason: drop.reason, when: drop.when };
}

function extractTree(extract: Extract): Tree {
  const patterns = extract.patterns.map(({ match, set }): Tree => ({ match, set: entries(set) }));
  return { from: extract.from, when: extract.when, patterns };
}

function filled(text: string): string | undefined {
  return text === '' ? undefined : text;
}

function list<Item>(items: readonly Item[]): readonly Item[] | undefined {
  return items.length === 0 ? undefined : items;
}

function entries(map: Readonly<Record<string, string>>): Readonly<Record<string, string>> | undefined {
  return Object.keys(map).length === 0 ? undefined : map;
}

/** Block style, four columns per level, as pantherlog prints it. */
function renderMap(map: { readonly [key: string]: Tree | undefined }): string {
  return `${mapLines(map).join('\n')}\n`;
}

function mapLines(map: { readonly [key: string]: Tree | undefined }): string[] {
  return Object.entries(map).flatMap(([key, value]) => {
    if (value === undefined) return [];
    if (typeof value !== 'object') return [`${scalar(key)}: ${scalar(value)}`];
    return [`${scalar(key)}:`, ...nested(value).map((line) => `    ${line}`)];
  });
}

function nested(value: Exclude<Tree, string | number | boolean>): string[] {
  if (!isList(value)) return mapLines(value);
  return value.flatMap((item) => {
    const lines = typeof item === 'object' ? nested(item) : [scalar(item)];
    return lines.map((line, index) => `${index === 0 ? '-' : ' '} ${line}`);
  });
}

function isList(value: Exclude<Tree, string | number | boolean>): value is readonly Tree[] {
  return Array.isArray(value);
}

function scalar(value: string | number | boolean): string {
  return stringify(value, { lineWidth: 0, blockQuote: false }).trimEnd();
}
