-- With which others a delivery goes: null alone; 0 it waits for its batch; otherwise the number of its batch, whose
-- deliveries have the same due date too.
alter table delivery add column batch bigint;

-- How much waits for each subscription with batches: tables of Camel's JdbcAggregationRepository, one group each.
create table batch_group (
    id       varchar(255) primary key,
    exchange bytea  not null,
    version  bigint not null
);
create table batch_group_completed (
    id       varchar(255) primary key,
    exchange bytea  not null,
    version  bigint not null
);
