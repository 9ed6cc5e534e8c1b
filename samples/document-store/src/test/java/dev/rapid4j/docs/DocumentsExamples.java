package dev.rapid4j.docs;

import dev.langchain4j.data.document.loader.FileSystemDocumentLoader;
import dev.langchain4j.data.segment.TextSegment;
import dev.langchain4j.model.embedding.EmbeddingModel;
import dev.langchain4j.service.AiServices;
import dev.langchain4j.service.Result;
import dev.langchain4j.store.embedding.EmbeddingStore;
import dev.langchain4j.store.embedding.inmemory.InMemoryEmbeddingStore;
import dev.langchain4j.store.embedding.pgvector.PgVectorEmbeddingStore;
import dev.rapid4j.RapidChatModel;
import dev.rapid4j.RapidEngine;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import org.postgresql.ds.PGSimpleDataSource;

/** The code of docs/documents.md; the quickstart's DocsTest holds the two together. */
final class DocumentsExamples {

    private DocumentsExamples() {}

    interface Librarian {

        Result<String> answer(String question);
    }

    static void documents(EmbeddingModel embeddingModel) {
        RapidEngine engine = RapidEngine.builder()
                .target("Qwen/Qwen2.5-1.5B-Instruct")
                .embeddingModel(embeddingModel)
                .build();

        EmbeddingStore<TextSegment> store = new InMemoryEmbeddingStore<>();
        engine.documentIngestor(store).build().ingest(FileSystemDocumentLoader.loadDocuments("/srv/manuals"));

        Librarian librarian = AiServices.builder(Librarian.class)
                .chatModel(RapidChatModel.builder().engine(engine).build())
                .retrievalAugmentor(engine.retrievalAugmentor(store).build())
                .build();

        Result<String> result = librarian.answer("Which pumps must not run dry?");
        System.out.println(result.content());
        result.sources()
                .forEach(source -> System.out.println(source.textSegment().metadata()));
    }

    static EmbeddingStore<TextSegment> pgvector(EmbeddingModel embeddingModel, String password) throws SQLException {
        PGSimpleDataSource dataSource = new PGSimpleDataSource(); // or a connection pool
        dataSource.setURL("jdbc:postgresql://localhost/rapid");
        dataSource.setUser("rapid");
        dataSource.setPassword(password);
        dataSource.setLogServerErrorDetail(false); // or exceptions quote the documents

        EmbeddingStore<TextSegment> store = PgVectorEmbeddingStore.datasourceBuilder()
                .datasource(dataSource)
                .table("manuals")
                .dimension(embeddingModel.dimension())
                .build();
        try (Connection connection = dataSource.getConnection();
                Statement statement = connection.createStatement()) {
            statement.execute("CREATE INDEX IF NOT EXISTS manuals_document_id ON manuals ((metadata->>'document_id'))");
        }
        return store;
    }
}
