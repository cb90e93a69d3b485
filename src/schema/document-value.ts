// Fields of a schema file: references resolved, types checked, defaults filled in.

import { closest } from '../core/closest.ts';
import type { Path } from '../core/document-text.ts';
import type { Field, ScalarType, Validate, ValueSchema } from '../core/schema.ts';
import type { FieldDocument, SchemaDocument, ValueDocument } from './document-shape.ts';
import type { Findings } from './finding.ts';
import { timeFormatProblem } from './time.ts';

const deepest = 64;
const mostFields = 2000;
const definitionName = /^[A-Z][A-Za-z0-9]*$/;
// As in Panther's own schema of schemas: dots are part of a name, they never mean nesting.
const fieldName = /^[A-Za-z_!#%&',/=@$*+\\`~]/;
const ecsName = /^[a-z@][a-z0-9_@-]*(?:\.[a-z0-9_@-]+)*$/i;

interface Context {
  readonly definitions: Readonly<Record<string, ValueDocument>>;
  readonly findings: Findings;
  /** Names of the definitions that are being resolved. */
  readonly open: readonly string[];
  readonly depth: number;
  readonly counted: { fields: number };
}

export function buildFields(document: SchemaDocument, findings: Findings): readonly Field[] {
  const context: Context = {
    definitions: document.definitions,
    findings,
    open: [],
    depth: 0,
    counted: { fields: 0 },
  };
  for (const [name, definition] of Object.entries(document.definitions)) {
    const path = ['definitions', name];
    if (!definitionName.test(name)) {
      findings.error(['definitions'], `expected a name of letters and digits with a capital, found ${name}`, name);
    }
    buildValue(definition, path, { ...context, open: [name], counted: { fields: 0 } });
  }
  return buildFieldList(document.fields, ['fields'], context);
}

function buildFieldList(documents: readonly FieldDocument[], path: Path, context: Context): readonly Field[] {
  const seen = new Set<string>();
  const renamed = new Set(documents.flatMap((field) => field.rename?.from ?? []));
  return documents.map((document, index) => {
    const at = [...path, index];
    const { name } = document;
    if (++context.counted.fields === mostFields + 1) {
      context.findings.error(at, `there are more than ${mostFields} fields`);
    }
    checkFieldName(name, at, context);
    if (seen.has(name)) context.findings.error([...at, 'name'], `there is already a field \`${name}\``);
    if (renamed.has(name)) {
      context.findings.error([...at, 'name'], `\`${name}\` is what another field is renamed from`);
    }
    seen.add(name);
    return buildField(document, at, context);
  });
}

function checkFieldName(name: string, at: Path, context: Context): void {
  const path = [...at, 'name'];
  if (!fieldName.test(name) || name.length > 255 || name === '__proto__') {
    context.findings.error(path, 'expected a name of at most 255 characters that starts with a letter, _ or @');
  } else if (name.startsWith('p_')) {
    context.findings.error(path, `names with p_ are for the standard fields; rename it: \`rename: {from: ${name}}\``);
  }
}

function buildField(document: FieldDocument, path: Path, context: Context): Field {
  const { name, description, required = false, ecs, mask } = document;
  const { rename, copy, concat, split } = document;
  for (const key of ['rename', 'copy', 'concat', 'split', 'mask'] as const) {
    if (document[key] !== undefined && path.length > 2) {
      context.findings.error(path, `\`${key}\` works on fields at the top only`, key);
    }
  }
  if (mask !== undefined && document.type !== 'string') {
    context.findings.error(path, '`mask` is for fields of type string', 'mask');
  }
  if (ecs !== undefined) {
    checkEcsName(ecs.name, [...path, 'ecs'], context.findings);
    if (path.length > 2) context.findings.error(path, '`ecs` works on fields at the top only', 'ecs');
  }
  return {
    name,
    ...(description === undefined ? {} : { description }),
    required,
    ...buildValue(document, path, context),
    ...(ecs === undefined ? {} : { ecs: ecs.name }),
    ...(ecs?.values === undefined ? {} : { ecsValues: ecs.values }),
    ...(rename === undefined ? {} : { rename }),
    ...(copy === undefined ? {} : { copy }),
    ...(concat === undefined ? {} : { concat }),
    ...(split === undefined ? {} : { split }),
    ...(mask === undefined
      ? {}
      : {
          mask: {
            type: mask.type,
            ...(mask.to === undefined ? {} : { to: mask.to }),
            ...(mask.salt === undefined ? {} : { salt: mask.salt }),
          },
        }),
  };
}

export function checkEcsName(name: string, path: Path, findings: Findings): void {
  if (!ecsName.test(name) || name.length > 255) findings.error(path, 'expected an ECS name such as source.ip');
}

function buildValue(document: ValueDocument, path: Path, context: Context): ValueSchema {
  if (context.depth > deepest) {
    context.findings.error(path, `is nested deeper than ${deepest}`);
    return { type: 'json' };
  }
  const inner = { ...context, depth: context.depth + 1 };
  if (document.type === 'ref') return resolve(document, path, inner);
  checkKeys(document, path, context.findings);
  const { type } = document;
  const embedded = document.isEmbeddedJSON === true ? { isEmbeddedJson: true } : {};
  if (type === 'object') {
    return { type, ...embedded, fields: buildFieldList(document.fields ?? [], [...path, 'fields'], inner) };
  }
  if (type === 'array') {
    const element = document.element ?? { type: 'json' as const };
    // Indicators beside an array of strings are meant for its elements.
    const gathered = element.type === 'string' && element.indicators === undefined ? document.indicators : undefined;
    const built = buildValue(element, [...path, 'element'], inner);
    return { type, ...embedded, element: gathered === undefined ? built : { ...built, indicators: gathered } };
  }
  return { ...embedded, ...buildScalar(document, type, path, context.findings) };
}

function resolve(document: ValueDocument, path: Path, context: Context): ValueSchema {
  const { target } = document;
  const { findings, definitions, open } = context;
  const definition = target !== undefined && Object.hasOwn(definitions, target) ? definitions[target] : undefined;
  if (target === undefined) findings.error(path, 'a field of type ref needs `target`', 'type');
  else if (definition === undefined) {
    const near = closest(target, Object.keys(definitions));
    const hint = near === undefined ? '' : `; did you mean ${near}?`;
    findings.error([...path, 'target'], `there is no definition ${target}${hint}`);
  } else if (open.includes(target)) {
    findings.error([...path, 'target'], `is a reference in a circle: ${[...open, target].join(' > ')}`);
  } else {
    return buildValue(definition, ['definitions', target], { ...context, open: [...open, target] });
  }
  return { type: 'json' };
}

/** Which types a key is for. */
const keyTypes: readonly (readonly [keyof ValueDocument, readonly ValueDocument['type'][]])[] = [
  ['timeFormat', ['timestamp']],
  ['timeFormats', ['timestamp']],
  ['isEventTime', ['timestamp']],
  ['isExpiration', ['timestamp']],
  ['isEmbeddedJSON', ['object', 'array', 'json']],
  ['indicators', ['string', 'array']],
  ['validate', ['string']],
  ['element', ['array']],
  ['fields', ['object']],
  ['target', ['ref']],
];

function checkKeys(document: ValueDocument, path: Path, findings: Findings): void {
  const { type } = document;
  for (const [key, types] of keyTypes) {
    if (document[key] !== undefined && !types.includes(type)) {
      findings.error(path, `\`${key}\` is for type ${types.join(' or ')}, not for ${type}`, key);
    }
  }
  if (type === 'array' && document.indicators !== undefined && document.element?.type !== 'string') {
    findings.error(path, '`indicators` is for string or an array of string', 'indicators');
  }
  if (type === 'object' && document.fields === undefined) findings.error(path, 'type object needs `fields`', 'type');
  if (type === 'array' && document.element === undefined) findings.error(path, 'type array needs `element`', 'type');
}

function buildScalar(document: ValueDocument, type: ScalarType, path: Path, findings: Findings): ValueSchema {
  const { indicators, validate, isEventTime } = document;
  return {
    type,
    ...(type === 'timestamp' ? { timeFormats: timeFormats(document, path, findings) } : {}),
    ...(isEventTime === true ? { isEventTime } : {}),
    ...(indicators === undefined || indicators.length === 0 ? {} : { indicators }),
    ...(validate === undefined ? {} : { validate: compact(validate) }),
  };
}

function timeFormats(document: ValueDocument, path: Path, findings: Findings): readonly string[] {
  const { timeFormat, timeFormats: several } = document;
  if (timeFormat !== undefined && several !== undefined) {
    findings.error(path, 'has both `timeFormat` and `timeFormats`; expected one of them', 'timeFormat');
  }
  const formats = several ?? (timeFormat === undefined ? [] : [timeFormat]);
  if (formats.length === 0) {
    findings.error(
      path,
      'type timestamp needs `timeFormats`: rfc3339, unix, unix_ms, unix_us, unix_ns or strftime',
      'type',
    );
  }
  for (const [index, format] of formats.entries()) {
    const problem = timeFormatProblem(format);
    const at = several === undefined ? [...path, 'timeFormat'] : [...path, 'timeFormats', index];
    if (problem !== undefined) findings.error(at, problem);
  }
  return formats;
}

function compact(validate: NonNullable<ValueDocument['validate']>): Validate {
  const { allow, deny, ip, cidr } = validate;
  return {
    ...(allow === undefined ? {} : { allow }),
    ...(deny === undefined ? {} : { deny }),
    ...(ip === undefined ? {} : { ip }),
    ...(cidr === undefined ? {} : { cidr }),
  };
}
