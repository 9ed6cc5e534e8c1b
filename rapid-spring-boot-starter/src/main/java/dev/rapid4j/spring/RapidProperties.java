package dev.rapid4j.spring;

import dev.langchain4j.model.embedding.request.EmbeddingInputType;
import dev.rapid4j.CacheType;
import dev.rapid4j.DraftContext;
import dev.rapid4j.Hub;
import dev.rapid4j.Mode;
import dev.rapid4j.OversizedPromptPolicy;
import dev.rapid4j.PassageRanking;
import dev.rapid4j.Pooling;
import dev.rapid4j.RapidChatModel;
import dev.rapid4j.RapidChatRequestParameters;
import dev.rapid4j.RapidEmbeddingModel;
import dev.rapid4j.RapidEngine;
import dev.rapid4j.WeightFormat;
import dev.rapid4j.documents.RapidRetrievalAugmentor;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.util.unit.DataSize;
import org.springframework.validation.Errors;
import org.springframework.validation.Validator;

/**
 * Everything about RAPID that can be configured. A property that is not set has the default of the library; the
 * defaults that {@code additional-spring-configuration-metadata.json} shows are checked against it by a test.
 *
 * @param target The model that reads the whole text and writes the answer: a model of the hub (organisation/name,
 *     organisation/name@revision, with :Q4_K_M or :file.gguf behind it for a GGUF file), a model of Ollama's
 *     (ollama:model:tag), a GGUF file, or a folder. Without it there is no engine, and there are no chat models.
 * @param drafter The model that reads the passages and proposes tokens, named like the target, and of its vocabulary.
 *     By default the target itself.
 * @param load When models are loaded: EAGER, with the application context, which does not start without them; LAZY,
 *     with the first request; BACKGROUND, while the application starts and afterwards. In the latter two, requests wait
 *     for the models, and fail with the reason if they cannot be loaded.
 * @param targetDevice Where the target runs: auto (CUDA if there is a device, and several if it needs them), cpu, cuda,
 *     cuda:N, or a list over which its layers are spread, such as cuda:0,cuda:1 or cuda:0-3 or cuda:0,cpu.
 * @param drafterDevice Where the drafter runs: as the target. By default on the target's devices.
 * @param targetWeights What the target's weights are kept in. AUTO is BFLOAT16 on CUDA; on the CPU INT8 for quantised
 *     files and where memory is short, else BFLOAT16 if there are instructions for it, else FLOAT32. INT4 is for
 *     memory, FP8 for newer GPUs.
 * @param drafterWeights What the drafter's weights are kept in; by default as the target's. INT4 beside another format
 *     of the target is a small copy of it that drafts.
 * @param cacheType What keys and values of read tokens are kept in. AUTO is FLOAT32 with such weights on the CPU, else
 *     as the weights.
 * @param cpuThreads Threads that work on a pass on the CPU, 1 to 1,024, of the whole process, the embedding model's
 *     passes included. By default one for each physical core, but no more than there are processors for the JVM, whose
 *     number follows a container's limit.
 * @param draftContextTokens How many tokens of a long text the drafter reads, or in the mode STREAMING_DRAFT attends
 *     to, at least 1; shorter texts it reads in full.
 * @param passageTokens Most tokens of a passage, at least 1.
 * @param passageRanking How passages are compared with the question: DENSE, by their vectors, or HYBRID, by all three
 *     views of BGE-M3. By default HYBRID if the embedding model can do it.
 * @param minSimilarity Passages less similar to the question are left out; from -1 to 1.
 * @param passagesIntroduction What stands in front of passages in the place of a long text, to tell the drafter that
 *     they are passages; 1 to 1,000 characters. By default nothing.
 * @param embeddingBatchSize Most passages to embed in one call of an embedding model, at least 1; BGE-M3 makes batches
 *     itself.
 * @param passageCacheTexts Most long texts whose passages are remembered for the next question, at least 1.
 * @param passageCacheSize Most memory for remembered passages, at least 1B.
 * @param cacheSize Most memory for KV caches of earlier requests, which spare a follow-up question the reading; 0B
 *     keeps none. By default a quarter of what is free on the target's devices after loading.
 * @param cacheDirectory A folder in which KV caches and embeddings of long texts are kept for the time after a restart;
 *     none by default, since such files are the texts in another form.
 * @param cacheDirectorySize Most disk space of these files, at least 1B; 10 GB by default.
 * @param maxParallelRequests Most requests that are answered at the same time, at least 1; by default 4 where a part of
 *     the target is on the CPU, else 8.
 * @param maxQueuedRequests Most requests that wait for those being answered, at least 0; further ones are refused.
 * @param maxContextTokens Most tokens of a prompt and its answer together, at least 1; by default, and at most, what
 *     the context windows of the models hold.
 * @param oversizedPrompts What to do with prompts over the context window: REFUSE them, or SHORTEN_MIDDLE, which leaves
 *     out the middle of their long text.
 * @param readAhead Whether the target already reads its prompt while passages are still being searched for. By default
 *     on CUDA only.
 * @param chatTemplateVariables Variables of the model's chat template, such as enable_thinking. true and false are
 *     truth values, whole numbers are numbers, all else is text.
 * @param modelName Name of the model in requests and responses; by default the target's.
 * @param hub Where models come from that are no folders.
 * @param chatModel Defaults of requests to the ChatModel.
 * @param streamingChatModel Defaults of requests to the StreamingChatModel.
 * @param embeddingModel The model that finds passages.
 * @param retrieval Answers from the documents of an EmbeddingStore.
 */
@ConfigurationProperties(RapidProperties.PREFIX)
record RapidProperties(
        String target,
        String drafter,
        @DefaultValue("eager") LoadMode load,
        String targetDevice,
        String drafterDevice,
        WeightFormat targetWeights,
        WeightFormat drafterWeights,
        CacheType cacheType,
        Integer cpuThreads,
        Integer draftContextTokens,
        Integer passageTokens,
        PassageRanking passageRanking,
        Double minSimilarity,
        String passagesIntroduction,
        Integer embeddingBatchSize,
        Integer passageCacheTexts,
        DataSize passageCacheSize,
        DataSize cacheSize,
        Path cacheDirectory,
        DataSize cacheDirectorySize,
        Integer maxParallelRequests,
        Integer maxQueuedRequests,
        Integer maxContextTokens,
        OversizedPromptPolicy oversizedPrompts,
        Boolean readAhead,
        Map<String, String> chatTemplateVariables,
        String modelName,
        @DefaultValue HubProperties hub,
        @DefaultValue ModelProperties chatModel,
        @DefaultValue ModelProperties streamingChatModel,
        @DefaultValue EmbeddingProperties embeddingModel,
        @DefaultValue RetrievalProperties retrieval)
        implements Validator {

    static final String PREFIX = "langchain4j.rapid";
    static final String TARGET = PREFIX + ".target";
    static final String EMBEDDING_MODEL = PREFIX + ".embedding-model.model";
    static final String RETRIEVAL = PREFIX + ".retrieval";

    /**
     * The hub.
     *
     * @param endpoint Address of the Hugging Face hub, or of a server that behaves like it. By default HF_ENDPOINT,
     *     else https://huggingface.co.
     * @param token Access token, sent to the endpoint only. By default HF_TOKEN, else what huggingface_hub has saved.
     * @param cache Folder in which downloaded models are kept. By default HF_HUB_CACHE, else huggingface_hub's folder.
     * @param offline Whether to use the cache only. By default as HF_HUB_OFFLINE says.
     * @param timeout Longest wait for a connection, for an answer, and for each next piece of a file; positive.
     */
    record HubProperties(String endpoint, String token, Path cache, Boolean offline, Duration timeout) {

        Hub build() {
            return withoutToken()
                    .add("hub.token", token, Hub.Builder::token)
                    .applyTo(Hub.builder())
                    .build();
        }

        private Settings<Hub.Builder> withoutToken() {
            return new Settings<Hub.Builder>()
                    .add("hub.endpoint", endpoint, Hub.Builder::endpoint)
                    .add("hub.cache", cache, Hub.Builder::cache)
                    .add("hub.offline", offline, Hub.Builder::offline)
                    .add("hub.timeout", timeout, Hub.Builder::timeout);
        }

        /** A field's error would be shown with its value, which is a secret. */
        private void validate(Errors errors) {
            withoutToken().validate(setting -> setting.accept(Hub.builder()), errors);
            if (token != null) {
                try {
                    Hub.builder().token(token);
                } catch (RuntimeException e) {
                    errors.reject("invalid", PREFIX + ".hub.token: " + e.getMessage());
                }
            }
        }

        /** Without the token. */
        @Override
        public String toString() {
            return "HubProperties[endpoint=" + endpoint + ", cache=" + cache + ", offline=" + offline + ", timeout="
                    + timeout + "]";
        }
    }

    /**
     * Defaults of requests.
     *
     * @param mode Who reads what: RAPID; SPECULATIVE, which is RAPID with margin 0; NAIVE_SPECULATIVE, whose drafter, a
     *     model of its own, reads the whole text, too; STREAMING_DRAFT, where the target drafts for itself over the
     *     first and the last tokens of the prompt; LONG_CONTEXT, the target alone; PASSAGE_ATTENTION, the target alone,
     *     attending to the retrieved passages only; RETRIEVAL_ONLY, the drafter alone.
     * @param temperature From 0, for greedy decoding, to 2.
     * @param topP The most likely tokens that together have this probability stay; above 0 and at most 1, which keeps
     *     all.
     * @param topK So many of the most likely tokens stay; 0 keeps all.
     * @param frequencyPenalty Subtracted from a token's logit for every time it stands in the answer; from -2 to 2.
     * @param presencePenalty Subtracted once from a token's logit if it stands in the answer; from -2 to 2.
     * @param maxOutputTokens Most tokens of an answer, at least 1; less if the context window leaves no more.
     * @param stopSequences Texts before which an answer ends.
     * @param margin How far the target's distribution moves towards the drafter's (η of the paper): from 0 to 100.
     * @param draftTokens Most tokens drafted in a round (γ of the paper): from 1 to 64; 0, the default, for as many in
     *     each round as pay.
     * @param confidenceThreshold Drafting stops after a token less probable than this; from 0 to 1.
     * @param plausibility The target learns only about tokens with at least this share of the drafter's highest
     *     probability (α of the paper): from 0 to 1.
     * @param learnEveryToken Whether with a margin every token of the answer learns from the drafter; if not, those for
     *     which there was a draft, as in the paper.
     * @param lookupDrafting Whether tokens are proposed, before all else, that followed the last ones where they stand
     *     earlier in the prompt or the answer. By default in modes that draft, but not with a margin if not every token
     *     learns.
     * @param draftContext What is attended to for drafting over passages: PASSAGE_PROMPT, a prompt of them that the
     *     drafter reads; PASSAGE_ROWS, what the target's KV cache holds of them; AUTO, the latter where the target is
     *     its own drafter and the answer exactly its own.
     * @param passages How many passages the drafter reads, at least 1; by default what draft-context-tokens has room
     *     for.
     * @param seed Fixes the random draws and so, on one machine, the answer; by default a new one for each request.
     * @param strictJsonSchema Whether an answer that is held to a schema has every property of it, null where the model
     *     has no value and the schema requires none.
     * @param thinking Whether a model that can think does so before it answers; by default as its chat template has it.
     *     Only for templates with a switch, such as Qwen3's.
     * @param maxThinkingTokens Most tokens of thinking, at least 0, after which the answer begins. By default only
     *     max-output-tokens limits it.
     * @param returnThinking Whether what the model thought is in the response, and streamed; never in the text.
     * @param sendThinking Whether what was thought in earlier answers is given to the chat template.
     * @param timeout Longest time from a request to the end of its answer, waiting for other requests included;
     *     positive. By default without end.
     * @param logRequests Whether requests are logged, at level INFO: parameters, and how long the texts are.
     * @param logResponses Whether responses are logged, as requests are, or the class of the failure in their place.
     * @param logTexts Whether the log says what is in the messages as well: whole documents, questions and answers.
     */
    record ModelProperties(
            Mode mode,
            Double temperature,
            Double topP,
            Integer topK,
            Double frequencyPenalty,
            Double presencePenalty,
            Integer maxOutputTokens,
            List<String> stopSequences,
            Double margin,
            Integer draftTokens,
            Double confidenceThreshold,
            Double plausibility,
            Boolean learnEveryToken,
            Boolean lookupDrafting,
            DraftContext draftContext,
            Integer passages,
            Integer seed,
            Boolean strictJsonSchema,
            Boolean thinking,
            Integer maxThinkingTokens,
            Boolean returnThinking,
            Boolean sendThinking,
            Duration timeout,
            Boolean logRequests,
            Boolean logResponses,
            Boolean logTexts) {

        RapidChatRequestParameters parameters() {
            return settings("").applyTo(RapidChatRequestParameters.builder()).build();
        }

        private Settings<RapidChatRequestParameters.Builder> settings(String path) {
            return new Settings<RapidChatRequestParameters.Builder>()
                    .add(path + "mode", mode, RapidChatRequestParameters.Builder::mode)
                    .add(path + "temperature", temperature, RapidChatRequestParameters.Builder::temperature)
                    .add(path + "top-p", topP, RapidChatRequestParameters.Builder::topP)
                    .add(path + "top-k", topK, RapidChatRequestParameters.Builder::topK)
                    .add(
                            path + "frequency-penalty",
                            frequencyPenalty,
                            RapidChatRequestParameters.Builder::frequencyPenalty)
                    .add(
                            path + "presence-penalty",
                            presencePenalty,
                            RapidChatRequestParameters.Builder::presencePenalty)
                    .add(
                            path + "max-output-tokens",
                            maxOutputTokens,
                            RapidChatRequestParameters.Builder::maxOutputTokens)
                    .add(path + "stop-sequences", stopSequences, RapidChatRequestParameters.Builder::stopSequences)
                    .add(path + "margin", margin, RapidChatRequestParameters.Builder::margin)
                    .add(path + "draft-tokens", draftTokens, RapidChatRequestParameters.Builder::draftTokens)
                    .add(
                            path + "confidence-threshold",
                            confidenceThreshold,
                            RapidChatRequestParameters.Builder::confidenceThreshold)
                    .add(path + "plausibility", plausibility, RapidChatRequestParameters.Builder::plausibility)
                    .add(
                            path + "learn-every-token",
                            learnEveryToken,
                            RapidChatRequestParameters.Builder::learnEveryToken)
                    .add(path + "lookup-drafting", lookupDrafting, RapidChatRequestParameters.Builder::lookupDrafting)
                    .add(path + "draft-context", draftContext, RapidChatRequestParameters.Builder::draftContext)
                    .add(path + "passages", passages, RapidChatRequestParameters.Builder::passages)
                    .add(path + "seed", seed, RapidChatRequestParameters.Builder::seed)
                    .add(
                            path + "strict-json-schema",
                            strictJsonSchema,
                            RapidChatRequestParameters.Builder::strictJsonSchema)
                    .add(path + "thinking", thinking, RapidChatRequestParameters.Builder::thinking)
                    .add(
                            path + "max-thinking-tokens",
                            maxThinkingTokens,
                            RapidChatRequestParameters.Builder::maxThinkingTokens)
                    .add(path + "return-thinking", returnThinking, RapidChatRequestParameters.Builder::returnThinking)
                    .add(path + "send-thinking", sendThinking, RapidChatRequestParameters.Builder::sendThinking);
        }

        private void validate(String path, Errors errors) {
            settings(path)
                    .validate(
                            setting -> {
                                RapidChatRequestParameters.Builder builder = RapidChatRequestParameters.builder();
                                setting.accept(builder);
                                builder.build().validate();
                            },
                            errors);
            new Settings<RapidChatModel.Builder>()
                    .add(path + "timeout", timeout, RapidChatModel.Builder::timeout)
                    .validate(setting -> setting.accept(RapidChatModel.builder()), errors);
        }
    }

    /**
     * The embedding model.
     *
     * @param model BGE-M3, or another embedding model: a folder with a Hugging Face checkpoint, or a model of the hub,
     *     such as BAAI/bge-m3. Without it an EmbeddingModel bean of the application is used, if there is one.
     * @param device Where it runs: auto (CUDA if there is a device), cpu, cuda, or cuda:N.
     * @param weights Type of its weights and activations; AUTO is FLOAT32 on the CPU and BFLOAT16 on CUDA.
     * @param maxTokens Most tokens of a text, longer ones are cut. By default, and at most, what the model was made
     *     for.
     * @param pooling How a text's vector is made: CLS, from its first token, or MEAN, from all. By default as the
     *     model's files say.
     * @param queryPrefix What the model was trained to see before a question, such as "query: " for E5. By default what
     *     its config_sentence_transformers.json says.
     * @param documentPrefix What the model was trained to see before a document, such as "passage: " for E5. By default
     *     what its config_sentence_transformers.json says.
     * @param inputType Whether texts are questions or documents where a request does not say: QUERY or DOCUMENT; needs
     *     a prefix.
     * @param modelName Name of the model in responses; by default the checkpoint's.
     */
    record EmbeddingProperties(
            String model,
            String device,
            WeightFormat weights,
            Integer maxTokens,
            Pooling pooling,
            String queryPrefix,
            String documentPrefix,
            EmbeddingInputType inputType,
            String modelName) {

        Settings<RapidEmbeddingModel.Builder> settings() {
            return new Settings<RapidEmbeddingModel.Builder>()
                    .add("embedding-model.model", model, RapidEmbeddingModel.Builder::model)
                    .add("embedding-model.device", device, RapidEmbeddingModel.Builder::device)
                    .add("embedding-model.weights", weights, RapidEmbeddingModel.Builder::weights)
                    .add("embedding-model.max-tokens", maxTokens, RapidEmbeddingModel.Builder::maxTokens)
                    .add("embedding-model.pooling", pooling, RapidEmbeddingModel.Builder::pooling)
                    .add("embedding-model.query-prefix", queryPrefix, RapidEmbeddingModel.Builder::queryPrefix)
                    .add("embedding-model.document-prefix", documentPrefix, RapidEmbeddingModel.Builder::documentPrefix)
                    .add("embedding-model.input-type", inputType, RapidEmbeddingModel.Builder::inputType)
                    .add("embedding-model.model-name", modelName, RapidEmbeddingModel.Builder::modelName);
        }
    }

    /**
     * Retrieval from a store.
     *
     * @param enabled Whether there is a RetrievalAugmentor, and a RapidDocumentIngestor, for the EmbeddingStore.
     * @param maxSegments Most segments to find for a question, which the drafter reads; at least 1. By default what
     *     draft-context-tokens has room for.
     * @param maxDocuments Most documents to read for a question, at least 1; by default all in which segments are
     *     found.
     * @param minSimilarity Segments less similar to the question are not found; from -1 to 1. By default the engine's.
     * @param maxContextTokens Most tokens of a prompt with its documents, at least 1. By default the context window,
     *     less 1,024 for the answer.
     * @param documentIdKey Metadata key by which segments belong to a document, if something else than a
     *     RapidDocumentIngestor has written them.
     */
    record RetrievalProperties(
            @DefaultValue("true") boolean enabled,
            Integer maxSegments,
            Integer maxDocuments,
            Double minSimilarity,
            Integer maxContextTokens,
            String documentIdKey) {

        Settings<RapidRetrievalAugmentor.Builder> settings() {
            return new Settings<RapidRetrievalAugmentor.Builder>()
                    .add("retrieval.max-segments", maxSegments, RapidRetrievalAugmentor.Builder::maxSegments)
                    .add("retrieval.max-documents", maxDocuments, RapidRetrievalAugmentor.Builder::maxDocuments)
                    .add("retrieval.min-similarity", minSimilarity, RapidRetrievalAugmentor.Builder::minSimilarity)
                    .add(
                            "retrieval.max-context-tokens",
                            maxContextTokens,
                            RapidRetrievalAugmentor.Builder::maxContextTokens)
                    .add("retrieval.document-id-key", documentIdKey, RapidRetrievalAugmentor.Builder::documentIdKey);
        }
    }

    Settings<RapidEngine.Builder> settings() {
        return new Settings<RapidEngine.Builder>()
                .add("target", target, RapidEngine.Builder::target)
                .add("drafter", drafter, RapidEngine.Builder::drafter)
                .add("target-device", targetDevice, RapidEngine.Builder::targetDevice)
                .add("drafter-device", drafterDevice, RapidEngine.Builder::drafterDevice)
                .add("target-weights", targetWeights, RapidEngine.Builder::targetWeights)
                .add("drafter-weights", drafterWeights, RapidEngine.Builder::drafterWeights)
                .add("cache-type", cacheType, RapidEngine.Builder::cacheType)
                .add("cpu-threads", cpuThreads, RapidEngine.Builder::cpuThreads)
                .add("draft-context-tokens", draftContextTokens, RapidEngine.Builder::draftContextTokens)
                .add("passage-tokens", passageTokens, RapidEngine.Builder::passageTokens)
                .add("passage-ranking", passageRanking, RapidEngine.Builder::passageRanking)
                .add("min-similarity", minSimilarity, RapidEngine.Builder::minSimilarity)
                .add("passages-introduction", passagesIntroduction, RapidEngine.Builder::passagesIntroduction)
                .add("embedding-batch-size", embeddingBatchSize, RapidEngine.Builder::embeddingBatchSize)
                .add("passage-cache-texts", passageCacheTexts, RapidEngine.Builder::passageCacheTexts)
                .add(
                        "passage-cache-size",
                        passageCacheSize,
                        (builder, size) -> builder.passageCacheBytes(size.toBytes()))
                .add("cache-size", cacheSize, (builder, size) -> builder.cacheBytes(size.toBytes()))
                .add("cache-directory", cacheDirectory, RapidEngine.Builder::cacheDirectory)
                .add(
                        "cache-directory-size",
                        cacheDirectorySize,
                        (builder, size) -> builder.cacheDirectoryBytes(size.toBytes()))
                .add("max-parallel-requests", maxParallelRequests, RapidEngine.Builder::maxParallelRequests)
                .add("max-queued-requests", maxQueuedRequests, RapidEngine.Builder::maxQueuedRequests)
                .add("max-context-tokens", maxContextTokens, RapidEngine.Builder::maxContextTokens)
                .add("oversized-prompts", oversizedPrompts, RapidEngine.Builder::oversizedPrompts)
                .add("read-ahead", readAhead, RapidEngine.Builder::readAhead)
                .add("chat-template-variables", templateVariables(), RapidEngine.Builder::chatTemplateVariables)
                .add("model-name", modelName, RapidEngine.Builder::modelName);
    }

    Settings<RapidEmbeddingModel.Builder> embeddingSettings() {
        return embeddingModel.settings().add("cpu-threads", cpuThreads, RapidEmbeddingModel.Builder::cpuThreads);
    }

    /** Property files know only text, and to a template every text is true. */
    private Map<String, Object> templateVariables() {
        if (chatTemplateVariables == null) {
            return null;
        }
        Map<String, Object> variables = new TreeMap<>();
        chatTemplateVariables.forEach((name, value) -> variables.put(name, typed(value)));
        return variables;
    }

    private static Object typed(String value) {
        if (value.equals("true") || value.equals("false")) {
            return Boolean.valueOf(value);
        }
        return value.matches("-?\\d{1,18}") ? (Object) Long.valueOf(value) : value;
    }

    @Override
    public boolean supports(Class<?> type) {
        return type == RapidProperties.class;
    }

    @Override
    public void validate(Object properties, Errors errors) {
        settings().validate(setting -> setting.accept(RapidEngine.builder()), errors);
        hub.validate(errors);
        chatModel.validate("chat-model.", errors);
        streamingChatModel.validate("streaming-chat-model.", errors);
        embeddingModel.settings().validate(setting -> setting.accept(RapidEmbeddingModel.builder()), errors);
        retrieval.settings().validate(setting -> setting.accept(RapidRetrievalAugmentor.builder()), errors);
    }
}
