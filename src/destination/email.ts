// E-mail over SMTP. One connection is kept and used again; the same notification has the same Message-ID at every
// attempt, so that a mail that was sent twice is seen as one by most mailboxes.

import { createHash } from 'node:crypto';
import { createTransport } from 'nodemailer';
import { z } from 'zod';
import type { DeliveryResult } from '../core/destination.ts';
import type { DestinationKind } from './destination-kind.ts';
import { mailOf } from './mail/mail.ts';

const settings = z.object({
  host: z.string().min(1).describe('SMTP server'),
  port: z.int().min(1).max(65_535).optional().describe('587, or 465 with tls: implicit, where absent'),
  tls: z
    .enum(['starttls', 'implicit', 'none'])
    .default('starttls')
    .describe(
      'starttls: encrypted after a greeting, or not sent; implicit: encrypted from the start; none: in the clear',
    ),
  verifyCertificate: z.boolean().default(true).describe("Whether the server's certificate must be valid for its name"),
  user: z.string().min(1).optional().describe('For a server that wants a login'),
  password: z.string().optional().meta({ secret: true }).describe('Password of user'),
  from: z
    .string()
    .min(3)
    .max(320)
    .regex(/^[^\r\n]+$/)
    .describe('Sender, `soc@example.com` or `SOC <soc@example.com>`'),
  to: z
    .array(
      z
        .string()
        .min(3)
        .max(320)
        .regex(/^[^\r\n]+$/),
    )
    .min(1)
    .max(100)
    .describe('Recipients'),
});

const connectionMs = 10_000;
const silenceMs = 20_000;
const attemptMs = 60_000;

export const email: DestinationKind = {
  description: 'Mails each alert',
  settings,
  create(id, given) {
    const { host, port, tls, verifyCertificate, user, password, from, to } = settings.parse(given);
    const transport = createTransport({
      pool: true,
      maxConnections: 1,
      host,
      port: port ?? (tls === 'implicit' ? 465 : 587),
      secure: tls === 'implicit',
      requireTLS: tls === 'starttls',
      ignoreTLS: tls === 'none',
      tls: { rejectUnauthorized: verifyCertificate },
      ...(user !== undefined && { auth: { user, pass: password ?? '' } }),
      connectionTimeout: connectionMs,
      greetingTimeout: connectionMs,
      socketTimeout: silenceMs,
      disableFileAccess: true,
      disableUrlAccess: true,
    });
    // Errors of the connection that is kept between mails; the next mail makes another.
    transport.on('error', () => {});
    const domain = /@([A-Za-z0-9.-]+)>?\s*$/.exec(from)?.[1] ?? 'tocsin.invalid';
    return {
      id,
      kind: 'email',
      async send(notification) {
        const messageId = `<${createHash('sha256').update(notification.id).digest('hex').slice(0, 40)}@${domain}>`;
        const mail = { from, to, messageId, ...mailOf(notification) };
        const late = Promise.withResolvers<DeliveryResult>();
        const timer = setTimeout(() => {
          late.resolve({ kind: 'failed', message: `no answer within ${attemptMs / 1000} s`, final: false });
        }, attemptMs);
        const sent = transport.sendMail(mail).then(({ response, rejected }) => {
          const refused = rejected.map(String).join(', ');
          return delivered(refused === '' ? response : `${response} (but the server refused ${refused})`);
        }, failed);
        try {
          return await Promise.race([sent, late.promise]);
        } finally {
          clearTimeout(timer);
        }
      },
      async close() {
        transport.close();
      },
    };
  },
};

function delivered(message: string): DeliveryResult {
  return { kind: 'delivered', message };
}

/** RFC 5321 4.2.1: 5yz will fail the same way again. */
function failed(error: unknown): DeliveryResult {
  if (!(error instanceof Error)) return { kind: 'failed', message: String(error), final: false };
  const code = 'responseCode' in error && typeof error.responseCode === 'number' ? error.responseCode : 0;
  return { kind: 'failed', message: error.message, final: code >= 500 && code < 600 };
}
