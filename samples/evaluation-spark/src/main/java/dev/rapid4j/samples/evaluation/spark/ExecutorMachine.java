package dev.rapid4j.samples.evaluation.spark;

import dev.rapid4j.samples.evaluation.running.ThisMachine;
import dev.rapid4j.samples.evaluation.runs.Machine;
import dev.rapid4j.samples.evaluation.runs.RunJson;
import dev.rapid4j.torch.Torch;
import java.io.Serializable;
import java.util.List;
import org.apache.spark.api.java.JavaSparkContext;

/** Asks an executor about its machine, for the driver's may be of another kind. One stands for all. */
final class ExecutorMachine {

    /** @param problem why there is no such device; empty if there is */
    private record Device(String name, String problem) implements Serializable {}

    private ExecutorMachine() {}

    /**
     * The device's name: {@code cuda:0} for {@code auto}, where there is one.
     *
     * @throws IllegalArgumentException if there is no such device
     */
    static String device(JavaSparkContext spark, String wanted) {
        Device device =
                spark.parallelize(List.of(wanted), 1).map(ExecutorMachine::find).first();
        if (!device.problem().isEmpty()) {
            throw new IllegalArgumentException("An executor says: " + device.problem());
        }
        return device.name();
    }

    private static Device find(String wanted) {
        try {
            return new Device(Torch.device(wanted), "");
        } catch (RuntimeException | LinkageError e) {
            return new Device("", Reason.of(e));
        }
    }

    static Machine describe(JavaSparkContext spark) {
        String machine = spark.parallelize(List.of(1), 1)
                .map(any -> RunJson.write(ThisMachine.describe()))
                .first();
        return RunJson.read(machine, Machine.class);
    }
}
