-- Deliveries that ended at their first attempt and were written together are one row here and one in delivery_entries. What is
-- here says which of them to read: id is 1,024 times the microsecond at which the newest was made, or a quarter of a second
-- more; subscriptions and tenants have a bit for each of 64 groups of them.
create table delivery_block (
    id            bigint primary key,
    first_at      bigint not null,
    last_at       bigint not null,
    first_seq     bigint not null,
    last_seq      bigint not null,
    subscriptions bigint not null,
    tenants       bigint not null
);

-- The deliveries of a block; DeliveryBlock says what is in them.
create table delivery_entries (
    block  bigint primary key,
    header bytea not null,
    bodies bytea not null
);

-- In which spans of 4 s deliveries in blocks were made to a subscription, and in which to any of a tenant. The writer is a number at
-- random: each process writes a place about once, and none waits for another.
create table delivery_place (
    subscription bigint not null,
    span         bigint not null,
    writer       bigint not null,
    primary key (subscription, span, writer)
);

create table delivery_tenant_place (
    tenant varchar(64) not null,
    span   bigint      not null,
    writer bigint      not null,
    primary key (tenant, span, writer)
);

-- Deliveries in blocks that a replay has made, which may have another time than their event.
create table delivery_replay (
    seq          bigint not null,
    created_at   bigint not null,
    subscription bigint not null,
    primary key (seq, created_at, subscription)
);
