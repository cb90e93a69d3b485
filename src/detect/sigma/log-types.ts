// Which log types a log source means, beside Windows' (windows.ts). Names are those of our content and of Panther's
// schemas; a name that ends in `*` is all that begin so. Where `ecs` says so, any log type whose events carry these values
// under the names of ECS is meant as well.

export interface LogTypes {
  readonly names: readonly string[];
  readonly ecs?: Readonly<Record<string, string>>;
  /** Only events that have one of the values in the field. */
  readonly only?: { readonly field: string; readonly values: readonly string[] };
}

const linuxText = ['Linux.Auth', 'Linux.Syslog', 'Linux.Messages'];
const program = (...values: readonly string[]): LogTypes => ({ names: linuxText, only: { field: 'program', values } });
const ofLinux = (category: string): LogTypes => ({
  names: [],
  ecs: { 'host.os.type': 'linux', 'event.category': category },
});
const ofMac = (category: string): LogTypes => ({
  names: [],
  ecs: { 'host.os.type': 'macos', 'event.category': category },
});

/** By `product category service`, as `logsourceText` writes it. */
export const logTypesOfSources: Readonly<Record<string, LogTypes>> = {
  // The taxonomy that is near to ECS
  authentication: { names: [], ecs: { 'event.category': 'authentication' } },
  iam: { names: [], ecs: { 'event.category': 'iam' } },
  'network connection': { names: ['Zeek.Conn'], ecs: { 'event.category': 'network' } },
  'network dns': { names: ['Zeek.DNS', 'Suricata.DNS'], ecs: { 'network.protocol': 'dns' } },
  network_connection: { names: ['Zeek.Conn'], ecs: { 'event.category': 'network' } },
  process_creation: { names: [], ecs: { 'event.category': 'process' } },
  webserver: { names: ['Nginx.Access', 'Apache.Access*', 'AWS.ALB'], ecs: { 'event.category': 'web' } },
  proxy: { names: ['Zeek.HTTP', 'Squid.*', 'Zscaler.ZIA.WebLog'], ecs: { 'observer.type': 'proxy' } },
  dns: { names: ['Zeek.DNS', 'Suricata.DNS', 'CiscoUmbrella.DNS'], ecs: { 'network.protocol': 'dns' } },
  firewall: {
    names: ['Zeek.Conn', 'AWS.VPCFlow', 'GCP.VPCFlow', 'CiscoUmbrella.CloudFirewall'],
    ecs: { 'event.category': 'network' },
  },
  antivirus: { names: [], ecs: { 'event.category': 'malware' } },
  database: { names: [], ecs: { 'event.category': 'database' } },
  nginx: { names: ['Nginx.*'] },
  apache: { names: ['Apache.*'] },
  netflow: { names: ['AWS.VPCFlow', 'GCP.VPCFlow'], ecs: { 'event.category': 'network' } },
  // Linux and macOS
  linux: { names: ['Linux.*'] },
  'linux auth': { names: ['Linux.Auth'] },
  'linux syslog': { names: linuxText },
  'linux sshd': program('sshd', 'sshd-session', 'sshd-auth'),
  'linux sudo': program('sudo'),
  'linux su': program('su'),
  'linux cron': program('cron', 'CRON', 'crond', 'anacron'),
  'linux vsftpd': program('vsftpd'),
  'linux clamav': program('clamd', 'clamav', 'freshclam'),
  'linux guacamole': program('guacd', 'guacamole'),
  'linux auditd': { names: ['Linux.Audit*', 'Auditd.*'] },
  'linux process_creation': ofLinux('process'),
  'linux network_connection': ofLinux('network'),
  'linux file_event': ofLinux('file'),
  'macos process_creation': ofMac('process'),
  'macos file_event': ofMac('file'),
  // Clouds and services
  'aws cloudtrail': { names: ['AWS.CloudTrail'] },
  'azure auditlogs': { names: ['Azure.Audit'] },
  'azure signinlogs': { names: ['Azure.Audit', 'Azure.SignIn*'] },
  'azure activitylogs': { names: ['Azure.MonitorActivity', 'Azure.Activity*'] },
  'azure riskdetection': { names: ['Azure.Audit'] },
  'azure pim': { names: ['Azure.Audit'] },
  'gcp gcp.audit': { names: ['GCP.AuditLog'] },
  'gcp google_workspace.admin': { names: ['GSuite.Reports', 'GSuite.ActivityEvent'] },
  'gcp google_workspace.login': { names: ['GSuite.Reports', 'GSuite.ActivityEvent'] },
  'github audit': { names: ['GitHub.Audit'] },
  'bitbucket audit': { names: ['Bitbucket.Audit'] },
  'okta okta': { names: ['Okta.SystemLog'] },
  'onelogin onelogin.events': { names: ['OneLogin.Events'] },
  'cisco duo': { names: ['Duo.Authentication', 'Duo.Administrator'] },
  'm365 audit': { names: ['Microsoft365.Audit.*'] },
  'm365 exchange': { names: ['Microsoft365.Audit.Exchange'] },
  'm365 threat_management': { names: ['Microsoft365.Audit.*'] },
  'm365 threat_detection': { names: ['Microsoft365.Audit.*'] },
  'kubernetes audit': { names: ['Amazon.EKS.Audit', 'Azure.AKS.Audit', 'Kubernetes.Audit'] },
  'kubernetes application audit': { names: ['Amazon.EKS.Audit', 'Azure.AKS.Audit', 'Kubernetes.Audit'] },
};
