// A process that makes a new cluster in the folder that it is given, and ends: what initdb takes of memory goes with it.

import { createCluster } from './embedded.ts';

await createCluster(process.argv[2] ?? '');
