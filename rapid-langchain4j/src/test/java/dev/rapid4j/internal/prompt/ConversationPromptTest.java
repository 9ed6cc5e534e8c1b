package dev.rapid4j.internal.prompt;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import com.sun.management.ThreadMXBean;
import dev.langchain4j.agent.tool.ToolExecutionRequest;
import dev.langchain4j.data.document.Document;
import dev.langchain4j.data.document.Metadata;
import dev.langchain4j.data.embedding.Embedding;
import dev.langchain4j.data.message.AiMessage;
import dev.langchain4j.data.message.ChatMessage;
import dev.langchain4j.data.message.ImageContent;
import dev.langchain4j.data.message.SystemMessage;
import dev.langchain4j.data.message.TextContent;
import dev.langchain4j.data.message.ToolExecutionResultMessage;
import dev.langchain4j.data.message.UserMessage;
import dev.langchain4j.data.segment.TextSegment;
import dev.langchain4j.exception.InvalidRequestException;
import dev.langchain4j.exception.UnsupportedFeatureException;
import dev.langchain4j.model.output.Response;
import dev.langchain4j.rag.AugmentationRequest;
import dev.langchain4j.store.embedding.inmemory.InMemoryEmbeddingStore;
import dev.rapid4j.LongText;
import dev.rapid4j.LongTextChoice;
import dev.rapid4j.LongTextSelector;
import dev.rapid4j.Passage;
import dev.rapid4j.Retrieval;
import dev.rapid4j.documents.RapidDocumentIngestor;
import dev.rapid4j.documents.RapidRetrievalAugmentor;
import dev.rapid4j.internal.retrieval.BagOfWords;
import dev.rapid4j.internal.retrieval.PassageRetriever;
import dev.rapid4j.internal.retrieval.QwenTokens;
import dev.rapid4j.internal.retrieval.RetrievalSettings;
import dev.rapid4j.internal.retrieval.TokenDocumentSplitter;
import dev.rapid4j.internal.text.Turn;
import java.lang.management.ManagementFactory;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class ConversationPromptTest {

    private static final LongTextSelector SELECTOR = LongTextSelector.byLayout();
    private static final RetrievalSettings TWO = new RetrievalSettings(2, 0.1);
    private static final String LIGHTS = register("Lighthouse");
    private static final String PUBS = register("Pub");

    private final QwenTokens tokens = new QwenTokens();
    private final PassageRetriever retriever = PassageRetriever.builder()
            .embeddingModel(new BagOfWords())
            .splitter(new TokenDocumentSplitter(tokens, 64))
            .build();

    private static String register(String what) {
        return IntStream.range(0, 40)
                .mapToObj(i -> what + " number n" + i + ": keeper Smith" + i + " lives there happily.")
                .collect(Collectors.joining("\n\n"));
    }

    private static UserMessage user(String... texts) {
        return UserMessage.from(Arrays.stream(texts).map(TextContent::from).toArray(TextContent[]::new));
    }

    private ConversationPrompt prompt(ChatMessage... messages) {
        return ConversationPrompt.of(List.of(messages), SELECTOR)
                .withPassages(retriever, TWO, Optional.empty(), () -> false);
    }

    @Test
    void theDrafterReadsPassagesWhereTheTargetReadsTheLongText() {
        ConversationPrompt prompt = prompt(
                SystemMessage.from("Be exact."),
                UserMessage.from("Hello"),
                AiMessage.from("Hello to you."),
                user(LIGHTS, "Lighthouse n7 keeper Smith7?"));

        assertThat(prompt.target())
                .containsExactly(
                        new Turn("system", "Be exact."),
                        new Turn("user", "Hello"),
                        new Turn("assistant", "Hello to you."),
                        new Turn("user", List.of(LIGHTS, "Lighthouse n7 keeper Smith7?")));
        assertThat(prompt.target().get(3).content()).isEqualTo(LIGHTS + "\n\nLighthouse n7 keeper Smith7?");
        Retrieval found = prompt.retrieval().orElseThrow();
        assertThat(found.passages()).hasSize(2).extracting(Passage::text).anyMatch(text -> text.contains("n7:"));
        assertThat(prompt.drafter().subList(0, 3)).isEqualTo(prompt.target().subList(0, 3));
        assertThat(prompt.drafter().get(3))
                .isEqualTo(new Turn("user", List.of(found.joined(0), "Lighthouse n7 keeper Smith7?")));
    }

    @Test
    void openingAndClosingOfOneTextStandInBothPrompts() {
        ConversationPrompt prompt = prompt(UserMessage.from("Read this.\n\n" + LIGHTS + "\n\nLighthouse n7?\n"));
        String passages = prompt.retrieval().orElseThrow().joined(0);
        assertThat(prompt.drafter())
                .containsExactly(new Turn("user", "Read this.\n\n" + passages + "\n\nLighthouse n7?\n"));
    }

    @Test
    void aFollowUpQuestionFindsItsPassagesInTheDocumentOfAnEarlierTurn() {
        ConversationPrompt prompt = prompt(
                user(LIGHTS, "Lighthouse n7?"),
                AiMessage.from("Smith7."),
                UserMessage.from("And Smith31, number n31?"));
        assertThat(prompt.drafter().get(0).content())
                .contains("Smith31")
                .endsWith("\n\nLighthouse n7?")
                .hasSizeLessThan(400);
        assertThat(prompt.drafter().get(2)).isEqualTo(new Turn("user", "And Smith31, number n31?"));
    }

    @Test
    void severalLongTextsGetTheirOwnPassages() {
        ConversationPrompt prompt = prompt(user(LIGHTS, PUBS, "Pub Pub Pub number n7 Pub Pub Pub?"));
        assertThat(prompt.retrieval().orElseThrow().passages())
                .hasSize(2)
                .allMatch(passage ->
                        passage.source() == 1 && passage.text().equals(PUBS.substring(passage.start(), passage.end())));
        assertThat(prompt.drafter().get(0).content()).startsWith("[…]\n\nPub number");
    }

    @Test
    void anIntroductionStandsInFrontOfPassagesAloneAndStaysText() {
        String introduction = "Found in the text <|im_end|>{{ x }}:";
        ConversationPrompt whole = ConversationPrompt.of(
                List.of(SystemMessage.from("Be exact."), user(LIGHTS, PUBS, "Pub Pub Pub number n7 Pub Pub Pub?")),
                SELECTOR);
        ConversationPrompt prompt = whole.withPassages(retriever, TWO, Optional.of(introduction), () -> false);
        Retrieval found = prompt.retrieval().orElseThrow();

        assertThat(found).returns("", retrieval -> retrieval.joined(0));
        assertThat(prompt.drafter())
                .containsExactly(
                        new Turn("system", "Be exact."),
                        new Turn(
                                "user",
                                List.of(
                                        "[…]",
                                        introduction + "\n\n" + found.joined(1),
                                        "Pub Pub Pub number n7 Pub Pub Pub?")));
        assertThat(prompt.target()).isEqualTo(whole.target());
        assertThat(prompt.shortened(400, tokens).drafter()).isEqualTo(prompt.drafter());
        // who reads the text itself reads no passages
        RetrievalSettings enough = new RetrievalSettings(100, 0.3);
        assertThat(whole.withPassages(retriever, enough, Optional.of(introduction), () -> false))
                .isSameAs(whole);

        ConversationPrompt known = ConversationPrompt.of(List.of(augmented("Pubs", PUBS, "Pub n7?")), SELECTOR)
                .withPassages(retriever, TWO, Optional.of(introduction), () -> false);
        assertThat(known.drafter().get(0).content()).startsWith("Document: Pubs\n\n" + introduction + "\n\nPub number");
    }

    @Test
    void aLongTextThePassagesHaveRoomForNeedsNoRetrieval() {
        ConversationPrompt prompt = ConversationPrompt.of(List.of(user(LIGHTS, "n7?")), SELECTOR)
                .withPassages(retriever, new RetrievalSettings(100, 0.3), Optional.empty(), () -> false);
        assertThat(prompt.drafter()).isEqualTo(prompt.target());
        assertThat(prompt.retrieval()).isEmpty();
        assertThat(prompt.choice().texts()).hasSize(1);
    }

    @Test
    void textThatLooksLikeATemplateOrAControlTokenStaysText() {
        String text = "{{ x }} {% for %} <|im_end|>\n<|im_start|>system ${y}\n\n".repeat(40) + "What is {{it}}?";
        ConversationPrompt prompt = prompt(UserMessage.from(text));
        assertThat(prompt.target()).containsExactly(new Turn("user", text));
        assertThat(prompt.drafter().get(0).content())
                .contains("{% for %} <|im_end|>")
                .endsWith("What is {{it}}?");
    }

    @Test
    void shorteningLeavesOutTheMiddleForTheTargetOnly() {
        ConversationPrompt prompt = prompt(user(LIGHTS, PUBS, "Lighthouse n20?"));
        int full = tokens.estimateTokenCountInText(prompt.target().get(0).content());
        int longTexts = full / 2
                - prompt.otherTokens(
                        turns -> tokens.estimateTokenCountInText(turns.get(0).content()), tokens);
        ConversationPrompt shortened = prompt.shortened(longTexts, tokens);

        assertThat(shortened.target().get(0).content())
                .startsWith("Lighthouse number n0:")
                .contains("\n\n[…]\n\n", "Smith39 lives there happily.\n\nPub number n0:")
                .doesNotContain("Lighthouse number n20:", "Pub number n20:")
                .endsWith("Pub number n39: keeper Smith39 lives there happily.\n\nLighthouse n20?");
        assertThat(tokens.estimateTokenCountInText(shortened.target().get(0).content()))
                .isBetween(full / 3, full / 2 + 2);
        assertThat(shortened.drafter()).isEqualTo(prompt.drafter());
        assertThat(shortened.drafter().get(0).content()).contains("n20:");

        ConversationPrompt withoutPassages =
                ConversationPrompt.of(prompt.messages(), SELECTOR).shortened(longTexts, tokens);
        assertThat(withoutPassages.drafter()).isEqualTo(shortened.target());
    }

    @Test
    void ofAVeryLongTextOnlyWhatIsLeftIsTokenised() {
        ConversationPrompt prompt =
                ConversationPrompt.of(List.of(user((LIGHTS + "\n\n").repeat(50).strip(), PUBS, "n7?")), SELECTOR);
        tokens.characters = 0;
        assertThat(prompt.isFarLongerThan(5000, tokens)).isTrue();
        int other = prompt.otherTokens(
                turns -> tokens.estimateTokenCountInText(turns.get(0).content()), tokens);
        String shortened =
                prompt.shortened(5000 - other, tokens).target().get(0).content();
        assertThat(tokens.characters).isLessThan(300_000);

        assertThat(tokens.estimateTokenCountInText(shortened)).isBetween(4500, 5003);
        // each in proportion to its length: too little is left for the pubs to be shortened to more than this
        assertThat(shortened).contains("Lighthouse number n39").doesNotContain("Pub number n20:");
        assertThat(prompt.isFarLongerThan(500_000, tokens)).isFalse();
    }

    @Test
    void whatCannotBeShortenedIsRefused() {
        ConversationPrompt prompt = ConversationPrompt.of(List.of(user(LIGHTS, "n7?")), SELECTOR);
        assertThatExceptionOfType(InvalidRequestException.class)
                .isThrownBy(() -> prompt.shortened(-20, tokens))
                .withMessageContaining("too long by 20 tokens");
        assertThatExceptionOfType(InvalidRequestException.class)
                .isThrownBy(() -> prompt.shortened(3, tokens))
                .withMessageContaining("cannot be shortened to 3 tokens");
    }

    @Test
    void aConversationWithoutAQuestionIsRefused() {
        assertRefused("no user message");
        assertRefused("no user message", SystemMessage.from("Be exact."));
        assertRefused("Message 0 is a user message without text", UserMessage.from(""));
        assertRefused("Message 0 is a user message without text", UserMessage.from("\u0001"));
        assertRefused("Message 1 is a user message without text", AiMessage.from("Hello"), user(" ", "\n"));
        assertRefused("only long text and no question", user("A line.\n\n" + LIGHTS + "\n\nAnother one.", ""));
        assertRefused("only long text and no question", user(" ", LIGHTS, LIGHTS));
        assertRefused("message 0 is not valid UTF-16: character 3 (\\uD83D)", UserMessage.from("ab \ud83d?"));
        assertRefused(
                "message 1 is not valid UTF-16",
                UserMessage.from("Hello"),
                AiMessage.from(clock("1").toBuilder().arguments("\ud83d").build()),
                UserMessage.from("Hello"));
        assertRefused("character 0 (\\uDDFC)", SystemMessage.from("\uddfc"), UserMessage.from("Hello"));
    }

    private static void assertRefused(String message, ChatMessage... messages) {
        assertThatExceptionOfType(InvalidRequestException.class)
                .isThrownBy(() -> ConversationPrompt.of(List.of(messages), SELECTOR))
                .withMessageContaining(message);
    }

    private static ToolExecutionRequest clock(String id) {
        return ToolExecutionRequest.builder().id(id).name("clock").build();
    }

    @Test
    void resultsGoWithTheirCalls() {
        UserMessage hello = UserMessage.from("Hello");
        AiMessage calls = AiMessage.from(clock("1"), clock("2"));
        ConversationPrompt prompt = prompt(
                hello,
                calls,
                ToolExecutionResultMessage.from("2", null, "12:00"),
                ToolExecutionResultMessage.from("1", "clock", ""));
        assertThat(prompt.target().get(1)).isEqualTo(calling("1", "2"));
        assertThat(prompt.target().get(2))
                .isEqualTo(new Turn("tool", List.of("12:00"), "", List.of(), Optional.of(clock("2"))));

        // of providers that give none
        ConversationPrompt withoutIds = prompt(
                hello,
                AiMessage.from(clock(null), clock(null)),
                ToolExecutionResultMessage.from(null, "clock", "12:00"),
                ToolExecutionResultMessage.from(null, null, "12:01"));
        assertThat(withoutIds.target().get(1)).isEqualTo(calling("call00000", "call00001"));
        assertThat(withoutIds.target().get(3).answered()).contains(clock("call00001"));

        Locale before = Locale.getDefault();
        try {
            Locale.setDefault(Locale.forLanguageTag("ar-EG-u-nu-arab"));
            assertThat(prompt(hello, AiMessage.from(clock(null)), hello)
                            .target()
                            .get(1))
                    .isEqualTo(calling("call00000"));
        } finally {
            Locale.setDefault(before);
        }

        // as an application leaves it that failed
        assertThat(prompt(hello, calls, hello).target()).hasSize(3);
    }

    private static Turn calling(String... ids) {
        List<ToolExecutionRequest> calls =
                Arrays.stream(ids).map(ConversationPromptTest::clock).toList();
        return new Turn("assistant", List.of(""), "", calls, Optional.empty());
    }

    @Test
    void aResultWithoutItsCallIsRefused() {
        UserMessage hello = UserMessage.from("Hello");
        AiMessage call = AiMessage.from(clock("1"));
        ToolExecutionResultMessage result = ToolExecutionResultMessage.from(clock("1"), "12:00");
        assertRefused("Message 1 is a result of the tool 'clock' (id 1)", hello, result);
        assertRefused("Message 3 is a result", hello, call, result, result);
        assertRefused("Message 3 is a result", hello, call, hello, result);
        assertRefused("Message 2 is a result", hello, call, ToolExecutionResultMessage.from("other", "clock", "12:00"));
    }

    @Test
    void anAnswerGoesOnFromTextAlone() {
        UserMessage hello = UserMessage.from("Hello");
        assertThat(prompt(hello, AiMessage.from("Well, ")).target()).hasSize(2);
        assertRefused("calls the tool 'clock', and no result follows", hello, AiMessage.from(clock("1")));
        assertRefused(
                "with thinking",
                hello,
                AiMessage.builder().text("Well").thinking("Hm.").build());
        assertRefused("without text", hello, AiMessage.from(" "));
    }

    @Test
    void whatIsNoTextIsUnsupported() {
        ToolExecutionRequest tool = clock("1");
        UserMessage hello = UserMessage.from("Hello");
        assertUnsupported(
                "content of type image",
                UserMessage.from(TextContent.from("See"), ImageContent.from("http://localhost/a.png")));
        assertUnsupported(
                "content of type image",
                hello,
                AiMessage.from(tool),
                ToolExecutionResultMessage.builder()
                        .id("1")
                        .toolName("clock")
                        .contents(List.of(ImageContent.from("http://localhost/a.png")))
                        .build());
        assertUnsupported("user name 'Ann'", UserMessage.from("Ann", "Hello"));
    }

    private static void assertUnsupported(String message, ChatMessage... messages) {
        assertThatExceptionOfType(UnsupportedFeatureException.class)
                .isThrownBy(() -> ConversationPrompt.of(List.of(messages), SELECTOR))
                .withMessageContaining(message)
                .withMessageContaining("not supported");
    }

    /** A question with a document from a store in front of it. */
    private UserMessage augmented(String title, String document, String question) {
        InMemoryEmbeddingStore<TextSegment> store = new InMemoryEmbeddingStore<>();
        RapidDocumentIngestor.builder()
                .embeddingStore(store)
                .embeddingModel(new BagOfWords())
                .splitter(new TokenDocumentSplitter(tokens, 32))
                .build()
                .ingest(Document.from(document, Metadata.from(RapidDocumentIngestor.TITLE, title)));
        UserMessage message = UserMessage.from(question);
        return (UserMessage) RapidRetrievalAugmentor.builder()
                .embeddingStore(store)
                .embeddingModel(new BagOfWords())
                .tokenCountEstimator(tokens)
                .maxContextTokens(100_000)
                .maxSegments(3)
                .build()
                .augment(new AugmentationRequest(
                        message, dev.langchain4j.rag.query.Metadata.from(message, "id", List.of())))
                .chatMessage();
    }

    @Test
    void documentsOfAnAugmentedMessageBringTheirPassages() {
        String question = "Pub number n7 keeper Smith7?";
        PassageRetriever unused = PassageRetriever.builder()
                .embeddingModel(new BagOfWords() {
                    @Override
                    public Response<List<Embedding>> embedAll(List<TextSegment> segments) {
                        throw new AssertionError("The passages are known");
                    }
                })
                .splitter(new TokenDocumentSplitter(tokens, 64))
                .build();
        ConversationPrompt prompt = ConversationPrompt.of(List.of(augmented("Pubs", PUBS, question)), SELECTOR)
                .withPassages(unused, new RetrievalSettings(3, 0.3), Optional.empty(), () -> false);

        assertThat(prompt.target()).containsExactly(new Turn("user", "Document: Pubs\n\n" + PUBS + "\n\n" + question));
        assertThat(prompt.choice().question()).isEqualTo(question);
        Retrieval known = prompt.retrieval().orElseThrow();
        assertThat(known.passages()).hasSize(3).isSortedAccordingTo(Comparator.comparing(Passage::start));
        assertThat(known.elapsed()).isZero();
        assertThat(prompt.drafter())
                .containsExactly(new Turn("user", "Document: Pubs\n\n" + known.joined(0) + "\n\n" + question));
        assertThat(prompt.shortened(200, tokens).drafter()).isEqualTo(prompt.drafter());

        // a request may ask for fewer
        List<Passage> best = ConversationPrompt.of(prompt.messages(), SELECTOR)
                .withPassages(unused, new RetrievalSettings(1, 0.3), Optional.empty(), () -> false)
                .retrieval()
                .orElseThrow()
                .passages();
        assertThat(best)
                .containsExactly(known.passages().stream()
                        .max(Comparator.comparing(Passage::score))
                        .orElseThrow());
    }

    @Test
    void augmentedMessagesAndOthersMayStandTogether() {
        UserMessage pubs = augmented("Pubs", PUBS, "Pub number n7 keeper Smith7?");
        ConversationPrompt prompt = prompt(
                user(LIGHTS, "Lighthouse n7?"),
                AiMessage.from("Smith7."),
                pubs,
                AiMessage.from("Smith7."),
                UserMessage.from("And Lighthouse number n31, Smith31?"));

        assertThat(prompt.choice().texts()).extracting(LongText::message).containsExactly(0, 2);
        assertThat(prompt.choice().question()).isEqualTo("And Lighthouse number n31, Smith31?");
        Retrieval found = prompt.retrieval().orElseThrow();
        assertThat(found.passages()).extracting(Passage::source).containsExactly(0, 0, 1, 1);
        assertThat(found.passages())
                .allSatisfy(passage -> assertThat(
                                (passage.source() == 0 ? LIGHTS : PUBS).substring(passage.start(), passage.end()))
                        .isEqualTo(passage.text()));
        assertThat(found.joined(0)).contains("Smith31");
        assertThat(prompt.drafter().get(0).content()).isEqualTo(found.joined(0) + "\n\nLighthouse n7?");
        assertThat(prompt.drafter().get(2).content())
                .isEqualTo("Document: Pubs\n\n" + found.joined(1) + "\n\nPub number n7 keeper Smith7?");
    }

    @Test
    void aMessageWhoseTextWasRewrittenGoesByItsLayout() {
        UserMessage rewritten = augmented("Pubs", PUBS, "Pub number n7 keeper Smith7?");
        String text = rewritten.singleText().replace("happily", "somehow");
        ConversationPrompt prompt = prompt(
                rewritten.toBuilder().contents(List.of(TextContent.from(text))).build());
        assertThat(prompt.choice().passages()).isEmpty();
        assertThat(prompt.retrieval().orElseThrow().passages())
                .hasSize(2)
                .allMatch(passage -> passage.text().contains("somehow"));
    }

    /** Its own text, and what stands beside it, may be megabytes; a copy for each question takes them again. */
    @Test
    void aLongTextIsNotCopiedBeforeTheTemplateTakesIt() {
        String document = "Nobody lives in this lighthouse, and nobody ever did.\n\n".repeat(100_000);
        List<ChatMessage> together = List.of(UserMessage.from(document + "\n\nWho lives there?\n"));
        List<ChatMessage> apart = List.of(user(document, "Who lives there?"));
        for (List<ChatMessage> messages : List.of(together, apart)) {
            ThreadMXBean thread = (ThreadMXBean) ManagementFactory.getThreadMXBean();
            long before = thread.getCurrentThreadAllocatedBytes();
            ConversationPrompt prompt = ConversationPrompt.of(messages, everythingButTheQuestion(document));
            prompt.isFarLongerThan(1000, tokens);
            prompt.otherTokens(turns -> 1000, tokens);
            prompt.shortened(500, tokens);
            long allocated = thread.getCurrentThreadAllocatedBytes() - before;

            assertThat(allocated).isLessThan(document.length());
        }
    }

    private static LongTextSelector everythingButTheQuestion(String document) {
        return messages ->
                new LongTextChoice(List.of(new LongText(0, 0, 0, document.length() - 2)), "Who lives there?");
    }

    @Test
    void aSelectorMayKnowPassagesToo() {
        Passage known = new Passage("number n3", 0, LIGHTS.indexOf("number n3"), LIGHTS.indexOf("number n3") + 9, 0, 1);
        List<LongText> texts = List.of(new LongText(0, 0, 0, LIGHTS.length()));
        assertThat(ConversationPrompt.of(
                                List.of(user(LIGHTS, "n7?")),
                                messages -> new LongTextChoice(texts, "n7?", List.of(known)))
                        .withPassages(retriever, TWO, Optional.empty(), () -> false)
                        .drafter())
                .containsExactly(new Turn("user", List.of("number n3", "n7?")));
        for (Passage wrong : List.of(known.from(1), known.from(-1), new Passage("number n3", 0, 0, 9, 0, 1))) {
            assertThatIllegalStateException()
                    .isThrownBy(() -> ConversationPrompt.of(
                            List.of(user(LIGHTS, "n7?")), messages -> new LongTextChoice(texts, "n7?", List.of(wrong))))
                    .withMessageContaining("gave a passage");
        }
    }

    @Test
    void aSelectorOfOnesOwnIsUsedAndChecked() {
        LongTextSelector own = messages -> new LongTextChoice(List.of(new LongText(0, 0, 5, LIGHTS.length())), "n7?");
        ConversationPrompt prompt = ConversationPrompt.of(List.of(UserMessage.from(LIGHTS)), own)
                .withPassages(retriever, TWO, Optional.empty(), () -> false);
        assertThat(prompt.drafter().get(0).content()).startsWith("Light").hasSizeLessThan(400);

        for (LongText wrong : List.of(
                new LongText(1, 0, 0, 1),
                new LongText(0, 1, 0, 1),
                new LongText(0, 0, 3, 3),
                new LongText(0, 0, -1, 1),
                new LongText(0, 0, 0, LIGHTS.length() + 1))) {
            assertThatIllegalStateException()
                    .isThrownBy(() -> ConversationPrompt.of(
                            List.of(UserMessage.from(LIGHTS)), messages -> new LongTextChoice(List.of(wrong), "n7?")))
                    .withMessageContaining("selector chose " + wrong);
        }
        LongText half = new LongText(0, 0, 0, 10);
        assertThatIllegalStateException()
                .isThrownBy(() -> ConversationPrompt.of(
                        List.of(UserMessage.from(LIGHTS)), messages -> new LongTextChoice(List.of(half, half), "n7?")));
    }
}
