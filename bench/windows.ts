// Lines of the bench: Windows events as NXLog writes them, flat and with the event's text, in about the shares that a lab's
// machines have with Sysmon on. Few of them are of interest to a rule; one in a thousand is a dump of LSASS, which one of
// SigmaHQ's rules is for.

import { pick, type Random } from './random.ts';

/** The rule `Process Memory Dump Via Comsvcs.DLL` of SigmaHQ. */
export const dumpRule = '646ea171-dded-4578-8a4d-65e9822892e3';
const dumpEvery = 1000;

type Fields = Record<string, string | number>;

interface Kind {
  /** How many of a hundred. */
  readonly share: number;
  readonly id: number;
  readonly channel: 'Security' | typeof sysmon;
  readonly title: string;
  fields(random: Random): Fields;
}

const sysmon = 'Microsoft-Windows-Sysmon/Operational';

/** `value` is the record's number where it is a dump, else 0. */
export function windowsLine(seconds: number, random: Random): { text: string; value: number } {
  const isDump = random(dumpEvery) === 0;
  const kind = isDump ? dump : (chances[random(chances.length)] as Kind);
  const record = random(2 ** 30);
  const utc = new Date(seconds * 1000).toISOString().replace('T', ' ').replace('Z', '');
  const fields = { ...(kind.channel === sysmon && { RuleName: '-', UtcTime: utc }), ...kind.fields(random) };
  const said = Object.entries(fields).map(([name, value]) => `${name}: ${value}`);
  const event = {
    EventID: kind.id,
    Channel: kind.channel,
    Hostname: `WORKSTATION${random(40)}.example.test`,
    SourceName: kind.channel === sysmon ? 'Microsoft-Windows-Sysmon' : 'Microsoft-Windows-Security-Auditing',
    TimeCreated: utc,
    RecordNumber: record,
    Task: String(kind.id),
    Message: `${kind.title}:\r\n${said.join('\r\n')}`,
    ...fields,
  };
  return { text: JSON.stringify(event), value: isDump ? record : 0 };
}

function started(image: string, commandLine: string, random: Random): Fields {
  return {
    ProcessGuid: guid(random),
    ProcessId: String(random(12_000)),
    Image: image,
    FileVersion: '10.0.18362.476 (WinBuild.160101.0800)',
    Description: 'Windows program',
    Product: 'Microsoft® Windows® Operating System',
    Company: 'Microsoft Corporation',
    OriginalFileName: image.slice(image.lastIndexOf('\\') + 1),
    CommandLine: commandLine,
    CurrentDirectory: `C:\\Users\\${pick(users, random)}\\`,
    User: `EXAMPLE\\${pick(users, random)}`,
    LogonId: `0x${random(2 ** 24).toString(16)}`,
    IntegrityLevel: pick(['Medium', 'High', 'System'], random),
    Hashes: `SHA1=${hex(40, random)},MD5=${hex(32, random)},SHA256=${hex(64, random)},IMPHASH=${hex(32, random)}`,
    ParentProcessGuid: guid(random),
    ParentProcessId: String(random(12_000)),
    ParentImage: pick(programs, random),
    ParentCommandLine: `"${pick(programs, random)}" -k netsvcs -p`,
  };
}

const dump: Kind = {
  share: 0,
  id: 1,
  channel: sysmon,
  title: 'Process Create',
  fields: (random) =>
    started(
      'C:\\Windows\\System32\\rundll32.exe',
      `rundll32.exe C:\\windows\\System32\\comsvcs.dll, MiniDump ${random(9000)} C:\\Users\\Public\\out.dmp full`,
      random,
    ),
};

const kinds: readonly Kind[] = [
  {
    share: 25,
    id: 10,
    channel: sysmon,
    title: 'Process accessed',
    fields: (random) => ({
      SourceProcessGUID: guid(random),
      SourceProcessId: String(random(12_000)),
      SourceThreadId: String(random(12_000)),
      SourceImage: pick(programs, random),
      TargetProcessGUID: guid(random),
      TargetProcessId: String(random(12_000)),
      TargetImage: pick(programs, random),
      GrantedAccess: pick(['0x1000', '0x1400', '0x1410', '0x3000', '0x1fffff'], random),
      CallTrace: Array.from({ length: 6 }, () => `${pick(libraries, random)}+${hex(5, random)}`).join('|'),
    }),
  },
  {
    share: 22,
    id: 13,
    channel: sysmon,
    title: 'Registry value set',
    fields: (random) => ({
      EventType: 'SetValue',
      ProcessGuid: guid(random),
      ProcessId: String(random(12_000)),
      Image: pick(programs, random),
      TargetObject: registryKey(random),
      Details: pick(['Binary Data', 'DWORD (0x00000001)', 'DWORD (0x00000000)', '%%SystemRoot%%\\system32'], random),
    }),
  },
  {
    share: 10,
    id: 12,
    channel: sysmon,
    title: 'Registry object added or deleted',
    fields: (random) => ({
      EventType: pick(['CreateKey', 'DeleteValue'], random),
      ProcessGuid: guid(random),
      ProcessId: String(random(12_000)),
      Image: pick(programs, random),
      TargetObject: registryKey(random),
    }),
  },
  {
    share: 14,
    id: 7,
    channel: sysmon,
    title: 'Image loaded',
    fields: (random) => ({
      ProcessGuid: guid(random),
      ProcessId: String(random(12_000)),
      Image: pick(programs, random),
      ImageLoaded: pick(libraries, random),
      FileVersion: '10.0.18362.1 (WinBuild.160101.0800)',
      Product: 'Microsoft® Windows® Operating System',
      Company: 'Microsoft Corporation',
      Hashes: `SHA1=${hex(40, random)},MD5=${hex(32, random)},SHA256=${hex(64, random)},IMPHASH=${hex(32, random)}`,
      Signed: 'true',
      Signature: 'Microsoft Windows',
      SignatureStatus: 'Valid',
    }),
  },
  {
    share: 6,
    id: 11,
    channel: sysmon,
    title: 'File created',
    fields: (random) => ({
      ProcessGuid: guid(random),
      ProcessId: String(random(12_000)),
      Image: pick(programs, random),
      TargetFilename: `C:\\Users\\${pick(users, random)}\\AppData\\Local\\Temp\\${hex(8, random)}.${pick(['tmp', 'log', 'dat'], random)}`,
      CreationUtcTime: '2026-01-10 00:00:00.000',
    }),
  },
  {
    share: 4,
    id: 3,
    channel: sysmon,
    title: 'Network connection detected',
    fields: (random) => ({
      ProcessGuid: guid(random),
      ProcessId: String(random(12_000)),
      Image: pick(programs, random),
      User: `EXAMPLE\\${pick(users, random)}`,
      Protocol: 'tcp',
      Initiated: 'true',
      SourceIsIpv6: 'false',
      SourceIp: `192.0.2.${random(255)}`,
      SourceHostname: '-',
      SourcePort: String(49_152 + random(16_000)),
      DestinationIsIpv6: 'false',
      DestinationIp: `198.18.${random(255)}.${random(255)}`,
      DestinationHostname: '-',
      DestinationPort: pick(['443', '80', '445', '53'], random),
    }),
  },
  {
    share: 3,
    id: 1,
    channel: sysmon,
    title: 'Process Create',
    fields(random) {
      const image = pick(programs, random);
      return started(image, `"${image}" -k LocalService -p -s ${pick(users, random)}${random(5000)}`, random);
    },
  },
  {
    share: 9,
    id: 5156,
    channel: 'Security',
    title: 'The Windows Filtering Platform has permitted a connection',
    fields: (random) => ({
      ProcessID: String(random(12_000)),
      Application: '\\device\\harddiskvolume2\\windows\\system32\\svchost.exe',
      Direction: '%%14593',
      SourceAddress: `192.0.2.${random(255)}`,
      SourcePort: String(49_152 + random(16_000)),
      DestAddress: `198.18.${random(255)}.${random(255)}`,
      DestPort: pick(['443', '80', '445', '53'], random),
      Protocol: '6',
      FilterRTID: String(random(70_000)),
      LayerName: '%%14611',
      LayerRTID: '48',
    }),
  },
  {
    share: 4,
    id: 4658,
    channel: 'Security',
    title: 'The handle to an object was closed',
    fields: (random) => ({
      ...subject(random),
      ObjectServer: 'Security',
      HandleId: `0x${hex(4, random)}`,
      ProcessId: `0x${hex(4, random)}`,
      ProcessName: pick(programs, random),
    }),
  },
  {
    share: 3,
    id: 4624,
    channel: 'Security',
    title: 'An account was successfully logged on',
    fields: (random) => ({
      ...subject(random),
      TargetUserName: pick(users, random),
      TargetDomainName: 'EXAMPLE',
      TargetLogonId: `0x${hex(6, random)}`,
      LogonType: pick(['2', '3', '3', '5'], random),
      LogonProcessName: 'Kerberos',
      AuthenticationPackageName: 'Kerberos',
      WorkstationName: '-',
      IpAddress: `192.0.2.${random(255)}`,
      IpPort: String(49_152 + random(16_000)),
    }),
  },
];

/** A hundred, each kind as often as its share. */
const chances = kinds.flatMap((kind) => Array.from({ length: kind.share }, () => kind));

function subject(random: Random): Fields {
  return {
    SubjectUserSid: 'S-1-5-21-3940915590-64593676-1414006259-500',
    SubjectUserName: pick(users, random),
    SubjectDomainName: 'EXAMPLE',
    SubjectLogonId: `0x${hex(6, random)}`,
  };
}

function registryKey(random: Random): string {
  return `HKU\\S-1-5-21-3940915590-64593676-1414006259-500\\Software\\Microsoft\\Windows\\CurrentVersion\\Explorer\\${pick(keys, random)}\\${hex(6, random)}`;
}

function guid(random: Random): string {
  return `{${hex(8, random)}-${hex(4, random)}-${hex(4, random)}-${hex(4, random)}-${hex(12, random)}}`;
}

function hex(length: number, random: Random): string {
  let text = '';
  while (text.length < length)
    text += random(2 ** 24)
      .toString(16)
      .padStart(6, '0');
  return text.slice(0, length);
}

const users = ['alice', 'bob', 'carol', 'SYSTEM', 'svc_backup', 'WORKSTATION6$'];
const keys = ['UserAssist\\Count', 'FeatureUsage\\AppSwitched', 'RecentDocs', 'StartPage', 'Streams\\Desktop'];
const programs = [
  'C:\\Windows\\System32\\svchost.exe',
  'C:\\Windows\\Explorer.EXE',
  'C:\\Windows\\System32\\conhost.exe',
  'C:\\Windows\\System32\\SearchIndexer.exe',
  'C:\\Windows\\System32\\taskhostw.exe',
  'C:\\Windows\\System32\\RuntimeBroker.exe',
  'C:\\Program Files\\Mozilla Firefox\\firefox.exe',
  'C:\\Program Files\\Microsoft Office\\root\\Office16\\OUTLOOK.EXE',
  'C:\\ProgramData\\Microsoft\\Windows Defender\\Platform\\4.18\\MsMpEng.exe',
];
const libraries = [
  'C:\\Windows\\SYSTEM32\\ntdll.dll',
  'C:\\Windows\\System32\\KERNELBASE.dll',
  'C:\\Windows\\System32\\KERNEL32.DLL',
  'C:\\Windows\\System32\\edputil.dll',
  'C:\\Windows\\System32\\combase.dll',
  'C:\\Windows\\System32\\twinui.pcshell.dll',
];
