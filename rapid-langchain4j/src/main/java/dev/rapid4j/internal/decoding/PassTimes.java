package dev.rapid4j.internal.decoding;

import dev.rapid4j.internal.model.LanguageModel;
import dev.rapid4j.internal.torch.Processor;

/**
 * Seconds that a model takes for each of the quantities of {@link PassWork}, in their order.
 *
 * @param pass of one token over an empty cache
 * @param furtherToken each one more in the same pass
 */
record PassTimes(
        double pass,
        double severalTokens,
        double furtherToken,
        double cachedToken,
        double cachedBySeveral,
        double cachedByFurther) {

    /**
     * Bytes of weights, keys and values that a second reads: two cores (docs/design.md, section 8), and a small GPU.
     */
    private static final double CPU_BYTES_A_SECOND = 14e9;

    private static final double CUDA_BYTES_A_SECOND = 500e9;

    /** Norms, rotary steps and calls, of one layer. */
    private static final double LAYER_SECONDS = 100e-6;

    /**
     * What a model of this size and format takes on a machine of no account. Only how they compare with each other, and
     * with those of another model, is of any use: docs/design.md, sections 3, 7 and 8, has what they were taken from.
     */
    static PassTimes nominal(LanguageModel model) {
        // seconds a byte, of layers on the CPU and of others
        double cpu = model.shareOnCpu() / CPU_BYTES_A_SECOND;
        double cuda = (1 - model.shareOnCpu()) / CUDA_BYTES_A_SECOND;
        double cached = model.attendedBytes() * (cpu + cuda);
        return of(
                LAYER_SECONDS * model.layers() + model.bytesOfOneToken() * (cpu + cuda),
                model.bytesOfOneToken() * (cpu * furtherTokenShare(model) + cuda * 0.01)
                        + model.bytesOfFurtherToken() * (cpu + cuda),
                cached,
                0.04 * model.queryGroup() * cached);
    }

    /** Where the step from one token to two takes half a token more than those after it. */
    static PassTimes of(double pass, double furtherToken, double cachedToken, double cachedByFurther) {
        return new PassTimes(pass, furtherToken / 2, furtherToken, cachedToken, cachedByFurther / 2, cachedByFurther);
    }

    private static double furtherTokenShare(LanguageModel model) {
        return switch (model.numbers().weights()) {
            case AUTO, FLOAT32 -> 0.15;
            // between 0.1 with AVX-512 and VNNI and 0.18 with AVX2 (docs/speed.md; docs/design.md, section 7)
            case INT8 -> 0.12;
            case INT4, FP8 -> 0.5;
            case BFLOAT16 -> Processor.multipliesBfloat16() ? 0.05 : 1;
            case FLOAT16 -> 1;
        };
    }

    static PassTimes of(double[] seconds) {
        return new PassTimes(seconds[0], seconds[1], seconds[2], seconds[3], seconds[4], seconds[5]);
    }

    /**
     * What one of several sequences has of passes that all of them go through as one: of the weights, which are read
     * once for all, a part.
     *
     * @param company how many they are, at least 1
     */
    PassTimes shared(int company) {
        return company == 1
                ? this
                : new PassTimes(
                        (pass + severalTokens + (company - 1) * furtherToken) / company,
                        0,
                        furtherToken,
                        cachedToken,
                        cachedBySeveral,
                        cachedByFurther);
    }

    double[] seconds() {
        return new double[] {pass, severalTokens, furtherToken, cachedToken, cachedBySeveral, cachedByFurther};
    }

    double seconds(PassWork work) {
        return pass * work.passes()
                + severalTokens * work.severalTokens()
                + furtherToken * work.furtherTokens()
                + cachedToken * work.cached()
                + cachedBySeveral * work.cachedBySeveral()
                + cachedByFurther * work.cachedByFurther();
    }
}
