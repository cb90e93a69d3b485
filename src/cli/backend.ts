// Where alerts, queries and keys come from: the running program's API, or the stores themselves where nothing runs.
// Commands do not know which.

import type { App } from '../app-port.ts';
import type { ApiKeys } from '../core/api-key.ts';
import type { Config } from '../config.ts';
import type { AlertStore } from '../core/alert-store.ts';
import type { EventStore } from '../core/event-store.ts';
import { UserError } from '../core/problem.ts';
import { describeHolder, findHolder } from '../lock.ts';
import { type ApiClient, createApiClient } from './api-client.ts';
import { type Cli, exitCodes } from './command.ts';
import { requireConfig } from './workspace.ts';

export interface Backend {
  /** Address of the API, or the data folder. */
  readonly where: string;
  readonly alerts: Pick<AlertStore, 'list' | 'get' | 'update' | 'snooze' | 'changes' | 'exceptions'>;
  readonly events: Pick<EventStore, 'query'>;
  readonly keys: Omit<ApiKeys, 'verify'>;
  readonly analyze: App['analyze'];
  readonly alertEvents: App['alertEvents'];
  close(): Promise<void>;
}

/** The API of the process that holds the data folder; undefined: nobody does. */
export async function findRunning(config: Config): Promise<ApiClient | undefined> {
  const holder = await findHolder(config.data);
  if (holder === undefined) return undefined;
  if (holder.address !== undefined && holder.key !== undefined) return createApiClient(holder.address, holder.key);
  throw new UserError(`${describeHolder(config.data, holder)}; it has no API (yet)`, {
    exitCode: exitCodes.temporary,
  });
}

/** Opens a backend, gives it to `use`, and closes it. */
export async function withBackend<T>(cli: Cli, use: (backend: Backend) => Promise<T>): Promise<T> {
  const config = await requireConfig(cli);
  const backend = (await findRunning(config)) ?? (await openStores(cli, config));
  try {
    return await use(backend);
  } finally {
    await backend.close();
  }
}

async function openStores(cli: Cli, config: Config): Promise<Backend> {
  const app = await cli.program.open(config, cli.warn);
  return {
    where: config.data,
    alerts: app.alerts,
    events: app.events,
    keys: app.keys,
    analyze: app.analyze,
    alertEvents: (alert, limit) => app.alertEvents(alert, limit),
    close: () => app.stop(),
  };
}
