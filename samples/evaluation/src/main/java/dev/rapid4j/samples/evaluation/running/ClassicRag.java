package dev.rapid4j.samples.evaluation.running;

import dev.langchain4j.data.document.Document;
import dev.langchain4j.data.document.splitter.DocumentSplitters;
import dev.langchain4j.data.message.UserMessage;
import dev.langchain4j.data.segment.TextSegment;
import dev.langchain4j.model.TokenCountEstimator;
import dev.langchain4j.model.embedding.EmbeddingModel;
import dev.langchain4j.rag.AugmentationRequest;
import dev.langchain4j.rag.AugmentationResult;
import dev.langchain4j.rag.DefaultRetrievalAugmentor;
import dev.langchain4j.rag.content.retriever.EmbeddingStoreContentRetriever;
import dev.langchain4j.rag.query.Metadata;
import dev.langchain4j.rag.query.Query;
import dev.langchain4j.store.embedding.EmbeddingStoreIngestor;
import dev.langchain4j.store.embedding.inmemory.InMemoryEmbeddingStore;
import java.util.List;

/**
 * Retrieval as LangChain4j's users have it, in front of any chat model: segments of its Easy RAG, and of the classes
 * all defaults. It keeps the last text.
 */
final class ClassicRag {

    private static final int SEGMENT_TOKENS = 300;
    private static final int OVERLAP_TOKENS = 30;

    private final EmbeddingModel embeddingModel;
    private final TokenCountEstimator tokens;
    private String text = "";
    private InMemoryEmbeddingStore<TextSegment> store = new InMemoryEmbeddingStore<>();

    /** @param tokens the chat model's */
    ClassicRag(EmbeddingModel embeddingModel, TokenCountEstimator tokens) {
        this.embeddingModel = embeddingModel;
        this.tokens = tokens;
    }

    /**
     * @param asked the message that a chat model is to get with what is found
     * @param question what to search for
     */
    AugmentationResult augment(String document, UserMessage asked, String question) {
        if (!document.equals(text)) {
            store = new InMemoryEmbeddingStore<>();
            EmbeddingStoreIngestor.builder()
                    .documentSplitter(DocumentSplitters.recursive(SEGMENT_TOKENS, OVERLAP_TOKENS, tokens))
                    .embeddingModel(embeddingModel)
                    .embeddingStore(store)
                    .build()
                    .ingest(Document.from(document));
            text = document;
        }
        return DefaultRetrievalAugmentor.builder()
                .queryTransformer(query -> List.of(Query.from(question)))
                .contentRetriever(EmbeddingStoreContentRetriever.builder()
                        .embeddingModel(embeddingModel)
                        .embeddingStore(store)
                        .build())
                .build()
                .augment(new AugmentationRequest(asked, Metadata.from(asked, null, List.of())));
    }
}
