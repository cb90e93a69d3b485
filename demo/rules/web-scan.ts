import { rule } from 'tocsin';

interface Access {
  readonly remoteAddr: string;
  readonly request?: string;
  readonly status?: number;
  readonly httpUserAgent?: string;
}

const scanners = ['sqlmap', 'nikto', 'gobuster', 'nuclei', 'masscan'];

function isScanner(agent: string | undefined): boolean {
  const lower = agent?.toLowerCase() ?? '';
  return scanners.some((name) => lower.includes(name));
}

function isTraversal(request: string | undefined): boolean {
  return request !== undefined && (request.includes('/../') || request.includes('%2e%2e'));
}

export default rule<Access>({
  id: 'Demo.Nginx.WebScan',
  displayName: 'Web scan',
  description: 'One address asked for many pages that do not exist, or came with the marks of a scanner.',
  runbook: 'See whether any of its requests was answered with 200, and what it asked for there.',
  logTypes: ['Nginx.Access'],
  severity: 'Medium',
  threshold: 20,
  reports: { 'MITRE ATT&CK': ['TA0043:T1595.002'] },
  match: (event) => event.status === 404 || isTraversal(event.request) || isScanner(event.httpUserAgent),
  title: (event) => `Web scan from ${event.remoteAddr}`,
  context: (event) => ({ request: event.request, agent: event.httpUserAgent }),
  tests: [
    {
      name: 'a page that is not there',
      event: {
        remoteAddr: '203.0.113.140',
        request: 'GET /wp-login.php HTTP/1.1',
        status: 404,
        httpUserAgent: 'Mozilla/5.0',
      },
      match: true,
      title: 'Web scan from 203.0.113.140',
    },
    {
      name: 'a path that climbs',
      event: {
        remoteAddr: '203.0.113.140',
        request: 'GET /../../etc/passwd HTTP/1.1',
        status: 400,
        httpUserAgent: 'Mozilla/5.0',
      },
      match: true,
    },
    {
      name: 'sqlmap, whatever the answer',
      event: {
        remoteAddr: '203.0.113.140',
        request: 'GET /?id=1 HTTP/1.1',
        status: 200,
        httpUserAgent: 'sqlmap/1.8.2#stable',
      },
      match: true,
    },
    {
      name: 'a visitor',
      event: { remoteAddr: '198.51.100.40', request: 'GET /blog/ HTTP/1.1', status: 200, httpUserAgent: 'Mozilla/5.0' },
      match: false,
    },
  ],
});
