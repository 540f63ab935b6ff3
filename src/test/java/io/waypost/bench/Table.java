package io.waypost.bench;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** What was measured, a line each, as it goes into the document; printed as it comes. */
final class Table {

    private final List<String> lines = new ArrayList<>();

    Table(String title) {
        add("");
        add("## " + title);
        add("");
        add("| case | figure | compared with | goal | holds |");
        add("| --- | --- | --- | --- | --- |");
    }

    private void add(String line) {
        System.out.println(line);
        lines.add(line);
    }

    /** A figure that stands for itself. */
    void figure(String name, String figure) {
        add("| %s | %s | | | |".formatted(name, figure));
    }

    /** A rate that must be at least a part of another one. */
    void atLeast(String name, double perSecond, String base, double basePerSecond, double goal) {
        var ratio = perSecond / basePerSecond;
        row(name, rate(perSecond), "%.2f of %s".formatted(ratio, base), "≥ %.2f".formatted(goal), ratio >= goal);
    }

    /** A figure that must be at most so much. */
    void atMost(String name, double figure, String unit, double goal) {
        row(name, "%.2f %s".formatted(figure, unit), "", "≤ %s %s".formatted(goal, unit), figure <= goal);
    }

    /** A figure that must be at most a multiple of another one. */
    void atMost(String name, double figure, String unit, String base, double baseFigure, double goal) {
        var ratio = figure / baseFigure;
        row(
                name,
                "%.2f %s".formatted(figure, unit),
                "%.2f of %s (%.2f %s)".formatted(ratio, base, baseFigure, unit),
                "≤ %.2f".formatted(goal),
                ratio <= goal);
    }

    private void row(String name, String figure, String compared, String goal, boolean holds) {
        add("| %s | %s | %s | %s | %s |".formatted(name, figure, compared, goal, holds ? "yes" : "**no**"));
    }

    static String rate(double perSecond) {
        return "%,d/s".formatted(Math.round(perSecond)).replace(',', ' ').toLowerCase(Locale.ROOT);
    }

    List<String> lines() {
        return lines;
    }
}
