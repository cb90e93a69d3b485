// A Sigma rule, read and compiled: what the engine, SQL and the CLI work with. Plain data: it crosses threads.

import type { Detection } from '../../core/detection.ts';
import type { SiemBlock } from '../siem-block.ts';
import type { Condition } from './ast.ts';
import type { Logsource } from './logsource.ts';

export interface SigmaRule {
  /** `logTypes` is `*` until route.ts knows the schemas. */
  readonly detection: Detection;
  /** By which correlations and filters call it, beside its id. */
  readonly name?: string;
  readonly logsource: Logsource;
  /** With filters; without exceptions, which have an end. */
  readonly condition: Condition;
  /** For people: as it is written, filters after it. */
  readonly conditionText: string;
  readonly exceptions: readonly SigmaException[];
  /** Names of fields that an analyst wants to see. */
  readonly fields: readonly string[];
  readonly siem: SiemBlock;
}

export interface SigmaException {
  readonly name: string;
  readonly owner?: string;
  readonly reason?: string;
  /** Epoch ms; events from then on are excepted no more. */
  readonly until?: number;
  readonly when: Condition;
}

/** Leaves events out of rules that are not to be changed. */
export interface SigmaFilter {
  readonly title: string;
  readonly file: string;
  readonly logsource: Logsource;
  /** Ids, names or titles. */
  readonly rules: 'any' | readonly string[];
  /** What stays: events that it does not fit are left out. */
  readonly keep: Condition;
  /** For people: `not (selection)`. */
  readonly keepText: string;
}
