// How a data set's lines and sum are found in the product's tables.

import type { LogName } from './generate.ts';

export const tables: Readonly<Record<LogName, string>> = {
  nginx: 'nginx_access',
  sshd: 'linux_auth',
  zeek: 'zeek_conn',
  windows: 'windows_eventlogs',
};

export const sumQueries: Readonly<Record<LogName, string>> = {
  nginx: `SELECT count() AS events, sum(bodyBytesSent) AS sum FROM ${tables.nginx}`,
  sshd: `SELECT count() AS events, sum(source_port) AS sum FROM ${tables.sshd}`,
  zeek: `SELECT count() AS events, sum(resp_bytes) AS sum FROM ${tables.zeek}`,
  windows: `SELECT count() AS events, sumIf(EventRecordID, CommandLine LIKE '%comsvcs%') AS sum FROM ${tables.windows}`,
};
