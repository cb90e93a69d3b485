-- Processes that run schedules over the same stores. Records that one of them received before `settled` (epoch
-- milliseconds, by its own clock) are in the store of events; `seen` is by the database's clock.
create table schedulers (
  name text primary key,
  settled bigint not null,
  seen timestamptz not null default now()
) with (fillfactor = 50);
