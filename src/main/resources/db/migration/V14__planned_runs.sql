-- When the deliveries that wait for a run leave by themselves: the cron expression, out of the definition, and the next run.
alter table subscription add column cron varchar(200);
alter table subscription add column next_run_at bigint;

-- Those that are there make a run at once: whether they have missed one is not known.
update subscription
   set next_run_at = 0,
       cron = substring(definition
                        from position('"cron":"' in definition) + 8
                        for position('"' in substring(definition from position('"cron":"' in definition) + 8)) - 1)
 where definition like '%"cron":"%';

create index subscription_by_next_run on subscription (next_run_at);
