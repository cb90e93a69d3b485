-- Journals that write to these stores, by the key in their folder. Segments are numbered within each.
create table journals (
  number bigint generated always as identity (minvalue 0 start 0) primary key,
  key text not null unique
);
