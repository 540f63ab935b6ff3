package io.waypost.api.hub;

import io.waypost.intake.source.Reception;
import io.waypost.intake.source.Rejections;
import io.waypost.intake.source.SourceKinds;
import io.waypost.intake.source.SourceStore;
import io.waypost.intake.source.Sources;
import io.waypost.platform.WaypostProperties;
import java.lang.reflect.Proxy;
import java.time.Clock;
import java.util.List;
import java.util.Optional;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/** No vendors and no sources: what tests of the rest of the API need of them. */
@Configuration(proxyBeanMethods = false)
class FakeSources {

    @Bean
    SourceKinds kinds() {
        return new SourceKinds();
    }

    @Bean
    Sources sources(SourceKinds kinds, Clock clock) {
        return new Sources(nothing(), kinds, null, (_, _, _, _) -> {}, clock);
    }

    @Bean
    Rejections rejections(Clock clock, WaypostProperties properties) {
        return new Rejections(nothing(), clock, properties);
    }

    @Bean
    Reception reception(SourceKinds kinds, Rejections rejections) {
        return new Reception(kinds, rejections);
    }

    private static SourceStore nothing() {
        return (SourceStore) Proxy.newProxyInstance(
                SourceStore.class.getClassLoader(), new Class<?>[] {SourceStore.class}, (_, method, _) -> {
                    if (method.getReturnType() == List.class) {
                        return List.of();
                    }
                    return method.getReturnType() == Optional.class ? Optional.empty() : 0;
                });
    }
}
