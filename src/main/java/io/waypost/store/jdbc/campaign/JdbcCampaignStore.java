package io.waypost.store.jdbc.campaign;

import io.waypost.campaign.Addition;
import io.waypost.campaign.Addition.Added;
import io.waypost.campaign.Campaign;
import io.waypost.campaign.Campaign.Count;
import io.waypost.campaign.CampaignEvent;
import io.waypost.campaign.CampaignStore;
import io.waypost.campaign.Contacts;
import io.waypost.campaign.Kind;
import io.waypost.event.EventHead;
import io.waypost.event.EventLog;
import io.waypost.platform.Ids;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.springframework.core.NestedRuntimeException;
import org.springframework.dao.DataIntegrityViolationException;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Repository;
import org.springframework.transaction.PlatformTransactionManager;
import org.springframework.transaction.TransactionDefinition;
import org.springframework.transaction.support.TransactionTemplate;

/** Campaigns and their counts in the database. The row of the progress is locked before counts are written. */
@Repository
class JdbcCampaignStore implements CampaignStore {

    /** One step reads over at most so many events that are not counted. */
    private static final int LONGEST_LOOK = 20_000;

    /** A page has at most so many bytes of event data, unless its first event is larger. */
    private static final int PAGE_BYTES = 4 * 1024 * 1024;

    private final JdbcClient jdbc;
    private final EventLog events;
    private final TransactionTemplate transaction;
    /** A nested transaction, which can be rolled back without the outer one. */
    private final TransactionTemplate part;

    JdbcCampaignStore(JdbcClient jdbc, PlatformTransactionManager transactions, EventLog events) {
        this.jdbc = jdbc;
        this.events = events;
        this.transaction = new TransactionTemplate(transactions);
        this.part = new TransactionTemplate(transactions);
        part.setPropagationBehavior(TransactionDefinition.PROPAGATION_NESTED);
    }

    @Override
    public Step advance(Set<String> types, int most, Function<List<CampaignEvent>, Collection<Addition>> tally) {
        return Objects.requireNonNull(transaction.execute(_ -> {
            var counted = lock();
            var last = jdbc.sql("select last_seq from log_head where id = 1")
                    .query(Long.class)
                    .single();
            if (last <= counted) {
                return new Step(false, List.of());
            }
            var until = Math.min(last, counted + LONGEST_LOOK);
            var page = read(counted + 1, until, types, most);
            var uncounted = count(page.events, tally);
            jdbc.sql("update campaign_progress set counted_seq = :reached where id = 1")
                    .param("reached", page.reached)
                    .update();
            return new Step(page.reached < last, uncounted);
        }));
    }

    /** Counts all events at once; if that fails, each by itself, so that only those that cannot be counted are left out. */
    private List<Uncounted> count(
            List<CampaignEvent> events, Function<List<CampaignEvent>, Collection<Addition>> tally) {
        try {
            part.executeWithoutResult(_ -> tally.apply(events).forEach(this::add));
            return List.of();
        } catch (RuntimeException e) {
            if (isOfTheDatabase(e)) {
                throw e;
            }
            return events.size() == 1
                    ? List.of(new Uncounted(events.getFirst(), e))
                    : events.stream()
                            .flatMap(event -> count(List.of(event), tally).stream())
                            .toList();
        }
    }

    /** Whether the failure is one of the database and not of the event, so that it is tried again. */
    private static boolean isOfTheDatabase(RuntimeException e) {
        return e instanceof NestedRuntimeException && !(e instanceof DataIntegrityViolationException);
    }

    /**
     * Locks the counts until the transaction ends.
     *
     * @return the sequence number up to which everything has been counted
     */
    private long lock() {
        return jdbc.sql("select counted_seq from campaign_progress where id = 1 for update")
                .query(Long.class)
                .single();
    }

    /** @param reached everything up to this sequence number has been read */
    private record Page(List<CampaignEvent> events, long reached) {}

    private Page read(long first, long last, Set<String> types, int most) {
        var wanted = new ArrayList<Long>();
        var bytes = 0L;
        for (var head : events.heads(first, last).values().stream()
                .filter(head -> types.contains(head.type()) && !head.test())
                .sorted(Comparator.comparingLong(EventHead::seq))
                .toList()) {
            if (wanted.size() == most || bytes >= PAGE_BYTES) {
                return new Page(read(wanted), wanted.getLast());
            }
            wanted.add(head.seq());
            bytes += head.bytes();
        }
        return new Page(read(wanted), last);
    }

    private List<CampaignEvent> read(List<Long> seqs) {
        return events.readAll(seqs).stream()
                .filter(event -> !event.base64())
                .map(event ->
                        new CampaignEvent(event.seq(), event.receivedAt(), event.tenant(), event.type(), event.data()))
                .toList();
    }

    private void add(Addition addition) {
        var known = jdbc.sql("""
                        update campaign
                           set last_at = :lastAt, name = coalesce(cast(:name as varchar), name)
                         where tenant = :tenant
                           and id = :id
                        """)
                        .param("lastAt", Ids.micros(addition.lastAt()))
                        .param("name", addition.name())
                        .param("tenant", addition.tenant())
                        .param("id", addition.id())
                        .update()
                == 1;
        if (!known) {
            insert(addition);
        }
        addition.counts().forEach((kind, added) -> add(addition, kind, added));
    }

    private void insert(Addition addition) {
        jdbc.sql("""
                        insert into campaign (tenant, id, name, first_seq, first_at, last_at)
                        values (:tenant, :id, :name, :first, :firstAt, :lastAt)
                        """)
                .param("tenant", addition.tenant())
                .param("id", addition.id())
                .param("name", addition.name())
                .param("first", addition.first())
                .param("firstAt", Ids.micros(addition.firstAt()))
                .param("lastAt", Ids.micros(addition.lastAt()))
                .update();
    }

    private void add(Addition campaign, Kind kind, Added added) {
        var contacts = jdbc.sql("""
                        select sketch
                          from campaign_count
                         where tenant = :tenant
                           and campaign = :campaign
                           and kind = :kind
                        """)
                .param("tenant", campaign.tenant())
                .param("campaign", campaign.id())
                .param("kind", kind.name())
                .query((row, _) -> Contacts.of(row.getBytes(1)).add(added.contacts()))
                .optional();
        var text = contacts.isPresent() ? """
                update campaign_count
                   set events = events + :events, contacts = :contacts, sketch = :sketch
                 where tenant = :tenant
                   and campaign = :campaign
                   and kind = :kind
                """ : """
                insert into campaign_count (tenant, campaign, kind, events, contacts, sketch)
                values (:tenant, :campaign, :kind, :events, :contacts, :sketch)
                """;
        var all = contacts.orElse(added.contacts());
        jdbc.sql(text)
                .param("tenant", campaign.tenant())
                .param("campaign", campaign.id())
                .param("kind", kind.name())
                .param("events", added.events())
                .param("contacts", all.count())
                .param("sketch", all.bytes())
                .update();
    }

    @Override
    public Optional<Campaign> find(String tenant, String id) {
        return jdbc.sql("""
                        select c.tenant, c.id, c.name, c.first_seq, c.first_at, c.last_at, n.kind, n.events, n.contacts
                          from campaign c
                          left join campaign_count n on n.tenant = c.tenant and n.campaign = c.id
                         where c.tenant = :tenant
                           and c.id = :id
                        """).param("tenant", tenant).param("id", id).query(JdbcCampaignStore::campaigns).stream()
                .findFirst();
    }

    /** Two statements, because H2 uses no index for a condition like {@code :tenant is null or tenant = :tenant}. */
    @Override
    public List<Campaign> list(@Nullable String tenant, @Nullable String id, long before, int limit) {
        var statement = tenant == null ? jdbc.sql("""
                        select c.tenant, c.id, c.name, c.first_seq, c.first_at, c.last_at, n.kind, n.events, n.contacts
                          from (select *
                                  from campaign
                                 where (cast(:id as varchar) is null or id = :id)
                                   and first_seq < :before
                                 order by first_seq desc
                                 limit :limit) c
                          left join campaign_count n on n.tenant = c.tenant and n.campaign = c.id
                         order by c.first_seq desc
                        """) : jdbc.sql("""
                        select c.tenant, c.id, c.name, c.first_seq, c.first_at, c.last_at, n.kind, n.events, n.contacts
                          from (select *
                                  from campaign
                                 where tenant = :tenant
                                   and (cast(:id as varchar) is null or id = :id)
                                   and first_seq < :before
                                 order by tenant desc, first_seq desc
                                 limit :limit) c
                          left join campaign_count n on n.tenant = c.tenant and n.campaign = c.id
                         order by c.first_seq desc
                        """).param("tenant", tenant);
        return statement
                .param("id", id)
                .param("before", before)
                .param("limit", limit)
                .query(JdbcCampaignStore::campaigns);
    }

    /** Each row has one count; the rows of a campaign are adjacent. */
    private static List<Campaign> campaigns(ResultSet rows) throws SQLException {
        var campaigns = new ArrayList<Campaign>();
        Map<Kind, Count> counts = new EnumMap<>(Kind.class);
        while (rows.next()) {
            var first = rows.getLong(4);
            if (campaigns.isEmpty() || campaigns.getLast().first() != first) {
                counts = new EnumMap<>(Kind.class);
                campaigns.add(new Campaign(
                        rows.getString(1),
                        rows.getString(2),
                        rows.getString(3),
                        first,
                        Ids.instant(rows.getLong(5)),
                        Ids.instant(rows.getLong(6)),
                        counts));
            }
            var kind = rows.getString(7);
            if (kind != null) {
                counts.put(Kind.valueOf(kind), new Count(rows.getLong(8), rows.getLong(9)));
            }
        }
        return campaigns;
    }

    @Override
    public int purge(Instant olderThan, int most) {
        return Objects.requireNonNull(transaction.execute(_ -> {
            lock();
            return jdbc.sql("""
                            delete from campaign
                             where first_seq in (select first_seq
                                                   from campaign
                                                  where last_at < :olderThan
                                                  order by last_at
                                                  limit :most)
                            """)
                    .param("olderThan", Ids.micros(olderThan))
                    .param("most", most)
                    .update();
        }));
    }
}
