// The files of a new workspace, by path.

export const workspaceFiles: Readonly<Record<string, string>> = {
  'tocsin.yml': `# A Tocsin workspace. \${NAME} is filled in from the environment, \${file:/run/secrets/x} from a file.

# Folder of the embedded stores.
data: .tocsin
# Address of the API.
listen: 127.0.0.1:7780

retention:
  events: 90d
  signals: 365d
  deadLetters: 30d

# Where records come from. Its schemas say what a record of it may be.
sources:
  # Everything that a file gets, from now on and across rotations.
  - id: app
    type: file
    paths: [logs/*.log]
    schemas: [Custom.App]

  # curl --data-binary @app.log -H "Authorization: Bearer $KEY" http://127.0.0.1:7780/api/v1/ingest/push
  # (KEY: tocsin keys create --scope ingest push)
  - id: push
    type: http
    schemas: [Custom.App]

# Where alerts go.
# destinations:
#   - id: mail
#     type: email
#     severities: [HIGH, CRITICAL]
#     host: smtp.example.com
#     user: tocsin
#     password: \${SMTP_PASSWORD}
#     from: tocsin@example.com
#     to: [soc@example.com]
`,

  'schemas/app.yml': `schema: Custom.App
description: What our application writes, one JSON object per line
fields:
  - name: time
    type: timestamp
    required: true
    isEventTime: true
    timeFormats: [rfc3339]
  - name: user
    type: string
    required: true
    indicators: [username]
    ecs: user.name
  - name: ip
    type: string
    indicators: [ip]
    ecs: source.ip
  - name: action
    type: string
    required: true
    ecs: event.action
  - name: ok
    type: boolean
`,

  'rules/failed-logins.ts': `import { rule } from 'tocsin';

interface App {
  user: string;
  ip?: string;
  action: string;
  ok?: boolean;
}

export default rule<App>({
  id: 'App.FailedLogins',
  displayName: 'Failed logins',
  logTypes: ['Custom.App'],
  severity: 'MEDIUM',
  threshold: 5,
  dedupPeriodMinutes: 15,
  match: (event) => event.action === 'login' && event.ok === false,
  title: (event) => \`Failed logins from \${event.ip ?? 'an unknown address'}\`,
  context: (event) => ({ user: event.user }),
  tests: [
    { name: 'a failed login', event: { user: 'ada', ip: '198.51.100.7', action: 'login', ok: false }, match: true },
    { name: 'a login', event: { user: 'ada', ip: '192.0.2.1', action: 'login', ok: true }, match: false },
  ],
});
`,

  'rules/admin_removed.py': `def rule(event):
    return event.get("action") == "remove-admin"


def title(event):
    return f"Administrator removed by {event.get('user')}"
`,

  'rules/admin_removed.yml': `AnalysisType: rule
RuleID: App.AdminRemoved
Filename: admin_removed.py
Enabled: true
LogTypes: [Custom.App]
Severity: High
Description: Somebody took an administrator's rights away.
Runbook: Ask the person named in the title whether it was meant.
Tests:
  - Name: an administrator is removed
    ExpectedResult: true
    Log: { user: ada, action: remove-admin }
  - Name: an ordinary action
    ExpectedResult: false
    Log: { user: ada, action: login }
`,

  'samples/app.log': [
    { time: '2026-01-05T09:00:00Z', user: 'ada', ip: '192.0.2.1', action: 'login', ok: true },
    ...[1, 2, 3, 4, 5].map((second) => ({
      time: `2026-01-05T09:00:0${second}Z`,
      user: 'root',
      ip: '198.51.100.7',
      action: 'login',
      ok: false,
    })),
    { time: '2026-01-05T09:01:00Z', user: 'grace', ip: '192.0.2.2', action: 'remove-admin', ok: true },
  ]
    .map((event) => `${JSON.stringify(event)}\n`)
    .join(''),

  '.gitignore': '.tocsin/\nlogs/\n',
};
