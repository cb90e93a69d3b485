// Connections and names as Zeek and tcpdump write them.

import { iso, type Sent } from './sent.suite.ts';

export interface Connection {
  readonly time: number;
  readonly from: string;
  readonly to: string;
  readonly port: number;
  readonly transport?: 'tcp' | 'udp';
  /** Payload, out and in. */
  readonly bytes?: readonly [number, number];
  readonly state?: string;
}

export function zeekConn({
  time,
  from,
  to,
  port,
  transport = 'tcp',
  bytes = [512, 4096],
  state = 'SF',
}: Connection): Sent {
  const text = JSON.stringify({
    ts: time / 1000,
    uid: `C${time.toString(36)}${port}`,
    'id.orig_h': from,
    'id.orig_p': 40_000 + (time % 20_000),
    'id.resp_h': to,
    'id.resp_p': port,
    proto: transport,
    duration: 0.2,
    orig_bytes: bytes[0],
    resp_bytes: bytes[1],
    conn_state: state,
    history: 'ShADadfF',
    orig_pkts: 8,
    resp_pkts: 8,
  });
  return { source: 'conn', time, text };
}

export function zeekDns(
  time: number,
  from: string,
  query: string,
  { type = 'A', answer = 'NOERROR' }: { readonly type?: string; readonly answer?: 'NOERROR' | 'NXDOMAIN' } = {},
): Sent {
  const text = JSON.stringify({
    ts: time / 1000,
    uid: `D${time.toString(36)}`,
    'id.orig_h': from,
    'id.orig_p': 53_000,
    'id.resp_h': '10.0.0.53',
    'id.resp_p': 53,
    proto: 'udp',
    trans_id: time % 65_536,
    query,
    qclass: 1,
    qclass_name: 'C_INTERNET',
    qtype_name: type,
    rcode_name: answer,
    AA: false,
    TC: false,
    RD: true,
    RA: true,
    Z: 0,
    rejected: false,
  });
  return { source: 'dns', time, text };
}

/** `tcpdump -n -tttt` with TZ=UTC. */
export function tcpdumpSyn({ time, from, to, port }: Connection): Sent {
  const stamp = iso(time).replace('T', ' ').replace('Z', '000');
  const text = `${stamp} IP ${from}.40000 > ${to}.${port}: Flags [S], seq 1720384512, win 64240, options [mss 1460,sackOK,TS val 1 ecr 0,nop,wscale 7], length 0`;
  return { source: 'tcpdump', time, text };
}
