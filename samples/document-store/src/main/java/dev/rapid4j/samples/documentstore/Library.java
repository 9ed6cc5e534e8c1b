package dev.rapid4j.samples.documentstore;

import static dev.langchain4j.store.embedding.filter.MetadataFilterBuilder.metadataKey;

import dev.langchain4j.data.document.Document;
import dev.langchain4j.data.embedding.Embedding;
import dev.langchain4j.data.segment.TextSegment;
import dev.langchain4j.model.embedding.EmbeddingModel;
import dev.langchain4j.service.AiServices;
import dev.langchain4j.store.embedding.EmbeddingSearchRequest;
import dev.langchain4j.store.embedding.EmbeddingStore;
import dev.rapid4j.RapidChatModel;
import dev.rapid4j.RapidEngine;
import dev.rapid4j.documents.RapidDocumentIngestor;
import dev.rapid4j.samples.lighthouse.LighthouseModel;
import java.util.List;

/** Documents in an embedding store, and the lighthouse model to ask about them. */
record Library(RapidEngine engine, EmbeddingStore<TextSegment> store, EmbeddingModel embeddingModel)
        implements AutoCloseable {

    static Library open(EmbeddingStore<TextSegment> store, EmbeddingModel embeddingModel) {
        RapidEngine engine = RapidEngine.builder()
                .target(LighthouseModel.directory())
                .embeddingModel(embeddingModel)
                .passageTokens(128)
                .draftContextTokens(1024)
                .build();
        return new Library(engine, store, embeddingModel);
    }

    /** Ingests the documents that the store does not have, and returns how many those were. */
    int ingestMissing(List<Document> documents) {
        Embedding any = embeddingModel.embed("lighthouse").content();
        List<Document> missing = documents.stream()
                .filter(document -> store.search(EmbeddingSearchRequest.builder()
                                .queryEmbedding(any)
                                .filter(metadataKey(RapidDocumentIngestor.DOCUMENT_ID)
                                        .isEqualTo(RapidDocumentIngestor.documentId(document)))
                                .maxResults(1)
                                .build())
                        .matches()
                        .isEmpty())
                .toList();
        engine.documentIngestor(store).build().ingest(missing);
        return missing.size();
    }

    /**
     * Samples, so that the target can learn from the drafter, much and over whole sentences: it is small, and alone it
     * is often sure of something wrong.
     */
    Librarian librarian() {
        return AiServices.builder(Librarian.class)
                .chatModel(RapidChatModel.builder()
                        .engine(engine)
                        .temperature(0.5)
                        .margin(40.0)
                        .draftTokens(32)
                        .seed(1)
                        .maxOutputTokens(256)
                        .build())
                .retrievalAugmentor(
                        engine.retrievalAugmentor(store).maxDocuments(3).build())
                .build();
    }

    @Override
    public void close() {
        engine.close();
    }
}
