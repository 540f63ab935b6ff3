package io.waypost.intake.source;

import io.waypost.platform.Texts;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A vendor, as its route file describes it.
 *
 * @param settings what may be set beside {@code zone} and {@code secret}, each with what its whole text must look like; a
 *     rule for {@code secret} may be among them
 * @param required which of them must be set
 * @param expressions which of them may be JSONata
 * @param get whether what happened comes in the query of a GET; of others a GET only asks whether somebody is there
 */
public record SourceKind(
        String name,
        String title,
        Map<String, Pattern> settings,
        Set<String> required,
        Set<String> expressions,
        boolean get) {

    private static final int LONGEST = 2_000;
    private static final Pattern ALTERNATIVES = Pattern.compile("\\w+(\\|\\w+)*");

    /** All that may be set. */
    public Set<String> names() {
        var names = new TreeSet<>(settings.keySet());
        names.add(Source.SECRET);
        names.add(Source.ZONE);
        return names;
    }

    /** What is wrong with the value of a setting, in words for its author; null if nothing is. */
    @Nullable
    String fault(String setting, String value) {
        var fault = Texts.textFault(value, LONGEST);
        var rule = settings.get(setting);
        if (fault != null || rule == null || rule.matcher(value).matches()) {
            return fault;
        }
        return ALTERNATIVES.matcher(rule.pattern()).matches()
                ? "must be one of " + rule.pattern().replace("|", ", ")
                : "must be of the form " + rule.pattern();
    }
}
