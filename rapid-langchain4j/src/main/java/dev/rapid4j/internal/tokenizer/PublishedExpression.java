package dev.rapid4j.internal.tokenizer;

import java.util.Arrays;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * The regular expressions by which published tokenizers split and replace, each with models that have it. They are from
 * the {@code tokenizer.json} of these models, from transformers 5.24, or quoted in llama.cpp ({@code llama-vocab.cpp}).
 *
 * <p>{@link LinearExpression} shows for all of them but {@link #DEEPSEEK_LLM_END} that they take linear time as long as
 * runs of one sort of characters are short enough for Oniguruma's ten million steps from one place.
 */
enum PublishedExpression {
    /**
     * GPT-2, RoBERTa, GPT-NeoX, OLMo, Whisper, StarCoder, SmolLM, Granite, Command R; built into {@code ByteLevel},
     * too.
     */
    GPT_2("'s|'t|'re|'ve|'m|'ll|'d| ?\\p{L}+| ?\\p{N}+| ?[^\\s\\p{L}\\p{N}]+|\\s+(?!\\S)|\\s+"),

    /** Llama 3, GLM-4, Phi-4, OLMo 2, SmolLM3, Falcon-H1, LFM2: OpenAI's cl100k_base as converted. */
    LLAMA_3("(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}{1,3}"
            + "| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+"),

    /** Qwen 1.5 to 3, StableLM 2, Hunyuan, Grok-2. */
    QWEN_2("(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}"
            + "| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+"),

    /** Qwen 3.5. */
    QWEN_3_5("(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r\\n\\p{L}\\p{N}]?[\\p{L}\\p{M}]+|\\p{N}"
            + "| ?[^\\s\\p{L}\\p{M}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+"),

    /** MiniCPM5, after {@link #THREE_DIGITS}. */
    MINICPM_5("(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}+"
            + "| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+"),

    /** Seed-Coder, with line breaks as they are. */
    SEED_CODER("(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}{1}"
            + "| ?[^\\s\\p{L}\\p{N}\r\n]+|\\s*[\r\n]+|\\s+(?!\\S)|\\s+"),

    /** Ling and Ring. */
    BAILING("'(?i:[sdmt]|ll|ve|re)|[^\\r\\n\\p{L}\\p{N}]?+\\p{L}+|\\p{N}"
            + "| ?[^\\s\\p{L}\\p{N}]++[\\r\\n]*|\\s*[\\r\\n]|\\s+(?!\\S)|\\s+"),

    /** OpenAI's o200k_base: gpt-oss, Llama 4, MiniMax, Kanana 2. */
    GPT_4O("[^\\r\\n\\p{L}\\p{N}]?[\\p{Lu}\\p{Lt}\\p{Lm}\\p{Lo}\\p{M}]*[\\p{Ll}\\p{Lm}\\p{Lo}\\"
            + "p{M}]+(?i:'s|'t|'re|'ve|'m|'ll|'d)?"
            + "|[^\\r\\n\\p{L}\\p{N}]?[\\p{Lu}\\p{Lt}\\p{Lm}\\p{Lo}\\p{M}]+[\\p{Ll}\\p{Lm}\\p{Lo}"
            + "\\p{M}]*(?i:'s|'t|'re|'ve|'m|'ll|'d)?|\\p{N}{1,3}"
            + "| ?[^\\s\\p{L}\\p{N}]+[\\r\\n/]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+"),

    /** Mistral NeMo, Ministral, Small 3, Pixtral, Apertus, Nemotron. */
    TEKKEN("[^\\r\\n\\p{L}\\p{N}]?[\\p{Lu}\\p{Lt}\\p{Lm}\\p{Lo}\\p{M}]*[\\p{Ll}\\p{Lm}\\p{Lo}\\"
            + "p{M}]+|[^\\r\\n\\p{L}\\p{N}]?[\\p{Lu}\\p{Lt}\\p{Lm}\\p{Lo}\\p{M}]+[\\p{Ll}\\p{Lm}"
            + "\\p{Lo}\\p{M}]*|\\p{N}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n/]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+"),

    /** Youtu-LLM, after {@link #YOUTU_SCRIPTS}. */
    YOUTU("[^\\r\\n\\p{L}\\p{N}]?[\\p{Lu}\\p{Lt}\\p{Lm}\\p{Lo}\\p{M}]*[\\p{Ll}\\p{Lm}\\p{Lo}\\"
            + "p{M}]+(?i:'s|'t|'re|'ve|'m|'ll|'d)?"
            + "|[^\\r\\n\\p{L}\\p{N}]?[\\p{Lu}\\p{Lt}\\p{Lm}\\p{Lo}\\p{M}]+[\\p{Ll}\\p{Lm}\\p{Lo}"
            + "\\p{M}]*(?i:'s|'t|'re|'ve|'m|'ll|'d)?|\\p{N}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n/]*"
            + "|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+"),

    /** Youtu-LLM. */
    YOUTU_SCRIPTS("[가-힣ㄱ-ㆎ]+|[！…“”‘’—：；，、-〿︰-﹏]+|[ㄅ-ㄯ]+|[一-龥぀-ゟ゠-ヿ]+"),

    /** Kimi K2. */
    KIMI_K2("[\\p{Han}]+"
            + "|[^\\r\\n\\p{L}\\p{N}]?[\\p{Lu}\\p{Lt}\\p{Lm}\\p{Lo}\\p{M}&&[^\\p{Han}]]*[\\p{Ll}"
            + "\\p{Lm}\\p{Lo}\\p{M}&&[^\\p{Han}]]+(?i:'s|'t|'re|'ve|'m|'ll|'d)?"
            + "|[^\\r\\n\\p{L}\\p{N}]?[\\p{Lu}\\p{Lt}\\p{Lm}\\p{Lo}\\p{M}&&[^\\p{Han}]]+[\\p{Ll}"
            + "\\p{Lm}\\p{Lo}\\p{M}&&[^\\p{Han}]]*(?i:'s|'t|'re|'ve|'m|'ll|'d)?"
            + "|\\p{N}{1,3}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+"),

    /** DeepSeek V2.5 to V3.2, Hunyuan dense, with line breaks as they are, after the two below. */
    DEEPSEEK_3("[!\"#$%&'()*+,\\-./:;<=>?@\\[\\\\\\]^_`{|}~][A-Za-z]+"
            + "|[^\r\n\\p{L}\\p{P}\\p{S}]?[\\p{L}\\p{M}]+| ?[\\p{P}\\p{S}]+[\r\n]*|\\s*[\r\n]+"
            + "|\\s+(?!\\S)|\\s+"),

    /** DeepSeek V3, MiniCPM5. */
    THREE_DIGITS("\\p{N}{1,3}"),

    /** DeepSeek V3. */
    CJK("[一-龥぀-ゟ゠-ヿ]+"),

    /** DeepSeek LLM and V2. */
    DEEPSEEK_LLM_PUNCTUATION("\\s?[!-/:-~！-／：-～‘-‟　-。]+"),

    /** DeepSeek LLM and V2; goes through a run of spaces again from each of them, unlike {@link #linear()}. */
    DEEPSEEK_LLM_END("\\s+$"),

    /** DeepSeek LLM, V2 and Coder. */
    DEEPSEEK_SCRIPTS("[一-龥ࠀ-一가-퟿]+"),

    /** DeepSeek Coder. */
    DEEPSEEK_CODER_LETTERS("\\s?\\p{L}+"),

    /** DeepSeek Coder. */
    DEEPSEEK_CODER_PUNCTUATION("\\s?\\p{P}+"),

    /** DeepSeek LLM, V2 and Coder, with line breaks as they are. */
    LINE_BREAK("[\r\n]"),

    /** Falcon 1 to 3. */
    FALCON_DIGITS("[0-9][0-9][0-9]"),

    /** BLOOM, Viking, Poro. */
    BLOOM(" ?[^(\\s|[.,!?…。，、।۔،])]+"),

    /** Gemma 4 and Sarvam as converted. */
    LINES("[^\\n]+|[\\n]+"),

    /** CLIP. */
    CLIP("<\\|startoftext\\|>|<\\|endoftext\\|>|'s|'t|'re|'ve|'m|'ll|'d|[\\p{L}]+" + "|[\\p{N}]|[^\\s\\p{L}\\p{N}]+"),

    /** CLIP, older. */
    CLIP_WORDS("'s|'t|'re|'ve|'m|'ll|'d|[\\p{L}]+|[\\p{N}]|[^\\s\\p{L}\\p{N}]+"),

    /** XLM-RoBERTa, T5, mBART, NLLB, Pegasus. */
    SPACES(" {2,}"),

    /** CLIP, and BERT-like encoders. */
    WHITE_SPACE("\\s+"),

    /** BARThez. */
    WHITE_SPACE_OR_BREAK("\\s{2,}|[\\n\\r\\t]"),

    /** Pegasus. */
    BREAK("\\n"),

    /** SeamlessM4T. */
    BREAKS("[\\n\\r\\t]"),

    /** SentencePiece models, as transformers 5 converts them. */
    START("\\A▁");

    private static final Map<String, PublishedExpression> BY_REGEX = Arrays.stream(values())
            .collect(Collectors.toUnmodifiableMap(PublishedExpression::regex, Function.identity()));

    private final String regex;

    PublishedExpression(String regex) {
        this.regex = regex;
    }

    static Optional<PublishedExpression> of(String regex) {
        return Optional.ofNullable(BY_REGEX.get(regex));
    }

    String regex() {
        return regex;
    }

    /** One that matches the same and takes linear time, in nearly all cases the same one. */
    String linear() {
        // what reaches the end of the text does so from the first white space of a run, or from none of it
        return this == DEEPSEEK_LLM_END ? "(?<!\\s)" + regex : regex;
    }
}
