package dev.rapid4j.internal.architecture;

import static java.util.stream.Collectors.toSet;

import dev.rapid4j.CheckpointException;
import dev.rapid4j.internal.json.JsonFile;
import dev.rapid4j.internal.weights.Tensor;
import dev.rapid4j.internal.weights.WeightEntry;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * An encoder-only network, found among the tensors of a checkpoint.
 *
 * @param weights by their names in an encoder of its own ({@code encoder.layer.0.attention.self.query.weight})
 * @param fields the same, by the fields that they fill in the network's program
 */
public record EncoderNetwork(Map<String, WeightEntry> weights, Map<String, WeightEntry> fields) {

    /** What classes for other tasks put before the names of the encoder's tensors. */
    private static final List<String> PREFIXES = List.of("", "roberta.", "bert.", "mpnet.", "model.");

    /** Of the pre-training, behind the encoder. */
    private static final Pattern HEADS = Pattern.compile("(pooler|lm_head|cls|head|decoder|classifier)\\..*");

    private static final Pattern OLD_NORM = Pattern.compile("LayerNorm\\.(gamma|beta)$");

    public EncoderNetwork {
        weights = Map.copyOf(weights);
        fields = Map.copyOf(fields);
    }

    /**
     * @param config a {@code config.json}
     * @param task what the network is to do
     * @param configuration what {@code config} describes
     * @param location where the tensors lie, for messages
     * @throws CheckpointException if a weight is missing, or is not as it is described
     */
    public static EncoderNetwork find(
            JsonFile config,
            EncoderTask task,
            EncoderConfiguration configuration,
            Map<String, Tensor> tensors,
            Path location) {
        EncoderArchitecture architecture = EncoderArchitecture.of(config, task);
        Map<String, Tensor> named = renamed(tensors);
        NetworkWeights encoder = new NetworkWeights(named, PREFIXES, NetworkKind.ENCODER, location);
        architecture.addEncoder(encoder, configuration);
        Map<String, WeightEntry> weights = new HashMap<>(encoder.names());
        Map<String, WeightEntry> fields = new HashMap<>(encoder.fields());
        if (task == EncoderTask.SCORING) {
            NetworkWeights scorer = new NetworkWeights(named, List.of(""), NetworkKind.ENCODER, location);
            architecture.addScorer(scorer, configuration);
            weights.putAll(scorer.names());
            fields.putAll(scorer.fields());
        }
        UnusedWeights.warn(
                config.file(),
                unused(named.keySet(), encoder.prefix(), weights.keySet()),
                configuration.layers().size());
        return new EncoderNetwork(weights, fields);
    }

    /** Whether networks of a {@code model_type} are read. */
    public static boolean isKnown(String modelType) {
        return EncoderArchitecture.find(modelType).isPresent();
    }

    /** As older checkpoints, converted from TensorFlow, name the weights of layer norms. */
    private static Map<String, Tensor> renamed(Map<String, Tensor> tensors) {
        Map<String, Tensor> renamed = new LinkedHashMap<>();
        tensors.forEach((name, tensor) -> renamed.put(
                OLD_NORM.matcher(name).replaceFirst(old -> {
                    String end = old.group(1).equals("gamma") ? "weight" : "bias";
                    return "LayerNorm." + end;
                }),
                tensor));
        return renamed;
    }

    private static Set<String> unused(Set<String> names, String prefix, Set<String> used) {
        return names.stream()
                .map(name -> name.startsWith(prefix) ? name.substring(prefix.length()) : name)
                .filter(name -> !used.contains(name) && !HEADS.matcher(name).matches())
                .collect(toSet());
    }
}
