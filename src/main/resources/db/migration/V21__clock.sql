-- The latest time any node has seen: who finds it in the future knows that the clock has gone back meanwhile.
create table clock (
    id      int primary key,
    seen_at bigint not null
);

insert into clock (id, seen_at) values (1, 0);
