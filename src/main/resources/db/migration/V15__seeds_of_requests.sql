-- What the events of a request are known by, so that they are stored once though it is made again.
alter table idempotency_key add column seed bigint;
update idempotency_key set seed = token;
alter table idempotency_key alter column seed set not null;
