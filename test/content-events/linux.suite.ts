// Lines of /var/log/auth.log as sshd, sudo and the user tools write them.

import type { Sent } from './sent.suite.ts';

export interface LinuxLogin {
  readonly time: number;
  readonly user: string;
  readonly from: string;
  readonly host?: string;
}

const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

export function authLine(time: number, host: string, program: string, message: string): Sent {
  const at = new Date(time);
  const stamp = `${months[at.getUTCMonth()] ?? ''} ${String(at.getUTCDate()).padStart(2)} ${at.toISOString().slice(11, 19)}`;
  return { source: 'auth', time, text: `${stamp} ${host} ${program}: ${message}` };
}

/** As Debian's sshd with PAM says it: three lines of which one is the failure. */
export function sshFailed({ time, user, from, host = 'web1' }: LinuxLogin, isUser = true): readonly Sent[] {
  const whom = isUser ? user : `invalid user ${user}`;
  return [
    authLine(
      time,
      host,
      'sshd[2101]',
      `pam_unix(sshd:auth): authentication failure; logname= uid=0 euid=0 tty=ssh ruser= rhost=${from}${isUser ? `  user=${user}` : ''}`,
    ),
    authLine(time, host, 'sshd[2101]', `Failed password for ${whom} from ${from} port 40122 ssh2`),
    authLine(
      time,
      host,
      'sshd[2101]',
      `Connection closed by ${isUser ? 'authenticating' : 'invalid'} user ${user} ${from} port 40122 [preauth]`,
    ),
  ];
}

export function sshAccepted({ time, user, from, host = 'web1' }: LinuxLogin): readonly Sent[] {
  return [
    authLine(time, host, 'sshd[2102]', `Accepted password for ${user} from ${from} port 40123 ssh2`),
    authLine(
      time,
      host,
      'sshd[2102]',
      `pam_unix(sshd:session): session opened for user ${user}(uid=1000) by ${user}(uid=0)`,
    ),
  ];
}

/** Adds a user and removes it: shadow's useradd and userdel. */
export function userAdded(time: number, name: string, host = 'web1'): readonly Sent[] {
  return [
    authLine(time, host, 'useradd[3101]', `new group: name=${name}, GID=1003`),
    authLine(
      time,
      host,
      'useradd[3101]',
      `new user: name=${name}, UID=1003, GID=1003, home=/home/${name}, shell=/bin/bash, from=/dev/pts/0`,
    ),
  ];
}

export function userDeleted(time: number, name: string, host = 'web1'): readonly Sent[] {
  return [authLine(time, host, 'userdel[3102]', `delete user '${name}'`)];
}

export function addedToGroup(time: number, name: string, group: string, host = 'web1'): readonly Sent[] {
  return [
    authLine(time, host, 'usermod[3103]', `add '${name}' to group '${group}'`),
    authLine(time, host, 'usermod[3103]', `add '${name}' to shadow group '${group}'`),
  ];
}

export function sudo(time: number, user: string, command: string, host = 'web1'): readonly Sent[] {
  return [
    authLine(time, host, 'sudo', `  ${user} : TTY=pts/0 ; PWD=/home/${user} ; USER=root ; COMMAND=${command}`),
    authLine(time, host, 'sudo', `pam_unix(sudo:session): session opened for user root(uid=0) by ${user}(uid=1000)`),
    authLine(time, host, 'sudo', 'pam_unix(sudo:session): session closed for user root'),
  ];
}
