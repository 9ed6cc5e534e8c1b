package dev.rapid4j.samples.documentstore;

import static org.junit.jupiter.api.Assumptions.abort;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.UUID;
import javax.sql.DataSource;

/**
 * A schema of its own on the PostgreSQL that {@code RAPID_PGVECTOR_URL} names. Without it the tests that open one are
 * skipped.
 *
 * @param url leads into the schema
 */
record TestDatabase(String schema, String url) implements AutoCloseable {

    static final String URL = "RAPID_PGVECTOR_URL";

    static TestDatabase open() {
        String url = System.getenv(URL);
        if (url == null) {
            String reason = "no PostgreSQL with pgvector: run '.ci/with-pgvector ./mvnw verify', or set " + URL
                    + " to jdbc:postgresql://host/database?user=...&password=...";
            // Maven counts skipped tests without a reason
            System.err.println("Skipped: " + reason);
            abort(reason);
        }
        String schema = "rapid_" + UUID.randomUUID().toString().replace('-', '_');
        TestDatabase database =
                new TestDatabase(schema, url + (url.contains("?") ? "&" : "?") + "currentSchema=" + schema + ",public");
        database.execute("CREATE EXTENSION IF NOT EXISTS vector SCHEMA public");
        database.execute("CREATE SCHEMA " + schema);
        return database;
    }

    DataSource dataSource() {
        return Stores.dataSource(url);
    }

    void execute(String sql) {
        try (Connection connection = dataSource().getConnection();
                Statement statement = connection.createStatement()) {
            statement.execute(sql);
        } catch (SQLException e) {
            throw new AssertionError(e);
        }
    }

    long number(String sql) {
        try (Connection connection = dataSource().getConnection();
                Statement statement = connection.createStatement();
                ResultSet rows = statement.executeQuery(sql)) {
            rows.next();
            return rows.getLong(1);
        } catch (SQLException e) {
            throw new AssertionError(e);
        }
    }

    @Override
    public void close() {
        execute("DROP SCHEMA " + schema + " CASCADE");
    }
}
