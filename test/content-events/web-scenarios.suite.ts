// Web servers: scanned, failing, giving away too much.

import { attacker, office, type Scenarios } from './scenario.suite.ts';
import { addressOf, day, hour, minute, second, spread } from './sent.suite.ts';
import { request } from './web.suite.ts';

const visits = (start: number, count: number, every: number, bytes = 5124) =>
  spread({ start, count, every }, (time) => request({ time, from: office, path: '/', bytes }));

/** Looks for pages that are not there. */
const webScan = (start: number) =>
  spread({ start, count: 120, every: second }, (time, index) =>
    request({ time, from: attacker, path: `/${index}.php`, status: index % 3 === 0 ? 403 : 404 }),
  );

export const webScenarios: Readonly<Record<string, Scenarios>> = {
  'Tocsin.Web.NotFoundScan': {
    attacks: {
      'of made up names': {
        title: `Web scan from ${attacker}: 120 requests refused`,
        records: webScan,
      },
    },
    nearMisses: {
      'ninety-nine': {
        records: (start) =>
          spread({ start, count: 99, every: second }, (time) =>
            request({ time, from: attacker, path: '/x', status: 404 }),
          ),
      },
      'from many visitors': {
        records: (start) =>
          spread({ start, count: 300, every: second }, (time, index) =>
            request({ time, from: addressOf(index), path: '/favicon.ico', status: 404 }),
          ),
      },
      'over an hour': {
        records: (start) =>
          spread({ start, count: 300, every: 12 * second }, (time) =>
            request({ time, from: attacker, path: '/x', status: 404 }),
          ),
      },
    },
  },
  'Tocsin.Web.FoundAfterScan': {
    attacks: {
      'a file of secrets': {
        title: `${attacker} scanned, and got what is not public`,
        records: (start) => [...webScan(start), request({ time: start + 5 * minute, from: attacker, path: '/.env' })],
      },
      'a backup, by a query': {
        title: `${attacker} scanned, and got what is not public`,
        records: (start) => [
          ...webScan(start),
          request({ time: start + 5 * minute, from: attacker, path: '/old/site.sql.gz?download=1', status: 206 }),
        ],
      },
    },
    nearMisses: {
      'a page like any other': {
        records: (start) => [...webScan(start), request({ time: start + 5 * minute, from: attacker, path: '/' })],
      },
      'to another address': {
        records: (start) => [...webScan(start), request({ time: start + 5 * minute, from: office, path: '/.env' })],
      },
      'refused, too': {
        records: (start) => [
          ...webScan(start),
          request({ time: start + 5 * minute, from: attacker, path: '/.env', status: 403 }),
        ],
      },
      'an hour later': {
        records: (start) => [...webScan(start), request({ time: start + hour, from: attacker, path: '/.env' })],
      },
    },
  },
  'Tocsin.Web.ErrorSpike': {
    attacks: {
      'sixty times as many': {
        title: 'Web server errors: 60 times as many as an hour before',
        history: 2 * hour,
        records: (start) => [
          ...spread({ start: start - hour, count: 2, every: minute }, (time) =>
            request({ time, from: office, path: '/', status: 500 }),
          ),
          ...spread({ start, count: 200, every: second }, (time) =>
            request({ time, from: office, path: '/', status: 502 }),
          ),
        ],
      },
    },
    nearMisses: {
      'as many that are not found': {
        history: 2 * hour,
        records: (start) => [
          ...visits(start - hour, 20, second),
          ...spread({ start, count: 300, every: second }, (time, index) =>
            request({ time, from: addressOf(index), path: '/', status: 404 }),
          ),
        ],
      },
      'nine times as many': {
        history: 2 * hour,
        records: (start) => [
          ...spread({ start: start - 2 * hour, count: 240, every: 30 * second }, (time) =>
            request({ time, from: office, path: '/', status: 500 }),
          ),
          ...spread({ start, count: 180, every: (30 * second) / 9 }, (time) =>
            request({ time, from: office, path: '/', status: 500 }),
          ),
        ],
      },
    },
  },
  'Tocsin.Web.DataLeaving': {
    attacks: {
      'two gigabytes': {
        title: `${attacker} took 2 GB within an hour`,
        records: (start) =>
          spread({ start, count: 4, every: 2 * minute }, (time) =>
            request({ time, from: attacker, path: '/backup.tar', bytes: 500_000_000 }),
          ),
      },
    },
    nearMisses: {
      'just under a gigabyte': {
        records: (start) =>
          spread({ start, count: 4, every: minute }, (time) =>
            request({ time, from: attacker, path: '/backup.tar', bytes: 249_000_000 }),
          ),
      },
      'a mirror, as every hour': {
        history: 7 * day,
        records: (start) => visits(start - 6 * day, 6 * 24 + 1, hour, 2_000_000_000),
      },
      'to many visitors': {
        records: (start) =>
          spread({ start, count: 40, every: minute }, (time, index) =>
            request({ time, from: addressOf(index), path: '/film.mp4', bytes: 100_000_000 }),
          ),
      },
    },
  },
};
