-- What outside services answered about observables, and what may still be asked. Times are epoch milliseconds.

-- One row per question. `claimed`: a process is asking until then at the latest. `status` is null before the first
-- answer. `body` is the answer as it came, so that it can be read again: json, which keeps the order of its fields.
create table analyses (
  analyzer text not null,
  kind text not null,
  value text not null,
  status integer,
  body json,
  asked bigint,
  until bigint not null,
  claimed bigint not null,
  primary key (analyzer, kind, value)
);
create index analyses_by_until on analyses (until);

-- One row per key of a service, locked by who takes a request off it.
create table analyzer_accounts (
  id text primary key,
  failures integer not null default 0,
  open_until bigint not null default 0,
  retry_after bigint not null default 0
) with (fillfactor = 70);

-- The requests of an account within its longest limit.
create table analyzer_requests (
  account text not null,
  time bigint not null
);
create index analyzer_requests_by_time on analyzer_requests (account, time desc);
