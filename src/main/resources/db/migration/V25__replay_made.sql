-- Of the page that begins at next_seq: how many deliveries have been made, and are not taken off "remaining" yet. Whoever takes the
-- replay up after a crash goes by "remaining", which belongs to next_seq, and by the rows that are there.
alter table replay add column made bigint not null default 0;
