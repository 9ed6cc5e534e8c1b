package dev.rapid4j.internal.model;

import static java.util.stream.Collectors.toSet;

import dev.rapid4j.TorchException;
import dev.rapid4j.WeightFormat;
import dev.rapid4j.internal.checkpoint.Checkpoint;
import dev.rapid4j.internal.text.ByteSizes;
import dev.rapid4j.internal.torch.DecoderProgram;
import dev.rapid4j.internal.torch.Device;
import dev.rapid4j.internal.torch.Devices;
import dev.rapid4j.internal.torch.Processor;
import dev.rapid4j.internal.torch.Torch;
import dev.rapid4j.internal.weights.WeightEntry;
import dev.rapid4j.internal.weights.WeightType;
import java.util.Set;
import java.util.function.BooleanSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What {@link WeightFormat#AUTO} is for a language model.
 *
 * @param reason for the log
 */
record AutomaticWeights(WeightFormat format, String reason) {

    private static final Logger LOG = LoggerFactory.getLogger("dev.rapid4j.RapidEngine");

    /** The rest is for KV caches, and for what works beside the model. */
    private static final double MOST_OF_MEMORY = 0.75;

    /**
     * What a processor and its memory are good for.
     *
     * @param multipliesBfloat16 whether it has instructions for that
     * @param multipliesIntegers whether its products of 8-bit integers are there and right
     * @param availableBytes memory that is free
     */
    record Machine(BooleanSupplier multipliesBfloat16, BooleanSupplier multipliesIntegers, long availableBytes) {

        static Machine thisOne() {
            return new Machine(
                    Processor::multipliesBfloat16,
                    AutomaticWeights::multipliesIntegers,
                    Torch.availableMemory(Device.CPU));
        }
    }

    /** What the matrices of a file are, as far as it matters here. */
    enum Stored {
        FLOAT32,
        HALF_PRECISION,
        QUANTISED
    }

    /** The format asked for, or what is best; the choice is logged with its reason. */
    static WeightFormat resolve(WeightFormat asked, Checkpoint checkpoint, Devices devices) {
        if (asked != WeightFormat.AUTO) {
            return asked;
        }
        if (!devices.areCpu()) {
            return WeightFormat.BFLOAT16;
        }
        AutomaticWeights chosen = onCpu(stored(checkpoint), parameters(checkpoint), Machine.thisOne());
        LOG.info(
                "{} gets {} weights, {}; targetWeights and drafterWeights choose others",
                checkpoint.name(),
                chosen.format(),
                chosen.reason());
        return chosen.format();
    }

    /**
     * On the CPU.
     *
     * @param parameters numbers of all weights
     */
    static AutomaticWeights onCpu(Stored stored, long parameters, Machine machine) {
        if (stored == Stored.QUANTISED && machine.multipliesIntegers().getAsBoolean()) {
            return new AutomaticWeights(WeightFormat.INT8, "as those of its file are quantised");
        }
        // Measured on a Xeon with AMX: a prompt is read 3.5 times as fast as in float32, eleven tokens are verified
        // 2.6 times as fast, one is decoded as fast. Without such instructions reading takes five times as long.
        boolean half = stored != Stored.FLOAT32 && machine.multipliesBfloat16().getAsBoolean();
        WeightFormat floats = half ? WeightFormat.BFLOAT16 : WeightFormat.FLOAT32;
        long bytes =
                parameters * NumberFormat.of(floats, Device.CPU).activations().bytes();
        if (bytes > MOST_OF_MEMORY * machine.availableBytes()
                && machine.multipliesIntegers().getAsBoolean()) {
            return new AutomaticWeights(
                    WeightFormat.INT8,
                    "as with %s ones, of %,d MB, the %,d MB that are free would not leave a quarter for caches"
                            .formatted(
                                    floats, ByteSizes.megabytes(bytes), ByteSizes.megabytes(machine.availableBytes())));
        }
        if (half) {
            return new AutomaticWeights(floats, "for which this processor has instructions");
        }
        return new AutomaticWeights(
                floats,
                stored == Stored.FLOAT32
                        ? "as its file has them"
                        : "as this processor is not known to have instructions for bfloat16");
    }

    private static Stored stored(Checkpoint checkpoint) {
        Set<WeightType> types = checkpoint.fields().values().stream()
                .filter(weight -> weight.shape().size() > 1)
                .map(WeightEntry::type)
                .collect(toSet());
        if (types.stream().anyMatch(WeightType::isQuantised)) {
            return Stored.QUANTISED;
        }
        return types.equals(Set.of(WeightType.FLOAT32)) ? Stored.FLOAT32 : Stored.HALF_PRECISION;
    }

    private static long parameters(Checkpoint checkpoint) {
        return checkpoint.fields().values().stream()
                .mapToLong(WeightEntry::elements)
                .sum();
    }

    private static boolean multipliesIntegers() {
        try {
            new DecoderProgram().check8BitProducts();
            return true;
        } catch (TorchException e) {
            LOG.debug("No 8-bit products", e);
            return false;
        }
    }
}
