package dev.rapid4j.spring;

import dev.rapid4j.CheckpointException;
import dev.rapid4j.TorchException;
import dev.rapid4j.TorchStartException;
import java.nio.file.Path;
import java.util.Optional;

/**
 * Says why models could not be loaded, and what to do about it, by the names of the properties.
 *
 * @param what has been loaded
 * @param models the properties that name the models, with their values
 * @param devices the properties that name the devices
 * @param weights the properties that name the weights' formats
 */
record LoadFailures(String what, String models, String devices, String weights) {

    private static final String PREFIX = RapidProperties.PREFIX + ".";
    private static final String HUB = PREFIX + "hub.";

    static LoadFailures ofEngine(RapidProperties properties) {
        String target = property("target", properties.target());
        return properties.drafter() == null
                ? new LoadFailures("The model", target, PREFIX + "target-device", PREFIX + "target-weights")
                : new LoadFailures(
                        "The model",
                        target + " and " + property("drafter", properties.drafter()),
                        PREFIX + "target-device and " + PREFIX + "drafter-device",
                        PREFIX + "target-weights and " + PREFIX + "drafter-weights");
    }

    static LoadFailures ofEmbeddingModel(RapidProperties properties) {
        return new LoadFailures(
                "The embedding model",
                property("embedding-model.model", properties.embeddingModel().model()),
                PREFIX + "embedding-model.device",
                PREFIX + "embedding-model.weights");
    }

    private static String property(String name, String value) {
        return PREFIX + name + " (now '" + value + "')";
    }

    RapidUnavailableException explain(Throwable failure) {
        return new RapidUnavailableException(
                what + " could not be loaded: " + sentence(message(failure)),
                action(failure).orElse(""),
                failure);
    }

    private static String message(Throwable failure) {
        return Optional.ofNullable(failure.getMessage())
                .filter(message -> !message.isBlank())
                .orElseGet(failure::toString);
    }

    private static String sentence(String message) {
        return message.endsWith(".") ? message : message + ".";
    }

    /** Empty where nobody has foreseen it. */
    private Optional<String> action(Throwable failure) {
        if (failure instanceof CheckpointException checkpoint) {
            return Optional.of(action(checkpoint.problem()));
        }
        if (failure instanceof TorchStartException) {
            return Optional.of(
                    "Do what the end of the description says; nothing of it is a property. For CUDA, leave the"
                            + " dependency ai.djl.pytorch:pytorch-native-cpu out: libtorch is then downloaded, or found where the"
                            + " environment variable PYTORCH_LIBRARY_PATH says.");
        }
        if (failure instanceof TorchException || failure instanceof OutOfMemoryError) {
            return Optional.of("If memory is short, set " + models + " to something smaller, " + weights
                    + " to BFLOAT16 or, for a language model, INT8 or INT4, or " + devices
                    + " to a device that has more, or to several (cuda:0,cuda:1).");
        }
        if (failure instanceof IllegalArgumentException) {
            return Optional.of("Correct the property that this is about: " + devices
                    + " for a device (auto takes what is there), otherwise another one under " + RapidProperties.PREFIX
                    + ".");
        }
        return Optional.empty();
    }

    private String action(CheckpointException.Problem problem) {
        return switch (problem) {
            case NOT_FOUND ->
                "Set " + models + " to the folder of a Hugging Face checkpoint (a relative one starts at "
                        + Path.of("").toAbsolutePath()
                        + "), to a model of the hub, organisation/name, or for a language model to a GGUF file or"
                        + " ollama:model:tag; for a model with restricted access, set "
                        + HUB
                        + "token.";
            case UNREACHABLE ->
                "Check the network and " + HUB + "endpoint; or download the model elsewhere and set " + models
                        + " to its folder.";
            case OFFLINE ->
                "Set " + HUB + "offline to false or, if it is not set, unset the environment variable HF_HUB_OFFLINE;"
                        + " or copy the model into the cache (" + HUB + "cache); or set " + models
                        + " to the folder of a model.";
            case NOT_STORED ->
                "Free space, or set " + HUB + "cache to a folder that can be written, on a disk with more of it.";
            case UNUSABLE -> "Set " + models + " to a model that can be used, or repair its files.";
        };
    }
}
