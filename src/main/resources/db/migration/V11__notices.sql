-- What owners are told of: more kinds, and some of them in large numbers.

-- Who waits behind whom: 0 what became of a subscription; 1 a delivery that was given up, of which there may be so many that
-- the others must not wait for them. Null: told.
alter table notice add column lane smallint;
update notice set lane = 0 where due_at is not null;
drop index notice_due;
create index notice_lane on notice (lane, due_at);

-- What was in the buffer, and what came after its window.
alter table notice add column buffered bigint;
alter table notice add column dropped bigint;

-- Of a delivery that was given up: what its id and that of its event are made of, and how often it was tried.
alter table notice add column delivery_at bigint;
alter table notice add column seq bigint;
alter table notice add column received_at bigint;
alter table notice add column attempts integer;

-- That the window of a buffer is over is left with the deactivation, due at its end; these were deactivated before. When the
-- end is, is looked up once it is due. Whose window was over long ago has nothing to learn from it.
insert into notice (id, subscription_id, subscription, tenant, kind, at, due_at, lane)
select 'ntc_closing_' || no, id, no, tenant, 'webhook.buffer_closed', since, since, 0
  from subscription
 where state = 'DEACTIVATED'
   and deleted = false
   and since > (select last_received_at from log_head where id = 1) - 2592000000000;
