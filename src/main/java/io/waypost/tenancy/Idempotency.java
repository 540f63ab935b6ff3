package io.waypost.tenancy;

import io.waypost.platform.Invalid;
import io.waypost.platform.Json;
import io.waypost.platform.Refused;
import io.waypost.platform.SecretBox;
import io.waypost.platform.SecretBox.CannotOpen;
import io.waypost.platform.SecretBox.Place;
import io.waypost.tenancy.IdempotencyStore.Entry;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.scheduling.annotation.Scheduled;
import org.springframework.stereotype.Service;

/**
 * Gives a request that is made again by the same API key, with the same {@code Idempotency-Key}, its first answer again: only
 * to whom it was given, and as long as that key may do the same. Answers are kept sealed, since they may hold secrets, for
 * 24 h at most, and the newest {@value #MOST_BYTES} bytes of a tenant, about. A request without an answer is done again; what of it may have been done before has a
 * key to be known by.
 *
 * <p>To be called outside any transaction.
 */
@Service
public class Idempotency {

    private static final Logger log = LoggerFactory.getLogger(Idempotency.class);

    private static final Duration KEPT = Duration.ofHours(24);

    /** After this a request that has not ended is taken for one whose node died. */
    private static final Duration ABANDONED = Duration.ofSeconds(60);

    private static final int MAX_KEY = 255;

    /** Of one tenant's requests. Past it the oldest are forgotten, as if their time were over. */
    public static final long MOST_BYTES = 16 * 1024 * 1024;

    /** How much a tenant may add on this node before it is looked at again whether it has too much. */
    private static final long SLACK = MOST_BYTES / 16;

    private static final SecureRandom RANDOM = new SecureRandom();

    private final IdempotencyStore store;
    private final SecretBox box;
    private final Clock clock;

    /** By tenant, the bytes added on this node since it was last looked at. */
    private final Map<String, Long> added = new ConcurrentHashMap<>();

    public Idempotency(IdempotencyStore store, SecretBox box, Clock clock) {
        this.store = store;
        this.box = box;
        this.clock = clock;
    }

    /** How the request stands. */
    public sealed interface Begun {

        /** To be done; {@link #complete}, {@link #release} or {@link #leave} must follow. */
        record New(Claim claim) implements Begun {}

        /** Done before; to be answered with this. */
        record Replay(Answer answer) implements Begun {}

        /** The same request is still being done. */
        record Running() implements Begun {}

        /** The key was used for another body. */
        record Mismatch() implements Begun {}
    }

    /** The right to do a request. */
    public record Claim(String id, String tenant, String bodyHash, long token, long seed, Instant startedAt) {

        /** What its events are known by, whoever does the request again. */
        public String repeatKey() {
            return Long.toHexString(seed);
        }
    }

    /**
     * What a request was answered.
     *
     * @param headers those worth giving again: {@code Content-Type}, {@code Location}
     */
    public record Answer(int status, Map<String, String> headers, byte[] body) {}

    /**
     * Finds the first request with this key, or notes that this is it.
     *
     * @param key 1 to 255 characters
     * @param path of the request, with its query
     * @throws Invalid if the key is empty or too long
     * @throws Refused (overloaded) if there is an answer that this node cannot open
     */
    public Begun begin(Caller caller, String key, String path, byte[] body) {
        if (key.isBlank() || key.length() > MAX_KEY) {
            throw new Invalid("", "the header Idempotency-Key must have 1 to 255 characters");
        }
        var now = clock.instant();
        var owner = caller.tenant() == null ? "" : caller.tenant();
        var mine = entry(id(owner, caller, key, path), owner, Hashes.hex(body), RANDOM.nextLong(), now);
        for (int tries = 0; tries < 3; tries++) {
            if (store.insert(mine)) {
                return claimed(mine);
            }
            var found = store.find(mine.id());
            if (found.isPresent()) {
                return compare(found.get(), mine, now);
            }
        }
        return new Begun.Running();
    }

    /**
     * No two callers, keys and paths give the same text: neither tenant nor id of a key holds a line feed. What the API key may
     * do is part of it, since an answer is given again before anybody looks at that.
     */
    private static String id(String owner, Caller caller, String key, String path) {
        var scopes = caller.scopes().stream().map(Scope::code).sorted().collect(Collectors.joining(","));
        return Hashes.hex(String.join("\n", owner, caller.keyId(), scopes, Integer.toString(key.length()), key + path));
    }

    private Begun compare(Entry first, Entry mine, Instant now) {
        var age = Duration.between(first.startedAt(), now);
        if (age.compareTo(KEPT) >= 0) {
            return takeOver(first, mine);
        }
        if (!first.bodyHash().equals(mine.bodyHash())) {
            return new Begun.Mismatch();
        }
        var answer = first.answer();
        if (answer != null) {
            return replay(first.id(), answer);
        }
        return first.token() == Entry.NOBODY || age.compareTo(ABANDONED) >= 0
                ? takeOver(first, entry(mine.id(), mine.tenant(), mine.bodyHash(), first.seed(), now))
                : new Begun.Running();
    }

    private Begun replay(String id, String answer) {
        try {
            return new Begun.Replay(read(box.open(place(id), answer)));
        } catch (CannotOpen e) {
            log.warn("The answer to a request that is made again {}", e.getMessage());
            throw Refused.unreadable("The request was done; its answer", e.getMessage());
        }
    }

    private static Place place(String id) {
        return new Place("idempotency_key", id, "", "answer");
    }

    private static Entry entry(String id, String tenant, String bodyHash, long seed, Instant now) {
        return new Entry(id, tenant, bodyHash, RANDOM.nextLong(), seed, null, now);
    }

    private Begun takeOver(Entry first, Entry mine) {
        return store.replace(first.token(), mine) ? claimed(mine) : new Begun.Running();
    }

    private static Begun claimed(Entry mine) {
        return new Begun.New(
                new Claim(mine.id(), mine.tenant(), mine.bodyHash(), mine.token(), mine.seed(), mine.startedAt()));
    }

    /** Remembers the answer for 24 h, or until newer ones of the tenant take its place. */
    public void complete(Claim claim, Answer answer) {
        keep(claim, entry(claim, claim.token(), box.seal(place(claim.id()), write(answer))));
    }

    private void keep(Claim claim, Entry entry) {
        store.replace(claim.token(), entry);
        if (added.merge(entry.tenant(), (long) entry.bytes(), Long::sum) >= SLACK) {
            added.put(entry.tenant(), 0L);
            store.trim(entry.tenant(), MOST_BYTES - SLACK);
        }
    }

    private static Entry entry(Claim claim, long token, @Nullable String answer) {
        return new Entry(claim.id(), claim.tenant(), claim.bodyHash(), token, claim.seed(), answer, claim.startedAt());
    }

    /** Leaves the request to whoever makes it again, who may do what was done in part or is not known to be done. */
    public void leave(Claim claim) {
        keep(claim, entry(claim, Entry.NOBODY, null));
    }

    /** Forgets the request, of which nothing was done, so that another may be made with its key. */
    public void release(Claim claim) {
        store.delete(claim.id(), claim.token());
    }

    /** Nobody is promised an answer that is older than a day. */
    @Scheduled(fixedDelayString = "${waypost.retention-every:10m}")
    void forgetOldOnes() {
        purge(clock.instant().minus(KEPT));
    }

    /** Forgets all requests that began before. @return how many */
    public int purge(Instant before) {
        return store.purge(before);
    }

    private static String write(Answer answer) {
        var json = Json.object().put("status", answer.status());
        answer.headers().forEach(json.putObject("headers")::put);
        return Json.write(json.put("body", Base64.getEncoder().encodeToString(answer.body())));
    }

    private static Answer read(String text) {
        var json = Json.read(text);
        var headers = new LinkedHashMap<String, String>();
        json.path("headers")
                .properties()
                .forEach(h -> headers.put(h.getKey(), h.getValue().textValue()));
        return new Answer(
                json.path("status").intValue(),
                headers,
                Base64.getDecoder().decode(json.path("body").textValue()));
    }
}
