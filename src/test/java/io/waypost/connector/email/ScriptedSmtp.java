package io.waypost.connector.email;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;

/** A mail server that answers each command as told; with an empty answer it says nothing, and waits. */
final class ScriptedSmtp implements AutoCloseable {

    final List<String> commands = new CopyOnWriteArrayList<>();
    final List<Socket> connections = new CopyOnWriteArrayList<>();
    final List<Socket> ended = new CopyOnWriteArrayList<>();

    private final Map<String, String> answers = new ConcurrentHashMap<>(Map.of(
            "",
            "220 ready",
            "EHLO",
            "250-hello\r\n250 AUTH PLAIN",
            "AUTH",
            "235 in",
            "DATA",
            "354 go on",
            ".",
            "250 taken"));
    private final ServerSocket server;

    ScriptedSmtp() {
        try {
            server = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        Thread.ofVirtual().start(this::accept);
    }

    /** The greeting is the answer to the empty command, the one to the text is that to a dot. */
    ScriptedSmtp answers(String command, String answer) {
        answers.put(command, answer);
        return this;
    }

    int port() {
        return server.getLocalPort();
    }

    @Override
    public void close() throws IOException {
        server.close();
        for (var connection : connections) {
            connection.close();
        }
    }

    private void accept() {
        try {
            while (true) {
                var connection = server.accept();
                connections.add(connection);
                Thread.ofVirtual().start(() -> talk(connection));
            }
        } catch (IOException e) {
            // closed
        }
    }

    private void talk(Socket connection) {
        try (connection) {
            var in = new BufferedReader(new InputStreamReader(connection.getInputStream(), StandardCharsets.UTF_8));
            var inText = false;
            say(connection, "");
            for (var line = in.readLine(); line != null; line = in.readLine()) {
                if (inText && !line.equals(".")) {
                    continue;
                }
                var command = inText ? "." : line.split(" ")[0].toUpperCase(Locale.ROOT);
                commands.add(command);
                inText = command.equals("DATA") && answers.get(command).startsWith("354");
                say(connection, command);
            }
        } catch (IOException e) {
            // the other side broke off
        } finally {
            ended.add(connection);
        }
    }

    private void say(Socket connection, String command) throws IOException {
        var answer = answers.getOrDefault(command, "250 ok");
        if (!answer.isEmpty()) {
            connection.getOutputStream().write((answer + "\r\n").getBytes(StandardCharsets.UTF_8));
        }
    }
}
