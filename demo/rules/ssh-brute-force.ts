import { rule } from 'tocsin';

interface Auth {
  readonly action?: string;
  readonly outcome?: string;
  readonly source_ip?: string;
  readonly user?: string;
}

export default rule<Auth>({
  id: 'Demo.Linux.SshBruteForce',
  displayName: 'SSH brute force',
  description: 'One address failed to log in over SSH again and again.',
  runbook: 'See whether the address got in (action ssh_login, outcome success), and what that user did next.',
  logTypes: ['Linux.Auth'],
  severity: 'High',
  threshold: 10,
  reports: { 'MITRE ATT&CK': ['TA0006:T1110.001'] },
  match: (event) => event.action === 'ssh_login' && event.outcome === 'failure',
  title: (event) => `SSH brute force from ${event.source_ip}`,
  context: (event) => ({ address: event.source_ip, user: event.user }),
  tests: [
    {
      name: 'a wrong password',
      event: { action: 'ssh_login', outcome: 'failure', source_ip: '203.0.113.77', user: 'root' },
      match: true,
      title: 'SSH brute force from 203.0.113.77',
    },
    {
      name: 'a login',
      event: { action: 'ssh_login', outcome: 'success', source_ip: '192.0.2.50', user: 'alice' },
      match: false,
    },
    {
      name: 'a line of PAM about the same failure',
      event: { action: 'pam_authentication', source_ip: '203.0.113.77', user: 'root' },
      match: false,
    },
  ],
});
