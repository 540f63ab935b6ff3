package io.waypost.jar;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.Executors;

/**
 * A receiver that keeps of each request only what is needed to account for it, so that it can take millions: which event,
 * at which path, when, and how often after it had said yes.
 */
final class Tally implements AutoCloseable {

    /** Answers one attempt: its status. */
    @FunctionalInterface
    interface Mood {
        int answer(String path, int number);
    }

    /** An event that came again though it had been, or was just being, accepted. */
    record Repeat(String event, long acceptedNanos, long againNanos) {}

    private static final class Page {

        private final Map<String, Long> accepted = new HashMap<>();
        private final List<String> inOrder = new ArrayList<>();
        private final List<Repeat> repeats = new ArrayList<>();
        private int requests;
    }

    private final Map<String, Page> pages = new TreeMap<>();
    private final HttpServer server;
    private volatile Mood mood = (_, _) -> 204;

    Tally() {
        try {
            server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 1_000);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        server.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
        server.createContext("/", this::handle);
        server.start();
    }

    String url(String path) {
        return "http://127.0.0.1:" + server.getAddress().getPort() + path;
    }

    /** How it answers; the number counts the requests of the path. */
    Tally is(Mood next) {
        mood = next;
        return this;
    }

    private void handle(HttpExchange exchange) throws IOException {
        try (exchange) {
            exchange.getRequestBody().readAllBytes();
            var path = exchange.getRequestURI().getPath();
            var event = exchange.getRequestHeaders().getFirst("webhook-id");
            var status = mood.answer(path, number(path));
            if (status < 300) {
                accept(path, event);
            }
            exchange.sendResponseHeaders(status, -1);
        }
    }

    private synchronized int number(String path) {
        return pages.computeIfAbsent(path, _ -> new Page()).requests++;
    }

    private synchronized void accept(String path, String event) {
        var page = pages.get(path);
        var now = System.nanoTime();
        var before = page.accepted.put(event, now);
        if (before == null) {
            page.inOrder.add(event);
        } else {
            page.repeats.add(new Repeat(event, before, now));
        }
    }

    /** How many different events have been accepted there. */
    synchronized int count(String path) {
        var page = pages.get(path);
        return page == null ? 0 : page.accepted.size();
    }

    /** All requests to the path, whatever they were answered. */
    synchronized int requests(String path) {
        var page = pages.get(path);
        return page == null ? 0 : page.requests;
    }

    /** Those of the events that have not been accepted there. */
    synchronized List<String> missing(String path, Collection<String> events) {
        var accepted = pages.containsKey(path) ? pages.get(path).accepted.keySet() : Set.<String>of();
        return events.stream().filter(event -> !accepted.contains(event)).toList();
    }

    /** The events accepted there, in the order of their first acceptance. */
    synchronized List<String> inOrder(String path) {
        return pages.containsKey(path) ? List.copyOf(pages.get(path).inOrder) : List.of();
    }

    synchronized List<Repeat> repeats(String path) {
        return pages.containsKey(path) ? List.copyOf(pages.get(path).repeats) : List.of();
    }

    synchronized Set<String> paths() {
        return Set.copyOf(pages.keySet());
    }

    @Override
    public void close() {
        server.stop(0);
    }
}
