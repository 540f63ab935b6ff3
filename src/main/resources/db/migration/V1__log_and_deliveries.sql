-- All times are microseconds since 1970 (UTC), the finest step every supported database keeps.

-- The end of the log. Locked by whoever appends, so that sequence numbers have no gaps and follow the order of commits.
-- last_received_at keeps the times of the log from going back, also when the clocks of nodes differ.
create table log_head (
    id               integer primary key,
    last_seq         bigint not null,
    last_received_at bigint not null
);
insert into log_head (id, last_seq, last_received_at) values (1, 0, 0);

-- Up to where stretches have been claimed. Locked by whoever claims.
create table log_claim (
    id          integer primary key,
    claimed_seq bigint not null
);
insert into log_claim (id, claimed_seq) values (1, 0);

create table event (
    seq         bigint primary key,
    received_at bigint        not null,
    tenant      varchar(64)   not null,
    type        varchar(255)  not null,
    source      varchar(1000) not null,
    source_id   varchar(1000),
    subject     varchar(1000),
    occurred_at bigint        not null,
    test        boolean       not null,
    attributes  bytea,
    data        bytea         not null,
    base64      boolean       not null,
    -- The first 16 bytes of SHA-256 over tenant, source and the publisher's id: short enough for any index.
    twin        bytea
);
create unique index event_twin on event (twin);
create index event_by_type on event (tenant, type, seq);

-- Stretches of the log that a node works on. One row each, deleted when it is done.
create table stretch (
    first_seq bigint primary key,
    last_seq  bigint  not null,
    fence     integer not null,
    lease_end bigint  not null
);

-- One row for each finished delivery, and for each in trouble. What goes well is written once.
create table delivery (
    created_at      bigint      not null,
    seq             bigint      not null,
    subscription    bigint      not null,
    tenant          varchar(64) not null,
    status          varchar(10) not null,
    attempts        integer     not null,
    -- Attempts that were steps of the schedule; throttled ones are not.
    used            integer     not null,
    -- Counts claims; who holds an older number has no say any more.
    fence           integer     not null,
    -- When somebody must look at it: the next attempt, or the end of a claim. Null: nobody must.
    due_at          bigint,
    next_attempt_at bigint,
    finished_at     bigint,
    -- Since when the receiver has answered "too much"; null otherwise.
    throttled_since bigint,
    replay          boolean     not null,
    -- The subscription again while the status is BUFFERED, null otherwise: a small index finds and counts a buffer.
    buffered_for    bigint,
    -- A first attempt that succeeded stands here; all others in table attempt.
    first_at        bigint,
    first_ms        bigint,
    first_status    integer,
    first_body      bytea,
    primary key (created_at, seq, subscription)
);
create index delivery_by_subscription on delivery (subscription, created_at, seq);
create index delivery_by_event on delivery (seq, subscription);
create index delivery_due on delivery (due_at);
create index delivery_buffered on delivery (buffered_for, seq);

create table attempt (
    created_at   bigint  not null,
    seq          bigint  not null,
    subscription bigint  not null,
    number       integer not null,
    at           bigint  not null,
    duration_ms  bigint  not null,
    status_code  integer,
    failure      varchar(30),
    detail       varchar(2000),
    body         bytea,
    primary key (seq, subscription, created_at, number)
);

-- How a subscription's receiver has been doing. A row only while it fails.
create table health (
    subscription     bigint primary key,
    failures         integer not null,
    first_failure_at bigint  not null
);
