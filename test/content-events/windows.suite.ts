// Windows events as NXLog writes them: JSON, the fields of EventData beside those of the system.

import { iso, type Sent } from './sent.suite.ts';

export function windowsEvent(
  time: number,
  id: number,
  fields: Readonly<Record<string, string | number>>,
  { channel = 'Security', host = 'DC01.corp.example' }: { readonly channel?: string; readonly host?: string } = {},
): Sent {
  const system = {
    EventID: id,
    Channel: channel,
    Hostname: host,
    TimeCreated: iso(time),
    SourceName: sourceNames[channel],
  };
  return { source: 'windows', time, text: JSON.stringify({ ...system, ...fields }) };
}

const sourceNames: Readonly<Record<string, string>> = {
  Security: 'Microsoft-Windows-Security-Auditing',
  System: 'Service Control Manager',
};

export interface WindowsLogin {
  readonly time: number;
  readonly user: string;
  readonly from: string;
  readonly host?: string;
  /** 3: network, 10: remote desktop. */
  readonly type?: number;
}

export function windowsFailed({ time, user, from, host = 'FS01.corp.example', type = 3 }: WindowsLogin): Sent {
  return windowsEvent(
    time,
    4625,
    {
      SubjectUserName: '-',
      TargetUserName: user,
      TargetDomainName: 'CORP',
      LogonType: type,
      IpAddress: from,
      IpPort: '50412',
      Status: '0xc000006d',
      SubStatus: '0xc000006a',
      Message: 'An account failed to log on.',
    },
    { host },
  );
}

export function windowsAccepted({ time, user, from, host = 'FS01.corp.example', type = 3 }: WindowsLogin): Sent {
  return windowsEvent(
    time,
    4624,
    {
      SubjectUserName: '-',
      TargetUserName: user,
      TargetDomainName: 'CORP',
      LogonType: type,
      IpAddress: from,
      IpPort: '50413',
      Message: 'An account was successfully logged on.',
    },
    { host },
  );
}

/** 4720, 4726. */
export function windowsAccount(time: number, action: 'created' | 'deleted', name: string): Sent {
  return windowsEvent(time, action === 'created' ? 4720 : 4726, {
    SubjectUserName: 'admin1',
    SubjectDomainName: 'CORP',
    TargetUserName: name,
    TargetDomainName: 'CORP',
    TargetSid: 'S-1-5-21-1-2-3-1105',
  });
}

/** 4728, 4732 or 4756: the group is the target, the member is named by its distinguished name, or not at all (`-`). */
export function windowsMember(time: number, name: string, group: string, id = 4728): Sent {
  return windowsEvent(time, id, {
    SubjectUserName: 'admin1',
    SubjectDomainName: 'CORP',
    MemberName: name === '-' ? name : `CN=${name},CN=Users,DC=corp,DC=example`,
    MemberSid: 'S-1-5-21-1-2-3-1105',
    TargetUserName: group,
    TargetDomainName: 'CORP',
  });
}

/** The same event as those write it that turn its XML into JSON: what is the system's, and below EventData the rest. */
export function asXml({ source, time, text }: Sent): Sent {
  const { EventID, Channel, Hostname, TimeCreated, SourceName, ...data } = JSON.parse(text) as Record<string, unknown>;
  const System = {
    Provider: { '#attributes': { Name: SourceName } },
    EventID,
    TimeCreated: { '#attributes': { SystemTime: TimeCreated } },
    Channel,
    Computer: Hostname,
  };
  return { source, time, text: JSON.stringify({ Event: { System, EventData: data } }) };
}
