// An event as rules see it: the record's own fields under their own names, plus `p_` fields. Plain, JSON-like values.

export type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json | undefined };

export interface Event {
  readonly p_log_type: string;
  readonly p_row_id: string;
  /** `YYYY-MM-DD HH:MM:SS.fff`, UTC: Panther's text form in rules. */
  readonly p_event_time: string;
  readonly p_parse_time: string;
  readonly p_source_id: string;
  readonly p_enrichment?: { readonly [table: string]: { readonly [selector: string]: Json } };
  readonly p_ecs?: { readonly [name: string]: Json };
  readonly [field: string]: unknown;
}
