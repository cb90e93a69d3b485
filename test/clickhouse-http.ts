// A small stand-in for a ClickHouse server: its HTTP interface, as far as @clickhouse/client uses it, in front of the
// embedded engine. It runs as a program of its own and prints its address. It must not be used outside tests.
// https://clickhouse.com/docs/interfaces/http
//
//   node test/clickhouse-http.ts FOLDER [PORT]

import { randomUUID } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { rm, writeFile } from 'node:fs/promises';
import { createServer, type IncomingMessage } from 'node:http';
import { buffer } from 'node:stream/consumers';
import { join } from 'node:path';
import { Session } from 'chdb';

const folder = process.argv[2] ?? '';
mkdirSync(join(folder, 'in'), { recursive: true });
const keepOpen = new Session(join(folder, 'store'));

/** Parts of the address that are not settings. */
const notSettings = new Set([
  'query',
  'database',
  'query_id',
  'session_id',
  'wait_end_of_query',
  'default_format',
  'role',
]);

const server = createServer({ maxHeaderSize: 1024 * 1024 }, (request, response) => {
  answer(request).then(
    (body) => response.writeHead(200, { 'Content-Type': 'text/plain' }).end(body),
    (error: unknown) => {
      const message = error instanceof Error ? error.message : String(error);
      const code = /Code: (\d+)/.exec(message)?.[1] ?? '1002';
      response.writeHead(500, { 'X-ClickHouse-Exception-Code': code }).end(message);
    },
  );
});

async function answer(request: IncomingMessage): Promise<Uint8Array | string> {
  const url = new URL(request.url ?? '/', 'http://localhost');
  const body = await buffer(request);
  if (url.pathname === '/ping') return 'Ok.\n';
  // What is in the address is the statement and the body its data; otherwise the body is the statement.
  const statement = url.searchParams.get('query');
  const data = join(folder, 'in', `${randomUUID()}.native`);
  const session = new Session(join(folder, 'store'));
  try {
    if (statement !== null && body.length > 0) await writeFile(data, body);
    const sql = (statement === null ? body.toString() : readBlocks(statement, data)).trim();
    const changes: string[] = [];
    const parameters: Record<string, string> = {};
    for (const [name, value] of url.searchParams) {
      if (name.startsWith('param_')) parameters[name.slice(6)] = value;
      else if (!notSettings.has(name)) changes.push(`SET ${name} = '${value.replaceAll("'", "\\'")}'`);
    }
    for (const change of changes) await session.queryAsync(change);
    // Parameters arrive escaped as in TSV, which is what the engine takes.
    for (const [name, value] of Object.entries(parameters)) {
      await session.queryAsync(`SET param_${name} = '${value.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`);
    }
    return (await session.queryAsync(sql)).bytes();
  } finally {
    session.close();
    await rm(data, { force: true });
  }
}

/** `FROM input('...') FORMAT Native` becomes `FROM file(data, Native, '...')`. */
function readBlocks(statement: string, data: string): string {
  const start = statement.lastIndexOf(' input(');
  return `${statement.slice(0, start)} file('${data}', Native, ${statement.slice(start + 7).replace(/\) FORMAT Native$/, ')')}`;
}

server.listen(Number(process.argv[3] ?? 0), '127.0.0.1', () => {
  const address = server.address();
  process.stdout.write(`http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}\n`);
});

process.on('SIGTERM', () => {
  server.close();
  server.closeAllConnections();
  keepOpen.close();
});
