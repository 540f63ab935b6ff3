-- What waits is found by its line: the subscription while it waits for an attempt, minus the subscription while it is
-- buffered, null when neither. So finding what is next costs per subscription, however much waits, and what is finished
-- takes next to no room in the indexes.
alter table delivery rename column buffered_for to line;
update delivery set line = -line where line is not null;
update delivery set line = subscription where due_at is not null;
drop index delivery_buffered;
-- In the order of the log: a buffer, or the deliveries of an ordered subscription.
create index delivery_line on delivery (line, seq, created_at);
-- In the order of their due dates: all others.
create index delivery_line_due on delivery (line, due_at);
