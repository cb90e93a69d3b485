// Events of Okta's System Log, as its API gives them.

import { iso, type Sent } from './sent.suite.ts';

export interface OktaEvent {
  readonly time: number;
  readonly user: string;
  readonly from: string;
  readonly type: string;
  readonly result?: string;
  readonly reason?: string;
  readonly target?: Readonly<Record<string, string>>;
}

export function oktaEvent({ time, user, from, type, result = 'SUCCESS', reason, target }: OktaEvent): Sent {
  const text = JSON.stringify({
    actor: { id: `00u${user.length}`, type: 'User', alternateId: user, displayName: user, detailEntry: null },
    client: {
      userAgent: { rawUserAgent: 'Mozilla/5.0 (X11; Linux x86_64)', os: 'Linux', browser: 'FIREFOX' },
      zone: 'null',
      device: 'Computer',
      id: null,
      ipAddress: from,
    },
    authenticationContext: { authenticationStep: 0, externalSessionId: `102${time.toString(36)}` },
    displayMessage: type,
    eventType: type,
    outcome: { result, reason: reason ?? null },
    published: iso(time),
    severity: 'INFO',
    debugContext: { debugData: { requestUri: '/api/v1/authn' } },
    transaction: { type: 'WEB', id: `X${time.toString(36)}`, detail: {} },
    uuid: `7f0d2ae8-17b5-11f1-8d5a-${time.toString(16).padStart(12, '0')}`,
    version: '0',
    target: target === undefined ? null : [target],
  });
  return { source: 'okta', time, text };
}

interface OktaLogin {
  readonly time: number;
  readonly user: string;
  readonly from: string;
}

export function oktaFailed(login: OktaLogin): Sent {
  return oktaEvent({ ...login, type: 'user.session.start', result: 'FAILURE', reason: 'INVALID_CREDENTIALS' });
}

export function oktaAccepted(login: OktaLogin): Sent {
  return oktaEvent({ ...login, type: 'user.session.start' });
}
