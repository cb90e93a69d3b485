// Requests as nginx and Apache log them, in the "combined" format.

import type { Sent } from './sent.suite.ts';

export interface Request {
  readonly time: number;
  readonly from: string;
  readonly path: string;
  readonly method?: string;
  readonly status?: number;
  readonly bytes?: number;
  readonly agent?: string;
}

export function request({
  time,
  from,
  path,
  method = 'GET',
  status = 200,
  bytes = 5124,
  agent = 'Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0',
}: Request): Sent {
  const [, day = '', month = '', year = '', clock = ''] = new Date(time).toUTCString().split(' ');
  const stamp = `${day}/${month}/${year}:${clock} +0000`;
  const text = `${from} - - [${stamp}] "${method} ${path} HTTP/1.1" ${status} ${bytes} "-" "${agent}"`;
  return { source: 'nginx', time, text };
}
