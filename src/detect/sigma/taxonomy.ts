// Names for the same thing: Sigma's taxonomy (https://github.com/SigmaHQ/sigma-specification, appendix "Taxonomy"), ECS,
// and what shippers of Windows events make of Windows' own names.

/** Rules' names for what Windows events carry under others as well. Not SourceName: Defender's events have such a field. */
export const windowsNames: Readonly<Record<string, readonly string[]>> = {
  ProviderName: ['Provider_Name'],
  Provider: ['Provider_Name'],
  Provider_Name: ['SourceName', 'ProviderName', 'Provider'],
  ProviderGuid: ['Provider_Guid'],
  Provider_Guid: ['ProviderGuid'],
  Computer: ['Hostname', 'ComputerName'],
  ComputerName: ['Computer', 'Hostname'],
  Hostname: ['Computer'],
  ExecutionProcessID: ['Execution_ProcessID'],
  Execution_ProcessID: ['ExecutionProcessID'],
  Execution_ThreadID: ['ThreadID'],
  EventRecordID: ['RecordNumber'],
  RecordNumber: ['EventRecordID'],
  EventLog: ['Channel'],
};

/** Where Windows events that were XML have the values of EventData and UserData. */
export const windowsNested: readonly (readonly string[])[] = [
  ['Event', 'EventData'],
  ['Event', 'UserData', '*'],
];

const address = {
  source: ['source.ip', 'source.address', 'client.ip'],
  destination: ['destination.ip', 'destination.address'],
};
const uri = ['url.original', 'url.full'];
const agent = ['user_agent.original'];

/** Rules' names, and those of ECS: the first that the log type has. */
export const ecsNames: Readonly<Record<string, readonly string[]>> = {
  // Processes
  Image: ['process.executable', 'process.name'],
  CommandLine: ['process.command_line'],
  CurrentDirectory: ['process.working_directory'],
  ProcessId: ['process.pid'],
  ProcessGuid: ['process.entity_id'],
  ParentImage: ['process.parent.executable'],
  ParentCommandLine: ['process.parent.command_line'],
  ParentProcessId: ['process.parent.pid'],
  OriginalFileName: ['process.pe.original_file_name'],
  LogonId: ['process.session_id'],
  User: ['user.name'],
  ParentUser: ['process.parent.user.name'],
  // Files
  TargetFilename: ['file.path'],
  FileName: ['file.name'],
  md5: ['file.hash.md5'],
  sha1: ['file.hash.sha1'],
  sha256: ['file.hash.sha256'],
  // Network
  SourceIp: address.source,
  SourcePort: ['source.port'],
  SourceHostname: ['source.domain'],
  DestinationIp: address.destination,
  DestinationPort: ['destination.port'],
  DestinationHostname: ['destination.domain'],
  Protocol: ['network.transport'],
  src_ip: address.source,
  src_port: ['source.port'],
  dst_ip: address.destination,
  dst_port: ['destination.port'],
  action: ['event.action'],
  username: ['user.name'],
  // DNS
  query: ['dns.question.name'],
  QueryName: ['dns.question.name'],
  record_type: ['dns.question.type'],
  answer: ['dns.answers.data'],
  // Web servers and proxies (W3C extended log format)
  'c-ip': address.source,
  'c-uri': uri,
  'c-uri-extension': ['url.extension'],
  'c-uri-query': ['url.query'],
  'c-uri-stem': ['url.path'],
  'c-useragent': agent,
  'cs-bytes': ['http.request.body.bytes', 'http.request.bytes'],
  'cs-cookie': ['http.request.cookie'],
  'cs-host': ['url.domain', 'destination.domain'],
  'cs-method': ['http.request.method'],
  'cs-referer': ['http.request.referrer'],
  'cs-referrer': ['http.request.referrer'],
  'cs-uri': uri,
  'cs-uri-query': ['url.query', 'url.original'],
  'cs-uri-stem': ['url.path'],
  'cs-user-agent': agent,
  'cs-username': ['user.name'],
  'cs-version': ['http.version'],
  'r-dns': ['url.domain', 'destination.domain'],
  's-ip': address.destination,
  's-port': ['destination.port'],
  'sc-bytes': ['http.response.body.bytes', 'http.response.bytes'],
  'sc-status': ['http.response.status_code'],
  'src-ip': address.source,
  // Antivirus
  Signature: ['threat.indicator.name', 'rule.name'],
  Filename: ['file.path'],
};
