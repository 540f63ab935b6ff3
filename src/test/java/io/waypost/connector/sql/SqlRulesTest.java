package io.waypost.connector.sql;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SqlRulesTest {

    @Test
    void aUrlIsTakenApart() {
        assertThat(JdbcUrl.parse("jdbc:postgresql://db.example.com:5433/crm?sslmode=require&currentSchema=app"))
                .isEqualTo(new JdbcUrl(
                        Vendor.POSTGRESQL,
                        "db.example.com",
                        5433,
                        "crm",
                        Map.of("sslmode", "require", "currentSchema", "app")));
        assertThat(JdbcUrl.parse("jdbc:mysql://[2001:4860::1]/crm").host()).isEqualTo("[2001:4860::1]");
        assertThat(JdbcUrl.parse("jdbc:mariadb://h/crm").port()).isZero();
        assertThat(JdbcUrl.parse("jdbc:h2:tcp://h:9092/~/crm;mode=MySQL").options())
                .isEqualTo(Map.of("MODE", "MySQL"));
        assertThat(JdbcUrl.parse("jdbc:h2:mem:crm;DB_CLOSE_DELAY=-1").inMemory())
                .isTrue();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "jdbc:postgresql://h/d?socketFactory=org.springframework.context.support.ClassPathXmlApplicationContext&socketFactoryArg=http://x",
                "jdbc:postgresql://h/d?sslfactory=x",
                "jdbc:postgresql://h/d?loggerFile=/tmp/x",
                "jdbc:postgresql://h/d?user=me&password=secret",
                "jdbc:postgresql://h/d?sslmode=require&sslmode%3Dx=1",
                "jdbc:postgresql://h1,h2/d",
                "jdbc:postgresql://me:secret@h/d",
                "jdbc:postgresql:d",
                "jdbc:postgresql://h/",
                "jdbc:postgresql://h:0/d",
                "jdbc:postgresql://h:99999/d",
                "jdbc:postgresql://h/d/../e",
                "jdbc:mysql://h/d?allowLoadLocalInfile=true",
                "jdbc:mysql://h/d?AutoDeserialize=true",
                "jdbc:mysql://h/d?queryInterceptors=x",
                "jdbc:mysql://(host=h,allowLoadLocalInfile=true)/d",
                "jdbc:mysql://address=(host=h)/d",
                "jdbc:mysql:loadbalance://h/d",
                "jdbc:mariadb://h/d?allowLocalInfile",
                "jdbc:mariadb://h/d?credentialType=x",
                "jdbc:mariadb://h/d?sslMode=trust&serverSslCert=/etc/passwd",
                "jdbc:h2:mem:x;INIT=RUNSCRIPT FROM 'http://x'",
                "jdbc:h2:mem:x;MODE=MySQL\\;INIT=x",
                "jdbc:h2:tcp://h/x;INIT=x",
                "jdbc:h2:tcp://h/x;IFEXISTS=FALSE",
                "jdbc:h2:file:/tmp/x",
                "jdbc:h2:/tmp/x",
                "jdbc:h2:~/x",
                "jdbc:h2:zip:x!/y",
                "jdbc:h2:ssl://h/x",
                "jdbc:h2:mem:",
                "jdbc:oracle:thin:@h:1521/x",
                "jdbc:sqlite:/tmp/x",
                "jdbc:hsqldb:res:x",
                "JDBC:h2:mem:x",
                "",
            })
    void aUrlThatCouldDoMoreThanConnectIsRefused(String url) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> JdbcUrl.parse(url))
                .withMessageStartingWith("must ");
    }

    @Test
    void bindsAreFoundWhereTheyAreAndNowhereElse() {
        var statement = NamedStatement.parse("""
                insert into "a:b" (x, y, z, u) -- :no
                values (:x, ':no', :y_2::jsonb, /* :no ; ? */ :x) -- it's
                ; """);

        assertThat(statement.binds()).isEqualTo(List.of("x", "y_2", "x"));
        assertThat(statement.sql())
                .startsWith("insert into \"a:b\"")
                .contains("values (?, ':no', ?::jsonb, ")
                .doesNotEndWith(";");
        assertThat(NamedStatement.parse("update t set a = $x$ ; :no ? $x$, b = :b")
                        .binds())
                .isEqualTo(List.of("b"));
        assertThat(NamedStatement.parse("update t set a = 'it''s :no', b = '{{env:HOME}}$1'")
                        .binds())
                .isEmpty();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "insert into t values (1); drop table t",
                "drop table t",
                "create alias x as $$ void x() {} $$",
                "select 1",
                "call csvwrite('/tmp/x', 'select 1')",
                "runscript from 'http://x'",
                "copy t from program 'id'",
                "load data local infile 'x' into table t",
                "insert into t values (FILE_READ('/etc/passwd'))",
                "insert into t values (pg_read_file('/etc/passwd'))",
                "insert into t select * from dblink_exec('x')",
                "insert into t values (?)",
                "insert into t values ('unclosed)",
                "insert into t values (1) /* unclosed",
                "",
            })
    void whatIsNotOneStatementThatChangesRowsIsRefused(String statement) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> NamedStatement.parse(statement))
                .withMessageStartingWith("must ");
    }
}
