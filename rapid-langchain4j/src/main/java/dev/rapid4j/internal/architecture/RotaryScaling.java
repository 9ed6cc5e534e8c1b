package dev.rapid4j.internal.architecture;

import java.util.List;
import java.util.OptionalDouble;

/** How the frequencies of the rotary position embeddings are stretched beyond the context length of pre-training. */
public sealed interface RotaryScaling {

    /** Tokens of a sequence that a network of so many {@code max_position_embeddings} has room for. */
    default int contextLength(int positions) {
        return positions;
    }

    record None() implements RotaryScaling {}

    /** Positions divided by {@code factor}. */
    record Linear(double factor) implements RotaryScaling {}

    /** Llama 3.1: low frequencies divided by {@code factor}, high ones kept, those between interpolated. */
    record Llama3(double factor, double lowFrequencyFactor, double highFrequencyFactor, int originalContextLength)
            implements RotaryScaling {}

    /**
     * Dynamic NTK: a base that grows with the length of the text beyond that of pre-training. Keys are cached rotated,
     * so one base serves a model as it is loaded, that for its whole context; up to {@code trainedLength} it is the
     * trained one.
     *
     * @param factor above 0; the context is so many times as long as the trained one
     * @param trainedLength tokens of the pre-training
     */
    record DynamicNtk(double factor, int trainedLength) implements RotaryScaling {

        @Override
        public int contextLength(int positions) {
            return stretched(positions, trainedLength * factor);
        }

        /** The base of a network whose texts have up to so many tokens. */
        public double theta(double theta, int dimension, int contextLength) {
            if (contextLength <= trainedLength) {
                return theta;
            }
            double stretch = factor * contextLength / trainedLength - (factor - 1);
            return theta * Math.pow(stretch, dimension / (dimension - 2.0));
        }
    }

    /**
     * LongRoPE (Ding et al., arXiv 2402.13753): each frequency divided by a number of its own, of two lists. Keys are
     * cached rotated, so one list serves a model as it is loaded: the one for long texts where its context is longer
     * than the original one.
     *
     * @param originalContextLength tokens of the pre-training
     * @param attentionFactor what cosine and sine are multiplied by, whatever the list
     */
    record LongRope(
            List<Double> shortDivisors, List<Double> longDivisors, int originalContextLength, double attentionFactor)
            implements RotaryScaling {

        public LongRope {
            shortDivisors = List.copyOf(shortDivisors);
            longDivisors = List.copyOf(longDivisors);
        }

        /** The one of the paper for a context that is so many times as long as the original one. */
        static double attentionFactor(double factor, int originalContextLength) {
            return factor <= 1 ? 1 : Math.sqrt(1 + Math.log(factor) / Math.log(originalContextLength));
        }

        /** Those of a network whose texts have up to so many tokens. */
        public List<Double> divisors(int contextLength) {
            return contextLength > originalContextLength ? longDivisors : shortDivisors;
        }
    }

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
            implements RotaryScaling {

        @Override
        public int contextLength(int positions) {
            return stretched(positions, originalContextLength * factor);
        }
    }

    private static int stretched(int positions, double length) {
        return (int) Math.min(ConfigurationChecks.MAX_CONTEXT, Math.max(positions, length));
    }
}
