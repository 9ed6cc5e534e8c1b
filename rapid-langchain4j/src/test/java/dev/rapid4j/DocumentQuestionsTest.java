package dev.rapid4j;

import static org.assertj.core.api.Assertions.assertThat;

import dev.langchain4j.data.document.Document;
import dev.langchain4j.data.document.Metadata;
import dev.langchain4j.data.message.AiMessage;
import dev.langchain4j.data.message.ChatMessage;
import dev.langchain4j.data.message.ChatMessageDeserializer;
import dev.langchain4j.data.message.ChatMessageSerializer;
import dev.langchain4j.data.message.UserMessage;
import dev.langchain4j.data.segment.TextSegment;
import dev.langchain4j.memory.chat.MessageWindowChatMemory;
import dev.langchain4j.model.chat.ChatModel;
import dev.langchain4j.model.chat.request.ChatRequest;
import dev.langchain4j.model.chat.response.ChatResponse;
import dev.langchain4j.rag.AugmentationRequest;
import dev.langchain4j.rag.AugmentationResult;
import dev.langchain4j.rag.content.Content;
import dev.langchain4j.rag.content.ContentMetadata;
import dev.langchain4j.service.AiServices;
import dev.langchain4j.service.Result;
import dev.langchain4j.store.embedding.inmemory.InMemoryEmbeddingStore;
import dev.rapid4j.documents.RapidDocumentIngestor;
import dev.rapid4j.documents.RapidRetrievalAugmentor;
import dev.rapid4j.internal.retrieval.BagOfWords;
import dev.rapid4j.samples.lighthouse.LighthouseModel;
import dev.rapid4j.samples.lighthouse.LighthouseRegister;
import dev.rapid4j.samples.lighthouse.LighthouseRegister.Kind;
import dev.rapid4j.samples.lighthouse.LighthouseRegister.Question;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Questions to an AI service over an embedding store, from the documents to the answer. */
@Timeout(120)
class DocumentQuestionsTest {

    private static final LighthouseRegister NORTH = LighthouseRegister.generate(40, 1);
    private static final LighthouseRegister SOUTH = LighthouseRegister.generate(30, 2);
    private static final List<Question> QUESTIONS = NORTH.questions(Kind.ENTRY, 2, 3);

    private static final InMemoryEmbeddingStore<TextSegment> STORE = new InMemoryEmbeddingStore<>();
    private static final List<ChatResponse> RESPONSES = new ArrayList<>();

    private static RapidEngine engine;

    interface Registrar {
        Result<String> answer(String question);
    }

    @BeforeAll
    static void load() {
        engine = engine(OversizedPromptPolicy.REFUSE);
        engine.documentIngestor(STORE).build().ingest(document("north", NORTH), document("south", SOUTH));
    }

    @AfterAll
    static void close() {
        engine.close();
    }

    private static RapidEngine engine(OversizedPromptPolicy policy) {
        return RapidEngine.builder()
                .target(LighthouseModel.directory())
                .embeddingModel(new BagOfWords())
                .passageTokens(128)
                .draftContextTokens(512)
                .minSimilarity(0)
                .oversizedPrompts(policy)
                .build();
    }

    private static Document document(String id, LighthouseRegister register) {
        return Document.from(
                register.text(),
                Metadata.from(RapidDocumentIngestor.DOCUMENT_ID, id)
                        .put(RapidDocumentIngestor.TITLE, "Register of the " + id));
    }

    private static ChatModel recording(Mode mode) {
        RESPONSES.clear();
        ChatModel model = RapidChatModel.builder().engine(engine).mode(mode).build();
        return new ChatModel() {
            @Override
            public ChatResponse chat(ChatRequest request) {
                ChatResponse response = model.chat(request);
                RESPONSES.add(response);
                return response;
            }
        };
    }

    private static RapidChatResponseMetadata metadata(int response) {
        return (RapidChatResponseMetadata) RESPONSES.get(response).metadata();
    }

    private static AugmentationResult augment(RapidRetrievalAugmentor augmentor, String text) {
        UserMessage message = UserMessage.from(text);
        return augmentor.augment(
                new AugmentationRequest(message, dev.langchain4j.rag.query.Metadata.from(message, "id", List.of())));
    }

    private static UserMessage augmented(RapidRetrievalAugmentor augmentor, Question question) {
        return (UserMessage) augment(augmentor, question.text()).chatMessage();
    }

    @Test
    void theTargetReadsDocumentsAndTheDrafterTheSegmentsThatWereFound() {
        Registrar registrar = AiServices.builder(Registrar.class)
                .chatModel(recording(Mode.RAPID))
                .retrievalAugmentor(engine.retrievalAugmentor(STORE).build())
                .build();
        Result<String> result = registrar.answer(QUESTIONS.get(0).text());

        assertThat(result.content()).isEqualTo(QUESTIONS.get(0).answer());
        RapidChatResponseMetadata metadata = metadata(0);
        assertThat(metadata.mode()).isEqualTo(Mode.RAPID);
        assertThat(metadata.longTexts().question()).isEqualTo(QUESTIONS.get(0).text());
        LongText north = metadata.longTexts().texts().get(0);
        assertThat(north.end() - north.start()).isEqualTo(NORTH.text().length());
        assertThat(metadata.passages())
                .hasSize(4)
                .anyMatch(passage -> passage.text().contains(QUESTIONS.get(0).answer()))
                .filteredOn(passage -> passage.source() == 0)
                .isNotEmpty()
                .allSatisfy(passage -> assertThat(NORTH.text().substring(passage.start(), passage.end()))
                        .isEqualTo(passage.text()));
        assertThat(metadata.statistics().drafterPromptTokens())
                .isLessThan(metadata.statistics().targetPromptTokens() / 3);
        assertThat(result.sources())
                .hasSize(4)
                .allSatisfy(source -> assertThat(source.metadata())
                        .containsOnlyKeys(ContentMetadata.SCORE, ContentMetadata.EMBEDDING_ID));
        assertThat(result.sources().stream()
                        .map(Content::textSegment)
                        .map(TextSegment::text)
                        .map(String::strip))
                .containsExactlyInAnyOrderElementsOf(
                        metadata.passages().stream().map(Passage::text).toList());
    }

    @Test
    void ofAMessageWithALongTextOnlyTheQuestionIsSearchedFor() {
        RapidRetrievalAugmentor augmentor = engine.retrievalAugmentor(STORE).build();
        String question = QUESTIONS.get(0).text();
        String pasted = LighthouseRegister.generate(10, 3).text();

        assertThat(augment(augmentor, pasted + "\n\n" + question).contents())
                .isNotEmpty()
                .isEqualTo(augment(augmentor, question).contents());
    }

    @Test
    void aFollowUpQuestionDoesNotRepeatTheDocument() {
        MessageWindowChatMemory memory = MessageWindowChatMemory.withMaxMessages(10);
        Registrar registrar = AiServices.builder(Registrar.class)
                .chatModel(recording(Mode.RAPID))
                .chatMemory(memory)
                .retrievalAugmentor(
                        engine.retrievalAugmentor(STORE).maxDocuments(1).build())
                .build();
        registrar.answer(QUESTIONS.get(0).text());
        // a memory that lives in a database
        List<ChatMessage> stored =
                ChatMessageDeserializer.messagesFromJson(ChatMessageSerializer.messagesToJson(memory.messages()));
        assertThat(stored).isEqualTo(memory.messages());
        memory.set(stored);
        Result<String> second = registrar.answer(QUESTIONS.get(1).text());

        assertThat(second.content()).isEqualTo(QUESTIONS.get(1).answer());
        String first = ((UserMessage) memory.messages().get(0)).singleText();
        String excerpts = ((UserMessage) memory.messages().get(2)).singleText();
        assertThat(first).contains(NORTH.text());
        assertThat(excerpts)
                .startsWith("Document: Register of the north (excerpts)\n\n")
                .contains(QUESTIONS.get(1).answer())
                .endsWith(QUESTIONS.get(1).text())
                .hasSizeLessThan(NORTH.text().length() / 3);
        assertThat(second.sources())
                .isNotEmpty()
                .allSatisfy(source -> assertThat(excerpts)
                        .contains(source.textSegment().text().strip()));
        assertThat(metadata(1).longTexts().texts())
                .isEqualTo(metadata(0).longTexts().texts());
        assertThat(metadata(1).passages()).isEqualTo(metadata(0).passages());
        assertThat(metadata(1).statistics().cachedTokens())
                .isGreaterThan(metadata(0).statistics().targetPromptTokens() * 9 / 10);
    }

    @Test
    void withoutAMessageInMemoryEveryQuestionBringsItsDocument() {
        MessageWindowChatMemory memory = MessageWindowChatMemory.withMaxMessages(10);
        Registrar registrar = AiServices.builder(Registrar.class)
                .chatModel(recording(Mode.SPECULATIVE))
                .chatMemory(memory)
                .storeRetrievedContentInChatMemory(false)
                .retrievalAugmentor(
                        engine.retrievalAugmentor(STORE).maxDocuments(1).build())
                .build();
        for (Question question : QUESTIONS) {
            assertThat(registrar.answer(question.text()).content()).isEqualTo(question.answer());
        }
        assertThat(memory.messages().get(2))
                .isEqualTo(UserMessage.from(QUESTIONS.get(1).text()));
        assertThat(metadata(1).longTexts().texts())
                .singleElement()
                .satisfies(text -> assertThat(text.message()).isEqualTo(2));
    }

    @Test
    void theDrafterAloneReadsOnlyThePassages() {
        Registrar registrar = AiServices.builder(Registrar.class)
                .chatModel(recording(Mode.RETRIEVAL_ONLY))
                .retrievalAugmentor(engine.retrievalAugmentor(STORE).build())
                .build();
        assertThat(registrar.answer(QUESTIONS.get(0).text()).content())
                .isEqualTo(QUESTIONS.get(0).answer());
        assertThat(metadata(0).statistics().targetPromptTokens()).isZero();
    }

    @Test
    void aDocumentThatOutgrowsTheWindowIsShortened() {
        try (RapidEngine shortening = engine(OversizedPromptPolicy.SHORTEN_MIDDLE)) {
            UserMessage message =
                    augmented(engine.retrievalAugmentor(STORE).maxDocuments(1).build(), QUESTIONS.get(0));
            ChatResponse response = RapidChatModel.builder()
                    .engine(shortening)
                    .build()
                    .chat(ChatRequest.builder()
                            .messages(message)
                            .parameters(RapidChatRequestParameters.builder()
                                    .maxOutputTokens(shortening.contextLength() - 2000)
                                    .build())
                            .build());
            RapidChatResponseMetadata metadata = (RapidChatResponseMetadata) response.metadata();
            assertThat(metadata.shortened()).isTrue();
            assertThat(metadata.passages()).hasSizeBetween(1, 4);
            assertThat(response.aiMessage().text()).isEqualTo(QUESTIONS.get(0).answer());
        }
    }

    @Test
    void otherModelsReadAnOrdinaryMessage() {
        List<ChatRequest> requests = new ArrayList<>();
        ChatModel other = new ChatModel() {
            @Override
            public ChatResponse doChat(ChatRequest request) {
                requests.add(request);
                return ChatResponse.builder().aiMessage(AiMessage.from("Yes.")).build();
            }
        };
        AiServices.builder(Registrar.class)
                .chatModel(other)
                .retrievalAugmentor(
                        engine.retrievalAugmentor(STORE).maxDocuments(1).build())
                .build()
                .answer(QUESTIONS.get(0).text());
        assertThat(((UserMessage) requests.get(0).messages().get(0)).singleText())
                .isEqualTo("Document: Register of the north\n\n" + NORTH.text() + "\n\n"
                        + QUESTIONS.get(0).text());
    }
}
