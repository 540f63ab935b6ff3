-- What became of campaigns, counted from the log.
create table campaign (
    tenant    varchar(63)  not null references tenant (id),
    id        varchar(255) not null,
    name      varchar(255),
    -- The event that was counted first.
    first_seq bigint       not null,
    first_at  bigint       not null,
    last_at   bigint       not null,
    primary key (tenant, id)
);

-- Newest first.
create index campaign_first on campaign (first_seq);
-- For forgetting what nothing has been heard of for long.
create index campaign_last on campaign (last_at);

create table campaign_count (
    tenant   varchar(63)  not null,
    campaign varchar(255) not null,
    kind     varchar(20)  not null,
    events   bigint       not null,
    contacts bigint       not null,
    -- Whom it happened to, as a set of constant size that only knows how many there are.
    sketch   bytea        not null,
    primary key (tenant, campaign, kind),
    foreign key (tenant, campaign) references campaign (tenant, id) on delete cascade
);

-- One row: everything up to here, inclusive, has been counted.
create table campaign_progress (
    id          int    primary key,
    counted_seq bigint not null
);

insert into campaign_progress (id, counted_seq) values (1, 0);
