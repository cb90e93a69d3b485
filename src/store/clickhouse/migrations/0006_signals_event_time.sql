ALTER TABLE signals ADD INDEX IF NOT EXISTS minmax_p_event_time p_event_time TYPE minmax GRANULARITY 1
