// Accounts: made, removed, given rights; and what is done on machines with them.

import { addedToGroup, sshAccepted, sudo, userAdded, userDeleted } from './linux.suite.ts';
import { oktaEvent } from './okta.suite.ts';
import { office, type Scenarios } from './scenario.suite.ts';
import { day, hour, minute, second, spread, type Sent } from './sent.suite.ts';
import { asXml, windowsAccepted, windowsAccount, windowsEvent, windowsMember } from './windows.suite.ts';

const oktaUser = (time: number, type: string, user: string): Sent =>
  oktaEvent({
    time,
    user: 'root@example.com',
    from: office,
    type,
    target: { id: '00u1', type: 'User', alternateId: user, displayName: user },
  });

const host = 'FS01.corp.example';
const networkLogin = (time: number, more: { host?: string; type?: number; from?: string } = {}) =>
  windowsAccepted({ time, user: 'ada', from: '10.0.1.6', host, ...more });
/** 7045, by the Service Control Manager. */
const serviceInstalled = (time: number, path: string) =>
  windowsEvent(
    time,
    7045,
    {
      ServiceName: 'abc',
      ImagePath: path,
      ServiceType: 'user mode service',
      StartType: 'demand start',
      AccountName: 'LocalSystem',
    },
    { channel: 'System', host },
  );
const shell = '%COMSPEC% /Q /c echo whoami ^> \\\\127.0.0.1\\C$\\out 2^>^&1';

const logCleared = (time: number, id: number, channel: string) =>
  windowsEvent(time, id, { SubjectUserName: 'ada', Message: 'The log was cleared.' }, { channel, host });

/** ada, once a day for so many days before the start, and at it. */
const sudoDaily = (start: number, days: number) =>
  spread({ start: start - 8 * day, count: days, every: day }, (time) => sudo(time, 'ada', '/usr/bin/apt update'));

export const accountScenarios: Readonly<Record<string, Scenarios>> = {
  'Tocsin.Account.CreatedAndDeleted': {
    attacks: {
      linux: {
        title: 'Account eve was made and removed within a day',
        records: (start) => [...userAdded(start, 'eve'), ...userDeleted(start + 3 * hour, 'eve')],
      },
      windows: {
        title: 'Account eve was made and removed within a day',
        records: (start) => [windowsAccount(start, 'created', 'eve'), windowsAccount(start + hour, 'deleted', 'eve')],
      },
      'windows, as XML': {
        title: 'Account eve was made and removed within a day',
        records: (start) =>
          [windowsAccount(start, 'created', 'eve'), windowsAccount(start + hour, 'deleted', 'eve')].map(asXml),
      },
      okta: {
        title: 'Account eve@example.com was made and removed within a day',
        records: (start) => [
          oktaUser(start, 'user.lifecycle.create', 'eve@example.com'),
          oktaUser(start + hour, 'user.lifecycle.delete.completed', 'eve@example.com'),
        ],
      },
    },
    nearMisses: {
      'one made, another removed': {
        records: (start) => [...userAdded(start, 'eve'), ...userDeleted(start + hour, 'bob')],
      },
      'after two days': { records: (start) => [...userAdded(start, 'eve'), ...userDeleted(start + 2 * day, 'eve')] },
      'removed, then made': { records: (start) => [...userDeleted(start, 'eve'), ...userAdded(start + hour, 'eve')] },
    },
  },
  'Tocsin.Account.AdminAdded': {
    attacks: {
      linux: { title: 'eve was made an administrator sudo', records: (start) => addedToGroup(start, 'eve', 'sudo') },
      windows: {
        title: 'eve was made an administrator Domain Admins',
        records: (start) => [windowsMember(start, 'eve', 'Domain Admins')],
      },
      'windows, as XML': {
        title: 'eve was made an administrator Domain Admins',
        records: (start) => [asXml(windowsMember(start, 'eve', 'Domain Admins'))],
      },
      'windows, of a local account, which has no name there': {
        title: 'S-1-5-21-1-2-3-1105 was made an administrator Administrators',
        records: (start) => [windowsMember(start, '-', 'Administrators', 4732)],
      },
      okta: {
        title: 'eve@example.com was made an administrator',
        records: (start) => [oktaUser(start, 'user.account.privilege.grant', 'eve@example.com')],
      },
    },
    nearMisses: {
      'a group like any other': {
        records: (start) => [...addedToGroup(start, 'eve', 'audio'), windowsMember(start, 'eve', 'Domain Users')],
      },
      'a new account': { records: (start) => [...userAdded(start, 'sudo'), windowsAccount(start, 'created', 'eve')] },
    },
  },
  'Tocsin.Account.CreatedThenAdmin': {
    attacks: {
      linux: {
        title: 'eve: made, then made an administrator',
        records: (start) => [...userAdded(start, 'eve'), ...addedToGroup(start + minute, 'eve', 'sudo')],
      },
      windows: {
        title: 'eve: made, then made an administrator',
        records: (start) => [
          windowsAccount(start, 'created', 'eve'),
          windowsMember(start + hour, 'eve', 'Administrators', 4732),
        ],
      },
      okta: {
        title: 'eve@example.com: made, then made an administrator',
        records: (start) => [
          oktaUser(start, 'user.lifecycle.create', 'eve@example.com'),
          oktaUser(start + minute, 'user.account.privilege.grant', 'eve@example.com'),
        ],
      },
    },
    nearMisses: {
      'an account of long ago': {
        records: (start) => [...userAdded(start, 'eve'), ...addedToGroup(start + 2 * day, 'eve', 'sudo')],
      },
      'another account': {
        records: (start) => [...userAdded(start, 'eve'), ...addedToGroup(start + minute, 'bob', 'sudo')],
      },
      'a group like any other': {
        records: (start) => [...userAdded(start, 'eve'), ...addedToGroup(start + minute, 'eve', 'audio')],
      },
    },
  },
  'Tocsin.Account.FirstSudo': {
    attacks: {
      'after a week of ada, bob': {
        title: 'bob used sudo on web1 for the first time',
        history: 9 * day,
        records: (start) => [...sudoDaily(start, 8), ...sudo(start, 'bob', '/bin/bash')],
      },
    },
    nearMisses: {
      'the same user': { history: 9 * day, records: (start) => sudoDaily(start, 9) },
      'a new machine': {
        records: (start) => [...sudo(start, 'ada', '/bin/sh'), ...sudo(start + hour, 'bob', '/bin/sh')],
      },
      'a login only': {
        history: 9 * day,
        records: (start) => [...sudoDaily(start, 8), ...sshAccepted({ time: start, user: 'bob', from: office })],
      },
    },
  },
  'Tocsin.Host.LogCleared': {
    attacks: {
      'the Security log': {
        title: `An event log of ${host} was cleared`,
        records: (start) => [logCleared(start, 1102, 'Security')],
      },
      'another log': {
        title: `An event log of ${host} was cleared`,
        records: (start) => [logCleared(start, 104, 'System')],
      },
      'as XML': {
        title: `An event log of ${host} was cleared`,
        records: (start) => [asXml(logCleared(start, 1102, 'Security'))],
      },
    },
    nearMisses: {
      'the same numbers elsewhere': {
        records: (start) => [logCleared(start, 104, 'Application'), logCleared(start, 1102, 'Application')],
      },
    },
  },
  'Tocsin.Host.ServiceAfterLogin': {
    attacks: {
      'a shell': {
        title: `${host}: a service was installed after a login over the network`,
        records: (start) => [networkLogin(start), serviceInstalled(start + 2 * second, shell)],
      },
      PsExec: {
        title: `${host}: a service was installed after a login over the network`,
        records: (start) => [networkLogin(start), serviceInstalled(start + 2 * second, '%SystemRoot%\\PSEXESVC.exe')],
      },
      'as XML': {
        title: `${host}: a service was installed after a login over the network`,
        records: (start) => [networkLogin(start), serviceInstalled(start + 2 * second, shell)].map(asXml),
      },
    },
    nearMisses: {
      'a service like any other': {
        records: (start) => [
          networkLogin(start),
          serviceInstalled(start + second, 'C:\\Program Files\\Updater\\updater.exe'),
        ],
      },
      'ten minutes later': {
        records: (start) => [networkLogin(start), serviceInstalled(start + 10 * minute, shell)],
      },
      'at the keyboard': {
        records: (start) => [networkLogin(start, { type: 2 }), serviceInstalled(start + second, shell)],
      },
      'on another machine': {
        records: (start) => [
          networkLogin(start, { host: 'FS02.corp.example' }),
          serviceInstalled(start + second, shell),
        ],
      },
      'from the machine itself': {
        records: (start) => [networkLogin(start, { from: '127.0.0.1' }), serviceInstalled(start + second, shell)],
      },
    },
  },
};
