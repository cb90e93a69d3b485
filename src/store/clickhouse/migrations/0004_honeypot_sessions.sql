CREATE TABLE IF NOT EXISTS honeypot_sessions (
  sensor LowCardinality(String) CODEC(ZSTD(1)),
  session String CODEC(ZSTD(1)),
  source_ip String CODEC(ZSTD(1)),
  protocol LowCardinality(String) CODEC(ZSTD(1)),
  started DateTime64(6, 'UTC') CODEC(Delta, ZSTD(1)),
  ended DateTime64(6, 'UTC') CODEC(Delta, ZSTD(1)),
  duration Float64 CODEC(ZSTD(1)),
  client String CODEC(ZSTD(1)),
  hassh String CODEC(ZSTD(1)),
  logged_in Bool CODEC(ZSTD(1)),
  usernames Array(String) CODEC(ZSTD(1)),
  passwords Array(String) CODEC(ZSTD(1)),
  commands Array(String) CODEC(ZSTD(1)),
  files Array(String) CODEC(ZSTD(1)),
  urls Array(String) CODEC(ZSTD(1)),
  ssh_keys Array(String) CODEC(ZSTD(1)),
  forwards Array(String) CODEC(ZSTD(1)),
  recordings Array(String) CODEC(ZSTD(1)),
  score Int32 CODEC(ZSTD(1)),
  label LowCardinality(String) CODEC(ZSTD(1)),
  reasons Array(String) CODEC(ZSTD(1)),
  campaign String CODEC(ZSTD(1)),
  updated DateTime64(6, 'UTC') CODEC(Delta, ZSTD(1))
)
ENGINE = ReplacingMergeTree(updated)
PARTITION BY toMonday(started)
ORDER BY (sensor, session)
SETTINGS
  non_replicated_deduplication_window = 10000,
  fsync_after_insert = 1,
  fsync_part_directory = 1,
  min_rows_to_fsync_after_merge = 1,
  min_level_for_wide_part = 1,
  ttl_only_drop_parts = 1,
  materialize_ttl_recalculate_only = 1
