// The kinds of sources, by the `type` that the configuration gives. Everything that lists kinds (configuration, help,
// docs) derives from this table. It must not read anything: a source does, when it is asked to.

import { file } from './file.ts';
import { http } from './http.ts';
import type { SourceKind } from './source-kind.ts';
import { stdin } from './stdin.ts';
import { tcp } from './tcp.ts';

export const sourceKinds = { file, stdin, tcp, http } satisfies Record<string, SourceKind>;
