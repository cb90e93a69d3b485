// `validate` of a field: part of deciding whether a schema takes a record at all.

import type { Validate } from '../core/schema.ts';
import { ipVersion, parseCidr } from '../core/ip.ts';

type Check = (value: string) => boolean;
type Family = NonNullable<Validate['ip']>;

function isOf(version: 0 | 4 | 6, family: Family): boolean {
  return family === 'any' ? version !== 0 : version === (family === 'ipv4' ? 4 : 6);
}

function memberCheck(values: readonly string[], wanted: boolean): Check {
  const [only] = values;
  if (values.length === 1) return (value) => (value === only) === wanted;
  const set = new Set(values);
  return (value) => set.has(value) === wanted;
}

/** All conditions must hold; where there is `allow`, `deny` is not looked at. */
export function compileValidate(validate: Validate): Check {
  const { allow, deny, ip, cidr } = validate;
  const checks: Check[] = [];
  if (allow !== undefined) checks.push(memberCheck(allow, true));
  else if (deny !== undefined) checks.push(memberCheck(deny, false));
  if (ip !== undefined) checks.push((value) => isOf(ipVersion(value), ip));
  if (cidr !== undefined) checks.push((value) => isOf(parseCidr(value)?.version ?? 0, cidr));
  const [first, ...rest] = checks;
  if (first === undefined) return () => true;
  if (rest.length === 0) return first;
  return (value) => checks.every((check) => check(value));
}
