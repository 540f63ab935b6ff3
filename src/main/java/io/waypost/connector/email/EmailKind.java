package io.waypost.connector.email;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.waypost.connector.ExpressionFailed;
import io.waypost.connector.Expressions;
import io.waypost.connector.Message;
import io.waypost.connector.Outcome;
import io.waypost.connector.Outcome.Succeeded;
import io.waypost.connector.pool.Hosts;
import io.waypost.connector.pool.Kind;
import io.waypost.connector.pool.Shape.Input;
import io.waypost.platform.Violation;
import io.waypost.platform.Violations;
import jakarta.mail.MessagingException;
import jakarta.mail.internet.InternetAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.regex.Pattern;

/** Sends each event as a mail. */
final class EmailKind implements Kind<MailServer, SmtpClient, Letter> {

    private static final int MOST_RECIPIENTS = 50;

    /** What is an address is no expression, though a few addresses would parse as one. */
    private static final Pattern ADDRESS = Pattern.compile("[^\\s\"'(){}\\[\\]$&@<>]+@[A-Za-z0-9.-]+");

    private final Hosts hosts;
    private final Expressions expressions;

    /** Starts its thread at the first mail. */
    private final ScheduledThreadPoolExecutor writeTimeouts = new ScheduledThreadPoolExecutor(
            1, Thread.ofPlatform().name("smtp-write-timeouts").daemon().factory());

    EmailKind(Hosts hosts, Expressions expressions) {
        this.hosts = hosts;
        this.expressions = expressions;
        writeTimeouts.setRemoveOnCancelPolicy(true);
    }

    @Override
    public List<Violation> violations(ObjectNode config) {
        var found = new Violations();
        var problem = hosts.problem(config.path("host").asText());
        if (problem != null) {
            found.add(new Violation("/host", problem));
        }
        try {
            Letter.address(config.path("from").asText());
        } catch (ExpressionFailed e) {
            found.add(new Violation("/from", "must be a mail address: " + e.getMessage()));
        }
        var to = config.path("to").asText();
        if (!isAddress(to)) {
            try {
                expressions.check(to);
            } catch (ExpressionFailed e) {
                found.add(new Violation("/to", "must be a mail address or a JSONata expression: " + e.getMessage()));
            }
        }
        return found;
    }

    @Override
    public Set<String> places() {
        return Set.of("host", "port", "security");
    }

    @Override
    public MailServer destination(ObjectNode config, Duration limit) {
        return MailServer.of(config);
    }

    @Override
    public SmtpClient open(MailServer server) throws Exception {
        return SmtpClient.connect(server, hosts, writeTimeouts);
    }

    @Override
    public Letter prepare(Input input, Message message) {
        var config = input.config();
        var html = input.text("html");
        // The preset text is for mails without any; it does not stand beside a page of one's own.
        var text = html != null && !message.config().hasNonNull("text") ? null : input.text("text");
        if (text == null && html == null) {
            throw new ExpressionFailed("text: the mail comes out empty for this event");
        }
        return new Letter(
                Letter.address(config.path("from").asText()),
                recipients(input),
                Letter.oneLine(Objects.requireNonNullElse(input.text("subject"), "")),
                text,
                html,
                message.delivery(),
                message.id(),
                message.at());
    }

    @Override
    public Outcome send(SmtpClient client, Letter letter, Message message) throws MessagingException {
        return new Succeeded(250, client.send(letter));
    }

    @Override
    public Outcome failure(Exception e) {
        return SmtpFailures.of(e);
    }

    @Override
    public void prove(SmtpClient client, ObjectNode config) {
        // That it is connected has proved the server, its certificate and the login.
    }

    private static boolean isAddress(String to) {
        return ADDRESS.matcher(to.strip()).matches();
    }

    private static List<InternetAddress> recipients(Input input) {
        var to = input.config().path("to").asText();
        if (isAddress(to)) {
            return List.of(Letter.address(to));
        }
        var value = input.value("to");
        var all = new ArrayList<InternetAddress>();
        for (var one : value.isArray() ? value : List.<JsonNode>of(value)) {
            var text = Input.text(one);
            if (text == null) {
                throw new ExpressionFailed("to: yields no address for this event");
            }
            all.add(Letter.address(text));
        }
        if (all.isEmpty() || all.size() > MOST_RECIPIENTS) {
            throw new ExpressionFailed(
                    "to: yields %d addresses; 1 to %d are possible".formatted(all.size(), MOST_RECIPIENTS));
        }
        return all;
    }
}
