package dev.rapid4j.internal.gguf;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.rapid4j.internal.json.JsonFile;
import dev.rapid4j.internal.tokenizer.PublishedExpression;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;
import java.util.stream.Collectors;

/**
 * How a byte-level vocabulary's text is taken apart before pairs are merged. A GGUF has only a name for it
 * ({@code tokenizer.ggml.pre}); what stands behind the name is in the {@code tokenizer.json} of the model it was made
 * of, and in llama.cpp ({@code llama-vocab.cpp}).
 */
enum PreTokenizer {
    LLAMA_3(Words.WHOLE, List.of(PublishedExpression.LLAMA_3), "llama-bpe", "llama3", "llama-v3"),
    LLAMA_3_MERGED(Words.MERGED, List.of(PublishedExpression.LLAMA_3), "dbrx", "smaug-bpe"),
    QWEN_2(Words.COMPOSED, List.of(PublishedExpression.QWEN_2), "qwen2", "deepseek-r1-qwen", "megrez"),
    QWEN_3_5(Words.COMPOSED, List.of(PublishedExpression.QWEN_3_5), "qwen35"),
    GPT_2(Words.MERGED, List.of(), "gpt-2"),
    GPT_NEOX(Words.COMPOSED, List.of(), "mpt", "olmo"),
    STARCODER(Words.SINGLE_DIGITS, List.of(), "smollm", "starcoder", "refact", "codeshell"),
    COMMAND_R(Words.COMPOSED_SINGLE_DIGITS, List.of(), "command-r"),
    TEKKEN(Words.WHOLE, List.of(PublishedExpression.TEKKEN), "tekken"),
    GPT_4O(Words.MERGED, List.of(PublishedExpression.GPT_4O), "gpt-4o", "llama4"),
    SEED_CODER(Words.MERGED, List.of(PublishedExpression.SEED_CODER), "seed-coder"),
    DEEPSEEK_LLM(
            Words.SINGLE_DIGITS,
            List.of(
                    PublishedExpression.LINE_BREAK,
                    PublishedExpression.DEEPSEEK_LLM_LETTERS,
                    PublishedExpression.DEEPSEEK_LLM_PUNCTUATION,
                    PublishedExpression.DEEPSEEK_LLM_END,
                    PublishedExpression.DEEPSEEK_SCRIPTS),
            "deepseek-llm"),
    DEEPSEEK_CODER(
            Words.SINGLE_DIGITS,
            List.of(
                    PublishedExpression.LINE_BREAK,
                    PublishedExpression.DEEPSEEK_CODER_LETTERS,
                    PublishedExpression.DEEPSEEK_CODER_PUNCTUATION,
                    PublishedExpression.DEEPSEEK_SCRIPTS),
            "deepseek-coder"),
    DEEPSEEK_3(
            Words.MERGED,
            List.of(PublishedExpression.THREE_DIGITS, PublishedExpression.CJK, PublishedExpression.DEEPSEEK_3),
            "deepseek-v3");

    /** What is done to the words, beside merging. */
    private enum Words {
        MERGED,
        /** A word that is a token is that token, whatever the merges make of it. */
        WHOLE,
        /** Letters and marks behind them become one character where there is one. */
        COMPOSED,
        SINGLE_DIGITS,
        COMPOSED_SINGLE_DIGITS;

        boolean composed() {
            return this == COMPOSED || this == COMPOSED_SINGLE_DIGITS;
        }

        boolean singleDigits() {
            return this == SINGLE_DIGITS || this == COMPOSED_SINGLE_DIGITS;
        }
    }

    private static final Map<String, PreTokenizer> BY_NAME = Arrays.stream(values())
            .flatMap(preTokenizer -> preTokenizer.names.stream().map(name -> Map.entry(name, preTokenizer)))
            .collect(Collectors.toUnmodifiableMap(Map.Entry::getKey, Map.Entry::getValue));

    private final Words words;
    private final List<PublishedExpression> expressions;
    private final List<String> names;

    /** @param expressions applied one after the other; none for that of GPT-2, which {@code ByteLevel} has built in */
    PreTokenizer(Words words, List<PublishedExpression> expressions, String... names) {
        this.words = words;
        this.expressions = expressions;
        this.names = List.of(names);
    }

    static Optional<PreTokenizer> named(String name) {
        return Optional.ofNullable(BY_NAME.get(name));
    }

    static String names() {
        return String.join(", ", new TreeSet<>(BY_NAME.keySet()));
    }

    /** Writes the parts of a {@code tokenizer.json} around the vocabulary. */
    void describe(ObjectNode tokenizer, ObjectNode model) {
        if (words.composed()) {
            tokenizer.putObject("normalizer").put("type", "NFC");
        }
        ArrayNode parts =
                tokenizer.putObject("pre_tokenizer").put("type", "Sequence").putArray("pretokenizers");
        for (PublishedExpression expression : expressions) {
            parts.addObject()
                    .put("type", "Split")
                    .put("behavior", "Isolated")
                    .put("invert", false)
                    .putObject("pattern")
                    .put("Regex", expression.regex());
        }
        if (words.singleDigits()) {
            parts.addObject().put("type", "Digits").put("individual_digits", true);
        }
        parts.add(byteLevel().put("use_regex", expressions.isEmpty()));
        tokenizer.set("decoder", byteLevel().put("use_regex", true));
        model.put("ignore_merges", words == Words.WHOLE);
    }

    private static ObjectNode byteLevel() {
        return JsonFile.MAPPER
                .createObjectNode()
                .put("type", "ByteLevel")
                .put("add_prefix_space", false)
                .put("trim_offsets", true);
    }
}
