// Where logins come from. The places are those of the rows below.

import { families, onEach, type Scenarios } from './scenario.suite.ts';
import { day, hour, minute, second, spread } from './sent.suite.ts';
import { sshAccepted, sshFailed } from './linux.suite.ts';

const berlin = '198.51.100.40';
const potsdam = '198.51.100.41';
const sydney = '203.0.113.200';

/** Of the table `geolite2_city`. */
export const placeRows = [
  { network: `${berlin}/32`, city: 'Berlin', country: 'DE', lat: '52.52', lng: '13.40' },
  { network: `${potsdam}/32`, city: 'Potsdam', country: 'DE', lat: '52.40', lng: '13.06' },
  { network: `${sydney}/32`, city: 'Sydney', country: 'AU', lat: '-33.87', lng: '151.21' },
];

const atHome = (start: number) =>
  spread({ start: start - 8 * day, count: 8, every: day }, (time) => sshAccepted({ time, user: 'ada', from: berlin }));

export const travelScenarios: Readonly<Record<string, Scenarios>> = {
  'Tocsin.Login.ImpossibleTravel': {
    attacks: {
      ...onEach((family) => ({
        title: `ada logged in from ${berlin} and ${sydney}, 16095 km apart`,
        records: (start) => [
          ...[families[family].accepted({ time: start, user: 'ada', from: berlin })].flat(),
          ...[families[family].accepted({ time: start + hour, user: 'ada', from: sydney })].flat(),
        ],
      })),
      'from one family to another': {
        title: `ada logged in from ${berlin} and ${sydney}, 16095 km apart`,
        records: (start) => [
          ...sshAccepted({ time: start, user: 'ada', from: berlin }),
          families.okta.accepted({ time: start + 30 * minute, user: 'ada', from: sydney }),
        ],
      },
    },
    nearMisses: {
      'two users': {
        records: (start) => [
          ...sshAccepted({ time: start, user: 'ada', from: berlin }),
          ...sshAccepted({ time: start + hour, user: 'bob', from: sydney }),
        ],
      },
      'a flight later': {
        records: (start) => [
          ...sshAccepted({ time: start, user: 'ada', from: berlin }),
          ...sshAccepted({ time: start + 20 * hour, user: 'ada', from: sydney }),
        ],
      },
      'the next town': {
        records: (start) => [
          ...sshAccepted({ time: start, user: 'ada', from: berlin }),
          ...sshAccepted({ time: start + second, user: 'ada', from: potsdam }),
        ],
      },
      'one that failed': {
        records: (start) => [
          ...sshAccepted({ time: start, user: 'ada', from: berlin }),
          ...sshFailed({ time: start + hour, user: 'ada', from: sydney }),
        ],
      },
    },
  },
  'Tocsin.Login.NewCountry': {
    attacks: onEach((family) => ({
      title: 'ada logged in from AU for the first time',
      history: 9 * day,
      records: (start) => [
        ...spread({ start: start - 8 * day, count: 8, every: day }, (time) =>
          families[family].accepted({ time, user: 'ada', from: berlin }),
        ),
        ...[families[family].accepted({ time: start, user: 'ada', from: sydney })].flat(),
      ],
    })),
    nearMisses: {
      'another town': {
        history: 9 * day,
        records: (start) => [...atHome(start), ...sshAccepted({ time: start, user: 'ada', from: potsdam })],
      },
      'from where nobody knows': {
        history: 9 * day,
        records: (start) => [...atHome(start), ...sshAccepted({ time: start, user: 'ada', from: '192.0.2.99' })],
      },
      'a user who is new': {
        history: 9 * day,
        records: (start) => [...atHome(start), ...sshAccepted({ time: start, user: 'bob', from: sydney })],
      },
    },
  },
};
