-- Which node holds a claim, as long as there is one: a claim ends after its due date or lease, which are later than the next
-- attempt is planned, and those of a node that has fallen silent are given up at once.
alter table delivery add column claimed_by varchar(40);
alter table stretch add column claimed_by varchar(40);
alter table replay add column claimed_by varchar(40);
