package io.waypost.connector.sql;

import java.sql.Driver;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Properties;
import java.util.function.Function;
import java.util.stream.Collectors;

/** The databases that are known, each with its driver and the options of a URL that can do no harm. */
enum Vendor {
    POSTGRESQL("jdbc:postgresql:", 5432, List.of("sslmode", "currentSchema", "ApplicationName")) {
        @Override
        Driver driver() {
            return new org.postgresql.Driver();
        }

        @Override
        void set(Properties properties, String seconds, boolean onlyPublic) {
            properties.setProperty("connectTimeout", seconds);
            properties.setProperty("socketTimeout", seconds);
            properties.setProperty("cancelSignalTimeout", "2");
            // So that a text goes into a column of any type: the server finds out which.
            properties.setProperty("stringtype", "unspecified");
            properties.setProperty("tcpKeepAlive", "true");
            // Certificates are held against Java's authorities, not against files of the user that we run as.
            properties.setProperty("sslfactory", "org.postgresql.ssl.DefaultJavaSSLFactory");
            if (onlyPublic) {
                properties.setProperty("socketFactory", PublicSockets.class.getName());
            }
        }
    },

    MYSQL("jdbc:mysql:", 3306, List.of("sslMode", "useSSL", "characterEncoding", "useUnicode", "serverTimezone")) {
        @Override
        Driver driver() {
            return new org.mariadb.jdbc.Driver();
        }

        @Override
        void set(Properties properties, String seconds, boolean onlyPublic) {
            setMariaDb(properties, seconds, onlyPublic);
        }
    },

    MARIADB("jdbc:mariadb:", 3306, List.of("sslMode", "useSSL", "timezone")) {
        @Override
        Driver driver() {
            return new org.mariadb.jdbc.Driver();
        }

        @Override
        void set(Properties properties, String seconds, boolean onlyPublic) {
            setMariaDb(properties, seconds, onlyPublic);
        }
    },

    H2("jdbc:h2:", 9092, List.of("DB_CLOSE_DELAY", "MODE", "SCHEMA", "DATABASE_TO_UPPER", "DATABASE_TO_LOWER")) {
        @Override
        Driver driver() {
            return new org.h2.Driver();
        }

        @Override
        void set(Properties properties, String seconds, boolean onlyPublic) {
            // A database that is not there is a mistake; one that is made would be ours alone, with all rights in it.
            properties.setProperty("IFEXISTS", "TRUE");
        }
    };

    /** What MySQL's own driver calls the ways of MariaDB's. */
    private static final Map<String, String> SSL_MODES = Map.of(
            "DISABLED", "disable", "REQUIRED", "trust", "VERIFY_CA", "verify-ca", "VERIFY_IDENTITY", "verify-full");

    private final String prefix;
    private final int port;
    private final Map<String, String> options;

    Vendor(String prefix, int port, List<String> options) {
        this.prefix = prefix;
        this.port = port;
        this.options =
                options.stream().collect(Collectors.toMap(name -> name.toLowerCase(Locale.ROOT), Function.identity()));
    }

    String prefix() {
        return prefix;
    }

    /** The port, if the URL names none. */
    int port() {
        return port;
    }

    /** The options by their names in lower case. */
    Map<String, String> options() {
        return options;
    }

    List<String> optionNames() {
        return options.values().stream().sorted().toList();
    }

    /** Made when first needed; drivers start threads and read files. */
    abstract Driver driver();

    /**
     * What goes before all options of a URL.
     *
     * @param seconds until whatever waits for the server gives up
     * @param onlyPublic whether private addresses are out of bounds
     */
    abstract void set(Properties properties, String seconds, boolean onlyPublic);

    private static void setMariaDb(Properties properties, String seconds, boolean onlyPublic) {
        properties.setProperty("connectTimeout", seconds + "000");
        properties.setProperty("socketTimeout", seconds + "000");
        properties.setProperty("allowLocalInfile", "false");
        properties.setProperty("allowMultiQueries", "false");
        properties.setProperty("permitRedirect", "false");
        var mode = properties.getProperty("sslMode");
        if (mode != null) {
            properties.setProperty("sslMode", SSL_MODES.getOrDefault(mode.toUpperCase(Locale.ROOT), mode));
        }
        if (onlyPublic) {
            properties.setProperty("socketFactory", PublicSockets.class.getName());
        }
    }
}
