package dev.rapid4j.samples.evaluation.spark;

import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.apache.spark.TaskContext;
import org.apache.spark.resource.ResourceInformation;

/**
 * The GPU that Spark has given to a task, where it is told to give any ({@code spark.task.resource.gpu.amount}). So the
 * executors of a machine with several of them do not all load their engines on the first.
 */
final class OwnGpu {

    /** The device in a run's settings: which GPU it is, each executor sees for itself. */
    static final String NAME = "cuda";

    private static final String RESOURCE = "gpu";

    private OwnGpu() {}

    /** The index of this task's. */
    static Optional<String> ofTask() {
        return of(TaskContext.get().resourcesJMap());
    }

    /** @param resources of a task; of several GPUs the first counts */
    static Optional<String> of(Map<String, ResourceInformation> resources) {
        return Stream.ofNullable(resources.get(RESOURCE))
                .flatMap(gpus -> Stream.of(gpus.addresses()))
                .findFirst();
    }

    /** Whether a device that was asked for is any GPU, or the best there is. */
    static boolean isMeantBy(String device) {
        return device.equals("auto") || device.equals(NAME);
    }

    /** A device of a run's settings, with the index of the GPU if it is the task's own. */
    static String resolve(String device, Optional<String> gpu) {
        return device.equals(NAME) ? gpu.map(index -> NAME + ":" + index).orElse(device) : device;
    }
}
