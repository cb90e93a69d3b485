-- API keys, the key-value helpers of rules, and the record of who changed what. Times are epoch milliseconds.

create table api_keys (
  id text primary key,
  name text not null,
  sha256 bytea not null,
  scopes text[] not null,
  created bigint not null,
  last_used bigint,
  expires bigint
);

create table kv (
  key text primary key,
  value jsonb not null,
  expires bigint
);

create table audit_log (
  id bigint generated always as identity primary key,
  time bigint not null,
  actor text not null,
  action text not null,
  target text not null,
  details jsonb not null default '{}'
);
create index audit_log_by_time on audit_log (time);
