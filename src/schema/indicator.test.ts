import { expect, test } from 'vitest';
import { indicatorNames, type IndicatorName } from '../core/schema.ts';
import { gather, indicatorColumns } from './indicator.ts';

function assert(name: IndicatorName, value: string, expected: string): void {
  const found: string[] = [];
  gather(name, value, (column, text) => {
    expect(indicatorColumns(name)).toContain(column);
    found.push(`${column.replace('p_any_', '')}=${text}`);
  });
  expect(`${value}: ${found.join(' ')}`).toBe(`${value}: ${expected}`);
}

test('each scanner takes what it knows', () => {
  assert('ip', ' 10.0.0.1 ', 'ip_addresses=10.0.0.1');
  assert('ip', 'localhost', '');
  assert('domain', 'Example.org', 'domain_names=Example.org');
  assert('domain', 'xn--mnchen-3ya.de', 'domain_names=münchen.de');
  assert('domain', ' ', '');
  assert('hostname', '::1', 'ip_addresses=::1');
  assert('hostname', 'web1', 'domain_names=web1');
  assert('url', 'https://user:pw@example.org:8443/a@b?c=d#e', 'domain_names=example.org');
  assert('url', 'http://[2001:db8::1]:80/', 'ip_addresses=2001:db8::1');
  assert('url', 'http://1.2.3.4', 'ip_addresses=1.2.3.4');
  assert('url', '//example.org/x', 'domain_names=example.org');
  assert('url', '/a//b', '');
  assert('url', 'example.org', '');
  assert('net_addr', '1.2.3.4:22', 'ip_addresses=1.2.3.4');
  assert('net_addr', '[::1]:22', 'ip_addresses=::1');
  assert('net_addr', ':::21', 'ip_addresses=::');
  assert('net_addr', 'a:b:c', '');
  assert('net_addr', '0.0.0.0:*', 'ip_addresses=0.0.0.0');
  assert('net_addr', 'fe80::1', 'ip_addresses=fe80::1');
  assert('net_addr', 'db:5432', 'domain_names=db');
  assert('email', 'Bob <bob@example.org>', 'emails=bob@example.org');
  assert('email', 'bob', '');
  assert('email', '@bob', '');
  assert('username', 'root', 'usernames=root');
  assert('md5', 'D41D8CD98F00B204E9800998ECF8427E', 'md5_hashes=d41d8cd98f00b204e9800998ecf8427e');
  assert('md5', 'd41d', '');
  assert('sha1', 'g'.repeat(40), '');
  assert('sha256', 'a'.repeat(64), `sha256_hashes=${'a'.repeat(64)}`);
  assert(
    'aws_arn',
    'arn:aws:ec2:us-east-1:123456789012:instance/i-0abc',
    'aws_arns=arn:aws:ec2:us-east-1:123456789012:instance/i-0abc aws_account_ids=123456789012 aws_instance_ids=i-0abc',
  );
  assert(
    'aws_arn',
    'arn:aws:sts::123456789012:assumed-role/Admin/bob@example.org',
    'aws_arns=arn:aws:sts::123456789012:assumed-role/Admin/bob@example.org aws_account_ids=123456789012 emails=bob@example.org',
  );
  assert(
    'aws_arn',
    'arn:aws:logs:eu-west-1:123456789012:log-group:x:*',
    'aws_arns=arn:aws:logs:eu-west-1:123456789012:log-group:x:* aws_account_ids=123456789012',
  );
  assert('aws_arn', 'arn:aws', '');
  assert('aws_arn_only', 'arn:aws:s3:::bucket', 'aws_arns=arn:aws:s3:::bucket');
  assert('aws_account_id', '123456789012', 'aws_account_ids=123456789012');
  assert('aws_account_id', '12345678901x', '');
  assert('aws_instance_id', 'i-0abc', 'aws_instance_ids=i-0abc');
  assert('aws_instance_id', 'vol-1', '');
});

test('every name has columns, and no value is too long', () => {
  for (const name of indicatorNames) expect([name, indicatorColumns(name).length > 0]).toEqual([name, true]);
  assert('username', 'x'.repeat(2049), '');
});
