// Slips of the finger among the commands that the honeypot did not know: `exot` for `exit`, `sl` for `ls`.

import { closest } from '../core/closest.ts';
import type { Command } from './session.ts';

/** What people type into a shell that is not theirs. Nothing may be near `lockr`, with which a common script fails. */
const known =
  `adduser apt apt-get awk base64 bash bunzip2 bzip2 cat chattr chgrp chmod chown chpasswd clear cp crontab curl
cut date dd df diff dmesg docker du echo egrep env exit export find free ftp git grep groups gunzip gzip head help history
host hostname htop id ifconfig install iptables journalctl kill killall last less ln locate logout ls lsb_release lsblk
lscpu lsof lspci lsusb make man md5sum mkdir more mount mv nano nc neofetch netcat netstat nohup nproc nslookup nvidia-smi
openssl passwd perl php ping pip pkill poweroff printenv ps pwd python python3 reboot rm rmdir rsync scp screen sed
service sftp sh sha256sum shutdown sleep sort ssh ssh-keygen ss stat strings su sudo systemctl tail tar tee telnet tftp
tmux top touch tr traceroute umount uname unset unzip uptime useradd userdel usermod vi vim w wc wget whatis whereis
which who whoami yum zip`.split(/\s+/);
const isKnown = new Set(known);

/** Looked at in one session, at most. */
const maxWords = 500;
const maxPartsOfLine = 20;
const maxLine = 4096;

export interface Mistype {
  readonly typed: string;
  readonly meant: string;
}

/** Each mistyped word once. */
export function mistypes(commands: readonly Command[]): readonly Mistype[] {
  const found = new Map<string, Mistype>();
  let words = 0;
  for (const [index, { input, failed }] of commands.entries()) {
    if (!failed) continue;
    const next = firstWords(commands[index + 1]?.input ?? '')[0];
    for (const typed of firstWords(input)) {
      if (++words > maxWords) return [...found.values()];
      const meant = meantBy(typed, next);
      if (meant !== undefined) found.set(typed, { typed, meant });
    }
  }
  return [...found.values()];
}

/** Of each command in a line. */
function firstWords(line: string): string[] {
  const parts = line.slice(0, maxLine).split(/[;&|\n]+/, maxPartsOfLine);
  return parts.flatMap((part) => /^\s*(\S+)/.exec(part)?.[1] ?? []);
}

function meantBy(typed: string, next: string | undefined): string | undefined {
  // A path is a file that was brought along: `./x86`, `./arm7`.
  if (isKnown.has(typed) || !/^[\w-]{2,20}$/.test(typed)) return undefined;
  const swapped = known.find((word) => isSwap(typed, word));
  if (swapped !== undefined || typed.length < 3) return swapped;
  return closest(typed, known) ?? (next !== undefined && isNear(typed, next) ? next : undefined);
}

function isNear(typed: string, next: string): boolean {
  // `arm6` and `arm7` are not the same word.
  const [a, b] = [typed.replaceAll(/\d/g, ''), next.replaceAll(/\d/g, '')];
  return a !== b && /^[\w-]+$/.test(next) && (isSwap(a, b) || closest(a, [b]) !== undefined);
}

/** Two neighbouring letters have changed places. */
function isSwap(a: string, b: string): boolean {
  if (a.length !== b.length || a === b) return false;
  let at = 0;
  while (a[at] === b[at]) at++;
  return a[at] === b[at + 1] && a[at + 1] === b[at] && a.slice(at + 2) === b.slice(at + 2);
}
