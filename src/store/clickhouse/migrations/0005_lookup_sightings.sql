CREATE TABLE IF NOT EXISTS lookup_sightings (
  lookup LowCardinality(String) CODEC(ZSTD(1)),
  value String CODEC(ZSTD(1)),
  listed DateTime64(6, 'UTC') CODEC(Delta, ZSTD(1)),
  log_type LowCardinality(String) CODEC(ZSTD(1)),
  p_row_id String CODEC(ZSTD(1)),
  p_event_time DateTime64(6, 'UTC') CODEC(Delta, ZSTD(1)),
  found DateTime64(6, 'UTC') CODEC(Delta, ZSTD(1))
)
ENGINE = MergeTree
PARTITION BY toMonday(found)
ORDER BY (lookup, value, p_event_time)
SETTINGS
  non_replicated_deduplication_window = 10000,
  fsync_after_insert = 1,
  fsync_part_directory = 1,
  min_rows_to_fsync_after_merge = 1,
  min_level_for_wide_part = 1,
  ttl_only_drop_parts = 1,
  materialize_ttl_recalculate_only = 1
