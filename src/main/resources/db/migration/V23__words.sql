-- The words of the code: a segment of the log is what a node leases, and an event's de-duplication key tells duplicates.
alter table stretch rename to log_segment;
alter table event rename column twin to deduplication_key;
alter index event_twin rename to event_by_deduplication_key;
