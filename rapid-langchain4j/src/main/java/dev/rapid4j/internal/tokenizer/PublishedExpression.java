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
public enum PublishedExpression {
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

    /** DeepSeek LLM and V2: letters that have a case. */
    DEEPSEEK_LLM_LETTERS(
            "\\s?[A-Za-z\u00B5\u00C0-\u00D6\u00D8-\u00F6\u00F8-\u01BA\u01BC-\u01BF\u01C4-\u0293\u0295-\u02AF"
                    + "\u0370-\u0373\u0376\u0377\u037B-\u037D\u037F\u0386\u0388-\u038A\u038C\u038E-\u03A1\u03A3-\u03F5"
                    + "\u03F7-\u0481\u048A-\u052F\u0531-\u0556\u10A0-\u10C5\u13A0-\u13F5\u13F8-\u13FD\u1C90-\u1CBA"
                    + "\u1CBD-\u1CBF\u1D00-\u1D2B\u1D6B-\u1D77\u1D79-\u1D9A\u1E00-\u1F15\u1F18-\u1F1D\u1F20-\u1F45"
                    + "\u1F48-\u1F4D\u1F50-\u1F57\u1F59\u1F5B\u1F5D\u1F5F-\u1F7D\u1F80-\u1FB4\u1FB6-\u1FBC\u1FBE"
                    + "\u1FC2-\u1FC4\u1FC6-\u1FCC\u1FD0-\u1FD3\u1FD6-\u1FDB\u1FE0-\u1FEC\u1FF2-\u1FF4\u1FF6-\u1FFC\u2102"
                    + "\u2107\u210A-\u2113\u2115\u2119-\u211D\u2124\u2126\u2128\u212A-\u212D\u212F-\u2134\u2139"
                    + "\u213C-\u213F\u2145-\u2149\u214E\u2183\u2184\u2C00-\u2C7B\u2C7E-\u2CE4\u2CEB-\u2CEE\u2CF2\u2CF3"
                    + "\uA640-\uA66D\uA680-\uA69B\uA722-\uA76F\uA771-\uA787\uA78B-\uA78E\uAB70-\uABBF\uFB00-\uFB06"
                    + "\uFB13-\uFB17\uFF21-\uFF3A\uFF41-\uFF5A\uD801\uDC00-\uD801\uDC4F\uD801\uDCB0-\uD801\uDCD3"
                    + "\uD801\uDCD8-\uD801\uDCFB\uD803\uDC80-\uD803\uDCB2\uD803\uDCC0-\uD803\uDCF2\uD806\uDCA0-\uD806\uDCDF"
                    + "\uD83A\uDD00-\uD83A\uDD43]+"),

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

    public String regex() {
        return regex;
    }

    /** One that matches the same and takes linear time, in nearly all cases the same one. */
    String linear() {
        // what reaches the end of the text does so from the first white space of a run, or from none of it
        return this == DEEPSEEK_LLM_END ? "(?<!\\s)" + regex : regex;
    }
}
