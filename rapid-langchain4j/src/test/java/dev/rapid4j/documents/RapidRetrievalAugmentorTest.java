package dev.rapid4j.documents;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.langchain4j.data.document.Document;
import dev.langchain4j.data.document.Metadata;
import dev.langchain4j.data.embedding.Embedding;
import dev.langchain4j.data.message.AiMessage;
import dev.langchain4j.data.message.ChatMessage;
import dev.langchain4j.data.message.ImageContent;
import dev.langchain4j.data.message.SystemMessage;
import dev.langchain4j.data.message.TextContent;
import dev.langchain4j.data.message.UserMessage;
import dev.langchain4j.data.segment.TextSegment;
import dev.langchain4j.exception.LangChain4jException;
import dev.langchain4j.model.embedding.EmbeddingModel;
import dev.langchain4j.model.embedding.request.EmbeddingParameter;
import dev.langchain4j.model.embedding.request.EmbeddingRequest;
import dev.langchain4j.model.embedding.request.EmbeddingRequestParameters;
import dev.langchain4j.model.embedding.response.EmbeddingResponse;
import dev.langchain4j.model.output.Response;
import dev.langchain4j.model.scoring.ScoringModel;
import dev.langchain4j.rag.AugmentationRequest;
import dev.langchain4j.rag.AugmentationResult;
import dev.langchain4j.rag.content.Content;
import dev.langchain4j.rag.content.ContentMetadata;
import dev.langchain4j.rag.query.Query;
import dev.langchain4j.store.embedding.EmbeddingStoreIngestor;
import dev.langchain4j.store.embedding.filter.comparison.IsEqualTo;
import dev.rapid4j.internal.prompt.MessageDocuments;
import dev.rapid4j.internal.retrieval.BagOfWords;
import dev.rapid4j.internal.retrieval.TokenDocumentSplitter;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class RapidRetrievalAugmentorTest {

    private static final String QUESTION = "Which paragraph mentions needle?";
    private static final CharacterTokens TOKENS = new CharacterTokens();

    private final ScriptedStore store = new ScriptedStore();
    private final BagOfWords model = new BagOfWords();

    private RapidRetrievalAugmentor.Builder augmentor() {
        return RapidRetrievalAugmentor.builder()
                .embeddingStore(store)
                .embeddingModel(model)
                .tokenCountEstimator(TOKENS)
                .maxContextTokens(10_000)
                .minSimilarity(0.2);
    }

    private void ingest(Document... documents) {
        RapidDocumentIngestor.builder()
                .embeddingStore(store)
                .embeddingModel(model)
                .splitter(new TokenDocumentSplitter(TOKENS, 12))
                .build()
                .ingest(documents);
    }

    private static Document document(String id, String text) {
        return Document.from(text, Metadata.from(RapidDocumentIngestor.DOCUMENT_ID, id));
    }

    /** So many paragraphs of a segment each, with needles in some of them. */
    private static String haystack(String name, int paragraphs, int... needles) {
        return IntStream.range(0, paragraphs)
                .mapToObj(i -> IntStream.of(needles).anyMatch(needle -> needle == i)
                        ? "paragraph mentions needle of " + name + i
                        : "nothing " + name + i + " but words, many of them.")
                .collect(Collectors.joining("\n\n"));
    }

    private static AugmentationResult augment(RapidRetrievalAugmentor augmentor, UserMessage message) {
        return augment(augmentor, message, List.of());
    }

    private static AugmentationResult augment(
            RapidRetrievalAugmentor augmentor, UserMessage message, List<ChatMessage> memory) {
        return augmentor.augment(
                new AugmentationRequest(message, dev.langchain4j.rag.query.Metadata.from(message, "memory", memory)));
    }

    private static UserMessage ask(RapidRetrievalAugmentor augmentor) {
        return (UserMessage) augment(augmentor, UserMessage.from(QUESTION)).chatMessage();
    }

    private static List<String> passages(UserMessage message) {
        MessageDocuments.Located located = MessageDocuments.of(message).orElseThrow();
        String text = ((TextContent) message.contents().get(located.content())).text();
        return located.documents().documents().stream()
                .flatMap(document -> document.passages().stream())
                .map(passage -> text.substring(passage.start(), passage.end()))
                .toList();
    }

    private static List<String> sources(AugmentationResult result) {
        return result.contents().stream()
                .map(Content::textSegment)
                .map(TextSegment::text)
                .map(String::strip)
                .toList();
    }

    @Test
    void documentsComeWholeAndTheMostRelevantFirst() {
        String few = haystack("few", 12, 5);
        String many = "paragraph mentions needle";
        String none = haystack("none", 5);
        ingest(
                document("few", few),
                document("none", none),
                Document.from(
                        many,
                        Metadata.from(RapidDocumentIngestor.DOCUMENT_ID, "many")
                                .put(RapidDocumentIngestor.TITLE, "The\nbest \u0007 one")));
        AugmentationResult result = augment(augmentor().minSimilarity(0.5).build(), UserMessage.from(QUESTION));

        UserMessage message = (UserMessage) result.chatMessage();
        assertThat(message.singleText())
                .isEqualTo("Document: The best one\n\n" + many + "\n\nDocument: few\n\n" + few + "\n\n" + QUESTION);
        assertThat(passages(message)).containsExactly(many, "paragraph mentions needle of few5");
        assertThat(sources(result)).isEqualTo(passages(message));
        assertThat(result.contents().get(0).metadata())
                .containsOnlyKeys(ContentMetadata.SCORE, ContentMetadata.EMBEDDING_ID);
    }

    @Test
    void passagesAreInTheOrderOfTheirDocument() {
        ingest(document("a", haystack("a", 30, 25, 3, 17, 4)));
        assertThat(passages(ask(augmentor().build())))
                .containsExactly(Stream.of(3, 4, 17, 25)
                        .map(i -> "paragraph mentions needle of a" + i)
                        .toArray(String[]::new));
    }

    @Test
    void ifNothingIsFoundTheMessageStaysAsItIs() {
        UserMessage message = UserMessage.from(QUESTION);
        assertThat(augment(augmentor().build(), message).chatMessage()).isSameAs(message);
        ingest(document("a", haystack("a", 3)));
        AugmentationResult result = augment(augmentor().minSimilarity(0.9).build(), message);
        assertThat(result.chatMessage()).isSameAs(message);
        assertThat(result.contents()).isEmpty();

        UserMessage image = UserMessage.from(ImageContent.from("http://localhost/a.png"));
        assertThat(augment(augmentor().build(), image).chatMessage()).isSameAs(image);
        assertThatIllegalArgumentException()
                .isThrownBy(() -> augmentor()
                        .build()
                        .augment(new AugmentationRequest(
                                AiMessage.from("Hello"),
                                dev.langchain4j.rag.query.Metadata.from(message, "memory", List.of()))));
    }

    @Test
    void whatElseIsInAMessageStays() {
        ingest(document("a", haystack("a", 3, 1)));
        UserMessage message = UserMessage.builder()
                .name("Ann")
                .contents(List.of(
                        ImageContent.from("http://localhost/a.png"),
                        TextContent.from(QUESTION),
                        TextContent.from("Be brief.")))
                .attributes(Map.of("colour", "red"))
                .build();
        UserMessage augmented =
                (UserMessage) augment(augmentor().build(), message).chatMessage();
        assertThat(augmented.name()).isEqualTo("Ann");
        assertThat(augmented.attributes()).containsEntry("colour", "red");
        assertThat(message.attributes()).hasSize(1);
        assertThat(augmented.contents())
                .hasSize(3)
                .startsWith(message.contents().get(0));
        assertThat(((TextContent) augmented.contents().get(1)).text())
                .isEqualTo("Document: a\n\n" + haystack("a", 3, 1) + "\n\n" + QUESTION);
        assertThat(augmented.contents().get(2)).isEqualTo(message.contents().get(2));
        assertThat(passages(augmented)).containsExactly("paragraph mentions needle of a1");
    }

    @Test
    void aDocumentThatDoesNotFitIsTakenAroundItsHits() {
        ingest(document("a", haystack("a", 100, 20, 70)));
        String text = ask(augmentor().maxContextTokens(260).build()).singleText();
        assertThat(text)
                .startsWith("Document: a\n\n[…]\n\nnothing a")
                .contains("paragraph mentions needle of a20\n\nnothing a21", "paragraph mentions needle of a70")
                .contains(" them.\n\n[…]\n\nnothing a6")
                .endsWith(" them.\n\n[…]\n\n" + QUESTION);
        assertThat(text.split("\\Q[…]\\E", -1)).hasSize(4);
    }

    @Test
    void thePromptKeepsItsBudget() {
        Random random = new Random(5);
        for (int i = 0; i < 12; i++) {
            ingest(document("document " + i, haystack("d" + i, 1 + random.nextInt(60), random.nextInt(5), 40)));
        }
        SystemMessage system = SystemMessage.from("Be exact.");
        List<ChatMessage> memory = List.of(
                UserMessage.from("An earlier question that had quite some words."), AiMessage.from("An answer."));
        UserMessage message = UserMessage.from(QUESTION);
        for (int budget = 1; budget < 3000; budget += 37) {
            RapidRetrievalAugmentor augmentor = augmentor()
                    .maxSegments(1 + random.nextInt(12))
                    .maxContextTokens(budget)
                    .build();
            AugmentationResult result = augmentor.augment(new AugmentationRequest(
                    message, dev.langchain4j.rag.query.Metadata.from(message, system, "memory", memory)));
            UserMessage augmented = (UserMessage) result.chatMessage();
            if (augmented == message) {
                assertThat(budget).isLessThan(260);
                assertThat(result.contents()).isEmpty();
                continue;
            }
            int tokens = Stream.of(
                            system.text(),
                            ((UserMessage) memory.get(0)).singleText(),
                            ((AiMessage) memory.get(1)).text(),
                            augmented.singleText())
                    .mapToInt(TOKENS::estimateTokenCountInText)
                    .sum();
            assertThat(tokens).isLessThanOrEqualTo(budget);
            assertThat(sources(result)).hasSameElementsAs(passages(augmented)).isNotEmpty();
        }
    }

    @Test
    void aDocumentOfAnEarlierMessageIsNotRepeated() {
        ingest(document("a", haystack("a", 30, 25)), document("b", haystack("b", 3, 1)));
        RapidRetrievalAugmentor augmentor = augmentor().maxSegments(1).build();
        UserMessage first = ask(augmentor);
        boolean fromA = first.singleText().startsWith("Document: a");
        List<ChatMessage> memory = List.of(first, AiMessage.from("That one."));
        RapidRetrievalAugmentor both = augmentor().minSimilarity(0.4).build();

        AugmentationResult second = augment(both, UserMessage.from(QUESTION), memory);
        UserMessage message = (UserMessage) second.chatMessage();
        String excerptOfA = "Document: a (excerpts)\n\nparagraph mentions needle of a25\n\n";
        String excerptOfB = "Document: b (excerpts)\n\nparagraph mentions needle of b1\n\n";
        assertThat(message.singleText())
                .contains(fromA ? excerptOfA : excerptOfB)
                .contains("Document: " + (fromA ? "b" : "a") + "\n\n"
                        + (fromA ? haystack("b", 3, 1) : haystack("a", 30, 25)))
                .endsWith("\n\n" + QUESTION);
        assertThat(passages(message)).hasSize(1);
        assertThat(sources(second)).hasSize(2);

        // now both are there
        UserMessage third = (UserMessage) augment(
                        both,
                        UserMessage.from(QUESTION),
                        List.of(first, AiMessage.from("That one."), message, AiMessage.from("This one.")))
                .chatMessage();
        assertThat(third.singleText()).contains(excerptOfA, excerptOfB).hasSizeLessThan(200);
        assertThat(passages(third)).isEmpty();

        // a new version is another document, even where it says the same
        ingest(document("a", haystack("a", 31, 25)), document("b", haystack("b", 4, 1)));
        assertThat(((UserMessage) augment(both, UserMessage.from(QUESTION), memory)
                                .chatMessage())
                        .singleText())
                .doesNotContain("excerpts")
                .contains(haystack("a", 31, 25), haystack("b", 4, 1));
    }

    @Test
    void aFilterAppliesToAllThatIsRead() {
        ingest(
                Document.from(
                        haystack("mine", 5, 2),
                        Metadata.from(RapidDocumentIngestor.DOCUMENT_ID, "mine").put("tenant", "me")),
                Document.from(
                        haystack("yours", 5, 2),
                        Metadata.from(RapidDocumentIngestor.DOCUMENT_ID, "yours")
                                .put("tenant", "you")));
        store.segments().stream()
                .filter(segment -> "4".equals(segment.metadata().getString("index")))
                .forEach(segment -> segment.metadata().put("tenant", "nobody"));
        String text = ask(augmentor()
                        .dynamicFilter(query -> new IsEqualTo(
                                "tenant", query.metadata().chatMemoryId().equals("memory") ? "me" : "you"))
                        .build())
                .singleText();
        assertThat(text)
                .contains("mine2", "mine3")
                .doesNotContain("yours", "mine4")
                .endsWith(" them.\n\n[…]\n\n" + QUESTION);
        assertThat(ask(augmentor().filter(new IsEqualTo("tenant", "you")).build())
                        .singleText())
                .doesNotContain("mine");
    }

    @Test
    void transformedQuestionsAreSearchedForAndAScoringModelOrders() {
        ingest(document("a", "apples are red and round"), document("b", "pears are green and long"));
        RapidRetrievalAugmentor.Builder fruit = augmentor()
                .minSimilarity(0)
                .maxSegments(1)
                .queryTransformer(query -> List.of(Query.from("apples", query.metadata()), Query.from("red round")));
        assertThat(passages(ask(fruit.build()))).containsExactly("apples are red and round");

        ScoringModel likesGreen = (segments, question) -> {
            assertThat(question).isEqualTo(QUESTION);
            return Response.from(segments.stream()
                    .map(segment -> segment.text().contains("green") ? 2.5 : -1)
                    .toList());
        };
        AugmentationResult result = augment(fruit.scoringModel(likesGreen).build(), UserMessage.from(QUESTION));
        assertThat(sources(result)).containsExactly("pears are green and long");
        assertThat(result.contents().get(0).metadata()).containsEntry(ContentMetadata.RERANKED_SCORE, 2.5);

        for (ScoringModel broken : List.<ScoringModel>of(
                (segments, question) -> {
                    throw new IllegalStateException("down");
                },
                (segments, question) -> Response.from(List.of()),
                (segments, question) -> Response.from(List.of(Double.NaN, 1.0)))) {
            assertThat(passages(ask(fruit.scoringModel(broken).build()))).containsExactly("apples are red and round");
        }
    }

    @Test
    void textsMayLiveElsewhere() {
        String text = haystack("a", 30, 25);
        ingest(document("a", text));
        List<String> asked = new ArrayList<>();
        List<Integer> searches = new ArrayList<>();
        store.beforeSearch = request -> searches.add(request.maxResults());
        RapidRetrievalAugmentor.Builder augmentor = augmentor().documents(id -> {
            asked.add(id);
            return Optional.of(text);
        });
        UserMessage message = ask(augmentor.build());
        assertThat(message.singleText()).isEqualTo("Document: a\n\n" + text + "\n\n" + QUESTION);
        assertThat(passages(message)).containsExactly("paragraph mentions needle of a25");
        assertThat(asked).containsExactly("a");
        assertThat(searches).hasSize(1);
        assertThat(ask(augmentor.maxContextTokens(200).build()).singleText())
                .startsWith("Document: a\n\n[…]\n\n")
                .contains("paragraph mentions needle of a25")
                .hasSizeLessThan(800);

        // where the text is another one, is missing or cannot be had, the segments tell it
        for (RapidRetrievalAugmentor.Builder other : List.of(
                augmentor().documents(id -> Optional.of("changed " + text)),
                augmentor().documents(id -> Optional.empty()),
                augmentor().documents(id -> null),
                augmentor().documents(id -> {
                    throw new IllegalStateException("no disk");
                }))) {
            assertThat(ask(other.build()).singleText()).isEqualTo(message.singleText());
        }
    }

    @Test
    void whatOthersWroteIsPutTogetherAsFarAsItGoes() {
        String text = haystack("a", 6, 4);
        EmbeddingStoreIngestor.builder()
                .documentSplitter(new TokenDocumentSplitter(TOKENS, 12))
                .embeddingModel(model)
                .embeddingStore(store)
                .build()
                .ingest(Document.from(text, Metadata.from("url", "http://localhost/a")));
        assertThat(ask(augmentor().documentIdKey("url").build()).singleText())
                .isEqualTo("Document: http://localhost/a\n\n" + text + "\n\n" + QUESTION);
        // no document id: the segment alone, and how it is marked
        assertThat(ask(augmentor().build()).singleText())
                .isEqualTo("Document:\n\n[…]\n\nparagraph mentions needle of a4\n\n" + QUESTION);
    }

    @Test
    void whatASegmentSharesWithOneThatIsLeftOutIsNotLost() {
        RapidDocumentIngestor.builder()
                .embeddingStore(store)
                .embeddingModel(model)
                .splitter(document -> Stream.of("one ".repeat(20), "two paragraph mentions", "mentions needle three")
                        .map(text -> TextSegment.from(text.strip(), document.metadata()))
                        .toList())
                .build()
                .ingest(document("a", "one ".repeat(20) + "two paragraph mentions needle three"));
        RapidRetrievalAugmentor.Builder best =
                augmentor().maxSegments(1).queryTransformer(query -> List.of(Query.from("needle three")));
        assertThat(ask(best.build()).singleText()).contains(" two paragraph mentions needle three\n\n");

        UserMessage message = ask(best.maxContextTokens(102).build());
        assertThat(message.singleText()).startsWith("Document: a\n\n[…]\n\nmentions needle three\n\n");
        assertThat(passages(message)).containsExactly("mentions needle three");
    }

    @Test
    void contradictingMetadataNeverFail() {
        List<Object> nonsense = List.of(
                "", "x", "\u0007", "1e999999999", 3.5, Double.NaN, Long.MAX_VALUE, Integer.MAX_VALUE, "0", 1, 1f);
        List<String> keys = List.of(
                "index",
                "start",
                "end",
                SegmentMetadata.SEGMENTS,
                SegmentMetadata.VERSION,
                RapidDocumentIngestor.TITLE);
        Random random = new Random(3);
        for (int round = 0; round < 200; round++) {
            store.memory.removeAll();
            List<String> texts = new ArrayList<>();
            for (int i = 0; i < 6; i++) {
                Metadata metadata = Metadata.from(RapidDocumentIngestor.DOCUMENT_ID, "a");
                for (String key : keys) {
                    Object value = random.nextBoolean() ? Integer.valueOf(i) : nonsense.get(random.nextInt(11));
                    if (random.nextInt(4) > 0) {
                        metadata.putAll(Map.of(key, value));
                    }
                }
                texts.add("paragraph mentions needle of " + i + (random.nextBoolean() ? "\ud83d" : ""));
                TextSegment segment = TextSegment.from(texts.get(i), metadata);
                store.add(model.embed(segment).content(), segment);
            }
            AugmentationResult result = augment(augmentor().build(), UserMessage.from(QUESTION));
            List<String> passages = passages((UserMessage) result.chatMessage());
            assertThat(passages).isNotEmpty().allMatch(UTF_8.newEncoder()::canEncode);
            assertThat(((UserMessage) result.chatMessage()).singleText()).matches(UTF_8.newEncoder()::canEncode);
            assertThat(sources(result)).isNotEmpty().isSubsetOf(texts);
        }
    }

    @Test
    void twoSegmentsInOnePlaceAreDocumentsOfTheirOwn() {
        for (String text : List.of("paragraph mentions needle one", "paragraph mentions needle two")) {
            TextSegment segment = TextSegment.from(
                    text, Metadata.from(RapidDocumentIngestor.DOCUMENT_ID, "a").put("index", 0));
            store.add(model.embed(segment).content(), segment);
        }
        assertThat(ask(augmentor().build()).singleText())
                .contains("Document: a\n\nparagraph mentions needle one\n\n")
                .contains("Document: a\n\nparagraph mentions needle two\n\n");
    }

    @Test
    void aPassageHoldsNothingOfTheMarkBehindIt() {
        ingest(document("a", "mentions needle" + "\n".repeat(50) + haystack("a", 100)));
        UserMessage message =
                ask(augmentor().maxContextTokens(115).maxSegments(1).build());
        assertThat(message.singleText()).startsWith("Document: a\n\nmentions needle\n\n[…]\n\n" + QUESTION);
        assertThat(passages(message)).containsExactly("mentions needle");
    }

    @Test
    void aSegmentOfOddSpacesAloneIsNoPassage() {
        for (int i = 0; i < 2; i++) {
            TextSegment segment = TextSegment.from(
                    List.of("mentions needle", "\u2003\u2003").get(i),
                    Metadata.from(RapidDocumentIngestor.DOCUMENT_ID, "a" + i).put("index", 0));
            store.add(model.embed("needle").content(), segment);
        }
        UserMessage message = ask(augmentor().build());
        assertThat(message.singleText()).contains("Document: a0", "Document: a1");
        assertThat(passages(message)).containsExactly("mentions needle");
    }

    @Test
    void aPassageHoldsNoHalfOfACharacterThatTwoSegmentsShare() {
        for (int i = 0; i < 2; i++) {
            TextSegment segment = TextSegment.from(
                    List.of("mentions needle \ud83d", "\uddfc in words").get(i),
                    Metadata.from(RapidDocumentIngestor.DOCUMENT_ID, "a")
                            .put("index", i)
                            .put("start", i * 17)
                            .put("end", 17 + i * 10));
            store.add(model.embed(segment).content(), segment);
        }
        UserMessage message = ask(augmentor().minSimilarity(0).build());
        assertThat(message.singleText()).startsWith("Document: a\n\nmentions needle \ud83d\uddfc in words\n\n");
        assertThat(passages(message)).containsExactly("mentions needle ", " in words");
    }

    @Test
    void whatAnApproximateIndexMissesIsMarked() {
        ingest(document("a", haystack("a", 6, 4)));
        store.afterSearch = matches -> matches.stream()
                .filter(match -> !List.of("1", "2", "5")
                        .contains(match.embedded().metadata().getString("index")))
                .toList();
        assertThat(ask(augmentor().build()).singleText())
                .isEqualTo("Document: a\n\nnothing a0 but words, many of them.\n\n[…]\n\n"
                        + "nothing a3 but words, many of them.\n\nparagraph mentions needle of a4\n\n[…]\n\n"
                        + QUESTION);
    }

    @Test
    void ofAnInterruptedIngestionTheOldVersionIsRead() {
        ingest(document("a", haystack("old", 6, 4)));
        store.beforeAdd = segments -> {
            model.embedAll(segments.subList(0, 4));
            for (TextSegment segment : segments.subList(0, 4)) {
                store.add(model.embed(segment).content(), segment);
            }
            throw new IllegalStateException("connection lost");
        };
        assertThatExceptionOfType(LangChain4jException.class)
                .isThrownBy(() -> ingest(document("a", haystack("new", 6, 0, 1, 2, 3))));
        assertThat(ask(augmentor().build()).singleText())
                .isEqualTo("Document: a\n\n" + haystack("old", 6, 4) + "\n\n" + QUESTION);
    }

    @Test
    void aStoreThatFailsIsNamed() {
        store.beforeSearch = request -> {
            throw new IllegalStateException("connection refused");
        };
        assertThatExceptionOfType(LangChain4jException.class)
                .isThrownBy(() -> ask(augmentor().build()))
                .withMessageContaining(ScriptedStore.class.getName())
                .withMessageContaining("can be reached")
                .withMessageContaining("connection refused");
        model.fault = embeddings -> {
            throw new IllegalStateException("out of memory");
        };
        assertThatExceptionOfType(LangChain4jException.class)
                .isThrownBy(() -> ask(augmentor().build()))
                .withMessageContaining("embedding model");
    }

    @Test
    void aStoreOfAnotherEmbeddingModelIsRecognised() {
        store.memory.add(Embedding.from(new float[7]), TextSegment.from("needle"));
        assertThatExceptionOfType(LangChain4jException.class)
                .isThrownBy(() -> ask(augmentor().build()))
                .withMessageContaining("512 dimensions")
                .withMessageContaining("filled by an embedding model with another number of dimensions");
    }

    @Test
    void aStoreThatFailsInTheMiddleLeavesWhatWasFound() {
        ingest(document("a", haystack("a", 9, 2, 6)));
        store.beforeSearch = request -> {
            if (request.filter() != null) {
                throw new UnsupportedOperationException("no filters");
            }
        };
        AugmentationResult result = augment(augmentor().minSimilarity(0.5).build(), UserMessage.from(QUESTION));
        assertThat(((UserMessage) result.chatMessage()).singleText())
                .isEqualTo("Document: a\n\n[…]\n\nparagraph mentions needle of a2\n\n[…]\n\n"
                        + "paragraph mentions needle of a6\n\n[…]\n\n" + QUESTION);
        assertThat(sources(result)).hasSize(2);
    }

    @Test
    void aModelThatTellsQuestionsFromDocumentsIsToldWhichIsWhich() {
        List<String> asked = new ArrayList<>();
        EmbeddingModel asymmetric = new EmbeddingModel() {
            @Override
            public EmbeddingResponse doEmbed(EmbeddingRequest request) {
                request.inputs().forEach(input -> asked.add(request.inputType() + " " + input.text()));
                return EmbeddingResponse.builder()
                        .embeddings(model.embedAll(request.inputs().stream()
                                        .map(input -> TextSegment.from(input.text()))
                                        .toList())
                                .content())
                        .build();
            }

            @Override
            public Set<EmbeddingParameter<?>> supportedParameters() {
                return Set.of(EmbeddingRequestParameters.INPUT_TYPE);
            }
        };
        RapidDocumentIngestor.builder()
                .embeddingStore(store)
                .embeddingModel(asymmetric)
                .tokenCountEstimator(TOKENS)
                .build()
                .ingest(document("a", " Some needle. "));
        ask(augmentor().embeddingModel(asymmetric).build());
        assertThat(asked).containsExactly("DOCUMENT Some needle.", "QUERY " + QUESTION);
    }

    @Test
    void optionsOutOfRangeAreRefused() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> RapidRetrievalAugmentor.builder().build())
                .withMessageContaining("is missing");
        assertThatIllegalArgumentException().isThrownBy(() -> augmentor().maxContextTokens(0));
        assertThatIllegalArgumentException().isThrownBy(() -> augmentor().maxSegments(0));
        assertThatIllegalArgumentException().isThrownBy(() -> augmentor().maxDocuments(0));
        assertThatIllegalArgumentException().isThrownBy(() -> augmentor().minSimilarity(1.5));
    }
}
