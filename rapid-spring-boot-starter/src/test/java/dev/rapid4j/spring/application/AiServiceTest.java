package dev.rapid4j.spring.application;

import static org.assertj.core.api.Assertions.assertThat;

import dev.langchain4j.data.document.Document;
import dev.langchain4j.data.document.Metadata;
import dev.langchain4j.service.Result;
import dev.langchain4j.service.TokenStream;
import dev.langchain4j.service.UserMessage;
import dev.langchain4j.service.V;
import dev.langchain4j.service.spring.AiService;
import dev.rapid4j.Mode;
import dev.rapid4j.RapidChatResponseMetadata;
import dev.rapid4j.documents.RapidDocumentIngestor;
import dev.rapid4j.samples.lighthouse.LighthouseEmbedding;
import dev.rapid4j.samples.lighthouse.LighthouseModel;
import dev.rapid4j.samples.lighthouse.LighthouseRegister;
import dev.rapid4j.samples.lighthouse.LighthouseRegister.Kind;
import dev.rapid4j.samples.lighthouse.LighthouseRegister.Question;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.SpringBootConfiguration;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.test.context.DynamicPropertyRegistry;
import org.springframework.test.context.DynamicPropertySource;

/** An application as users write it: properties, and an interface of langchain4j-spring. */
@SpringBootTest(
        properties = {
            "langchain4j.rapid.load=background",
            "langchain4j.rapid.passage-tokens=128",
            "langchain4j.rapid.draft-context-tokens=1024"
        })
class AiServiceTest {

    @SpringBootConfiguration
    @EnableAutoConfiguration
    static class Application {}

    @AiService
    interface Librarian {

        Result<String> answer(String question);

        @UserMessage("{{document}}\n\n{{question}}")
        Result<String> answer(@V("document") String document, @V("question") String question);

        TokenStream stream(String question);
    }

    @DynamicPropertySource
    static void models(DynamicPropertyRegistry properties) {
        properties.add("langchain4j.rapid.target", LighthouseModel.directory()::toString);
        properties.add("langchain4j.rapid.embedding-model.model", LighthouseEmbedding.directory()::toString);
    }

    private final LighthouseRegister register = LighthouseRegister.generate(40, 1);
    private final Question question = register.questions(Kind.ENTRY, 1, 1).get(0);

    @Autowired
    private Librarian librarian;

    @Autowired
    private RapidDocumentIngestor ingestor;

    @Test
    void answersFromTheDocumentInItsMessage() {
        Result<String> result = librarian.answer(register.text(), question.text());

        assertThat(result.content()).isEqualTo(question.answer());
        assertThat(result.sources()).isEmpty();
        assertThat(((RapidChatResponseMetadata) result.finalResponse().metadata()).mode())
                .isEqualTo(Mode.RAPID);
    }

    @Test
    void answersAndStreamsFromTheDocumentsOfTheStore() throws Exception {
        ingestor.ingest(Document.from(register.text(), Metadata.from(RapidDocumentIngestor.DOCUMENT_ID, "register")));
        try {
            Result<String> result = librarian.answer(question.text());

            assertThat(result.content()).isEqualTo(question.answer());
            assertThat(result.sources()).isNotEmpty();

            CompletableFuture<String> streamed = new CompletableFuture<>();
            librarian.stream(question.text())
                    .onPartialResponse(text -> {})
                    .onCompleteResponse(
                            response -> streamed.complete(response.aiMessage().text()))
                    .onError(streamed::completeExceptionally)
                    .start();
            assertThat(streamed.get(1, TimeUnit.MINUTES)).isEqualTo(question.answer());
        } finally {
            ingestor.remove("register");
        }
    }
}
