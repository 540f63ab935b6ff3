-- Where vendors post to: one row an address.
create table inbound_source (
    id         varchar(40)  primary key,
    tenant     varchar(63)  not null references tenant (id),
    -- Which vendor: the name of a route file.
    kind       varchar(100) not null,
    name       varchar,
    -- Of the token in the address its SHA-256, to be found by, and itself, sealed, to be shown again.
    token_hash varchar(64)  not null unique,
    token      varchar      not null,
    -- JSON, sealed: there are secrets in it.
    settings   varchar      not null,
    created_at bigint       not null
);

create index inbound_source_tenant on inbound_source (tenant, id);

-- What came to a source and was refused; the newest few of each.
create table inbound_rejected (
    id        varchar(40) primary key,
    source_id varchar(40) not null references inbound_source (id) on delete cascade,
    at        bigint      not null,
    reason    varchar     not null,
    body      varchar     not null
);

create index inbound_rejected_source on inbound_rejected (source_id, id);
-- For forgetting what is older than the retention.
create index inbound_rejected_at on inbound_rejected (at);
