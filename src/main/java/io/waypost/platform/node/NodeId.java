package io.waypost.platform.node;

import io.waypost.platform.Ids;
import java.time.Clock;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/**
 * What this node is called in the database; another name after each start.
 *
 * @param text at most 40 characters
 */
public record NodeId(String text) {

    @Configuration
    static class Named {

        @Bean
        NodeId nodeId(Clock clock) {
            return new NodeId(Ids.next("node", clock.instant()));
        }
    }
}
