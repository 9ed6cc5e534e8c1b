package dev.rapid4j.samples.evaluation.spark;

import dev.rapid4j.samples.evaluation.prompts.Prompts;
import dev.rapid4j.samples.evaluation.runs.RunJson;
import dev.rapid4j.samples.evaluation.runs.RunSettings;
import java.io.Serializable;

/**
 * What an executor needs to load its engine.
 *
 * @param settings a {@link RunSettings} as {@link RunJson} writes it
 * @param prompts those with the hash of the settings
 */
record Setup(String settings, Prompts prompts) implements Serializable {

    static Setup of(RunSettings settings, Prompts prompts) {
        return new Setup(RunJson.write(settings), prompts);
    }

    RunSettings runSettings() {
        return RunJson.read(settings, RunSettings.class);
    }
}
