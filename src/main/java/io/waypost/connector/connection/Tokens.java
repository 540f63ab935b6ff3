package io.waypost.connector.connection;

import com.github.benmanes.caffeine.cache.Cache;
import io.waypost.connector.Asker;
import io.waypost.connector.http.client.HttpExchange;
import io.waypost.platform.Caches;
import io.waypost.platform.clock.SteadyClock;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.stereotype.Component;

/**
 * Access tokens, kept until shortly before they expire. However many want one at once, the server is asked once; whoever
 * waits does so no longer than its own deadline, and what comes later serves the next.
 */
@Component
public final class Tokens {

    /** How long before its end a token is not used any more; of short ones, a fifth of their life. */
    private static final Duration EARLY = Duration.ofSeconds(60);

    /** For so long a failure is not tried again: a server that is down is not asked by every delivery. */
    private static final Duration PAUSE = Duration.ofMillis(250);

    /** About what a problem takes, with the answer that it quotes. */
    private static final int LONGEST_PROBLEM = 2_000;

    private final TokenEndpoint endpoint;
    private final Clock clock;
    private final SteadyClock steady;
    private final Cache<Grant, Held> held = Caches.ofMebibytes(16, (grant, known) -> grant.bytes() + known.bytes());
    private final Map<Grant, CompletableFuture<Held>> asking = new ConcurrentHashMap<>();

    /** Why there is no token. The message is for a person and tells no secret. */
    public static final class NoToken extends RuntimeException {

        private static final long serialVersionUID = 1;

        /** Whether asking again later may help. */
        public enum Why {
            /** No: the server does not take the credentials, or is none. */
            DENIED,
            UNREACHED,
            /** Yes: the gateway had no room to ask. */
            POSTPONED
        }

        private final Why why;

        NoToken(Why why, String message) {
            super(message, null, false, false);
            this.why = why;
        }

        public Why why() {
            return why;
        }
    }

    /**
     * What the server said last.
     *
     * @param problem why there is no token; null if there is one
     * @param until when it is asked again
     */
    private record Held(@Nullable String token, @Nullable NoToken problem, Instant until) {

        int bytes() {
            return 200 + (token == null ? 0 : 2 * token.length()) + (problem == null ? 0 : LONGEST_PROBLEM);
        }

        String tokenOrThrow() {
            if (token == null) {
                throw problem == null ? new IllegalStateException("neither token nor problem") : problem;
            }
            return token;
        }

        @Override
        public String toString() {
            return "Held[until %s]".formatted(until);
        }
    }

    @Autowired
    public Tokens(HttpExchange http, Clock clock) {
        this.endpoint = new TokenEndpoint(http);
        this.clock = clock;
        this.steady = SteadyClock.of(clock);
    }

    /**
     * A token that is good for now.
     *
     * @param deadline until when to wait, in {@link System#nanoTime()}
     * @throws NoToken if there is none
     */
    public String token(Grant grant, long deadline) {
        var known = good(grant);
        return (known != null ? known : await(asked(grant), deadline)).tokenOrThrow();
    }

    /**
     * A token in the place of one that was refused, which nobody is given any more.
     *
     * @param deadline as above
     * @throws NoToken if there is none
     */
    public String renewed(Grant grant, String refused, long deadline) {
        held.asMap().computeIfPresent(grant, (_, known) -> refused.equals(known.token) ? null : known);
        return token(grant, deadline);
    }

    /**
     * A new token, whatever is held, to see whether there is one to be had. Blocks for at most 20 s.
     *
     * @throws NoToken if there is not
     */
    public void check(Grant grant) {
        keep(grant, ask(grant)).tokenOrThrow();
    }

    /** What is held by now, what is being asked for, or a new question. */
    private synchronized CompletableFuture<Held> asked(Grant grant) {
        var known = good(grant);
        if (known != null) {
            return CompletableFuture.completedFuture(known);
        }
        return asking.computeIfAbsent(grant, _ -> {
            var answer = new CompletableFuture<Held>();
            // On a thread of its own: the deadline of the first who asks is not that of those who come after.
            var tenant = Asker.current();
            Thread.startVirtualThread(() -> Asker.as(tenant, () -> answer(grant, answer)));
            return answer;
        });
    }

    private boolean answer(Grant grant, CompletableFuture<Held> waiting) {
        try {
            var given = ask(grant);
            settle(grant, given);
            return waiting.complete(given);
        } catch (RuntimeException | Error e) {
            settle(grant, null);
            waiting.completeExceptionally(e);
            throw e;
        }
    }

    /**
     * Ends a question in one step with its answer, and before who waits sees it: a token that is refused at once must not
     * be found again as the answer still to come.
     */
    private synchronized void settle(Grant grant, @Nullable Held given) {
        if (given != null) {
            keep(grant, given);
        }
        asking.remove(grant);
    }

    private @Nullable Held good(Grant grant) {
        var known = held.getIfPresent(grant);
        return known != null && steady.now().isBefore(known.until) ? known : null;
    }

    private Held ask(Grant grant) {
        try {
            var given = endpoint.ask(grant, clock.instant());
            var fifth = given.life().dividedBy(5);
            var early = fifth.compareTo(EARLY) < 0 ? fifth : EARLY;
            return new Held(given.token(), null, steady.now().plus(given.life()).minus(early));
        } catch (NoToken e) {
            return new Held(null, e, steady.now().plus(PAUSE));
        }
    }

    private Held keep(Grant grant, Held answer) {
        held.put(grant, answer);
        return answer;
    }

    private static Held await(CompletableFuture<Held> answer, long deadline) {
        try {
            return answer.get(Math.max(0, deadline - System.nanoTime()), TimeUnit.NANOSECONDS);
        } catch (TimeoutException _) {
            throw new NoToken(NoToken.Why.UNREACHED, "the token endpoint did not answer within the time limit");
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
            throw new NoToken(NoToken.Why.UNREACHED, "the wait for a token was interrupted");
        } catch (ExecutionException e) {
            throw new IllegalStateException("asking for a token failed", e.getCause());
        }
    }
}
