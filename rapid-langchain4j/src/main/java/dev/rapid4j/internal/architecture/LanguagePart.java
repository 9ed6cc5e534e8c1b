package dev.rapid4j.internal.architecture;

import dev.rapid4j.internal.json.JsonFile;
import dev.rapid4j.internal.weights.Tensor;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** The language model of a checkpoint that has an encoder of images beside it. */
final class LanguagePart {

    /** What stands before the names of its tensors: by transformers 5, and by 4. */
    private static final Map<String, String> PREFIXES = Map.of(
            "model.language_model.", "model.",
            "language_model.model.", "model.",
            "language_model.lm_head.", "lm_head.");

    private static final List<String> OTHERS =
            List.of("model.vision_tower.", "vision_tower.", "model.multi_modal_projector.", "multi_modal_projector.");

    private LanguagePart() {}

    /** @throws dev.rapid4j.CheckpointException if there is no {@code text_config} */
    static JsonFile configuration(JsonFile config) {
        return config.object("text_config");
    }

    /** By the names that they have in checkpoints for text. */
    static Map<String, Tensor> tensors(Map<String, Tensor> tensors) {
        Map<String, Tensor> language = new LinkedHashMap<>();
        tensors.forEach((name, tensor) -> {
            if (OTHERS.stream().noneMatch(name::startsWith)) {
                language.put(published(name), tensor);
            }
        });
        return language;
    }

    private static String published(String name) {
        Optional<String> prefix =
                PREFIXES.keySet().stream().filter(name::startsWith).findFirst();
        return prefix.map(found -> PREFIXES.get(found) + name.substring(found.length()))
                .orElse(name);
    }
}
