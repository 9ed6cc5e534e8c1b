package dev.rapid4j.internal.model;

import dev.rapid4j.internal.architecture.DecoderConfiguration;
import dev.rapid4j.internal.architecture.RotaryScaling;
import dev.rapid4j.internal.torch.DecoderProgram.Rotary;
import java.util.List;

/** The angles by which rotary position embeddings turn, as transformers' {@code modeling_rope_utils} computes them. */
final class RotaryFrequencies {

    private RotaryFrequencies() {}

    /** @param contextLength most tokens of a text that the network is used for */
    static List<Rotary> of(DecoderConfiguration configuration, int contextLength) {
        return configuration.rotaries().stream()
                .map(described -> of(described, contextLength))
                .toList();
    }

    private static Rotary of(DecoderConfiguration.Rotary described, int contextLength) {
        int dimension = described.dimension();
        double theta = described.scaling() instanceof RotaryScaling.DynamicNtk dynamic
                ? dynamic.theta(described.theta(), dimension, contextLength)
                : described.theta();
        double[] inverse = new double[dimension / 2];
        for (int i = 0; i < inverse.length; i++) {
            inverse[i] = Math.pow(theta, -2.0 * i / dimension);
        }
        double attentionScaling = 1;
        RotaryScaling scaling = described.scaling();
        if (scaling instanceof RotaryScaling.Linear linear) {
            for (int i = 0; i < inverse.length; i++) {
                inverse[i] /= linear.factor();
            }
        } else if (scaling instanceof RotaryScaling.Divisors divisors) {
            divide(inverse, divisors.divisors());
        } else if (scaling instanceof RotaryScaling.LongRope longRope) {
            divide(inverse, longRope.divisors(contextLength));
            attentionScaling = longRope.attentionFactor();
        } else if (scaling instanceof RotaryScaling.Llama3 llama3) {
            for (int i = 0; i < inverse.length; i++) {
                inverse[i] = llama3(inverse[i], llama3);
            }
        } else if (scaling instanceof RotaryScaling.Yarn yarn) {
            yarn(inverse, yarn, dimension, theta);
            attentionScaling = attentionScaling(yarn);
        }
        return new Rotary(inverse, attentionScaling);
    }

    private static void divide(double[] inverse, List<Double> divisors) {
        for (int i = 0; i < inverse.length; i++) {
            inverse[i] /= divisors.get(i);
        }
    }

    private static double llama3(double inverse, RotaryScaling.Llama3 scaling) {
        double turns = scaling.originalContextLength() * inverse / (2 * Math.PI);
        if (turns < scaling.lowFrequencyFactor()) {
            return inverse / scaling.factor();
        }
        if (turns > scaling.highFrequencyFactor()) {
            return inverse;
        }
        double smooth =
                (turns - scaling.lowFrequencyFactor()) / (scaling.highFrequencyFactor() - scaling.lowFrequencyFactor());
        return (1 - smooth) * inverse / scaling.factor() + smooth * inverse;
    }

    private static void yarn(double[] inverse, RotaryScaling.Yarn scaling, int dimension, double theta) {
        double low = pairTurning(scaling.betaFast(), scaling, dimension, theta);
        double high = pairTurning(scaling.betaSlow(), scaling, dimension, theta);
        if (scaling.truncate()) {
            low = Math.floor(low);
            high = Math.ceil(high);
        }
        low = Math.max(low, 0);
        high = Math.min(high, dimension - 1.0);
        if (low == high) {
            high += 0.001;
        }
        for (int i = 0; i < inverse.length; i++) {
            double interpolated = Math.min(1, Math.max(0, (i - low) / (high - low)));
            inverse[i] = inverse[i] / scaling.factor() * interpolated + inverse[i] * (1 - interpolated);
        }
    }

    /** The (fractional) index of the pair that turns so often within the original context. */
    private static double pairTurning(double rotations, RotaryScaling.Yarn scaling, int dimension, double theta) {
        return dimension
                * Math.log(scaling.originalContextLength() / (rotations * 2 * Math.PI))
                / (2 * Math.log(theta));
    }

    private static double attentionScaling(RotaryScaling.Yarn scaling) {
        if (scaling.attentionFactor().isPresent()) {
            return scaling.attentionFactor().getAsDouble();
        }
        double factor = scaling.factor();
        if (scaling.mscale().isPresent() && scaling.mscaleAllDim().isPresent()) {
            return magnitude(factor, scaling.mscale().getAsDouble())
                    / magnitude(factor, scaling.mscaleAllDim().getAsDouble());
        }
        return magnitude(factor, 1);
    }

    private static double magnitude(double factor, double mscale) {
        return factor <= 1 ? 1 : 0.1 * mscale * Math.log(factor) + 1;
    }
}
