package dev.rapid4j.samples.benchmarks;

import dev.langchain4j.data.message.TextContent;
import dev.langchain4j.data.message.UserMessage;
import dev.langchain4j.model.chat.request.ChatRequest;
import dev.langchain4j.model.chat.response.ChatResponse;
import dev.rapid4j.EngineStatus;
import dev.rapid4j.RapidChatModel;
import dev.rapid4j.RapidChatRequestParameters;
import dev.rapid4j.RapidChatResponseMetadata;
import dev.rapid4j.RapidEngine;
import dev.rapid4j.samples.lighthouse.LighthouseRegister;
import dev.rapid4j.samples.lighthouse.LighthouseRegister.Question;

/**
 * An engine that answers questions about registers.
 *
 * @param ownDrafter whether the drafter is a model of its own, be it the target's checkpoint once more
 * @param loadSeconds what loading took
 */
record LoadedEngine(
        RapidEngine engine, RapidChatModel model, boolean ownDrafter, double loadSeconds, int maxOutputTokens)
        implements AutoCloseable {

    /** The tokens that an entry of a register has are measured on so many. */
    private static final int SAMPLE_ENTRIES = 50;

    private static final int UNCHANGED_MILLIS = 1000;

    /** Most tokens that question and chat template have together. */
    private static final int QUESTION_TOKENS = 256;

    static LoadedEngine load(RapidEngine.Builder builder, boolean ownDrafter, EngineOptions options) {
        long start = System.nanoTime();
        RapidEngine engine = builder.build();
        double seconds = (System.nanoTime() - start) / 1e9;
        try {
            RapidChatModel model = RapidChatModel.builder()
                    .engine(engine)
                    .temperature(options.temperature())
                    .maxOutputTokens(options.maxOutputTokens())
                    .confidenceThreshold(options.confidenceThreshold())
                    .learnEveryToken(options.learnEveryToken())
                    .draftContext(options.draftContext())
                    .build();
            return new LoadedEngine(engine, model, ownDrafter, seconds, options.maxOutputTokens());
        } catch (RuntimeException e) {
            engine.close();
            throw e;
        }
    }

    /** Waits until what was read is on the disk, so that nothing is written while another engine is timed. */
    void awaitWritten() {
        long before = -1;
        try {
            for (long now; (now = engine.status().diskCacheBytes()) != before; before = now) {
                Thread.sleep(UNCHANGED_MILLIS);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** Most tokens of a register that leaves room for question and answer. */
    int mostContextTokens() {
        return engine.contextLength() - maxOutputTokens - QUESTION_TOKENS;
    }

    /** A register of about so many of the target's tokens; the same seed gives the same. */
    LighthouseRegister register(int tokens, long seed) {
        String sample = LighthouseRegister.generate(SAMPLE_ENTRIES, seed).text();
        double entry = (double) engine.tokenCountEstimator().estimateTokenCountInText(sample) / SAMPLE_ENTRIES;
        return LighthouseRegister.generate((int) Math.max(2, tokens / entry), seed);
    }

    Asked ask(Setting setting, String register, Question question, int seed) {
        ChatResponse response = ask(
                register,
                question.text(),
                RapidChatRequestParameters.builder()
                        .mode(setting.mode())
                        .draftTokens(setting.draftTokens())
                        .margin(setting.margin())
                        .seed(seed)
                        .build());
        return new Asked(text(response), question.answer(), (RapidChatResponseMetadata) response.metadata());
    }

    ChatResponse ask(String document, String question, RapidChatRequestParameters parameters) {
        return model.chat(ChatRequest.builder()
                .messages(UserMessage.from(TextContent.from(document), TextContent.from(question)))
                .parameters(parameters)
                .build());
    }

    static String text(ChatResponse response) {
        String text = response.aiMessage().text();
        return text == null ? "" : text;
    }

    /** Memory of models, KV caches and passages, without what is used memory-mapped. */
    long memoryBytes() {
        EngineStatus status = engine.status();
        long drafter = ownDrafter ? status.drafter().weightBytes() : 0;
        return status.target().weightBytes() + drafter + status.cacheBytes() + status.passageCacheBytes();
    }

    @Override
    public void close() {
        engine.close();
    }
}
