package io.waypost.connector.sql;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * One statement with named binds ({@code :email}), as drivers want it: with question marks. Values never come into the text.
 *
 * @param sql with {@code ?} for each bind
 * @param binds their names, in order; a name may come more than once
 */
record NamedStatement(String sql, List<String> binds) {

    private static final int MOST = 20_000;
    private static final Set<String> VERBS = Set.of("insert", "update", "delete", "merge", "replace", "with");

    /** What reads or writes files, or reaches other servers, in the databases we know. */
    private static final Pattern REACHING_OUT = Pattern.compile(
            "\\b(file_read|file_write|csvread|csvwrite|link_schema|load_file|outfile|dumpfile|pg_read_file"
                    + "|pg_read_binary_file|lo_import|lo_export|dblink\\w*)\\b",
            Pattern.CASE_INSENSITIVE);

    /** Quoted texts and names, comments, and then what is looked for. */
    private static final Pattern TOKEN = Pattern.compile("'(?:[^']|'')*'|\"(?:[^\"]|\"\")*\"|`[^`]*`"
            + "|--[^\\n]*|/\\*(?s:.*?)\\*/|\\$([A-Za-z_]*)\\$(?s:.*?)\\$\\1\\$"
            + "|::|:([A-Za-z_][A-Za-z0-9_]*)|\\?|;|'|\"|`|/\\*");

    /** @throws IllegalArgumentException if it is not one statement that changes rows; the message says what it must be */
    static NamedStatement parse(String text) {
        if (text.length() > MOST) {
            throw new IllegalArgumentException("must be at most %d characters".formatted(MOST));
        }
        var trimmed = text.strip().replaceAll(";\\s*$", "");
        var verb = trimmed.split("\\W", 2)[0].toLowerCase(Locale.ROOT);
        if (!VERBS.contains(verb)) {
            throw new IllegalArgumentException("must be an insert, update, delete, merge or replace");
        }
        if (REACHING_OUT.matcher(trimmed).find()) {
            throw new IllegalArgumentException(
                    "must not use functions that read or write files or reach other servers");
        }
        var binds = new ArrayList<String>();
        var sql = new StringBuilder();
        var tokens = TOKEN.matcher(trimmed);
        while (tokens.find()) {
            var token = tokens.group();
            switch (token) {
                case ";" -> throw new IllegalArgumentException("must be one statement, without a ';' in it");
                case "?" -> throw new IllegalArgumentException("must name its binds, like :email, instead of '?'");
                case "'", "\"", "`", "/*" ->
                    throw new IllegalArgumentException("must end the text, name or comment that begins with " + token);
                default -> {
                    if (tokens.group(2) != null) {
                        binds.add(tokens.group(2));
                        tokens.appendReplacement(sql, "?");
                    }
                }
            }
        }
        tokens.appendTail(sql);
        return new NamedStatement(sql.toString(), List.copyOf(binds));
    }
}
