-- What the values begin with that the node seals: the key it seals with. Null: a node of an older release, which does not
-- say; empty: it has not said so yet.
alter table node add column sealing varchar(20);
