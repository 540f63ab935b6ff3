package io.waypost.bench;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.UUID;
import java.util.function.LongFunction;
import javax.sql.DataSource;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.jdbc.support.JdbcTransactionManager;
import org.springframework.transaction.support.TransactionTemplate;

/** What it costs to keep the ids of events unique, by the form of the keys and by how many there are already. */
final class Keys {

    /** How the key of an event is made, by its number. */
    enum Form {
        HASH("a hash of the id", seq -> hash("evt-%012d".formatted(seq))),
        COUNTING("the id after a hash of its source, ids that count up", seq -> with("evt-%012d".formatted(seq))),
        RANDOM(
                "the id after a hash of its source, ids at random",
                seq -> with(new UUID(Long.rotateLeft(seq * 0x9E3779B97F4A7C15L, 31), seq * 0xC2B2AE3D27D4EB4FL)
                        .toString()));

        private final String title;
        private final LongFunction<byte[]> key;

        Form(String title, LongFunction<byte[]> key) {
            this.title = title;
            this.key = key;
        }

        String title() {
            return title;
        }

        private static byte[] hash(String text) {
            try {
                return Arrays.copyOf(MessageDigest.getInstance("SHA-256").digest(text.getBytes(UTF_8)), 16);
            } catch (NoSuchAlgorithmException e) {
                throw new IllegalStateException("every Java has SHA-256", e);
            }
        }

        private static byte[] with(String id) {
            var source = hash("acme /shop");
            var end = id.getBytes(UTF_8);
            var key = Arrays.copyOf(source, source.length + 1 + end.length);
            System.arraycopy(end, 0, key, source.length + 1, end.length);
            return key;
        }
    }

    private static final int AT_ONCE = 10_000;

    private final JdbcTemplate jdbc;
    private final TransactionTemplate transaction;
    private final Form form;
    private long next = 1;

    Keys(DataSource database, Form form) {
        this.jdbc = new JdbcTemplate(database);
        this.transaction = new TransactionTemplate(new JdbcTransactionManager(database));
        this.form = form;
        jdbc.execute("drop table if exists some_key");
        jdbc.execute(
                "create table some_key (key_bytes bytea primary key, seq bigint not null, received_at bigint not null)");
    }

    /** Inserts keys until there are so many. */
    void fill(long count) {
        while (next <= count) {
            insert((int) Math.min(AT_ONCE, count + 1 - next));
        }
    }

    /** @return microseconds for each of so many more keys, so many in a commit */
    double micros(int count, int inACommit) {
        var begun = System.nanoTime();
        for (int i = 0; i < count; i += inACommit) {
            insert(inACommit);
        }
        return (System.nanoTime() - begun) / 1e3 / count;
    }

    private void insert(int count) {
        var seqs = new ArrayList<Long>(count);
        for (int i = 0; i < count; i++) {
            seqs.add(next++);
        }
        transaction.executeWithoutResult(_ -> insert(seqs));
    }

    private void insert(List<Long> seqs) {
        jdbc.batchUpdate(
                "insert into some_key (key_bytes, seq, received_at) values (?, ?, ?)",
                seqs,
                seqs.size(),
                (statement, seq) -> {
                    statement.setBytes(1, form.key.apply(seq));
                    statement.setLong(2, seq);
                    statement.setLong(3, seq);
                });
    }
}
