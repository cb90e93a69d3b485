// Connections and names: scans, new services, regular calls, data that leaves.

import { type Connection, tcpdumpSyn, zeekConn, zeekDns } from './network.suite.ts';
import type { Scenarios } from './scenario.suite.ts';
import { createRandom, day, hour, minute, second, spread } from './sent.suite.ts';

const inside = '10.0.1.6';
const outside = '203.0.113.80';
const syn = { from: '192.0.2.7', to: '192.0.2.1' };

/** So many ports of one host, one after the other. */
const scan = (start: number, ports: number, every: number, see = tcpdumpSyn, more: Partial<Connection> = {}) =>
  spread({ start, count: ports, every }, (time, index) => see({ time, ...syn, port: index + 1, ...more }));

/** One port of so many hosts. */
const sweep = (start: number, hosts: number, every: number, { port = 22, from = syn.from, see = tcpdumpSyn } = {}) =>
  spread({ start, count: hosts, every }, (time, index) => see({ time, from, to: `198.51.100.${index + 1}`, port }));

const longName = (index: number, domain: string): string =>
  `${createRandom(index)().toString(36).slice(2).padEnd(11, 'x').repeat(4)}${index}.${domain}`;

export const networkScenarios: Readonly<Record<string, Scenarios>> = {
  'Tocsin.Network.PortScan': {
    attacks: {
      tcpdump: {
        title: 'Port scan from 192.0.2.7 to 192.0.2.1: 60 ports',
        records: (start) => scan(start, 60, 100),
      },
      zeek: {
        title: 'Port scan from 192.0.2.7 to 192.0.2.1: 60 ports',
        records: (start) => scan(start, 60, 100, zeekConn, { state: 'REJ' }),
      },
    },
    nearMisses: {
      'fifty ports': { records: (start) => scan(start, 50, 100) },
      'a port a second': { records: (start) => scan(start, 300, second) },
      'the same ports of many hosts': {
        records: (start) =>
          spread({ start, count: 60, every: 100 }, (time, index) =>
            tcpdumpSyn({ time, from: syn.from, to: `198.51.100.${index + 1}`, port: index + 1 }),
          ),
      },
      'many connections to one port': {
        records: (start) => spread({ start, count: 500, every: 20 }, (time) => tcpdumpSyn({ time, ...syn, port: 443 })),
      },
    },
  },
  'Tocsin.Network.SlowPortScan': {
    attacks: {
      'a port a minute': {
        title: 'Slow port scan from 192.0.2.7 to 192.0.2.1: 55 ports',
        records: (start) => scan(start, 55, minute),
      },
    },
    nearMisses: {
      'fifty ports again and again': {
        records: (start) =>
          spread({ start, count: 100, every: 30 * second }, (time, index) =>
            tcpdumpSyn({ time, ...syn, port: 1 + (index % 50) }),
          ),
      },
      'a port every 90 seconds': { records: (start) => scan(start, 80, 90 * second) },
    },
  },
  'Tocsin.Network.PortSweep': {
    attacks: {
      tcpdump: {
        title: 'Sweep of port 22 from 192.0.2.7: 60 hosts',
        records: (start) => sweep(start, 60, 500),
      },
      'of web servers inside': {
        title: 'Sweep of port 443 from 10.0.1.6: 60 hosts',
        records: (start) =>
          spread({ start, count: 60, every: 500 }, (time, index) =>
            zeekConn({ time, from: inside, to: `10.0.2.${index + 1}`, port: 443, state: 'S0' }),
          ),
      },
      'out into the Internet': {
        title: 'Sweep of port 445 from 10.0.1.6: 60 hosts',
        records: (start) => sweep(start, 60, 500, { from: inside, port: 445, see: zeekConn }),
      },
    },
    nearMisses: {
      'fifty hosts': { records: (start) => sweep(start, 50, 500) },
      'over five minutes': { records: (start) => sweep(start, 100, 3 * second) },
      'a browser, or a proxy': {
        records: (start) => sweep(start, 200, 100, { from: inside, port: 443, see: zeekConn }),
      },
    },
  },
  'Tocsin.Network.NewService': {
    attacks: {
      'after a week of 443, port 22': {
        title: `${inside} uses port 22 for the first time`,
        history: 9 * day,
        records: (start) => [
          ...spread({ start: start - 8 * day, count: 8, every: day }, (time) =>
            zeekConn({ time, from: inside, to: outside, port: 443 }),
          ),
          zeekConn({ time: start, from: inside, to: outside, port: 22 }),
        ],
      },
    },
    nearMisses: {
      'a port above 1023': {
        history: 9 * day,
        records: (start) => [
          ...spread({ start: start - 8 * day, count: 8, every: day }, (time) =>
            zeekConn({ time, from: inside, to: outside, port: 443 }),
          ),
          zeekConn({ time: start, from: inside, to: outside, port: 8443 }),
        ],
      },
      'a host that is new': {
        records: (start) =>
          spread({ start, count: 5, every: minute }, (time, index) =>
            zeekConn({ time, from: '10.0.1.99', to: outside, port: [443, 80, 22, 25, 993][index] ?? 443 }),
          ),
      },
    },
  },
  'Tocsin.Dns.ManyUnknownNames': {
    attacks: {
      'made up names': {
        title: `${inside} asked for 120 names that do not exist`,
        records: (start) =>
          spread({ start, count: 120, every: second }, (time, index) =>
            zeekDns(time, inside, `${longName(index, 'example.net').slice(0, 12)}${index}.example.net`, {
              answer: 'NXDOMAIN',
            }),
          ),
      },
    },
    nearMisses: {
      'ninety-nine names': {
        records: (start) =>
          spread({ start, count: 198, every: second }, (time, index) =>
            zeekDns(time, inside, `x${index % 99}.example.net`, { answer: 'NXDOMAIN' }),
          ),
      },
      'as many that exist': {
        records: (start) =>
          spread({ start, count: 200, every: second }, (time, index) => zeekDns(time, inside, `x${index}.example.net`)),
      },
      'over half an hour': {
        records: (start) =>
          spread({ start, count: 200, every: 9 * second }, (time, index) =>
            zeekDns(time, inside, `x${index}.example.net`, { answer: 'NXDOMAIN' }),
          ),
      },
    },
  },
  'Tocsin.Dns.Tunnelling': {
    attacks: {
      'data in names': {
        title: `${inside} asked for 120 long names of example.net`,
        records: (start) =>
          spread({ start, count: 120, every: 400 }, (time, index) =>
            zeekDns(time, inside, longName(index, 't.example.net'), { type: 'TXT' }),
          ),
      },
    },
    nearMisses: {
      'ninety-nine names': {
        records: (start) =>
          spread({ start, count: 300, every: second }, (time, index) =>
            zeekDns(time, inside, longName(index % 99, 't.example.net'), { type: 'TXT' }),
          ),
      },
      'short names': {
        records: (start) =>
          spread({ start, count: 300, every: second }, (time, index) =>
            zeekDns(time, inside, `img${index}.example.net`),
          ),
      },
      'of many domains': {
        records: (start) =>
          spread({ start, count: 300, every: second }, (time, index) =>
            zeekDns(time, inside, longName(index, `a${index % 10}.example${index % 10}.net`)),
          ),
      },
    },
  },
  'Tocsin.Network.Beaconing': {
    attacks: {
      'every five minutes': {
        title: `${inside} asks ${outside}:443 every 300 s`,
        tail: hour,
        records: (start) =>
          spread({ start, count: 100, every: 5 * minute }, (time, index) =>
            zeekConn({
              time: time + Math.round(createRandom(index)() * 5 * second),
              from: inside,
              to: outside,
              port: 443,
            }),
          ),
      },
    },
    nearMisses: {
      'forty-nine times': {
        tail: hour,
        records: (start) =>
          spread({ start, count: 49, every: 5 * minute }, (time) =>
            zeekConn({ time, from: inside, to: outside, port: 443 }),
          ),
      },
      'as a person does': {
        tail: hour,
        records: (start) =>
          spread({ start, count: 100, every: 5 * minute }, (time, index) =>
            zeekConn({
              time: time + Math.round(createRandom(index)() * 4 * minute),
              from: inside,
              to: outside,
              port: 443,
            }),
          ),
      },
      'to a host inside': {
        tail: hour,
        records: (start) =>
          spread({ start, count: 100, every: 5 * minute }, (time) =>
            zeekConn({ time, from: inside, to: '10.0.0.9', port: 443 }),
          ),
      },
      'a clock': {
        tail: hour,
        records: (start) =>
          spread({ start, count: 100, every: 5 * minute }, (time) =>
            zeekConn({ time, from: inside, to: outside, port: 123, transport: 'udp' }),
          ),
      },
    },
  },
  'Tocsin.Network.DataLeaving': {
    attacks: {
      'two gigabytes': {
        title: `${inside} sent 2 GB to ${outside} within an hour`,
        history: 7 * day,
        records: (start) => [
          ...spread({ start: start - 6 * day, count: 12, every: 12 * hour }, (time) =>
            zeekConn({ time, from: inside, to: outside, port: 443 }),
          ),
          ...spread({ start, count: 4, every: 2 * minute }, (time) =>
            zeekConn({ time, from: inside, to: outside, port: 443, bytes: [500_000_000, 4096] }),
          ),
        ],
      },
    },
    nearMisses: {
      'just under a gigabyte': {
        records: (start) =>
          spread({ start, count: 4, every: 2 * minute }, (time) =>
            zeekConn({ time, from: inside, to: outside, port: 443, bytes: [249_000_000, 4096] }),
          ),
      },
      'as every hour': {
        history: 7 * day,
        records: (start) =>
          spread({ start: start - 6 * day, count: 6 * 24 + 1, every: hour }, (time) =>
            zeekConn({ time, from: inside, to: outside, port: 443, bytes: [2_000_000_000, 4096] }),
          ),
      },
      'to a host inside': {
        records: (start) => [
          zeekConn({ time: start, from: inside, to: '192.168.7.7', port: 445, bytes: [5_000_000_000, 4096] }),
        ],
      },
      'what comes in': {
        records: (start) => [
          zeekConn({ time: start, from: inside, to: outside, port: 443, bytes: [4096, 5_000_000_000] }),
        ],
      },
    },
  },
};
