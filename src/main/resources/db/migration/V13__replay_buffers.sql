-- What becomes of a buffer stands with its subscription, so that whoever lets it out, on whichever node and however late,
-- does the same with it.

-- What the latest activation wanted of the buffer: REPLAY or DISCARD. Null: there has been none.
alter table subscription add column wish varchar(10);
-- The end of the log at the latest activation that wanted it discarded. What is buffered up to here is discarded; what came
-- later is not, however it got into the buffer.
alter table subscription add column discarded_to bigint not null default 0;
