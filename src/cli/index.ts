// The commands, in the order of `tocsin --help`.

import { command as alerts } from './alerts.ts';
import { command as analyze } from './analyze.ts';
import type { CliCommand } from './command.ts';
import { command as completion } from './completion.ts';
import { command as demo } from './demo.ts';
import { command as doctor } from './doctor.ts';
import { command as explain } from './explain.ts';
import { command as honeypot } from './honeypot.ts';
import { command as importCommand } from './import.ts';
import { command as infer } from './infer.ts';
import { command as ingest } from './ingest.ts';
import { command as init } from './init.ts';
import { command as keys } from './keys.ts';
import { command as parse } from './parse.ts';
import { command as queries } from './queries.ts';
import { command as query } from './query.ts';
import { command as run } from './run.ts';
import { command as sigma } from './sigma.ts';
import { command as test } from './test.ts';

export const commands: readonly CliCommand[] = [
  demo,
  init,
  run,
  ingest,
  infer,
  parse,
  explain,
  test,
  sigma,
  importCommand,
  query,
  queries,
  alerts,
  analyze,
  honeypot,
  keys,
  doctor,
  completion,
];
