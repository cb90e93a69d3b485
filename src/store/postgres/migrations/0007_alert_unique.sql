-- Of an alert that has not opened and whose detection counts different values: marks of those that came.
alter table alerts add column unique_marks text[];
