-- A delivery has a row as long as it is open or in a replay buffer; what has ended is in blocks. DeliveriesIntoBlocks moves what
-- had ended before.
alter table delivery rename to former_delivery;
drop index delivery_by_subscription;
drop index delivery_by_event;
drop index delivery_due;
drop index delivery_line;
drop index delivery_line_due;

create table delivery (
    created_at      bigint      not null,
    seq             bigint      not null,
    subscription    bigint      not null,
    tenant          varchar(64) not null,
    status          varchar(10) not null,
    attempts        integer     not null,
    -- Attempts that were steps of the schedule; throttled ones are not.
    used            integer     not null,
    -- The number of the last claim: who holds an older one has no say any more.
    fence           integer     not null,
    -- The subscription while it is open, and null while it is in a replay buffer: so finding what is next costs per
    -- subscription, however much waits.
    line            bigint,
    -- The subscription while it is in its replay buffer, and null while it is open.
    buffer          bigint,
    -- While it is open: the time of the next attempt, or the end of a claim.
    due_at          bigint,
    next_attempt_at bigint,
    -- The node that holds the claim.
    claimed_by      varchar(40),
    -- Since when the receiver has answered "too much"; null otherwise.
    throttled_since bigint,
    replay          boolean     not null,
    -- With which others it goes: null alone; 0 it waits for its batch; otherwise the number of its batch, whose deliveries have
    -- the same due date, too.
    batch           bigint,
    primary key (created_at, seq, subscription)
);
insert into delivery (created_at, seq, subscription, tenant, status, attempts, used, fence, line, buffer, due_at,
                      next_attempt_at, claimed_by, throttled_since, replay, batch)
select created_at, seq, subscription, tenant, status, attempts, used, fence, case when line > 0 then line end,
       case when line < 0 then -line end, due_at, next_attempt_at, claimed_by, throttled_since, replay, batch
  from former_delivery
 where line is not null;
insert into attempt (created_at, seq, subscription, number, at, duration_ms, status_code, body)
select created_at, seq, subscription, 1, first_at, first_ms, first_status, first_body
  from former_delivery
 where line is not null
   and first_at is not null;
delete from former_delivery where line is not null;

create index delivery_by_subscription on delivery (subscription, created_at, seq);
create index delivery_by_event on delivery (seq, subscription);
-- In the order of their due dates, and those that wait for a run by their subscription.
create index delivery_due on delivery (due_at, line);
create index delivery_line_due on delivery (line, due_at);
-- In the order of the log.
create index delivery_line on delivery (line, seq, created_at);
create index delivery_buffer on delivery (buffer, seq, created_at);
