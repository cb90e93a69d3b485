// The kinds of destinations: where alerts are sent. One file per kind and one line here; configuration, help and docs
// are made from this table. It decides neither what is sent where (src/alert) nor when it is tried again (src/jobs.ts).

import type { DestinationKind } from './destination-kind.ts';
import { email } from './email.ts';
import { slack } from './slack.ts';
import { webhook } from './webhook.ts';

export const destinationKinds = { email, slack, webhook } satisfies Record<string, DestinationKind>;
