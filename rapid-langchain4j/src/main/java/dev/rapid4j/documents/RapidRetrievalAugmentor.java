package dev.rapid4j.documents;

import static dev.rapid4j.documents.RapidDocumentIngestor.given;
import static java.util.stream.Collectors.joining;

import dev.langchain4j.data.message.AiMessage;
import dev.langchain4j.data.message.ChatMessage;
import dev.langchain4j.data.message.SystemMessage;
import dev.langchain4j.data.message.TextContent;
import dev.langchain4j.data.message.ToolExecutionResultMessage;
import dev.langchain4j.data.message.UserMessage;
import dev.langchain4j.data.segment.TextSegment;
import dev.langchain4j.exception.LangChain4jException;
import dev.langchain4j.model.TokenCountEstimator;
import dev.langchain4j.model.embedding.EmbeddingModel;
import dev.langchain4j.model.scoring.ScoringModel;
import dev.langchain4j.rag.AugmentationRequest;
import dev.langchain4j.rag.AugmentationResult;
import dev.langchain4j.rag.RetrievalAugmentor;
import dev.langchain4j.rag.query.Metadata;
import dev.langchain4j.rag.query.Query;
import dev.langchain4j.rag.query.transformer.DefaultQueryTransformer;
import dev.langchain4j.rag.query.transformer.QueryTransformer;
import dev.langchain4j.store.embedding.EmbeddingStore;
import dev.langchain4j.store.embedding.filter.Filter;
import dev.rapid4j.internal.embedding.TextEmbedder;
import dev.rapid4j.internal.retrieval.RetrievalSettings;
import dev.rapid4j.internal.retrieval.TokenDocumentSplitter;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.Collection;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.IntStream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Retrieval-augmented generation that reads documents, not snippets. Hand it to any
 * {@code AiServices.builder(...).retrievalAugmentor(...)}.
 *
 * <p>It finds the segments that are most similar to the question, puts the documents they come from together, and puts
 * these in front of the question, the most relevant first. A {@link dev.rapid4j.RapidChatModel} then drafts from the
 * segments alone and verifies with the documents. Any other chat model reads an ordinary message: for each document a
 * line {@code Document: <title>} and its text, then the question.
 *
 * <ul>
 *   <li><b>Room.</b> The prompt, earlier messages included, gets no longer than {@link Builder#maxContextTokens}. The
 *       documents share what is left: small ones are whole and leave their rest to the others; of one that does not
 *       fit, the found segments are taken and as much as possible around them, with {@code […]} for what is left out.
 *       When there are too many, the least relevant ones are dropped.
 *   <li><b>Follow-up questions.</b> AI services keep the message with its documents in the chat memory. A document that
 *       stands there in the same version and holds what was found is not repeated; only the found segments are, as
 *       excerpts. A memory that is full of documents leaves no room for others; where they are large, let it keep the
 *       questions alone ({@code AiServices.storeRetrievedContentInChatMemory(false)}), so that every question brings
 *       its documents anew.
 *   <li><b>Sources</b> are the found segments that are in the prompt, with score and embedding id. If none is similar
 *       enough, the message stays as it is.
 *   <li><b>Stores.</b> {@link RapidDocumentIngestor} writes all that is needed. Segments written otherwise are put
 *       together by {@value RapidDocumentIngestor#DOCUMENT_ID} (or {@link Builder#documentIdKey another key}) and
 *       {@code index}, as far as they go; one that has no document, or contradicts others, is a document of its own. If
 *       the store fails after the search, the found segments alone are used.
 * </ul>
 *
 * <p>The metadata filter applies to all that is read from the store; use it for access control.
 *
 * <p>Safe for use by several threads if what it is built with is.
 */
public final class RapidRetrievalAugmentor implements RetrievalAugmentor {

    private static final Logger LOG = LoggerFactory.getLogger(RapidRetrievalAugmentor.class);
    private static final int DEFAULT_SEGMENTS = 8;
    /** What a chat template adds to a message, generously. */
    private static final int TOKENS_AROUND_MESSAGE = 16;
    /** What it adds to a conversation, a default system message included. */
    private static final int TOKENS_AROUND_CONVERSATION = 64;
    /** How often a text may be made shorter, as tokens merge differently than in its pieces. */
    private static final int ATTEMPTS = 8;

    private final SegmentSearch search;
    private final QueryTransformer queryTransformer;
    private final TokenCountEstimator tokens;
    private final int maxContextTokens;
    private final int maxDocuments;

    private RapidRetrievalAugmentor(Builder builder) {
        tokens = given(builder.tokens, "tokenCountEstimator");
        search = new SegmentSearch(
                given(builder.store, "embeddingStore"),
                new TextEmbedder(given(builder.model, "embeddingModel"), 1),
                Optional.ofNullable(builder.scoringModel),
                builder.filter,
                builder.texts,
                new TokenDocumentSplitter(tokens),
                builder.documentIdKey,
                builder.maxSegments,
                builder.minSimilarity);
        queryTransformer = builder.queryTransformer;
        maxContextTokens = given(builder.maxContextTokens, "maxContextTokens");
        maxDocuments = builder.maxDocuments;
    }

    /** Embedding store, embedding model, token counter and context tokens must be given. */
    public static Builder builder() {
        return new Builder();
    }

    /** What may be put in front of a question, most relevant first: new documents, or excerpts of earlier ones. */
    private record Relevant(List<StoredSegment> excerpts, Optional<MeasuredDocument> document) {}

    /**
     * @throws IllegalArgumentException if the message is not a {@link UserMessage}
     * @throws LangChain4jException if the embedding model fails, or the store at the search
     */
    @Override
    public AugmentationResult augment(AugmentationRequest request) {
        if (!(request.chatMessage() instanceof UserMessage message)) {
            throw new IllegalArgumentException("Only a user message can be augmented, not one of type "
                    + request.chatMessage().type());
        }
        String question = text(message);
        if (question.isBlank()) {
            return new AugmentationResult(message, List.of());
        }
        Collection<Query> queries = queryTransformer.transform(Query.from(question, request.metadata()));
        List<SegmentSearch.Found> found =
                search.find(question, queries).stream().limit(maxDocuments).toList();
        if (found.isEmpty()) {
            return new AugmentationResult(message, List.of());
        }
        EarlierDocuments earlier = EarlierDocuments.in(request.metadata().chatMemory());
        List<Relevant> relevant = new ArrayList<>();
        for (SegmentSearch.Found each : found) {
            if (earlier.hold(each.segments())) {
                relevant.add(new Relevant(each.segments(), Optional.empty()));
            } else {
                search.documents(each)
                        .forEach(document -> relevant.add(
                                new Relevant(List.of(), Optional.of(MeasuredDocument.of(document, tokens)))));
            }
        }
        int room = maxContextTokens - tokensWithout(message, request.metadata());
        AugmentedText text = fitting(relevant, room);
        if (text.isEmpty()) {
            LOG.warn(
                    "No document was added: the prompt has room for {} more tokens, of maxContextTokens {}",
                    Math.max(room, 0),
                    maxContextTokens);
            return new AugmentationResult(message, List.of());
        }
        int content = IntStream.range(0, message.contents().size())
                .filter(i -> message.contents().get(i) instanceof TextContent)
                .findFirst()
                .getAsInt();
        String own = ((TextContent) message.contents().get(content)).text();
        return new AugmentationResult(text.inFrontOf(message, content, own), text.sources());
    }

    private int tokensWithout(UserMessage message, Metadata metadata) {
        List<ChatMessage> messages = new ArrayList<>(metadata.chatMemory());
        if (metadata.systemMessage() != null && messages.stream().noneMatch(SystemMessage.class::isInstance)) {
            messages.add(metadata.systemMessage());
        }
        messages.add(message);
        return TOKENS_AROUND_CONVERSATION
                + messages.stream()
                        .mapToInt(each -> tokens.estimateTokenCountInText(text(each)) + TOKENS_AROUND_MESSAGE)
                        .sum();
    }

    private static String text(ChatMessage message) {
        if (message instanceof SystemMessage system) {
            return system.text();
        }
        if (message instanceof AiMessage ai) {
            return Objects.requireNonNullElse(ai.text(), "");
        }
        if (message instanceof ToolExecutionResultMessage tool) {
            return Objects.requireNonNullElse(tool.text(), "");
        }
        if (message instanceof UserMessage user) {
            return user.contents().stream()
                    .filter(TextContent.class::isInstance)
                    .map(content -> ((TextContent) content).text())
                    .collect(joining("\n\n"));
        }
        return "";
    }

    private AugmentedText fitting(List<Relevant> relevant, int room) {
        int budget = room;
        AugmentedText text = write(relevant, budget);
        for (int i = 0; i < ATTEMPTS && !text.isEmpty(); i++) {
            int excess = tokens.estimateTokenCountInText(text.text()) - room;
            if (excess <= 0) {
                return text;
            }
            budget -= excess;
            text = write(relevant, budget);
        }
        return new AugmentedText();
    }

    private AugmentedText write(List<Relevant> relevant, int budget) {
        int left = budget;
        List<Relevant> excerpts = new ArrayList<>();
        for (Relevant each : relevant) {
            if (each.document().isEmpty()) {
                AugmentedText alone = new AugmentedText();
                alone.addExcerpts(each.excerpts());
                int needed = tokens.estimateTokenCountInText(alone.text());
                if (needed <= left) {
                    left -= needed;
                    excerpts.add(each);
                }
            }
        }
        List<MeasuredDocument> documents =
                relevant.stream().flatMap(each -> each.document().stream()).toList();
        List<BitSet> pieces = MeasuredDocument.fitting(documents, left);
        AugmentedText text = new AugmentedText();
        int next = 0;
        for (Relevant each : relevant) {
            if (each.document().isPresent() && next < pieces.size()) {
                text.addDocument(each.document().get().document(), pieces.get(next++));
            } else if (excerpts.contains(each)) {
                text.addExcerpts(each.excerpts());
            }
        }
        return text;
    }

    /** Builds a {@link RapidRetrievalAugmentor}. */
    public static final class Builder {

        private EmbeddingStore<TextSegment> store;
        private EmbeddingModel model;
        private ScoringModel scoringModel;
        private TokenCountEstimator tokens;
        private Integer maxContextTokens;
        private int maxSegments = DEFAULT_SEGMENTS;
        private int maxDocuments = Integer.MAX_VALUE;
        private double minSimilarity = RetrievalSettings.DEFAULT_MIN_SIMILARITY;
        private Function<Query, Filter> filter = query -> null;
        private QueryTransformer queryTransformer = new DefaultQueryTransformer();
        private Function<String, Optional<String>> texts = id -> Optional.empty();
        private String documentIdKey = RapidDocumentIngestor.DOCUMENT_ID;

        private Builder() {}

        /** Holds the segments. */
        public Builder embeddingStore(EmbeddingStore<TextSegment> store) {
            this.store = store;
            return this;
        }

        /** Embeds the question; the model the store was filled with. */
        public Builder embeddingModel(EmbeddingModel model) {
            this.model = model;
            return this;
        }

        /** Counts as the model that reads the documents does. */
        public Builder tokenCountEstimator(TokenCountEstimator tokens) {
            this.tokens = tokens;
            return this;
        }

        /**
         * Most tokens of a prompt: system message, earlier messages, question and documents. At least 1, and so many
         * less than the context window that there is room for the answer.
         */
        public Builder maxContextTokens(int maxContextTokens) {
            this.maxContextTokens = atLeastOne("maxContextTokens", maxContextTokens);
            return this;
        }

        /**
         * Most segments to find, which is what a drafter reads: at least 1, by default {@value #DEFAULT_SEGMENTS} (4096
         * tokens in segments of 512).
         */
        public Builder maxSegments(int maxSegments) {
            this.maxSegments = atLeastOne("maxSegments", maxSegments);
            return this;
        }

        /** Most documents to read, at least 1; by default as many as segments are found in. */
        public Builder maxDocuments(int maxDocuments) {
            this.maxDocuments = atLeastOne("maxDocuments", maxDocuments);
            return this;
        }

        /** Segments less similar to the question are not found; cosine, -1 to 1, by default 0.3. */
        public Builder minSimilarity(double minSimilarity) {
            this.minSimilarity = new RetrievalSettings(1, minSimilarity).minSimilarity();
            return this;
        }

        /** Only what passes it is read; no filter by default. */
        public Builder filter(Filter filter) {
            return dynamicFilter(query -> filter);
        }

        /**
         * {@link #filter} for each question, for instance by user; {@code null} for none. Documents from
         * {@link #documents} are not filtered, but only those are asked for of which a segment passed.
         */
        public Builder dynamicFilter(Function<Query, Filter> filter) {
            this.filter = Objects.requireNonNull(filter, "filter");
            return this;
        }

        /** Turns the question into what is searched for, by default itself; for follow-up questions, for instance. */
        public Builder queryTransformer(QueryTransformer queryTransformer) {
            this.queryTransformer = Objects.requireNonNull(queryTransformer, "queryTransformer");
            return this;
        }

        /**
         * Orders four times as many segments anew, of which the best are kept; none by default. If it fails, the order
         * of similarity stays.
         */
        public Builder scoringModel(ScoringModel scoringModel) {
            this.scoringModel = scoringModel;
            return this;
        }

        /**
         * Texts of documents by id, where the application keeps them: spares the store the search for all segments.
         * They must be what was cut into segments; where one has none, or another, the store's segments are used.
         */
        public Builder documents(Function<String, Optional<String>> texts) {
            this.texts = Objects.requireNonNull(texts, "documents");
            return this;
        }

        /**
         * Metadata key by which segments belong together, if something else than a {@link RapidDocumentIngestor} wrote
         * them.
         */
        public Builder documentIdKey(String key) {
            this.documentIdKey = Objects.requireNonNull(key, "documentIdKey");
            return this;
        }

        private static int atLeastOne(String name, int value) {
            if (value < 1) {
                throw new IllegalArgumentException(name + " must be at least 1, but is " + value);
            }
            return value;
        }

        /** @throws IllegalArgumentException if something that must be given is missing */
        public RapidRetrievalAugmentor build() {
            return new RapidRetrievalAugmentor(this);
        }
    }
}
