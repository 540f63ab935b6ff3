-- What is a tenant's own, newest first, without a look at what is the others'.
create index event_by_tenant on event (tenant, seq);
create index campaign_by_tenant on campaign (tenant, first_seq);
