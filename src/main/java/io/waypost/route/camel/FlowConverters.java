package io.waypost.route.camel;

import com.fasterxml.jackson.databind.JsonNode;
import io.waypost.platform.Json;
import io.waypost.route.resource.JsonStream;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.apache.camel.CamelContext;
import org.apache.camel.Exchange;
import org.apache.camel.support.TypeConverterSupport;
import org.jspecify.annotations.Nullable;

/** A body that is a map or a list is JSON wherever a text is wanted: in a request, a mail, a log line. */
final class FlowConverters {

    private FlowConverters() {}

    static void addTo(CamelContext context) {
        add(context, String.class, json -> json);
        add(context, byte[].class, json -> json.getBytes(StandardCharsets.UTF_8));
        add(context, InputStream.class, JsonStream::new);
    }

    private static <T> void add(CamelContext context, Class<T> wanted, Function<String, T> made) {
        for (var from : List.of(Map.class, List.class, JsonNode.class)) {
            context.getTypeConverterRegistry().addTypeConverter(wanted, from, new ToJson<>(made));
        }
    }

    private static final class ToJson<R> extends TypeConverterSupport {

        private final Function<String, R> made;

        ToJson(Function<String, R> made) {
            this.made = made;
        }

        @Override
        @SuppressWarnings("unchecked") // registered for this type alone
        public <T> T convertTo(Class<T> type, @Nullable Exchange exchange, Object value) {
            return (T) made.apply(Json.write(value));
        }
    }
}
