// Times to come, and who asks.

import { InvalidArgumentError } from 'commander';
import type { Cli } from './command.ts';
import { unitMs } from './format.ts';

/** `2h` from now, a day, which is meant to its end, or a time; UTC where it does not say. As epoch ms. */
export function parseUntil(text: string, now = Date.now()): number {
  const [, count, unit = ''] = /^(\d{1,6})([smhdw])$/.exec(text) ?? [];
  const lasting = unitMs[unit];
  if (Number(count) > 0 && lasting !== undefined) return now + Number(count) * lasting;
  const [, day, clock, zone = 'Z'] =
    /^(\d{4}-\d\d-\d\d)(?:[T ](\d\d:\d\d(?::\d\d)?)(Z|[+-]\d\d:\d\d)?)?$/.exec(text) ?? [];
  const time = Date.parse(clock === undefined ? `${day}T23:59:59.999Z` : `${day}T${clock}${zone}`);
  if (day === undefined || Number.isNaN(time)) {
    throw new InvalidArgumentError('expected 2h, 3d, a day such as 2026-12-31 or a time such as 2026-12-01T08:00Z.');
  }
  if (time <= now) throw new InvalidArgumentError('expected a time to come.');
  return time;
}

/** For the record of changes; nobody checks it. */
export function callerName({ env }: Pick<Cli, 'env'>): string {
  return env['USER'] || env['USERNAME'] || 'somebody';
}
