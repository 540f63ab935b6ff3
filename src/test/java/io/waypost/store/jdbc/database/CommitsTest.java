package io.waypost.store.jdbc.database;

import static org.assertj.core.api.Assertions.assertThat;

import com.zaxxer.hikari.HikariDataSource;
import io.waypost.platform.TestProperties;
import io.waypost.store.jdbc.TestDatabases;
import java.nio.file.Path;
import java.util.Map;
import java.util.OptionalLong;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.jdbc.core.simple.JdbcClient;

class CommitsTest {

    @Nested
    class OnH2 {

        @Test
        void eachCommitCountsAndAQueryDoesNot(@TempDir Path directory) {
            var settings = TestProperties.of(Map.of("waypost.data-dir", directory.toString()));
            try (var pool = (HikariDataSource) new DatabaseConfiguration().dataSource(settings)) {
                var commits = new Commits(pool);
                var jdbc = JdbcClient.create(pool);
                jdbc.sql("create table kept (number int)").update();

                for (int i = 0; i < 3; i++) {
                    var before = commits.count().orElseThrow();
                    jdbc.sql("insert into kept values (1)").update();
                    var after = commits.count();
                    assertThat(after.orElseThrow()).isGreaterThan(before);

                    jdbc.sql("select count(*) from kept").query(Integer.class).single();
                    assertThat(commits.count()).isEqualTo(after);
                }
            }
        }
    }

    @Nested
    class OnPostgres {

        @Test
        void whereOthersWriteTooItIsNotKnown() {
            assertThat(new Commits(TestDatabases.postgres()).count()).isEqualTo(OptionalLong.empty());
        }
    }
}
