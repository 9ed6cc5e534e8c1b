package dev.rapid4j.internal.architecture;

import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * A kind of networks that are not read as decoders, with why and what to do instead.
 *
 * @param classNames as {@code architectures} names them
 */
record MissingArchitecture(Pattern classNames, String advice) {

    private static final String EMBEDS = "it embeds texts and does not write, so give it to RapidEmbeddingModel";

    /** The first that matches counts: what a network computes before what its class is for. */
    private static final List<MissingArchitecture> KNOWN = List.of(
            of(
                    "Deepseek(V2|V3|V32|VLV2)For.*",
                    "latent attention is missing; take a model distilled from it into Llama or"
                            + " Qwen2, such as deepseek-ai/DeepSeek-R1-Distill-Qwen-7B"),
            of("Llama4.*", "attention in chunks and scaled queries are missing; take a Llama 3"),
            of(
                    "Ministral3.*",
                    "queries scaled by their positions are missing; take a Ministral of 2024 or a Mistral Small 3"),
            of(
                    "(Qwen3Next|Qwen3_5|FalconH1|FalconMamba|NemotronH|Mamba|Jamba|Bamba|Zamba|Rwkv|RecurrentGemma).*",
                    "state spaces and linear attention are missing; take a model all of whose layers have attention,"
                            + " such as a Qwen3 or a Llama 3"),
            of(
                    "(M?T5|UMT5|LongT5|T5Gemma|M?Bart|Pegasus|Marian|Blenderbot).*",
                    "networks of an encoder and a decoder are not read; take a decoder, such as a Qwen3 or a Llama 3"),
            of(
                    "(Whisper|Voxtral|.*(Audio|Speech|Omni)).*",
                    "sound is not read; take a model for text, such as a Qwen3 or a Llama 3"),
            of(
                    ".*(ForConditionalGeneration|Llava|VL|ForVision2Seq|ForImageTextToText).*",
                    "images are not read; take a model for text, mostly of the same family without VL or Vision in its name"),
            of(".*ForSequenceClassification", "it scores texts and does not write, so give it to RapidScoringModel"),
            of(".*ForMaskedLM", EMBEDS));

    private static MissingArchitecture of(String classNames, String advice) {
        return new MissingArchitecture(Pattern.compile(classNames), advice);
    }

    /**
     * @param className empty if only the model type is known
     * @return empty if nothing is known of it
     */
    static Optional<String> advice(String className, String modelType) {
        Optional<String> known = KNOWN.stream()
                .filter(one -> one.classNames.matcher(className).matches())
                .map(MissingArchitecture::advice)
                .findFirst();
        boolean encoder = EncoderArchitecture.ALL.stream()
                .anyMatch(one -> className.isEmpty()
                        ? one.modelType().equals(modelType)
                        : className.equals(one.className() + "Model"));
        return known.or(() -> encoder ? Optional.of(EMBEDS) : Optional.empty());
    }
}
