package io.waypost.campaign;

import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** The counts, and how far in the log they reach. */
public interface CampaignStore {

    /**
     * Reads on in the log where counting stopped, and stores what comes of it together with where it stops now: both or
     * neither, so that each event counts once whoever is killed when. One node at a time; another one waits. An event that
     * cannot be summed up or stored is left out for good, and only that one.
     *
     * @param types only events of these types, and none that was made as a test
     * @param most at most so many of them
     * @param tally what they add, of each campaign one; asked again, with fewer events, if it fails
     * @throws org.springframework.core.NestedRuntimeException if the database has failed; nothing has changed then
     */
    Step advance(Set<String> types, int most, Function<List<CampaignEvent>, Collection<Addition>> tally);

    /**
     * How counting has come on.
     *
     * @param more whether there may be more to read
     */
    record Step(boolean more, List<Uncounted> uncounted) {}

    /** An event that was left out, and why. */
    record Uncounted(CampaignEvent event, RuntimeException cause) {}

    Optional<Campaign> find(String tenant, String id);

    /**
     * Newest first.
     *
     * @param tenant null: all tenants
     * @param id null: all campaigns
     * @param before only those with a lower {@link Campaign#first}; {@link Long#MAX_VALUE} for the first page
     */
    List<Campaign> list(@Nullable String tenant, @Nullable String id, long before, int limit);

    /**
     * Deletes at most {@code most} of which nothing has been heard since {@code olderThan}.
     *
     * @return how many went
     */
    int purge(Instant olderThan, int most);
}
