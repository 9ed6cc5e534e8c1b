package dev.rapid4j.samples.documentstore;

import dev.langchain4j.data.segment.TextSegment;
import dev.langchain4j.store.embedding.EmbeddingStore;
import dev.langchain4j.store.embedding.pgvector.PgVectorEmbeddingStore;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import javax.sql.DataSource;
import org.postgresql.ds.PGSimpleDataSource;

/** Embedding stores on PostgreSQL. */
final class Stores {

    private Stores() {}

    /** @param url {@code jdbc:postgresql://host/database?user=…&password=…} */
    static DataSource dataSource(String url) {
        PGSimpleDataSource dataSource = new PGSimpleDataSource();
        dataSource.setURL(url);
        // exceptions would quote the documents
        dataSource.setLogServerErrorDetail(false);
        return dataSource;
    }

    /** A store in a table that is made if it is not there, with an index for reading whole documents. */
    static EmbeddingStore<TextSegment> pgvector(DataSource dataSource, String table, int dimension) {
        EmbeddingStore<TextSegment> store = PgVectorEmbeddingStore.datasourceBuilder()
                .datasource(dataSource)
                .table(table)
                .dimension(dimension)
                .build();
        try (Connection connection = dataSource.getConnection();
                Statement statement = connection.createStatement()) {
            statement.execute("CREATE INDEX IF NOT EXISTS " + table + "_document_id ON " + table
                    + " ((metadata->>'document_id'))");
        } catch (SQLException e) {
            throw new IllegalStateException("The index on the documents' ids cannot be made", e);
        }
        return store;
    }
}
