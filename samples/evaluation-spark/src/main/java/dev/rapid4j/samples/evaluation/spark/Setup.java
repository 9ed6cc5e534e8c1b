package dev.rapid4j.samples.evaluation.spark;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.rapid4j.samples.evaluation.prompts.Prompts;
import dev.rapid4j.samples.evaluation.runs.RunJson;
import dev.rapid4j.samples.evaluation.runs.RunSettings;
import java.io.Serializable;
import java.util.List;
import java.util.Optional;

/**
 * What an executor needs to load its engine.
 *
 * @param settings a {@link RunSettings} as {@link RunJson} writes it
 * @param prompts those with the hash of the settings
 */
record Setup(String settings, Prompts prompts) implements Serializable {

    private static final List<String> DEVICES = List.of("targetDevice", "drafterDevice");

    static Setup of(RunSettings settings, Prompts prompts) {
        return new Setup(RunJson.write(settings), prompts);
    }

    /** @param gpu the executor's own, if it has one */
    RunSettings runSettings(Optional<String> gpu) {
        try {
            ObjectNode json = (ObjectNode) new ObjectMapper().readTree(settings);
            for (String device : DEVICES) {
                json.put(device, OwnGpu.resolve(json.get(device).textValue(), gpu));
            }
            return RunJson.read(json.toString(), RunSettings.class);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException(e);
        }
    }
}
