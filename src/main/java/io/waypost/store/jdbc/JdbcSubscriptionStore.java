package io.waypost.store.jdbc;

import io.waypost.platform.Ids;
import io.waypost.platform.Invalid;
import io.waypost.platform.Locks;
import io.waypost.platform.SecretBox;
import io.waypost.platform.WaypostProperties;
import io.waypost.subscription.Subscription;
import io.waypost.subscription.Subscription.Definition;
import io.waypost.subscription.Subscription.SigningSecret;
import io.waypost.subscription.Subscription.State;
import io.waypost.subscription.SubscriptionStore;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.jdbc.core.simple.JdbcClient.StatementSpec;
import org.springframework.stereotype.Repository;
import org.springframework.transaction.PlatformTransactionManager;
import org.springframework.transaction.support.TransactionTemplate;

/** Subscriptions in the database. */
@Repository
class JdbcSubscriptionStore implements SubscriptionStore {

    private static final int PAGE = 250;

    private final JdbcClient jdbc;
    private final TransactionTemplate transaction;
    private final SubscriptionRevisions revisions;
    private final SubscriptionRows rows;

    @Autowired
    JdbcSubscriptionStore(
            JdbcClient jdbc,
            PlatformTransactionManager transactions,
            SubscriptionRevisions revisions,
            SecretBox box,
            WaypostProperties properties) {
        this(jdbc, transactions, revisions, box, properties.retention());
    }

    /** @param retention the longest window of a replay buffer, whatever is stored */
    JdbcSubscriptionStore(
            JdbcClient jdbc,
            PlatformTransactionManager transactions,
            SubscriptionRevisions revisions,
            SecretBox box,
            Duration retention) {
        this.jdbc = jdbc;
        this.transaction = new TransactionTemplate(transactions);
        this.revisions = revisions;
        this.rows = new SubscriptionRows(box, retention);
    }

    @Override
    public Subscription create(String id, Definition definition, List<SigningSecret> secrets, Instant now) {
        return Objects.requireNonNull(transaction.execute(_ -> {
            var insert = jdbc.sql("""
                    insert into subscription (id, revision, tenant, app, name, connector, events, definition, config,
                                              connection, secrets, ordered, cron, next_run_at, state, created_at,
                                              updated_at)
                    values (:id, :revision, :tenant, :app, :name, :connector, :events, :definition, :config,
                            :connection, :secrets, :ordered, :cron, :nextRun, 'ACTIVE', :now, :now)
                    """).param("id", id).param("tenant", definition.tenant());
            changed(insert, id, definition, secrets, now).update();
            return find(id).orElseThrow();
        }));
    }

    @Override
    public Made createUnless(
            Predicate<Subscription> rival, String id, Definition definition, List<SigningSecret> secrets, Instant now) {
        var among = new Query(
                definition.tenant(), definition.app(), null, definition.connector(), null, Long.MAX_VALUE, PAGE);
        return Objects.requireNonNull(transaction.execute(_ -> {
            // Locked before the search, so that earlier creations are found and later ones wait.
            revisions.lock();
            return Stream.iterate(list(among), page -> !page.isEmpty(), page -> list(among.after(page.getLast())))
                    .flatMap(List::stream)
                    .filter(subscription -> rival.test(subscription.requireReadable()))
                    .findFirst()
                    .map(there -> new Made(there, false))
                    .orElseGet(() -> new Made(create(id, definition, secrets, now), true));
        }));
    }

    @Override
    public Optional<Subscription> find(String id) {
        return jdbc.sql("select * from subscription where id = :id and deleted = false")
                .param("id", id)
                .query((row, _) -> rows.subscription(row))
                .optional();
    }

    @Override
    public Optional<Subscription> find(long no) {
        return jdbc.sql("select * from subscription where no = :no and deleted = false")
                .param("no", no)
                .query((row, _) -> rows.subscription(row))
                .optional();
    }

    @Override
    public Optional<Subscription> update(
            Subscription seen, Definition definition, List<SigningSecret> secrets, Instant now) {
        seen.requireReadable();
        return Objects.requireNonNull(transaction.execute(_ -> {
            var update = jdbc.sql("""
                    update subscription
                       set revision = :revision, app = :app, name = :name, connector = :connector, events = :events,
                           definition = :definition, config = :config, connection = :connection, secrets = :secrets,
                           ordered = :ordered, cron = :cron, updated_at = :now,
                           next_run_at = case when cron = :cron then next_run_at else cast(:nextRun as bigint) end
                     where no = :no
                       and revision = :seen
                       and deleted = false
                    """).param("no", seen.no()).param("seen", seen.revision());
            if (changed(update, seen.id(), definition, secrets, now).update() == 0) {
                return Optional.<Subscription>empty();
            }
            var updated = find(seen.no());
            updated.ifPresent(s -> JdbcNoticeStore.moveClosing(jdbc, s));
            return updated;
        }));
    }

    @Override
    public Optional<Subscription> changeState(long no, State.Kind expected, State to, Instant now) {
        return Objects.requireNonNull(transaction.execute(_ -> {
            var changed = jdbc.sql("""
                            update subscription
                               set revision = :revision, state = :state, since = :since, reason = :reason,
                                   last_error = :lastError, updated_at = :now
                             where no = :no
                               and state = :expected
                               and deleted = false
                            """)
                    .param("revision", revisions.next())
                    .param("state", to.kind().name())
                    .param("since", to.since() == null ? null : Ids.micros(to.since()))
                    .param("reason", to.reason())
                    .param("lastError", DeliveryRows.shortened(to.lastError()))
                    .param("now", Ids.micros(now))
                    .param("no", no)
                    .param("expected", expected.name())
                    .update();
            return changed == 1 ? find(no) : Optional.<Subscription>empty();
        }));
    }

    @Override
    public boolean delete(String id, Instant now) {
        return Objects.requireNonNull(Locks.despite(() -> transaction.execute(_ -> {
            // The lock on the revisions comes first, as in every change, to avoid deadlocks.
            var revision = revisions.next();
            var no = jdbc.sql("select no from subscription where id = :id and deleted = false")
                    .param("id", id)
                    .query(Long.class)
                    .optional();
            no.ifPresent(n -> markDeleted(n, revision, now));
            return no.isPresent();
        })));
    }

    private void markDeleted(long no, long revision, Instant now) {
        jdbc.sql("""
                        update subscription
                           set deleted = true, revision = :revision, app = null, name = null, events = '[]',
                               definition = '{}', config = '', connection = null, secrets = '', cron = null,
                               next_run_at = null, last_error = null, updated_at = :now
                         where no = :no
                        """)
                .param("revision", revision)
                .param("now", Ids.micros(now))
                .param("no", no)
                .update();
        DeliveryWrites.drop(jdbc, no);
        JdbcReplayStore.forget(jdbc, no);
        jdbc.sql("delete from health where subscription = :no").param("no", no).update();
    }

    /** Two statements, because H2 uses no index for a condition like {@code :tenant is null or tenant = :tenant}. */
    @Override
    public List<Subscription> list(Query query) {
        var statement = query.tenant() == null ? jdbc.sql("""
                        select *
                          from subscription
                         where deleted = false
                           and no < :before
                           and (cast(:app as varchar) is null or app = :app)
                           and (cast(:event as varchar) is null or position(:event in events) > 0)
                           and (cast(:connector as varchar) is null or connector = :connector)
                           and (cast(:active as boolean) is null or (state = 'ACTIVE') = :active)
                         order by no desc
                         limit :limit
                        """) : jdbc.sql("""
                        select *
                          from subscription
                         where deleted = false
                           and tenant = :tenant
                           and no < :before
                           and (cast(:app as varchar) is null or app = :app)
                           and (cast(:event as varchar) is null or position(:event in events) > 0)
                           and (cast(:connector as varchar) is null or connector = :connector)
                           and (cast(:active as boolean) is null or (state = 'ACTIVE') = :active)
                         order by tenant desc, no desc
                         limit :limit
                        """).param("tenant", query.tenant());
        return statement
                .param("before", query.before())
                .param("app", query.app())
                .param("event", quoted(query.event()))
                .param("connector", query.connector())
                .param("active", query.active())
                .param("limit", query.limit())
                .query((row, _) -> rows.subscription(row))
                .list();
    }

    @Override
    public List<Change> changesAfter(long revision, int most) {
        return jdbc.sql("""
                        select *
                          from subscription
                         where revision > :revision
                         order by revision
                         limit :most
                        """)
                .param("revision", revision)
                .param("most", most)
                .query((row, _) -> new Change(
                        row.getLong("no"),
                        row.getLong("revision"),
                        row.getBoolean("deleted") ? null : rows.subscription(row)))
                .list();
    }

    private StatementSpec changed(
            StatementSpec statement, String id, Definition definition, List<SigningSecret> secrets, Instant now) {
        var revision = revisions.next();
        var nextRun = SubscriptionRows.nextRun(definition, now);
        requireConnection(definition);
        return statement
                .param("revision", revision)
                .param("app", definition.app())
                .param("name", definition.name())
                .param("connector", definition.connector())
                .param("events", SubscriptionRows.events(definition))
                .param("definition", SubscriptionRows.rest(definition))
                .param("config", rows.sealedConfig(id, definition))
                .param("connection", definition.connection())
                .param("secrets", rows.sealed(id, definition.tenant(), secrets))
                .param("ordered", definition.ordered())
                .param("cron", SubscriptionRows.cron(definition))
                .param("nextRun", nextRun == null ? null : Ids.micros(nextRun))
                .param("now", Ids.micros(now));
    }

    /** To be called with the lock on the revisions, so that the connection cannot be deleted at the same time. */
    private void requireConnection(Definition definition) {
        if (definition.connection() == null) {
            return;
        }
        var found = jdbc.sql("select count(*) from connection where id = :id and tenant = :tenant and deleted = false")
                .param("id", definition.connection())
                .param("tenant", definition.tenant())
                .query(Integer.class)
                .single();
        if (found == 0) {
            throw new Invalid("/connection", "must be the id of one of your connections");
        }
    }

    /** The name as it is in the JSON array of names; names have no characters that JSON escapes. */
    private static @Nullable String quoted(@Nullable String event) {
        return event == null ? null : '"' + event + '"';
    }
}
