import { rule } from 'tocsin';

interface Conn {
  readonly id_orig_h: string;
  readonly id_resp_h: string;
  readonly id_resp_p?: number;
  readonly conn_state?: string;
}

export default rule<Conn>({
  id: 'Demo.Zeek.PortScan',
  displayName: 'Port scan',
  description: 'One address opened many connections that were refused or never answered.',
  runbook: 'Look at which ports answered (conn_state SF) the same address afterwards.',
  logTypes: ['Zeek.Conn'],
  severity: 'Medium',
  threshold: 50,
  reports: { 'MITRE ATT&CK': ['TA0043:T1595'] },
  match: (event) => event.conn_state === 'S0' || event.conn_state === 'REJ',
  title: (event) => `Port scan from ${event.id_orig_h}`,
  context: (event) => ({ scanner: event.id_orig_h, target: event.id_resp_h, port: event.id_resp_p }),
  tests: [
    {
      name: 'a refused connection',
      event: { id_orig_h: '198.51.100.23', id_resp_h: '192.0.2.10', id_resp_p: 3306, conn_state: 'REJ' },
      match: true,
      title: 'Port scan from 198.51.100.23',
    },
    {
      name: 'a connection that nobody answered',
      event: { id_orig_h: '198.51.100.23', id_resp_h: '192.0.2.10', id_resp_p: 8080, conn_state: 'S0' },
      match: true,
    },
    {
      name: 'an ordinary connection',
      event: { id_orig_h: '198.51.100.40', id_resp_h: '192.0.2.10', id_resp_p: 443, conn_state: 'SF' },
      match: false,
    },
  ],
});
