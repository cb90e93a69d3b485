-- When detections run by the clock, how far they have come, and what became of their runs. Times are epoch milliseconds.

-- Records received before `cursor` are done with. `unfinished_from` and `unfinished_to` are the window of a run that began
-- and did not end well; it is run again as it was. Who has `holder` runs it, as the row `run` of schedule_runs, and nobody
-- else does before `held_until`. Records received before `wanted` are to be done with soon, not only at the next time.
create table schedules (
  id text primary key,
  cursor bigint not null,
  due bigint not null,
  wanted bigint not null default 0,
  failures integer not null default 0,
  unfinished_from bigint,
  unfinished_to bigint,
  holder text,
  held_until bigint not null default 0,
  run bigint
) with (fillfactor = 70);

-- One row per attempt, and per gap. The newest of each schedule are kept.
create table schedule_runs (
  id bigint generated always as identity primary key,
  schedule text not null references schedules (id) on delete cascade,
  backfill bigint,
  state text not null,
  window_from bigint not null,
  window_to bigint not null,
  started bigint not null,
  ended bigint,
  rows bigint not null default 0,
  signals bigint not null default 0,
  rows_read bigint not null default 0,
  bytes_read bigint not null default 0,
  message text not null default ''
) with (fillfactor = 70);
create index schedule_runs_by_schedule on schedule_runs (schedule, id desc);
create index schedule_runs_gaps on schedule_runs (schedule) where state = 'gap';

-- Windows of the past that somebody asked for; done up to `cursor`, and removed at their end.
create table schedule_backfills (
  id bigint generated always as identity primary key,
  schedule text not null references schedules (id) on delete cascade,
  window_from bigint not null,
  window_to bigint not null,
  cursor bigint not null,
  due bigint not null,
  failures integer not null default 0
);
create index schedule_backfills_by_schedule on schedule_backfills (schedule, id);

-- What is raised once although it may be tried again, other than batches: the runs of schedules.
create table raise_marks (
  id text primary key,
  marked bigint not null
);
create index raise_marks_by_time on raise_marks (marked);
