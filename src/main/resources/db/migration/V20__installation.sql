-- Which database this is, whatever it was copied from or to, and which release last changed its tables. The id stands, with
-- the last sequence number, in a file of each node too: so that a node notices at its start that it is on another or an
-- older state. Null: no node has started on it since there is an id.
create table installation (
    id          integer primary key,
    database_id varchar(40),
    migrated_by varchar(100)
);
insert into installation (id) values (1);
