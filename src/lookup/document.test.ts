import { expect, test } from 'vitest';
import { formatProblem } from '../core/problem.ts';
import { parseLookup } from './document.ts';

function problems(text: string): readonly string[] {
  return parseLookup(text, 'lookups/a.yml').problems.map(formatProblem);
}

function lookup(text: string) {
  expect(problems(text)).toStrictEqual([]);
  return parseLookup(text, 'lookups/a.yml').lookup;
}

const minimal = `AnalysisType: lookup_table
LookupName: ports
Enabled: true
Filename: ports.csv
LogTypeMap:
  PrimaryKey: port
`;
const ports = {
  name: 'ports',
  primaryKey: 'port',
  selectors: {},
  byIndicator: ['*'],
  indicators: [],
  keepsHistory: false,
  mayShrink: false,
};

const refreshed = (keys: string, more = '') => `AnalysisType: lookup_table
LookupName: ports
Enabled: true
Refresh:
  ${keys}
LogTypeMap: { PrimaryKey: port }
${more}`;

test('a file beside the document; the format by its name, CSV where that says nothing', () => {
  expect(lookup(minimal)).toStrictEqual({ ...ports, filename: 'ports.csv', format: 'csv' });
  expect(lookup(minimal.replace('ports.csv', 'ports.json.gz'))).toMatchObject({ format: 'json' });
  expect(lookup(minimal.replace('ports.csv', 'ports'))).toMatchObject({ format: 'csv' });
  expect(lookup(`${minimal}Format: list\n`)).toMatchObject({ format: 'list' });
});
test('a table that is not enabled is not given, and is checked all the same', () => {
  expect(parseLookup(minimal.replace('true', 'false'), 'lookups/a.yml')).toEqual({ problems: [] });
  expect(problems(minimal.replace('true', 'false').replace('Filename', '#'))).toHaveLength(1);
});

test("Panther's own document with every key", () => {
  const text = `AnalysisType: lookup_table
LookupName: account_metadata
Enabled: true
Description: d
Reference: https://example.com
DisplayName: n
Tags: [a]
BaseVersion: 1
Schema: Custom.Accounts
Refresh:
  RoleARN: arn:aws:iam::123456789123:role/PantherLUTsRole-x
  ObjectPath: s3://bucket/path/accounts.csv
  PeriodMinutes: 30
  AlarmPeriodMinutes: 720
  ObjectKMSKey: arn:aws:kms:us-east-1:123456789123:key/x
LogTypeMap:
  PrimaryKey: id
  AssociatedLogTypes:
    - LogType: AWS.CloudTrail
      Selectors: [recipientAccountId, $.userIdentity.accountId]
    - LogType: AWS.CloudTrail
      Selectors: [recipientAccountId, p_any_ip_addresses]
    - LogType: Okta.SystemLog
    - LogType: Zeek.Conn
      Selectors: []
Indicators: [{ Field: id, Indicators: [aws_account_id] }, { Field: name, Indicators: [username] }]
Validations: [{ Field: id, Validations: [cidr] }]
`;
  expect(lookup(text)).toStrictEqual({
    name: 'account_metadata',
    primaryKey: 'id',
    schema: 'Custom.Accounts',
    selectors: { 'AWS.CloudTrail': ['recipientAccountId', '$.userIdentity.accountId', 'p_any_ip_addresses'] },
    byIndicator: ['Okta.SystemLog'],
    indicators: ['aws_account_id'],
    match: 'cidr',
    keepsHistory: false,
    mayShrink: false,
    format: 'csv',
    refresh: {
      address: 's3://bucket/path/accounts.csv',
      periodMinutes: 30,
      alarmPeriodMinutes: 720,
      roleArn: 'arn:aws:iam::123456789123:role/PantherLUTsRole-x',
    },
  });
});
test('a table of no log types is joined to none: rules may ask it', () =>
  expect(lookup(`${minimal}  AssociatedLogTypes: []\n`)).toMatchObject({ selectors: {}, byIndicator: [] }));
test('the address may be of the web or of this machine, and has a format of its own or is given one', () => {
  expect(lookup(refreshed('ObjectPath: https://h.example/x.netset?a=b'))).toStrictEqual({
    ...ports,
    format: 'list',
    refresh: { address: 'https://h.example/x.netset?a=b' },
  });
  expect(lookup(refreshed('ObjectPath: /var/lib/GeoIP/a b.mmdb.gz'))).toMatchObject({
    format: 'mmdb',
    refresh: { address: 'file:///var/lib/GeoIP/a%20b.mmdb.gz' },
  });
  expect(lookup(refreshed('{ ObjectPath: https://h/x, CronExpression: "0 */6 * * *" }', 'Format: json'))).toMatchObject(
    {
      format: 'json',
      refresh: { address: 'https://h/x', cron: '0 */6 * * *' },
    },
  );
  expect(problems(refreshed('ObjectPath: https://h/x'))).toStrictEqual([
    'lookups/a.yml:5:15: Refresh.ObjectPath: does not tell the format of the rows; expected Format beside Refresh',
  ]);
});
test.each([
  's3://b/x.csv',
  's3://bucket',
  's3://bucket/',
  'https://a@h/x.csv',
  'gs://bucket/x.csv',
  'ftp://h/x.csv',
  'x.csv',
  'https://a:b@h/x.csv',
  'file://h/x.csv',
  '/x/',
])('an address that cannot be read: %s', (address) =>
  expect(problems(refreshed(`ObjectPath: ${address}`))).toStrictEqual([
    'lookups/a.yml:5:15: Refresh.ObjectPath: expected s3://bucket/key, an http(s) address without a password in it, or the absolute path of a file',
  ]),
);
test.each(['x', '0 0 * *', '0 0 0 * * *', '61 * * * *', '0 0 30 2 *'])(
  'a cron expression that never comes: %s',
  (cron) =>
    expect(problems(refreshed(`{ ObjectPath: /x.csv, CronExpression: "${cron}" }`))).toStrictEqual([
      expect.stringMatching(/Refresh\.CronExpression: expected five fields: minute, hour, /),
    ]),
);

test('a query, in any dialect, when it is due', () => {
  const text = refreshed('PeriodMinutes: 1440', 'SnowflakeQuery: SELECT 1');
  expect(lookup(text)).toStrictEqual({
    ...ports,
    query: { dialect: 'SnowflakeQuery', text: 'SELECT 1' },
    refresh: { periodMinutes: 1440 },
  });
  expect(lookup(refreshed('CronExpression: "0 */6 * * *"', 'Query: SELECT 1'))).toMatchObject({
    refresh: { cron: '0 */6 * * *' },
  });
});

test('our own keys', () =>
  expect(
    lookup(`${minimal.replace('ports.csv', 'block.txt')}Format: csv
Columns: [start, end, bits, '']
Delimiter: "\\t"
Comment: '%'
Rows: list
Fields: { port: '{start}/{bits}', end: end }
KeyMatch: cidr
Validity: { From: first }
Expires: { Field: last }
MayShrink: true
`),
  ).toStrictEqual({
    ...ports,
    filename: 'block.txt',
    format: 'csv',
    options: {
      columns: ['start', 'end', 'bits', ''],
      delimiter: '\t',
      comment: '%',
      rows: 'list',
      fields: { port: '{start}/{bits}', end: 'end' },
    },
    match: 'cidr',
    validity: { from: 'first', to: 'last' },
    mayShrink: true,
  }));
test('history is kept of what is refreshed', () => {
  expect(lookup(refreshed('ObjectPath: /x.csv', 'History: true'))).toMatchObject({ keepsHistory: true });
  expect(problems(`${minimal}History: true\n`)).toStrictEqual([
    'lookups/a.yml:7:10: History: expected a table with Refresh: a file beside the document has no history',
  ]);
});

test('what is wrong has its place', () => {
  expect(problems(minimal.replace('LookupName', 'LookupNam'))).toEqual([
    'lookups/a.yml:1:1: LookupName: is missing; expected a text',
    'lookups/a.yml:2:1: unknown key `LookupNam`; did you mean `LookupName`?',
  ]);
  expect(problems(`${minimal}  AssociatedLogType: []\n`)).toEqual([
    'lookups/a.yml:7:3: LogTypeMap: unknown key `AssociatedLogType`; did you mean `AssociatedLogTypes`?',
  ]);
  expect(problems(minimal.replace('ports.csv', '../ports.csv'))).toEqual([
    'lookups/a.yml:4:11: Filename: expected the name of a file beside this one',
  ]);
  expect(problems(minimal.replace('lookup_table', 'rule'))).toEqual([
    'lookups/a.yml:1:15: AnalysisType: expected lookup_table',
  ]);
  expect(problems('a: [')[0]).toMatch(/^lookups\/a\.yml:1:\d+: YAML: /);
});
test('the rows come from one place', () => {
  expect(problems(minimal.replace('Filename', '# Filename'))).toEqual([
    'lookups/a.yml:1:1: expected Filename, Refresh or Query: where the rows come from',
  ]);
  expect(problems(`${minimal}Refresh: { ObjectPath: /x.csv }\n`)).toEqual([
    'lookups/a.yml:7:10: Refresh: Filename says already where the rows come from',
  ]);
  expect(problems(`${minimal}Query: SELECT 1\nRefresh: { PeriodMinutes: 5 }\n`)).toEqual([
    'lookups/a.yml:7:8: Query: Filename says already where the rows come from',
  ]);
  expect(problems(refreshed('PeriodMinutes: 5'))).toEqual([
    'lookups/a.yml:5:3: Refresh: expected ObjectPath: where the rows come from',
  ]);
  expect(problems(refreshed('ObjectPath: /x.csv', 'Query: SELECT 1'))).toEqual([
    'lookups/a.yml:5:3: Refresh: expected PeriodMinutes or CronExpression: when the query is run',
    'lookups/a.yml:5:15: Refresh.ObjectPath: Query says already where the rows come from',
  ]);
  expect(problems(refreshed('PeriodMinutes: 5', 'Query: SELECT 1\nSchema: A.B'))).toEqual([
    'lookups/a.yml:8:9: Schema: is for files; Indicators and Validations tell what the columns of a query are',
  ]);
  expect(problems(refreshed('{ ObjectPath: /x.csv, PeriodMinutes: 5, CronExpression: "0 0 * * *" }'))).toEqual([
    'lookups/a.yml:5:3: Refresh: expected PeriodMinutes or CronExpression, not both',
  ]);
});
test('the primary key is among what makes the row; rows end once', () => {
  expect(problems(`${minimal}Columns: [a]\n`)).toEqual([
    'lookups/a.yml:7:10: Columns: expected the primary key port among them',
  ]);
  expect(problems(`${minimal}Fields: { a: b }\n`)).toEqual([
    'lookups/a.yml:7:9: Fields: expected the primary key port among them',
  ]);
  expect(problems(`${minimal}Fields: { a: b }\nFormat: mmdb\n`)).toEqual([]);
  expect(problems(`${minimal}Validity: { To: a }\nExpires: { Field: b }\n`)).toEqual([
    'lookups/a.yml:8:10: Expires: Validity.To says already until when a row holds',
  ]);
});
