package io.waypost.intake.source.route;

import io.waypost.intake.source.Posting;
import io.waypost.intake.source.SettingExpressions;
import io.waypost.intake.source.Source;
import io.waypost.intake.source.SourceKind;
import io.waypost.intake.source.SourceKinds;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.apache.camel.Consumer;
import org.apache.camel.Endpoint;
import org.apache.camel.Processor;
import org.apache.camel.Producer;
import org.apache.camel.support.DefaultComponent;
import org.apache.camel.support.DefaultConsumer;
import org.apache.camel.support.DefaultEndpoint;
import org.springframework.stereotype.Component;

/**
 * Makes a route the way of a vendor's posts: {@code from: inbound:mailjet} gets each as a {@link Posting}, with the
 * variables {@code source}, {@code posting}, and as JSON {@code headers}, {@code query} and {@code settings}. While the
 * route runs, sources of this kind can be made. Parameters of the endpoint:
 *
 * <ul>
 *   <li>{@code title}: what people call the vendor
 *   <li>{@code method=GET}: what happened comes in the query of a GET
 *   <li>{@code setting.NAME}: that there is such a setting, and the regular expression its whole text must match
 *   <li>{@code required}: names of settings that must be given, parted by commas
 *   <li>{@code expressions}: names of settings that may be JSONata, see {@link SettingExpressions}
 * </ul>
 */
@Component("inbound")
class InboundComponent extends DefaultComponent {

    private static final String SETTING = "setting.";

    private final SourceKinds kinds;

    InboundComponent(SourceKinds kinds) {
        this.kinds = kinds;
    }

    @Override
    protected Endpoint createEndpoint(String uri, String remaining, Map<String, Object> parameters) {
        var title = getAndRemoveParameter(parameters, "title", String.class, remaining);
        var get = "GET".equals(getAndRemoveParameter(parameters, "method", String.class));
        var required = getAndRemoveParameter(parameters, "required", String.class, "");
        var expressions = getAndRemoveParameter(parameters, "expressions", String.class, "");
        var settings = new HashMap<String, Pattern>();
        for (var name : Set.copyOf(parameters.keySet())) {
            if (name.startsWith(SETTING)) {
                var rule = getAndRemoveParameter(parameters, name, String.class);
                settings.put(name.substring(SETTING.length()), Pattern.compile(rule, Pattern.DOTALL));
            }
        }
        var kind = new SourceKind(remaining, title, Map.copyOf(settings), names(required), names(expressions), get);
        return new InboundEndpoint(uri, kind);
    }

    private static Set<String> names(String list) {
        return Pattern.compile(",")
                .splitAsStream(list)
                .map(String::strip)
                .filter(name -> !name.isEmpty())
                .collect(Collectors.toUnmodifiableSet());
    }

    private final class InboundEndpoint extends DefaultEndpoint {

        private final SourceKind kind;

        InboundEndpoint(String uri, SourceKind kind) {
            super(uri, InboundComponent.this);
            this.kind = kind;
        }

        @Override
        public Consumer createConsumer(Processor processor) {
            return new Posts(this, processor);
        }

        @Override
        public Producer createProducer() {
            throw new IllegalArgumentException("Nothing can be sent to " + this);
        }
    }

    private final class Posts extends DefaultConsumer {

        private final SourceKind kind;

        Posts(InboundEndpoint endpoint, Processor processor) {
            super(endpoint, processor);
            kind = endpoint.kind;
        }

        @Override
        protected void doStart() throws Exception {
            super.doStart();
            kinds.add(kind, this::take);
        }

        @Override
        protected void doStop() throws Exception {
            kinds.remove(kind);
            super.doStop();
        }

        private void take(Source source, Posting posting) throws Exception {
            var exchange = createExchange(false);
            try {
                exchange.getMessage().setBody(posting);
                exchange.setVariable("source", source);
                exchange.setVariable("posting", posting);
                Bindings.of(source, posting).forEach(exchange::setVariable);
                getProcessor().process(exchange);
                if (exchange.getException() != null) {
                    throw exchange.getException();
                }
            } finally {
                releaseExchange(exchange, false);
            }
        }
    }
}
