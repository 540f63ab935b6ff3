package io.waypost.platform.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.waypost.platform.TestProperties;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.springframework.dao.DataAccessResourceFailureException;

class NodesTest {

    private final TestNodes database = new TestNodes();

    @Test
    void aNodeThatBeginsWorksOnlyWhenTheOthersMustHaveSeenIt() {
        var before = database.node();
        before.look();
        var node = database.node();

        var begun = System.nanoTime();
        node.start();
        var seconds = (System.nanoTime() - begun) / 1e9;
        before.look();

        assertThat(seconds).isGreaterThan(2);
        assertThat(node.living())
                .containsExactlyInAnyOrder(before.id(), node.id())
                .isEqualTo(before.living());
        node.stop();
    }

    @Test
    void whenOneEndsItDoesNotCountAnyMore() {
        var other = database.node();
        var node = database.node();
        node.start();
        other.look();

        node.stop();
        other.look();

        assertThat(other.living()).containsExactly(other.id());
        assertThat(database.released).last().isEqualTo(Set.of(other.id()));
    }

    @Test
    void atItsFirstLookItDoesNotJudgeOthers() {
        var other = database.node();
        var node = database.node();
        other.look();
        node.look();
        assertThat(database.released).isEmpty();

        node.look();

        assertThat(database.released).containsExactly(Set.of(other.id(), node.id()));
    }

    @Test
    void whileTheDatabaseCannotBeReachedAllCountThatDidBefore() {
        var other = database.node();
        var node = database.node();
        other.look();
        node.look();
        database.away = true;

        assertThatThrownBy(node::look).isInstanceOf(DataAccessResourceFailureException.class);

        assertThat(node.living()).containsExactlyInAnyOrder(node.id(), other.id());
    }

    @Test
    void onAnEmbeddedDatabaseNothingIsWritten() {
        database.away = true;
        var alone = new Nodes(database, TestNodes.ID, TestProperties.of(Map.of()));

        alone.start();
        alone.stop();

        assertThat(alone.living()).containsExactly(alone.id());
    }
}
