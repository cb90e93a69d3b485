// What goes on where nothing is wrong: two hours after ten days alike. People, services, clocks, visitors, and the
// Internet's usual knocking. Seeded.

import { cowrieSession } from './cowrie.suite.ts';
import { addedToGroup, authLine, sshAccepted, sshFailed, sudo, userAdded } from './linux.suite.ts';
import { zeekConn, zeekDns } from './network.suite.ts';
import { oktaAccepted, oktaEvent, oktaFailed } from './okta.suite.ts';
import { office, type Scenario } from './scenario.suite.ts';
import { addressOf, createRandom, day, hour, minute, second, spread, type Sent } from './sent.suite.ts';
import { request } from './web.suite.ts';
import { windowsAccepted, windowsEvent, windowsFailed } from './windows.suite.ts';

const people = ['ada', 'bob', 'carol', 'dave', 'erin'];
const guessed = ['root', 'admin', 'test', 'ubuntu', 'oracle', 'postgres', 'git', 'pi'];
const mail = { id: '0oa1', type: 'AppInstance', alternateId: 'Mail', displayName: 'Mail' };
const watched = 2 * hour;

export const ordinaryHours: Scenario = {
  history: 10 * day,
  tail: minute,
  records: (start) => [...past(start), ...people.flatMap((person) => work(person, start)), ...machines(start)],
};

/** Each came and went as today. */
function past(start: number): readonly Sent[] {
  return spread({ start: start - 10 * day, count: 10, every: day }, (time) => [
    ...people.flatMap((user, index) => [
      ...sshAccepted({ time: time + index * minute, user, from: office }),
      ...sudo(time + index * minute + second, user, '/usr/bin/apt update'),
      windowsAccepted({ time: time + index * minute, user, from: `10.0.1.${index + 10}` }),
      oktaAccepted({ time: time + index * minute, user: `${user}@example.com`, from: office }),
      oktaEvent({ time, user: `${user}@example.com`, from: office, type: 'user.authentication.sso', target: mail }),
      ...[80, 443, 22, 53].map((port) =>
        zeekConn({ time: time + port * second, from: `10.0.1.${index + 10}`, to: '198.51.100.80', port }),
      ),
    ]),
    ...spread({ start: time, count: 24, every: hour }, (at) => [
      request({ time: at, from: office, path: '/', status: 200 }),
      request({ time: at, from: office, path: '/x', status: 502 }),
      authLine(at, 'web1', 'CRON[900]', 'pam_unix(cron:session): session opened for user root(uid=0) by (uid=0)'),
    ]),
  ]);
}

/** Mistypes now and then, and gets in. */
function work(user: string, start: number): readonly Sent[] {
  const random = createRandom(user.length * 7 + (user.codePointAt(0) ?? 0));
  const index = people.indexOf(user);
  const inside = `10.0.1.${index + 10}`;
  return [
    ...spread({ start: start + index * minute, count: 3, every: 40 * minute }, (time) => [
      ...(random() < 0.5 ? sshFailed({ time: time - 5 * second, user, from: office }) : []),
      ...sshAccepted({ time, user, from: office }),
      ...sudo(time + minute, user, '/usr/bin/apt upgrade'),
      ...(random() < 0.5 ? [oktaFailed({ time: time - 9 * second, user: `${user}@example.com`, from: office })] : []),
      oktaAccepted({ time, user: `${user}@example.com`, from: office }),
      windowsFailed({ time: time - second, user, from: inside }),
      windowsAccepted({ time, user, from: inside }),
      oktaEvent({ time, user: `${user}@example.com`, from: office, type: 'user.authentication.auth_via_mfa' }),
      oktaEvent({ time, user: `${user}@example.com`, from: office, type: 'user.authentication.sso', target: mail }),
    ]),
    ...spread({ start, count: watched / (20 * second), every: 20 * second }, (time) =>
      zeekConn({
        time: time + Math.floor(random() * 19 * second),
        from: inside,
        to: `198.51.100.${Math.floor(random() * 250) + 1}`,
        port: random() < 0.9 ? 443 : 80,
        bytes: [Math.floor(random() * 50_000), Math.floor(random() * 500_000)],
      }),
    ),
    ...spread({ start, count: watched / (15 * second), every: 15 * second }, (time, at) =>
      zeekDns(time, inside, at % 40 === 0 ? 'wpad.corp.example' : `www${at % 60}.example.net`, {
        answer: at % 40 === 0 ? 'NXDOMAIN' : 'NOERROR',
      }),
    ),
  ];
}

/** What comes without people. */
function machines(start: number): readonly Sent[] {
  const random = createRandom(4711);
  const knocks = { start, count: watched / (2 * minute), every: 2 * minute };
  return [
    // The clock is asked at equal distances, and so is a page by a monitor.
    ...spread({ start, count: watched / (64 * second), every: 64 * second }, (time) =>
      zeekConn({ time, from: '10.0.1.2', to: '198.51.100.123', port: 123, transport: 'udp' }),
    ),
    ...spread({ start, count: watched / minute, every: minute }, (time) =>
      request({ time, from: office, path: '/health' }),
    ),
    ...spread({ start, count: watched / (5 * second), every: 5 * second }, (time, index) =>
      request({
        time,
        from: addressOf(Math.floor(random() * 200)),
        path: index % 25 === 0 ? '/favicon.ico' : `/page/${index % 300}`,
        status: index % 25 === 0 ? 404 : 200,
      }),
    ),
    ...spread({ start, count: 4, every: 25 * minute }, (time) =>
      request({ time, from: office, path: '/x', status: 502 }),
    ),
    // A crawler that knows old pages.
    ...spread({ start, count: 120, every: 55 * second }, (time, index) =>
      request({ time, from: '192.0.2.66', path: `/old/${index}.html`, status: 404, agent: 'ExampleBot/1.0' }),
    ),
    ...spread(knocks, (time, index) =>
      sshFailed(
        { time, user: guessed[index % guessed.length] ?? 'root', from: `192.0.2.${100 + (index % 100)}` },
        false,
      ),
    ),
    ...spread({ start, count: 8, every: 15 * minute }, (time) =>
      ['SYSTEM', 'DWM-1', 'WS7$'].map((user) => windowsAccepted({ time, user, from: '-', type: 5 })),
    ),
    // An update brings a service, and a new colleague an account.
    windowsEvent(
      start + 40 * minute,
      7045,
      { ServiceName: 'Updater', ImagePath: 'C:\\Program Files\\Updater\\updater.exe', AccountName: 'LocalSystem' },
      { channel: 'System', host: 'FS01.corp.example' },
    ),
    ...userAdded(start + 50 * minute, 'frank'),
    ...addedToGroup(start + 51 * minute, 'frank', 'audio'),
    // The honeypot is there to be broken into.
    ...spread({ start, count: 40, every: 3 * minute }, (time, index) =>
      cowrieSession({
        time,
        from: `192.0.2.${10 + (index % 4)}`,
        id: `e1b2c3d4${index.toString(16).padStart(4, '0')}`,
        commands: ['uname -a'],
        failures: index % 10 === 0 ? 30 : 0,
      }),
    ),
    // A page with many servers behind it, fetched by a proxy.
    ...spread({ start: start + hour, count: 90, every: 300 }, (time, index) =>
      zeekConn({ time, from: '10.0.1.3', to: `198.51.100.${index + 1}`, port: 443 }),
    ),
  ];
}
