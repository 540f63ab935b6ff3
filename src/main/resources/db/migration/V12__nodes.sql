-- The nodes that share this database. Each says every few seconds that it lives; one that ends takes its row away. The times
-- are those of the database's clock, so that nodes whose clocks differ agree on who has fallen silent.
create table node (
    id         varchar(40) primary key,
    started_at bigint not null,
    seen_at    bigint not null
);
