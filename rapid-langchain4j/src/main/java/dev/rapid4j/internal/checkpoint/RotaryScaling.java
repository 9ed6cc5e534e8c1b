package dev.rapid4j.internal.checkpoint;

import java.util.List;
import java.util.OptionalDouble;

/** How the frequencies of the rotary position embeddings are stretched beyond the context length of pre-training. */
public sealed interface RotaryScaling {

    record None() implements RotaryScaling {}

    /** Positions divided by {@code factor}. */
    record Linear(double factor) implements RotaryScaling {}

    /** Llama 3.1: low frequencies divided by {@code factor}, high ones kept, those between interpolated. */
    record Llama3(double factor, double lowFrequencyFactor, double highFrequencyFactor, int originalContextLength)
            implements RotaryScaling {}

    /** Each frequency divided by a number of its own: Llama 3's scaling in a GGUF file. */
    record Divisors(List<Double> divisors) implements RotaryScaling {

        public Divisors {
            divisors = List.copyOf(divisors);
        }
    }

    /**
     * YaRN (Peng et al., arXiv 2309.00071).
     *
     * @param originalContextLength tokens of the pre-training
     * @param betaFast rotations above which a frequency is kept
     * @param betaSlow rotations below which a frequency is divided by {@code factor}
     * @param attentionFactor what cosine and sine are multiplied by; follows from the factor (and the two mscales) if
     *     absent
     * @param truncate whether the borders of the ramp are rounded to whole dimensions
     */
    record Yarn(
            double factor,
            int originalContextLength,
            double betaFast,
            double betaSlow,
            OptionalDouble attentionFactor,
            OptionalDouble mscale,
            OptionalDouble mscaleAllDim,
            boolean truncate)
            implements RotaryScaling {}
}
