package io.waypost.store.jdbc;

import static org.assertj.core.api.Assertions.assertThat;

import io.waypost.platform.Json;
import io.waypost.subscription.DeliveryProfile;
import io.waypost.subscription.Runs;
import io.waypost.subscription.Subscription;
import io.waypost.subscription.Subscription.Batch;
import io.waypost.subscription.Subscription.Buffer;
import io.waypost.subscription.Subscription.Deactivation;
import io.waypost.subscription.Subscription.Definition;
import io.waypost.subscription.Subscription.RateLimit;
import io.waypost.subscription.Subscription.Retry;
import io.waypost.subscription.Subscription.SigningSecret;
import io.waypost.subscription.Subscription.State;
import io.waypost.subscription.SubscriptionStore;
import io.waypost.subscription.SubscriptionStore.Change;
import io.waypost.subscription.SubscriptionStore.Made;
import io.waypost.subscription.SubscriptionStore.Query;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.Test;

/** What every store of subscriptions must do. A new store is done when it passes this. */
public abstract class SubscriptionStoreContract {

    private static final Instant NOON = Instant.parse("2026-03-01T12:00:00.123456Z");
    private static final List<SigningSecret> SECRETS =
            List.of(new SigningSecret("whsec_new", null), new SigningSecret("whsec_old", NOON.plusSeconds(60)));
    private static final State PAUSED = new State(State.Kind.PAUSED, NOON, "requested", "HTTP 500");

    /** An empty store. */
    protected abstract SubscriptionStore store();

    @Test
    void whatIsCreatedReadsBackAsItWas() {
        var store = store();

        var created = store.create("sub_1", full("acme"), SECRETS, NOON);

        // Which connection it uses is read back where there are connections.
        assertThat(full("acme")).hasNoNullFieldsOrPropertiesExcept("connection");
        assertThat(created.id()).isEqualTo("sub_1");
        assertThat(created.definition()).isEqualTo(full("acme"));
        assertThat(created.secrets()).isEqualTo(SECRETS);
        assertThat(created.state()).isEqualTo(State.ACTIVE);
        assertThat(created.createdAt()).isEqualTo(NOON);
        assertThat(created.updatedAt()).isEqualTo(NOON);
        assertThat(store.find("sub_1")).contains(created);
        assertThat(store.find(created.no())).contains(created);
    }

    @Test
    void theLeastThatCanBeGivenReadsBackToo() {
        var created = store().create("sub_1", least("acme", "crm", "a.b"), List.of(), NOON);

        assertThat(created.definition()).isEqualTo(least("acme", "crm", "a.b"));
    }

    @Test
    void whatDoesNotExistIsEmpty() {
        var store = store();

        assertThat(store.find("sub_1")).isEmpty();
        assertThat(store.find(1)).isEmpty();
        assertThat(store.delete("sub_1", NOON)).isFalse();
    }

    @Test
    void ofRivalsThatComeAtTheSameMomentOneIsMade() throws Exception {
        var store = store();
        store.create("sub_other", least("other", "crm", "a.b"), List.of(), NOON);
        store.create("sub_first", least("acme", "crm", "x.y"), List.of(), NOON);
        var made = Collections.synchronizedList(new ArrayList<Made>());

        try (var all = Executors.newVirtualThreadPerTaskExecutor()) {
            for (int i = 0; i < 8; i++) {
                var id = "sub_" + i;
                all.submit(() -> made.add(store.createUnless(
                        rival -> rival.definition().events().equals(List.of("a.b")),
                        id,
                        least("acme", "crm", "a.b"),
                        List.of(),
                        NOON)));
            }
        }

        assertThat(made).hasSize(8).filteredOn(Made::isNew).hasSize(1);
        assertThat(made)
                .extracting(Made::subscription)
                .containsOnly(made.getFirst().subscription());
        assertThat(store.list(new Query("acme", null, null, null, null, Long.MAX_VALUE, 10)))
                .hasSize(2);
    }

    @Test
    void anUpdateReplacesDefinitionAndSecrets() {
        var store = store();
        var created = store.create("sub_1", full("acme"), SECRETS, NOON);
        var later = NOON.plusSeconds(1);

        var updated = store.update(created, least("acme", "erp", "x"), List.of(), later);

        assertThat(updated).hasValueSatisfying(u -> {
            assertThat(u.definition()).isEqualTo(least("acme", "erp", "x"));
            assertThat(u.secrets()).isEmpty();
            assertThat(u.updatedAt()).isEqualTo(later);
            assertThat(u.createdAt()).isEqualTo(NOON);
            assertThat(u.revision()).isGreaterThan(created.revision());
        });
        assertThat(store.find("sub_1")).isEqualTo(updated);
    }

    @Test
    void givenAChangeMeanwhile_whenTheOlderOneIsUpdated_thenNothingChanges() {
        var store = store();
        var seen = store.create("sub_1", full("acme"), SECRETS, NOON);
        var current = store.update(seen, least("acme", "erp", "x"), List.of(), NOON);

        assertThat(store.update(seen, full("acme"), SECRETS, NOON)).isEmpty();
        assertThat(store.find("sub_1")).isEqualTo(current);
    }

    @Test
    void theStateChangesOnlyFromTheExpectedOne() {
        var store = store();
        var no = store.create("sub_1", full("acme"), SECRETS, NOON).no();

        assertThat(store.changeState(no, State.Kind.DEACTIVATED, State.ACTIVE, NOON))
                .isEmpty();
        assertThat(store.changeState(no, State.Kind.ACTIVE, PAUSED, NOON))
                .hasValueSatisfying(s -> assertThat(s.state()).isEqualTo(PAUSED));
        assertThat(store.find(no).orElseThrow().state()).isEqualTo(PAUSED);
        assertThat(store.changeState(no, State.Kind.ACTIVE, PAUSED, NOON)).isEmpty();
        assertThat(store.changeState(no, State.Kind.PAUSED, State.ACTIVE, NOON))
                .hasValueSatisfying(s -> assertThat(s.state()).isEqualTo(State.ACTIVE));
    }

    @Test
    void aDeletedOneIsGoneButOthersLearnOfIt() {
        var store = store();
        var created = store.create("sub_1", full("acme"), SECRETS, NOON);

        assertThat(store.delete("sub_1", NOON)).isTrue();

        assertThat(store.find("sub_1")).isEmpty();
        assertThat(store.find(created.no())).isEmpty();
        assertThat(store.list(all(10))).isEmpty();
        assertThat(store.delete("sub_1", NOON)).isFalse();
        assertThat(store.update(created, full("acme"), SECRETS, NOON)).isEmpty();
        assertThat(store.changeState(created.no(), State.Kind.ACTIVE, PAUSED, NOON))
                .isEmpty();
        assertThat(store.changesAfter(created.revision(), 10)).singleElement().satisfies(change -> {
            assertThat(change.no()).isEqualTo(created.no());
            assertThat(change.subscription()).isNull();
        });
    }

    @Test
    void changesComeInTheOrderTheyWereMadeAndInPages() {
        var store = store();
        var one = store.create("sub_1", least("acme", "crm", "a"), List.of(), NOON);
        var two = store.create("sub_2", least("acme", "crm", "a"), List.of(), NOON);
        var changed =
                store.changeState(one.no(), State.Kind.ACTIVE, PAUSED, NOON).orElseThrow();

        assertThat(store.changesAfter(0, 10)).extracting(Change::subscription).containsExactly(two, changed);
        assertThat(store.changesAfter(0, 1)).extracting(Change::subscription).containsExactly(two);
        assertThat(store.changesAfter(two.revision(), 10))
                .extracting(Change::subscription)
                .containsExactly(changed);
        assertThat(store.changesAfter(changed.revision(), 10)).isEmpty();
    }

    @Test
    void whoFollowsChangesMissesNoneThoughManyWriteAtOnce() {
        var store = store();
        var followed = new ArrayList<Long>();
        try (var writers = Executors.newVirtualThreadPerTaskExecutor()) {
            var written = new ArrayList<java.util.concurrent.Future<?>>();
            for (int i = 0; i < 40; i++) {
                var id = "sub_" + i;
                written.add(writers.submit(() -> store.create(id, least("acme", "crm", "a"), List.of(), NOON)));
            }
            long revision = 0;
            while (followed.size() < 40) {
                for (var change : store.changesAfter(revision, 100)) {
                    followed.add(change.no());
                    revision = change.revision();
                }
                if (written.stream().anyMatch(w -> w.state() == java.util.concurrent.Future.State.FAILED)) {
                    break;
                }
            }
        }

        assertThat(followed).hasSize(40).doesNotHaveDuplicates();
    }

    @Test
    void filtersCombine() {
        var store = store();
        var crm = store.create("sub_1", least("acme", "crm", "message.opened", "a_c"), List.of(), NOON);
        var erp = store.create("sub_2", least("acme", "erp", "message.opened"), List.of(), NOON);
        var other = store.create("sub_3", least("other", "crm", "message.*"), List.of(), NOON);
        var paused = store.create("sub_4", full("acme"), List.of(), NOON);
        paused = store.changeState(paused.no(), State.Kind.ACTIVE, PAUSED, NOON).orElseThrow();

        assertThat(store.list(all(10))).containsExactly(paused, other, erp, crm);
        assertThat(store.list(query("acme", null, null, null, null))).containsExactly(paused, erp, crm);
        assertThat(store.list(query(null, "crm", null, null, null))).containsExactly(paused, other, crm);
        assertThat(store.list(query(null, null, "message.opened", null, null))).containsExactly(paused, erp, crm);
        assertThat(store.list(query(null, null, "message.*", null, null))).containsExactly(other);
        assertThat(store.list(query(null, null, "message", null, null))).isEmpty();
        assertThat(store.list(query(null, null, "a%c", null, null))).isEmpty();
        assertThat(store.list(query(null, "crm", "message.opened", "webhook", true)))
                .containsExactly(crm);
        assertThat(store.list(query(null, null, null, "slack", null))).containsExactly(paused);
        assertThat(store.list(query(null, null, null, null, false))).containsExactly(paused);
    }

    @Test
    void aListGoesOnBelowTheLastOneSeen() {
        var store = store();
        for (int i = 0; i < 5; i++) {
            store.create("sub_" + i, least("acme", "crm", "a"), List.of(), NOON);
        }

        var first = store.list(all(2));
        var second = store.list(
                new Query(null, null, null, null, null, first.getLast().no(), 2));

        assertThat(first).extracting(Subscription::id).containsExactly("sub_4", "sub_3");
        assertThat(second).extracting(Subscription::id).containsExactly("sub_2", "sub_1");
    }

    static Definition least(String tenant, String app, String... events) {
        return new Definition(
                tenant,
                app,
                null,
                List.of(events),
                null,
                null,
                "webhook",
                Json.object().put("url", "http://127.0.0.1/"),
                null,
                null,
                null,
                10,
                null,
                false,
                new Retry(null, null),
                Deactivation.DEFAULT,
                Buffer.DEFAULT);
    }

    static Definition full(String tenant) {
        return new Definition(
                tenant,
                "crm",
                "Öffnungen \"an\" CRM",
                List.of("message.opened", "subscriber.*"),
                "{\"data\":{\"list\":{\"id\":[18859015918863553]}}}",
                "data.x = 1",
                "slack",
                Json.object().put("webhookUrl", "http://127.0.0.1/geheim").put("n", 1),
                null,
                "{ \"email\": data.contact.email }",
                Duration.ofMillis(2500),
                3,
                new RateLimit(0.5),
                true,
                new Retry(DeliveryProfile.MAILJET, Collections.nCopies(3000, Duration.ofSeconds(30)))
                        .in(new Runs("*/5 * * * *")),
                new Deactivation(0, Duration.ZERO),
                new Buffer(Duration.ofDays(30), 100),
                new Batch(20, Duration.ofMinutes(7)));
    }

    private static Query all(int limit) {
        return new Query(null, null, null, null, null, Long.MAX_VALUE, limit);
    }

    private static Query query(String tenant, String app, String event, String connector, Boolean active) {
        return new Query(tenant, app, event, connector, active, Long.MAX_VALUE, 50);
    }
}
