package dev.rapid4j.samples.documentstore;

import dev.langchain4j.data.segment.TextSegment;
import dev.langchain4j.model.embedding.EmbeddingModel;
import dev.langchain4j.model.embedding.onnx.bgesmallenv15q.BgeSmallEnV15QuantizedEmbeddingModel;
import dev.langchain4j.store.embedding.EmbeddingStore;
import dev.langchain4j.store.embedding.EmbeddingStoreWithFilteringIT;
import dev.langchain4j.store.embedding.EmbeddingStoreWithRemovalIT;
import dev.langchain4j.store.embedding.pgvector.PgVectorEmbeddingStore;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Nested;

/** LangChain4j's own suites, because its core here is newer than the one langchain4j-pgvector was built with. */
class PgVectorCompatibilityIT {

    private static final EmbeddingModel EMBEDDING_MODEL = new BgeSmallEnV15QuantizedEmbeddingModel();

    private static TestDatabase database;

    @BeforeAll
    static void openDatabase() {
        database = TestDatabase.open();
    }

    @AfterAll
    static void closeDatabase() {
        if (database != null) {
            database.close();
        }
    }

    private static EmbeddingStore<TextSegment> emptyStore() {
        return PgVectorEmbeddingStore.datasourceBuilder()
                .datasource(database.dataSource())
                .table("compatibility")
                .dimension(EMBEDDING_MODEL.dimension())
                .dropTableFirst(true)
                .build();
    }

    @Nested
    class Filtering extends EmbeddingStoreWithFilteringIT {

        private EmbeddingStore<TextSegment> store;

        @Override
        protected void ensureStoreIsReady() {
            store = emptyStore();
        }

        @Override
        protected EmbeddingStore<TextSegment> embeddingStore() {
            return store;
        }

        @Override
        protected EmbeddingModel embeddingModel() {
            return EMBEDDING_MODEL;
        }

        @Override
        protected boolean supportsContains() {
            return true;
        }
    }

    @Nested
    class Removal extends EmbeddingStoreWithRemovalIT {

        private EmbeddingStore<TextSegment> store;

        @BeforeEach
        void empty() {
            store = emptyStore();
        }

        @Override
        protected EmbeddingStore<TextSegment> embeddingStore() {
            return store;
        }

        @Override
        protected EmbeddingModel embeddingModel() {
            return EMBEDDING_MODEL;
        }
    }
}
