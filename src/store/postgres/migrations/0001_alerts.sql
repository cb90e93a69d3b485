-- Alerts and what the fold of signals into them needs. Times are epoch milliseconds.

-- One row per (detection, dedup string, error or not). `windows` counts the windows so far, and with it the alert's id is
-- made, so a row is never removed. A batch received within [window_start, window_end] belongs to the newest window.
create table alert_keys (
  key text primary key,
  windows integer not null,
  window_start bigint not null,
  window_end bigint not null
) with (fillfactor = 70);

-- One row per window, from its first signal on. `created` is null until the threshold is crossed; such a row is not
-- shown. `destinations` is what the rule's own function named with the first signal; null: it named none.
create table alerts (
  id text primary key,
  kind text not null,
  detection text not null,
  dedup text not null,
  title text not null,
  severity text not null,
  status text not null,
  assignee text not null default '',
  description text not null,
  runbook text not null,
  reference text not null,
  context jsonb not null,
  log_types text[] not null,
  tags text[] not null,
  destinations text[],
  threshold bigint not null,
  count bigint not null,
  first bigint not null,
  last bigint not null,
  window_start bigint not null,
  window_end bigint not null,
  created bigint,
  updated bigint not null
) with (fillfactor = 70);
create index alerts_by_created on alerts (created desc, id desc) where created is not null;
create index alerts_by_detection on alerts (detection, created desc) where created is not null;

-- Batches that are raised and whose segment is not finished: such a batch is not raised again.
create table batch_marks (
  segment bigint not null,
  frame integer not null,
  primary key (segment, frame)
);
-- The newest finished segments: a crash between the finish and the removal of the segment's file lets it be read again.
create table finished_segments (
  segment bigint primary key
);

-- How far each source has been read and done with.
create table positions (
  source text not null,
  key text not null,
  value bigint not null,
  primary key (source, key)
) with (fillfactor = 70);

-- What became of telling a destination about an alert. `job` is the id of the job that works on it.
create table deliveries (
  alert text not null references alerts (id) on delete cascade,
  destination text not null,
  state text not null,
  attempts integer not null default 0,
  attempted bigint,
  message text not null default '',
  job uuid not null,
  primary key (alert, destination)
) with (fillfactor = 70);
create index deliveries_unfinished on deliveries (alert) where state not in ('delivered', 'failed');
