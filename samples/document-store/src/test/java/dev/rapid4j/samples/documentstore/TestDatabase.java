package dev.rapid4j.samples.documentstore;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import javax.sql.DataSource;
import org.postgresql.ds.PGSimpleDataSource;

/**
 * The PostgreSQL with pgvector that {@code RAPID_PGVECTOR_URL} names; without it the tests that ask for it are skipped.
 */
final class TestDatabase {

    private static final String URL = "RAPID_PGVECTOR_URL";

    private TestDatabase() {}

    static DataSource dataSource() {
        String url = System.getenv(URL);
        assumeTrue(
                url != null,
                "No PostgreSQL with pgvector: run '.ci/with-pgvector ./mvnw verify', or set " + URL
                        + " to jdbc:postgresql://host/database?user=...&password=...");
        PGSimpleDataSource dataSource = new PGSimpleDataSource();
        dataSource.setURL(url);
        return dataSource;
    }

    static void execute(String sql) {
        try (Connection connection = dataSource().getConnection();
                Statement statement = connection.createStatement()) {
            statement.execute(sql);
        } catch (SQLException e) {
            throw new AssertionError(e);
        }
    }

    static long number(String sql) {
        try (Connection connection = dataSource().getConnection();
                Statement statement = connection.createStatement();
                ResultSet rows = statement.executeQuery(sql)) {
            rows.next();
            return rows.getLong(1);
        } catch (SQLException e) {
            throw new AssertionError(e);
        }
    }
}
