-- What flows gather in an aggregate with a repository named #durable-ROUTE: tables of Camel's JdbcAggregationRepository.
create table flow_group (
    id       varchar(500) primary key,
    exchange bytea  not null,
    version  bigint not null
);
create table flow_group_completed (
    id       varchar(500) primary key,
    exchange bytea  not null,
    version  bigint not null
);
