package io.waypost.api.http;

import io.waypost.platform.CannotStart;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.stereotype.Component;

/**
 * Which paths belong to the calls of other systems, and which of these are switched on. They carry keys in ways of their
 * own, so that whoever answers them has to look.
 */
@Component
public final class VendorCalls {

    private static final Map<String, Pattern> PATHS = Map.of(
            "mailingwork", Pattern.compile("/webservice/webservice/json/[^/]+"),
            "benchmark", Pattern.compile("/Contact/[^/]+/Webhooks(/[^/]*)?"),
            "mailjet", Pattern.compile("/v3/REST/eventcallbackurl(/[^/]*)?", Pattern.CASE_INSENSITIVE),
            "getresponse", Pattern.compile("/v3/accounts/callbacks"));

    /** Where our own calls are, which come most often. */
    private static final String OWN = "/v1/";

    private final Set<String> on;

    /**
     * @param on names, comma-separated
     * @throws CannotStart if there is none of a name
     */
    public VendorCalls(@Value("${waypost.compat:}") List<String> on) {
        this.on = on.stream().map(String::strip).filter(name -> !name.isEmpty()).collect(Collectors.toSet());
        if (!PATHS.keySet().containsAll(this.on)) {
            throw new CannotStart(
                    "WAYPOST_COMPAT names a system that is not known: " + String.join(",", on),
                    "There are " + PATHS.keySet().stream().sorted().collect(Collectors.joining(", ")));
        }
    }

    /** The system that the path belongs to. */
    public static Optional<String> system(String path) {
        if (path.startsWith(OWN)) {
            return Optional.empty();
        }
        return PATHS.entrySet().stream()
                .filter(entry -> entry.getValue().matcher(path).matches())
                .map(Map.Entry::getKey)
                .findFirst();
    }

    public boolean on(String system) {
        return on.contains(system);
    }
}
