// What a watch does when it fires, as far as it is told to somebody: the destinations, and the text of the alert. What
// has its place here anyway, an index of alerts and a line in the log, needs none.

import type { Path } from '../../core/document-text.ts';
import { isObject } from '../../core/object.ts';
import { durationSeconds } from '../elasticsearch/aggregation.ts';
import { members } from '../elasticsearch/query.ts';
import type { Findings } from '../import.ts';

export interface WatchAction {
  readonly name: string;
  readonly path: Path;
  readonly destination?: string;
  /** Templates, the shortest first. */
  readonly texts: readonly string[];
  readonly transform?: unknown;
  readonly throttleSeconds?: number;
}

type Members = Readonly<Record<string, unknown>>;

/** How each kind of action is taken: who is told, and by which texts. undefined: it has no counterpart. */
const kinds: Readonly<
  Record<string, (action: Members) => { readonly tell?: string; readonly texts: readonly unknown[] }>
> = {
  email: (action) => ({
    tell: `type email, to ${addresses(action['to'])}`,
    texts: [action['subject'], emailBody(action['body'])],
  }),
  webhook: (action) => ({ tell: `type webhook, to ${webhookAddress(action)}`, texts: [action['body']] }),
  slack: (action) => {
    const message: Members = isObject(action['message']) ? action['message'] : {};
    return { tell: `type slack, to ${addresses(message['to'])}`, texts: [message['text']] };
  },
  logging: (action) => ({ texts: [isObject(action['text']) ? action['text']['source'] : action['text']] }),
  index: () => ({ texts: [] }),
};

const common = ['condition', 'transform', 'throttle_period', 'throttle_period_in_millis', 'foreach', 'max_iterations'];

export function watchActions(value: unknown, path: Path, findings: Findings): WatchAction[] {
  return Object.entries(members(value ?? {}, path)).flatMap(([name, body]) => {
    const at = [...path, name];
    const action = members(body, at);
    const type = Object.keys(action).find((key) => !common.includes(key)) ?? '';
    const kind = Object.hasOwn(kinds, type) ? kinds[type] : undefined;
    if (kind === undefined) {
      findings.lose(at, `an action \`${type}\` is not taken: nobody is told by it`);
      return [];
    }
    if (action['condition'] !== undefined)
      findings.refuse([...at, 'condition'], 'a condition of an action is not taken');
    const { tell, texts } = kind(members(action[type], [...at, type]));
    if (tell !== undefined) findings.tell(at, `needs a destination \`${name}\` in tocsin.yml: ${tell}`);
    if (type === 'index')
      findings.tell(at, 'alerts and signals are stored anyway; nothing is written to another index');
    if (action['foreach'] !== undefined) findings.tell(at, 'each row has an alert of its own, as foreach wants it');
    const seconds = durationSeconds(action['throttle_period']);
    return [
      {
        name,
        path: at,
        ...(tell !== undefined && { destination: name }),
        texts: texts.filter((text) => typeof text === 'string' && text.trim() !== '') as string[],
        ...(action['transform'] !== undefined && { transform: action['transform'] }),
        ...(seconds !== undefined && { throttleSeconds: seconds }),
      },
    ];
  });
}

function addresses(value: unknown): string {
  const all = Array.isArray(value) ? value : [value];
  return all.filter((each) => typeof each === 'string').join(', ') || 'whom it names';
}

function emailBody(value: unknown): unknown {
  return isObject(value) ? (value['text'] ?? value['html']) : value;
}

/** Without what may be secret in it: user, password, query. */
function webhookAddress(action: Members): string {
  const request: Members = isObject(action['request']) ? action['request'] : action;
  return [request['scheme'] ?? 'http', '://', request['host'] ?? '', request['path'] ?? ''].map(String).join('');
}
