package dev.rapid4j.internal.checkpoint;

import com.fasterxml.jackson.databind.JsonNode;
import dev.rapid4j.CheckpointException;
import dev.rapid4j.Pooling;
import dev.rapid4j.internal.architecture.ConfigurationChecks;
import dev.rapid4j.internal.architecture.EncoderConfiguration.Projection;
import dev.rapid4j.internal.json.JsonFile;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/**
 * What sentence-transformers does with the vectors of the tokens, as {@code modules.json} and the files that it names
 * say.
 */
record SentenceModules(Pooling pooling, List<Projection> projections, boolean normalized) {

    private static final String TRANSFORMER = "Transformer";
    private static final String POOLING = "Pooling in " + EncoderFiles.POOLING_FOLDER;
    private static final String DENSE = "Dense in ";
    private static final String NORMALIZE = "Normalize";
    private static final String POOLING_MODE = "pooling_mode";

    /** @return empty if there is no {@code modules.json} */
    static Optional<SentenceModules> read(CheckpointFolder folder) {
        if (!Files.exists(folder.file(EncoderFiles.MODULES))) {
            return Optional.empty();
        }
        List<String> modules = JsonFile.readListAsPython(folder.file(EncoderFiles.MODULES)).stream()
                .map(SentenceModules::module)
                .toList();
        List<String> expected = new ArrayList<>(List.of(TRANSFORMER, POOLING));
        List<String> folders = EncoderFiles.PROJECTION_FOLDERS.stream()
                .takeWhile(projection -> modules.contains(DENSE + projection))
                .toList();
        folders.forEach(projection -> expected.add(DENSE + projection));
        boolean normalized = modules.contains(NORMALIZE);
        if (normalized) {
            expected.add(NORMALIZE);
        }
        if (!modules.equals(expected)) {
            throw new CheckpointException(
                    "%s describes %s; supported are %s, %s, %s%s and %s, in this order; the last three may be missing"
                            .formatted(
                                    folder.file(EncoderFiles.MODULES),
                                    JsonFile.abbreviate(modules.toString()),
                                    TRANSFORMER,
                                    POOLING,
                                    DENSE,
                                    String.join(", " + DENSE, EncoderFiles.PROJECTION_FOLDERS),
                                    NORMALIZE));
        }
        List<Projection> projections =
                folders.stream().map(name -> projection(folder, name)).toList();
        return Optional.of(new SentenceModules(pooling(folder), projections, normalized));
    }

    /** The type of a module without its Python package, and its folder if it has one. */
    private static String module(JsonFile module) {
        String type = module.text("type", "");
        String path = module.text("path", "");
        String name = type.substring(type.lastIndexOf('.') + 1);
        return name.equals(NORMALIZE) || path.isEmpty() ? name : name + " in " + path;
    }

    private static Projection projection(CheckpointFolder folder, String name) {
        JsonFile file = JsonFile.readAsPython(folder.file(name + "/config.json"));
        String function = file.text("activation_function", "torch.nn.modules.activation.Tanh");
        boolean tanh = function.equals("torch.nn.modules.activation.Tanh");
        if (!tanh && !function.equals("torch.nn.modules.linear.Identity")) {
            throw file.invalid("activation_function", "supported are Tanh and Identity of torch.nn");
        }
        return new Projection(
                name,
                file.positive("in_features", ConfigurationChecks.MAX_WIDTH),
                file.positive("out_features", ConfigurationChecks.MAX_WIDTH),
                file.flag("bias", true),
                tanh);
    }

    private static Pooling pooling(CheckpointFolder folder) {
        JsonFile file = JsonFile.readAsPython(folder.file(EncoderFiles.POOLING));
        if (!file.flag("include_prompt", true)) {
            throw file.invalid(
                    "include_prompt", "supported is the pooling of all tokens, those of the prompt included");
        }
        Set<String> modes = new TreeSet<>();
        for (Map.Entry<String, JsonNode> field : file.root().properties()) {
            if (field.getKey().startsWith(POOLING_MODE + "_")
                    && field.getValue().asBoolean()) {
                modes.add(field.getKey().substring(POOLING_MODE.length() + 1));
            }
        }
        if (file.has(POOLING_MODE)) {
            modes.add(file.text(POOLING_MODE, ""));
        }
        if (modes.size() == 1) {
            switch (modes.iterator().next()) {
                case "cls_token", "cls" -> {
                    return Pooling.CLS;
                }
                case "mean_tokens", "mean" -> {
                    return Pooling.MEAN;
                }
                case "lasttoken" -> {
                    return Pooling.LAST;
                }
                default -> {}
            }
        }
        throw new CheckpointException(
                "%s asks for the pooling %s; supported are the first token's vector (cls), the last one's (lasttoken) and the mean"
                        .formatted(file.file(), JsonFile.abbreviate(modes.toString())));
    }
}
