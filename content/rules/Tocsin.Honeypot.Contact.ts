import { rule } from 'tocsin';

/** A row of the table `honeypot`. */
interface Seen {
  readonly value: string;
  readonly kind: string;
  readonly session: string;
  readonly sessions: number;
  readonly p_match: string;
}

interface Enriched {
  readonly p_log_type: string;
  readonly p_enrichment?: { readonly honeypot?: Readonly<Record<string, Seen | readonly Seen[]>> };
}

const nouns: Readonly<Record<string, string>> = {
  ip: 'address',
  file: 'file',
  host: 'download host',
  url: 'URL',
  hassh: 'SSH client',
  ssh_key: 'SSH key',
  password: 'password',
};

function seen({ p_enrichment }: Enriched): readonly Seen[] {
  return Object.values(p_enrichment?.honeypot ?? {}).flat();
}

export default rule<Enriched>({
  id: 'Tocsin.Honeypot.Contact',
  displayName: 'Something from the honeypot outside of it',
  description:
    'An address, file, URL, key or client that attackers used in our honeypot is in an event of another source.',
  runbook: 'Compare what the session did in the honeypot (`tocsin honeypot report --session`) with what happened here.',
  logTypes: ['*'],
  severity: 'High',
  match: (event) => !event.p_log_type.startsWith('Cowrie.') && seen(event).length > 0,
  title: (event) => {
    const [first] = seen(event);
    return `${nouns[first?.kind ?? ''] ?? 'value'} ${first?.p_match ?? ''} of the honeypot seen in ${event.p_log_type}`;
  },
  context: (event) => ({
    honeypot: seen(event)
      .slice(0, 20)
      .map((row) => ({ ...row })),
  }),
  tests: [
    {
      name: 'an address that was in the honeypot',
      event: {
        p_log_type: 'Nginx.Access',
        p_enrichment: {
          honeypot: {
            p_any_ip_addresses: [
              { value: '203.0.113.9', kind: 'ip', session: '8d39860bce79', sessions: 3, p_match: '203.0.113.9' },
            ],
          },
        },
      },
      match: true,
      title: 'address 203.0.113.9 of the honeypot seen in Nginx.Access',
    },
    { name: 'nothing of it', event: { p_log_type: 'Nginx.Access' }, match: false },
    {
      name: 'the honeypot itself',
      event: {
        p_log_type: 'Cowrie.Events',
        p_enrichment: {
          honeypot: {
            p_any_ip_addresses: [
              { value: '203.0.113.9', kind: 'ip', session: '8d39860bce79', sessions: 3, p_match: '203.0.113.9' },
            ],
          },
        },
      },
      match: false,
    },
  ],
});
