-- An answer is remembered for the key that asked for it, and so much of them a tenant. Those of before are not found any
-- more, and gone within a day.
-- Empty: an admin key's.
alter table idempotency_key add column tenant varchar(63) default '' not null;
-- What the row takes, about.
alter table idempotency_key add column bytes integer default 0 not null;

-- For forgetting the oldest of a tenant.
create index idempotency_key_tenant on idempotency_key (tenant, started_at);

-- Config fields that are secret by the file of a connector, or were once: what is stored in them stays masked when the file
-- says so no longer.
create table secret_field (
    connector varchar(63)  not null,
    field     varchar(255) not null,
    primary key (connector, field)
);
