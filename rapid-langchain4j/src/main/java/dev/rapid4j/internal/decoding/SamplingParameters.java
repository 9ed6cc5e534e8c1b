package dev.rapid4j.internal.decoding;

import dev.rapid4j.internal.torch.DecoderProgram.Sampling;
import java.nio.ByteBuffer;
import java.util.Optional;

/**
 * How a token is chosen from logits; the same for drafter and target.
 *
 * @param temperature 0 for greedy decoding, else up to 2; less than a hundred-thousandth is greedy, too
 * @param topP the most likely tokens that together have this probability stay; in (0, 1], 1 keeps all
 * @param topK so many of the most likely tokens stay; 0 keeps all
 * @param frequencyPenalty subtracted from a token's logit for every time it stands in the answer so far; -2 to 2
 * @param presencePenalty subtracted once if it stands there at all; -2 to 2
 */
public record SamplingParameters(
        double temperature, double topP, int topK, double frequencyPenalty, double presencePenalty) {

    /** The most likely token each time. */
    public static final SamplingParameters DEFAULT = new SamplingParameters(
            Parameter.TEMPERATURE.usual(),
            Parameter.TOP_P.usual(),
            (int) Parameter.TOP_K.usual(),
            Parameter.FREQUENCY_PENALTY.usual(),
            Parameter.PRESENCE_PENALTY.usual());

    /** Logits divided by less could overflow float32, and no second token has a chance any more. */
    private static final double LEAST_TEMPERATURE = 1e-5;

    /** @throws IllegalArgumentException naming the value that is out of its range */
    public SamplingParameters {
        Parameter.TEMPERATURE.check(temperature);
        Parameter.TOP_P.check(topP);
        Parameter.TOP_K.check(topK);
        Parameter.FREQUENCY_PENALTY.check(frequencyPenalty);
        Parameter.PRESENCE_PENALTY.check(presencePenalty);
    }

    /** Whether the answer so far has a part in the choice. */
    boolean penalises() {
        return frequencyPenalty != 0 || presencePenalty != 0;
    }

    boolean greedy() {
        return temperature < LEAST_TEMPERATURE;
    }

    /**
     * @param vocabulary only the first so many tokens can be chosen
     * @param masks and of these, those of {@link Masks}
     */
    Sampling toProgram(int vocabulary, Optional<ByteBuffer> masks) {
        return new Sampling(
                greedy() ? 0 : temperature, topP, topK, frequencyPenalty, presencePenalty, vocabulary, masks);
    }
}
