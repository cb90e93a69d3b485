-- What becomes of alerts over time: suppressed, snoozed, resolved; and what is left out of them. Times are epoch
-- milliseconds.

-- `seen`: when the newest batch with signals of the key was received. After the newest alert no other one opens for
-- `suppress_ms`, until `suppressed_until`; `again`: the newest window began before the key had been quiet for so long.
-- Nobody is told of an alert of the key before `snoozed_until`.
alter table alert_keys
  add column seen bigint not null default 0,
  add column suppress_ms bigint not null default 0,
  add column suppressed_until bigint not null default 0,
  add column again boolean not null default false,
  add column snoozed_until bigint not null default 0,
  add column snoozed_by text not null default '',
  add column snooze_reason text not null default '';

-- `suppressed`: of `count`, signals that came while the key was suppressed or snoozed. `resolve_at`: if no signal was
-- received until then it is resolved.
alter table alerts
  add column key text not null default '',
  add column suppressed bigint not null default 0,
  add column suppressed_until bigint,
  add column resolve_at bigint;
update alerts set key = md5(detection || ':' || dedup || case kind when 'RULE_ERROR' then ':error' else '' end);
create index alerts_by_key on alerts (key);
create index alerts_by_resolve on alerts (resolve_at) where resolve_at is not null;

-- A destination is told when an alert opens, and may be told when it is resolved.
alter table deliveries
  add column event text not null default 'opened',
  drop constraint deliveries_pkey,
  add primary key (alert, destination, event);

-- Who changed an alert, and how, as a sentence.
create table alert_changes (
  id bigint generated always as identity primary key,
  alert text not null references alerts (id) on delete cascade,
  time bigint not null,
  by text not null,
  what text not null
);
create index alert_changes_by_alert on alert_changes (alert, id);

-- What somebody wants no alert of, until a time. `detection` is an id or `*`; `conditions` is a selection in Sigma's form.
-- `silenced` counts the signals that it left out, the newest of them at `last`.
create table exceptions (
  id text primary key,
  detection text not null,
  conditions jsonb not null,
  owner text not null,
  reason text not null,
  created bigint not null,
  until bigint not null,
  silenced bigint not null default 0,
  last bigint
) with (fillfactor = 70);
