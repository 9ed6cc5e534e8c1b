package dev.rapid4j.samples.ask;

import dev.langchain4j.model.chat.response.ChatResponse;
import dev.langchain4j.model.embedding.onnx.bgesmallenv15q.BgeSmallEnV15QuantizedEmbeddingModel;
import dev.langchain4j.service.AiServices;
import dev.rapid4j.EngineStatus;
import dev.rapid4j.GenerationStatistics;
import dev.rapid4j.LongText;
import dev.rapid4j.Passage;
import dev.rapid4j.RapidChatResponseMetadata;
import dev.rapid4j.RapidEngine;
import dev.rapid4j.RapidStreamingChatModel;
import dev.rapid4j.samples.reading.DocumentReader;
import dev.rapid4j.samples.reading.DocumentText;
import dev.rapid4j.samples.reading.PdfReader;
import dev.rapid4j.samples.reading.UnreadableException;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.Charset;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;

/** Asks a model of your own about a document of your own, and goes on asking at a prompt. */
public final class Ask {

    static final String USAGE = """
            Asks a model about a document, and cites what was found there.

              ./mvnw -q -Pask -pl :ask -am -Dsample.arguments="MODEL DOCUMENT 'QUESTION' ..."

            MODEL     as "ollama list" prints it, behind ollama: (ollama:qwen2.5:1.5b); a GGUF file; a folder; or an id of
                      the Hugging Face hub (Qwen/Qwen2.5-1.5B-Instruct), which is fetched at first
            DOCUMENT  a file: text, Markdown or PDF
            QUESTION  one or several; without one, and behind the last, there is a prompt for more. An empty line ends it
            """;

    private static final int SHOWN_CHARACTERS = 90;

    /** Of a longer text the drafter reads passages of so many tokens; a shorter one is read in full. */
    private static final int DRAFT_CONTEXT_TOKENS = 4096;

    /** Far more than any model reads. */
    private static final long MOST_BYTES = 250_000_000;

    private static final int PDF_HEAP_BYTES = 512 << 20;
    private static final Duration PDF_TIMEOUT = Duration.ofMinutes(1);
    private static final int PDF_TEXT_BYTES = 64 << 20;

    private final DocumentText document;
    private final RapidEngine engine;
    private final Reader reader;
    private final PrintStream out;

    private Ask(DocumentText document, RapidEngine engine, Reader reader, PrintStream out) {
        this.document = document;
        this.engine = engine;
        this.reader = reader;
        this.out = out;
    }

    public static void main(String[] arguments) {
        System.exit(run(List.of(arguments), System.in, System.out, System.err));
    }

    /** @return the exit code */
    static int run(List<String> arguments, InputStream in, PrintStream out, PrintStream err) {
        if (arguments.size() < 2) {
            err.print(USAGE);
            return 2;
        }
        try {
            Path file = Path.of(arguments.get(1));
            DocumentText document = read(file);
            try (RapidStreamingChatModel model = RapidStreamingChatModel.builder()
                    .target(arguments.get(0))
                    .embeddingModel(new BgeSmallEnV15QuantizedEmbeddingModel())
                    .draftContextTokens(DRAFT_CONTEXT_TOKENS)
                    .build()) {
                out.println(size(file, document, model.engine()));
                Ask ask = new Ask(document, model.engine(), AiServices.create(Reader.class, model), out);
                arguments.stream().skip(2).forEach(ask::answer);
                return ask.answerAll(in, err) ? 0 : 1;
            }
        } catch (IOException | RuntimeException e) {
            err.println(reason(e));
        }
        return 1;
    }

    private static String reason(Exception failure) {
        return (failure instanceof CompletionException ? failure.getCause() : failure).getMessage();
    }

    private static DocumentText read(Path file) throws IOException {
        if (!Files.exists(file)) {
            throw new IOException("There is no file " + file.toAbsolutePath());
        }
        if (!Files.isRegularFile(file) || !Files.isReadable(file) || Files.size(file) > MOST_BYTES) {
            throw new IOException(
                    "%s cannot be read: give a file of text, Markdown or PDF of up to %,d MB, and permission to read it"
                            .formatted(file.toAbsolutePath(), MOST_BYTES / 1_000_000));
        }
        PdfReader pdfReader = new PdfReader(PDF_HEAP_BYTES, PDF_TIMEOUT, PDF_TEXT_BYTES);
        try {
            return new DocumentReader(pdfReader).read(Files.readAllBytes(file));
        } catch (UnreadableException e) {
            throw new IOException("%s: %s".formatted(file, e.getMessage()), e);
        } catch (IOException e) {
            throw new IOException("%s cannot be read: %s".formatted(file.toAbsolutePath(), e.getMessage()), e);
        }
    }

    /** Also what its size means for how it is read. */
    private static String size(Path file, DocumentText document, RapidEngine engine) {
        int tokens = engine.tokenCountEstimator().estimateTokenCountInText(document.text());
        return "%s: %s, %,d tokens%s"
                .formatted(
                        file.getFileName(),
                        document.size(),
                        tokens,
                        tokens <= DRAFT_CONTEXT_TOKENS
                                ? "; so short that the model reads all of it, and no passages are searched for"
                                : "");
    }

    /**
     * What one question fails of need not hold for the next.
     *
     * @return whether none failed
     */
    private boolean answerAll(InputStream in, PrintStream err) throws IOException {
        BufferedReader lines = new BufferedReader(new InputStreamReader(in, Charset.defaultCharset()));
        boolean answered = true;
        while (true) {
            out.printf("%nAnother question, or an empty line to end:%n> ");
            out.flush();
            Optional<String> question = Optional.ofNullable(lines.readLine()).filter(line -> !line.isBlank());
            if (question.isEmpty()) {
                out.println();
                return answered;
            }
            try {
                answer(question.get());
            } catch (RuntimeException e) {
                out.println();
                err.println(reason(e));
                answered = false;
            }
        }
    }

    private void answer(String question) {
        out.printf("%n> %s%n%n", question);
        CompletableFuture<ChatResponse> answer = new CompletableFuture<>();
        reader.answer(document.text(), question)
                .onPartialResponse(piece -> {
                    out.print(piece);
                    out.flush();
                })
                .onCompleteResponse(answer::complete)
                .onError(answer::completeExceptionally)
                .start();
        RapidChatResponseMetadata metadata =
                (RapidChatResponseMetadata) answer.join().metadata();
        out.println();
        cite(metadata);
        out.printf("%n%s%n", cost(metadata));
    }

    private void cite(RapidChatResponseMetadata metadata) {
        List<LongText> texts = metadata.longTexts().texts();
        if (!metadata.passages().isEmpty()) {
            out.printf("%nPassages found for it:%n");
        }
        for (Passage passage : metadata.passages()) {
            // the message begins with the document
            int start = texts.get(passage.source()).start() + passage.start();
            out.printf(
                    "  %s: %s%n", document.place(start, start + passage.text().length()), shortened(passage.text()));
        }
    }

    private static String shortened(String text) {
        String line = text.strip().replaceAll("\\s+", " ");
        return line.length() <= SHOWN_CHARACTERS ? line : line.substring(0, SHOWN_CHARACTERS - 1) + "…";
    }

    private String cost(RapidChatResponseMetadata metadata) {
        GenerationStatistics statistics = metadata.statistics();
        EngineStatus status = engine.status();
        return "Prompt tokens: %,d, of which %,d were read before; first token after %.1f s; answer tokens: %,d, %.0f a second; accepted: %.0f%% of %,d proposed; memory: %,d MB of weights, %,d MB for what was read%s"
                .formatted(
                        statistics.targetPromptTokens() + statistics.drafterPromptTokens(),
                        statistics.cachedTokens(),
                        metadata.timeToFirstToken() == null
                                ? 0
                                : metadata.timeToFirstToken().toMillis() / 1000.0,
                        statistics.emittedTokens(),
                        statistics.tokensPerSecond(),
                        100 * statistics.acceptanceRate(),
                        statistics.draftedTokens(),
                        (status.target().weightBytes() + status.target().mappedBytes()) / 1_000_000,
                        status.cacheBytes() / 1_000_000,
                        metadata.shortened() ? "; the middle of the document did not fit and was left out" : "");
    }
}
