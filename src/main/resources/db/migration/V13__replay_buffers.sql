-- What becomes of a buffer stands with its subscription, so that whoever lets it out, on whichever node and however late,
-- does the same with it.

-- What the latest activation wanted of the buffer: REPLAY or DISCARD. Null: there has been none.
alter table subscription add column wish varchar(10);
-- The end of the log at the latest activation that wanted it discarded. What is buffered up to here is discarded; what came
-- later is not, however it got into the buffer.
alter table subscription add column discarded_to bigint not null default 0;
update subscription
   set wish = 'DISCARD', discarded_to = (select last_seq from log_head where id = 1)
 where no in (select subscription from replay where mode = 'DISCARD' and first_seq is null);

-- How many events are in a buffer, and the first sequence number it needs (0: none): read by those who look at all buffers,
-- or at the largest. As text, all of one length, because that is how Camel's repository writes headers of what it keeps; so
-- their order is that of the numbers. A buffer of before says it with the next event that is added; until then it keeps all
-- that came since anybody was switched off.
alter table replay_buffer add column buffered varchar(19) not null default '0000000000000000000';
alter table replay_buffer add column first_seq varchar(19) not null default '0000000000000000000';
update replay_buffer
   set first_seq = (select lpad(cast(coalesce(min(seq), 0) as varchar), 19, '0')
                      from event
                     where received_at >= (select min(since) from subscription where state <> 'ACTIVE'));
create index replay_buffer_by_size on replay_buffer (buffered, id);
create index replay_buffer_by_first on replay_buffer (first_seq);

-- What is held for a run is all due at the same time, in the year 9999: its lines are found one step down the index each.
drop index delivery_due;
create index delivery_due on delivery (due_at, line);

-- From the same numbers as the revisions of subscriptions: so nodes read only what has changed.
alter table health add column revision bigint not null default 0;
create index health_by_revision on health (revision);
