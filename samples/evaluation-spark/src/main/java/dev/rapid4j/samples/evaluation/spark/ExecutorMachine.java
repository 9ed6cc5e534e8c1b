package dev.rapid4j.samples.evaluation.spark;

import dev.rapid4j.internal.torch.Device;
import dev.rapid4j.samples.evaluation.running.ThisMachine;
import dev.rapid4j.samples.evaluation.runs.Machine;
import dev.rapid4j.samples.evaluation.runs.RunException;
import dev.rapid4j.samples.evaluation.runs.RunJson;
import java.io.Serializable;
import java.util.List;
import java.util.Optional;
import org.apache.spark.api.java.JavaSparkContext;

/** Asks an executor about its machine, for the driver's may be of another kind. One stands for all. */
final class ExecutorMachine {

    /** @param problem why there is no such device; empty if there is */
    private record Found(String name, String problem) implements Serializable {}

    @FunctionalInterface
    private interface Question<T> extends Serializable {
        T answer();
    }

    private ExecutorMachine() {}

    /**
     * The device's name: {@code cuda:0} for {@code auto}, where there is one, or {@link OwnGpu#NAME}.
     *
     * @throws IllegalArgumentException if there is no such device
     * @throws RunException if no executor answers
     */
    static String device(JavaSparkContext spark, String wanted) {
        Found device = ask(spark, () -> find(wanted));
        if (!device.problem().isEmpty()) {
            throw new IllegalArgumentException("An executor says: " + device.problem());
        }
        return device.name();
    }

    private static Found find(String wanted) {
        try {
            Optional<String> gpu = OwnGpu.ofTask();
            if (gpu.isEmpty() || !OwnGpu.isMeantBy(wanted)) {
                return new Found(Device.of(wanted).toString(), "");
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
