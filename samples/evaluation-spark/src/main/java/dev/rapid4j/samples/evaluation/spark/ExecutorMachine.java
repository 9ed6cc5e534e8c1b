package dev.rapid4j.samples.evaluation.spark;

import dev.rapid4j.CheckpointException;
import dev.rapid4j.WeightFormat;
import dev.rapid4j.internal.torch.Device;
import dev.rapid4j.internal.torch.Devices;
import dev.rapid4j.samples.evaluation.running.ModelMachine;
import dev.rapid4j.samples.evaluation.running.ThisMachine;
import dev.rapid4j.samples.evaluation.runs.Machine;
import dev.rapid4j.samples.evaluation.runs.RunException;
import dev.rapid4j.samples.evaluation.runs.RunJson;
import java.io.Serializable;
import java.util.List;
import java.util.Optional;
import org.apache.spark.api.java.JavaSparkContext;

/** Asks an executor about its machine, for the driver's may be of another kind. One stands for all. */
record ExecutorMachine(JavaSparkContext spark) implements ModelMachine {

    /** @param problem why there is nothing of this name; empty if there is */
    private record Found(String name, String problem) implements Serializable {}

    @FunctionalInterface
    private interface Question<T> extends Serializable {
        T answer();
    }

    /**
     * Or {@link OwnGpu#NAME}.
     *
     * @throws RunException if no executor answers
     */
    @Override
    public String device(String asked) {
        Found found = ask(spark, () -> find(asked));
        if (!found.problem().isEmpty()) {
            throw new IllegalArgumentException(says(found));
        }
        return found.name();
    }

    /**
     * @throws CheckpointException if the executor cannot have or use the model
     * @throws RunException if no executor answers
     */
    @Override
    public WeightFormat weights(WeightFormat asked, String model, String device) {
        if (asked != WeightFormat.AUTO) {
            return asked;
        }
        Found found = ask(spark, () -> automaticWeights(model, device));
        if (!found.problem().isEmpty()) {
            throw new CheckpointException(says(found));
        }
        return WeightFormat.valueOf(found.name());
    }

    private static String says(Found found) {
        return "An executor says: " + found.problem();
    }

    private static Found automaticWeights(String model, String device) {
        try {
            String resolved = OwnGpu.resolve(device, OwnGpu.ofTask());
            return new Found(
                    new ThisMachine()
                            .weights(WeightFormat.AUTO, model, resolved)
                            .name(),
                    "");
        } catch (RuntimeException | LinkageError e) {
            return new Found("", Reason.of(e));
        }
    }

    private static Found find(String wanted) {
        try {
            Optional<String> gpu = OwnGpu.ofTask();
            if (gpu.isEmpty() || !OwnGpu.isMeantBy(wanted)) {
                return new Found(Devices.of(wanted).toString(), "");
            }
            Device.of(OwnGpu.resolve(OwnGpu.NAME, gpu));
            return new Found(OwnGpu.NAME, "");
        } catch (RuntimeException | LinkageError e) {
            return new Found("", Reason.of(e));
        }
    }

    static Machine describe(JavaSparkContext spark) {
        return RunJson.read(ask(spark, () -> RunJson.write(ThisMachine.describe())), Machine.class);
    }

    private static <T> T ask(JavaSparkContext spark, Question<T> question) {
        try {
            return spark.parallelize(List.of(question), 1).map(Question::answer).first();
        } catch (Exception e) {
            throw new RunException("No executor says what machine it is on: " + Reason.of(e), e);
        }
    }
}
