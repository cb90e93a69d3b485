// ClickHouse as a server, over HTTP. It must not know what is stored.

import { Readable } from 'node:stream';
import { ClickHouseLogLevel, createClient } from '@clickhouse/client';
import { quoteText } from '../../core/quote.ts';
import type { Engine, Insert, Read } from './engine.ts';

/** Longer than any append or change of a table should take, in ms. */
const requestTimeout = 300_000;

/** `url` may hold user, password and database: `https://tocsin:secret@host:8443/tocsin`. */
export function createServerEngine(url: string): Engine {
  const client = createClient({
    url,
    request_timeout: requestTimeout,
    application: 'tocsin',
    // It would print every error with the settings of its query; the caller tells errors in its own words.
    log: { level: ClickHouseLogLevel.OFF },
  });

  return {
    async command(query) {
      await client.command({ query });
    },

    async rows<Row>(query: string) {
      const result = await client.query({ query, format: 'JSONEachRow' });
      return await result.json<Row>();
    },

    async read({ sql, parameters, settings, timeoutMs }: Read) {
      // The server ends the query at its limit and says so; the client gives up only when the server does not answer.
      const timeout = AbortSignal.timeout(timeoutMs + 10_000);
      const result = await client.query({
        query: sql,
        format: 'JSONCompact',
        query_params: { ...parameters },
        clickhouse_settings: { ...settings, readonly: '1', wait_end_of_query: 1 },
        abort_signal: timeout,
      });
      return await result.text();
    },

    async insert({ statement, structure, blocks }: Insert) {
      const { stream } = await client.exec({
        query: `${statement} input(${quoteText(structure)}) FORMAT Native`,
        values: Readable.from(blocks, { objectMode: false }),
        clickhouse_settings: { wait_end_of_query: 1 },
      });
      for await (const _ of stream);
    },

    close: () => client.close(),
  };
}
