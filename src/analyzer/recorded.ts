// Answers from a folder in place of the network: for tests, demos, and reports over old logs. Nobody is asked, so nothing
// is held back, kept or counted.

import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Observable } from '../core/analysis.ts';
import type { Json } from '../core/event.ts';
import type { AnalyzerAnswer, AnalyzerKind } from './analyzer.ts';
import { jsonOrText, maxAnswerBytes } from './ask.ts';

/** `<name>.json` is the body of an answer with status 200, or `{"status": 404, "body": ...}` and nothing else.
 *  undefined: there is no such file. */
export async function recordedAnswer(
  folder: string,
  kind: AnalyzerKind,
  observable: Observable,
): Promise<AnalyzerAnswer | undefined> {
  const name = kind.fixture(observable);
  // It is made from what attackers write.
  if (!/^\w[\w.-]{0,199}$/.test(name)) return undefined;
  const text = await smallText(join(folder, `${name}.json`));
  if (text === undefined) return undefined;
  const body = jsonOrText(text);
  return withStatus(body) ?? { status: 200, body };
}

async function smallText(path: string): Promise<string | undefined> {
  try {
    if ((await stat(path)).size > maxAnswerBytes) throw new Error(`${path} is over ${maxAnswerBytes} bytes`);
    return await readFile(path, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
}

function withStatus(json: Json): AnalyzerAnswer | undefined {
  if (typeof json !== 'object' || json === null || Object.keys(json).toSorted().join() !== 'body,status')
    return undefined;
  const { status, body } = json as { readonly status?: Json; readonly body?: Json };
  return typeof status === 'number' ? { status, body: body ?? null } : undefined;
}
