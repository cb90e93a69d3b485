// A schema as the program holds it: Panther's YAML form, read and checked by schema/document.ts, with our additions
// (`ecs`, `drop`, `extract`). Plain data: it crosses thread borders.

export const scalarTypes = ['string', 'int', 'smallint', 'bigint', 'float', 'boolean', 'timestamp', 'json'] as const;
export type ScalarType = (typeof scalarTypes)[number];
export type ValueTypeName = ScalarType | 'array' | 'object';

/** Each indicator scanner gathers values into one or more `p_any_` columns (schema/indicator.ts). */
export const indicatorNames = [
  'ip',
  'domain',
  'hostname',
  'url',
  'net_addr',
  'email',
  'username',
  'md5',
  'sha1',
  'sha256',
  'trace_id',
  'aws_arn',
  'aws_arn_only',
  'aws_account_id',
  'aws_instance_id',
  'aws_tag',
  'actor_id',
  'mac',
  'serial_number',
] as const;
export type IndicatorName = (typeof indicatorNames)[number];

export interface Validate {
  readonly allow?: readonly string[];
  readonly deny?: readonly string[];
  readonly ip?: 'ipv4' | 'ipv6' | 'any';
  readonly cidr?: 'ipv4' | 'ipv6' | 'any';
}

/** A value without a name: an array's element. `ref` is resolved before this form is made. */
export interface ValueSchema {
  readonly type: ValueTypeName;
  /** Tried in order; for `timestamp` only, never empty there. */
  readonly timeFormats?: readonly string[];
  readonly isEventTime?: boolean;
  readonly isEmbeddedJson?: boolean;
  readonly indicators?: readonly IndicatorName[];
  readonly validate?: Validate;
  /** For `array`. */
  readonly element?: ValueSchema;
  /** For `object`. */
  readonly fields?: readonly Field[];
}

export interface Field extends ValueSchema {
  readonly name: string;
  readonly description?: string;
  readonly required: boolean;
  /** ECS name under which the value also appears in `p_ecs`, such as `source.ip`. */
  readonly ecs?: string;
  /** Value map for `p_ecs`: `{ Accepted: success }`. A value that is not in it is passed on as it is. */
  readonly ecsValues?: Readonly<Record<string, string>>;
  readonly rename?: { readonly from: string };
  readonly copy?: { readonly from: string };
  readonly concat?: { readonly separator: string; readonly paths: readonly string[] };
  readonly split?: { readonly from: string; readonly separator: string; readonly index: number };
  readonly mask?: { readonly type: 'redact' | 'obfuscate'; readonly to?: string; readonly salt?: string };
}

interface TextParser {
  /** Lines that start with it are skipped: neither an event nor a dead letter. */
  readonly skipPrefix?: string;
  /** Values equal to one of these are absent. */
  readonly emptyValues: readonly string[];
  readonly trimSpace: boolean;
  /** Templates `%{a}-%{b}` for added fields. */
  readonly expandFields: Readonly<Record<string, string>>;
}
export interface RegexParser extends TextParser {
  readonly type: 'regex';
  /** Parts are joined without a separator. */
  readonly match: readonly string[];
  readonly patternDefinitions: Readonly<Record<string, string>>;
}
export interface FastmatchParser extends TextParser {
  readonly type: 'fastmatch';
  readonly match: readonly string[];
}
export interface CsvParser extends TextParser {
  readonly type: 'csv';
  readonly delimiter: string;
  readonly hasHeader: boolean;
  /** '' skips a column. Empty where the header names them. */
  readonly columns: readonly string[];
}
export type Parser = { readonly type: 'json' } | RegexParser | FastmatchParser | CsvParser;

/** Tells a condition on own fields: each named field has one of the values (absent matches ''). */
export type FieldCondition = Readonly<Record<string, readonly string[]>>;

/** A record that fits is neither an event nor a dead letter: it is counted under the reason. */
export interface Drop {
  readonly reason: string;
  readonly when: FieldCondition;
}

/** Takes a text field further apart: the first pattern that matches adds its fields and the constants of `set`. */
export interface Extract {
  readonly from: string;
  readonly when?: FieldCondition;
  readonly patterns: readonly { readonly match: string; readonly set: Readonly<Record<string, string>> }[];
}

export interface Schema {
  /** The log type that it makes: `Zeek.Conn`, `Custom.Netstat`. */
  readonly name: string;
  readonly description: string;
  readonly referenceUrl: string;
  readonly parser: Parser;
  readonly fields: readonly Field[];
  readonly drop: readonly Drop[];
  readonly extract: readonly Extract[];
  readonly patternDefinitions: Readonly<Record<string, string>>;
  /** Constants of `p_ecs` for every event: `{ 'event.category': 'authentication' }`. */
  readonly ecs: Readonly<Record<string, string>>;
  readonly fieldDiscovery: boolean;
  readonly file: string;
}
