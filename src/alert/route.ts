// Where an alert is told. Precedence as Panther's: what the rule's destinations() named, then the file's OutputIds,
// then the destinations that want the alert's severity.

import type { Alert } from '../core/alert.ts';
import type { Detection } from '../core/detection.ts';
import type { Severity } from '../core/severity.ts';

/** The routing part of a destination's configuration. */
export interface DestinationRoute {
  readonly id: string;
  readonly severities: readonly Severity[];
}

/** Panther's way to say "nowhere" in destinations(). */
const nowhere = 'SKIP';
/** Rules may take names from events; more of them are no routing. */
const maxNamed = 20;

/** Ids, each once. One that a rule or a file names and that is not configured is given too: its delivery fails, and says
 *  why. `named`: what destinations() gave with the first signal; undefined: there is no such function. */
export function route(
  alert: Pick<Alert, 'severity'>,
  detection: Pick<Detection, 'destinations'> | undefined,
  named: readonly string[] | undefined,
  destinations: readonly DestinationRoute[],
): readonly string[] {
  if (named !== undefined) return known(named);
  const ofFile = detection?.destinations ?? [];
  if (ofFile.length > 0) return known(ofFile);
  return destinations.filter((each) => each.severities.includes(alert.severity)).map((each) => each.id);
}

function known(ids: readonly string[]): readonly string[] {
  return [...new Set(ids)].filter((id) => id !== nowhere && id !== '').slice(0, maxNamed);
}
