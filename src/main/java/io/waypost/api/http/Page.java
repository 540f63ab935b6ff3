package io.waypost.api.http;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.waypost.platform.Json;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.Comparator;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** One page of a list, with the cursor of the next. */
public final class Page {

    private Page() {}

    /**
     * Makes the page.
     *
     * @param list names the list, so that a cursor of another one is noticed
     * @param items one more than {@code limit} if there is a next page
     * @param key what the next page begins after
     */
    public static <T> ObjectNode of(
            String list, List<T> items, int limit, Function<T, String> key, Function<T, ? extends JsonNode> json) {
        return of(list, items, limit, null, key, json);
    }

    /**
     * Makes the page of a list that is not looked at to its end for it.
     *
     * @param items one more than {@code limit} if there is certainly a next page
     * @param reached what the next page begins after if {@code items} are all that was found; null if there is none
     */
    public static <T> ObjectNode of(
            String list,
            List<T> items,
            int limit,
            @Nullable String reached,
            Function<T, String> key,
            Function<T, ? extends JsonNode> json) {
        var shown = items.subList(0, Math.min(limit, items.size()));
        return of(list, shown, items.size() > limit ? key.apply(shown.getLast()) : reached, json);
    }

    /** Makes the page of items that are all shown; {@code next} is what the next one begins after, null if there is none. */
    public static <T> ObjectNode of(
            String list, List<T> items, @Nullable String next, Function<T, ? extends JsonNode> json) {
        var page = Json.object();
        var data = page.putArray("data");
        items.forEach(item -> data.add(json.apply(item)));
        return page.put("next", next == null ? null : seal(list, next));
    }

    /** Makes a page of a short list that is wholly in memory, in the order of its keys. */
    public static <T> ObjectNode slice(
            String list,
            Query query,
            List<T> all,
            Comparator<String> order,
            Function<T, String> key,
            Function<T, ? extends JsonNode> json) {
        var limit = query.limit();
        var after = query.cursor(list, text -> text);
        query.verify();
        var rest = all.stream()
                .filter(item -> after == null || order.compare(key.apply(item), after) > 0)
                .sorted(Comparator.comparing(key, order))
                .limit(limit + 1L)
                .toList();
        return of(list, rest, limit, key, json);
    }

    private static String seal(String list, String key) {
        return Base64.getUrlEncoder()
                .withoutPadding()
                .encodeToString((list + ":" + key).getBytes(StandardCharsets.UTF_8));
    }

    /** @throws IllegalArgumentException if the cursor is none of this list */
    static String open(String list, String cursor) {
        var text = new String(Base64.getUrlDecoder().decode(cursor), StandardCharsets.UTF_8);
        if (!text.startsWith(list + ":") || text.indexOf('\0') >= 0) {
            throw new IllegalArgumentException("a cursor of another list");
        }
        return text.substring(list.length() + 1);
    }
}
