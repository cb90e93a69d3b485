// The search of a watch's input. Other inputs are Unsupported.

import type { Path } from '../../core/document-text.ts';
import { isObject } from '../../core/object.ts';
import { list, members } from '../elasticsearch/query.ts';
import { type Findings, Unsupported } from '../import.ts';
import { fillIn } from './fill-in.ts';

type Members = Readonly<Record<string, unknown>>;

export interface Search {
  readonly indices: readonly string[];
  readonly body: Members;
  /** Of the request. */
  readonly path: Path;
}

const known = [
  'query',
  'aggs',
  'aggregations',
  'size',
  'from',
  'sort',
  '_source',
  'fields',
  'stored_fields',
  'docvalue_fields',
  'track_total_hits',
  'timeout',
];

export function searchOf(input: unknown, path: Path, metadata: Members, findings: Findings): Search {
  const [kind = 'none', body] = Object.entries(members(input ?? {}, path))[0] ?? [];
  const at = [...path, kind];
  if (kind === 'chain') {
    const inputs = list(members(body, at)['inputs']);
    for (const [i, each] of inputs.entries()) {
      const [name = ''] = Object.keys(isObject(each) ? each : {});
      findings.refuse(
        [...at, 'inputs', i],
        `\`${name}\`: a chain of inputs is not taken; write one query that joins them`,
      );
    }
    throw new Unsupported(at, 'a chain of inputs is not taken');
  }
  if (kind !== 'search') throw new Unsupported(at, `an input \`${kind}\` is not taken: only searches are`);
  const search = members(body, at);
  const request = members(search['request'], [...at, 'request']);
  const requestPath = [...at, 'request'];
  if (request['template'] !== undefined)
    throw new Unsupported([...requestPath, 'template'], 'a stored template is not taken');
  for (const key of ['types', 'search_type', 'indices_options', 'rest_total_hits_as_int']) {
    if (request[key] !== undefined && key === 'types')
      findings.tell([...requestPath, key], 'is left out: the log type says it');
  }
  const filled = members(fillIn(request['body'] ?? {}, metadata, [...requestPath, 'body']), [...requestPath, 'body']);
  for (const key of Object.keys(filled)) {
    if (!known.includes(key)) throw new Unsupported([...requestPath, 'body', key], 'is not taken in a search');
  }
  const indices = list(request['indices'] ?? request['index'] ?? '*').map((each) =>
    String(fillIn(each, metadata, [...requestPath, 'indices'])),
  );
  return { indices, body: filled, path: requestPath };
}
