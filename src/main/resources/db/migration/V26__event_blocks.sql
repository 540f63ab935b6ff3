-- Events that were stored together are one row: a header that lists and the retention read, and the data of all of them.
-- EventBlock says what is in them.
create table event_block (
    first_seq   bigint primary key,
    last_seq    bigint not null,
    received_at bigint not null,
    header      bytea  not null,
    data        bytea  not null
);

-- Which blocks have events of a tenant (with an empty type), and of each of its types: written in the order of blocks.
create table event_place (
    tenant varchar(64)  not null,
    type   varchar(255) not null,
    block  bigint       not null,
    primary key (tenant, type, block)
);

-- The de-duplication keys of the events that are stored.
create table event_key (
    key_bytes   bytea primary key,
    seq         bigint not null,
    received_at bigint not null
);
