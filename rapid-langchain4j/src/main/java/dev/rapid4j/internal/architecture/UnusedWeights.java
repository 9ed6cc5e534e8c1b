package dev.rapid4j.internal.architecture;

import static java.util.stream.Collectors.joining;

import dev.rapid4j.internal.json.JsonFile;
import java.nio.file.Path;
import java.util.Collection;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tensors of a checkpoint that the network of its {@code config.json} has no place for. transformers passes over them,
 * too; but where the network was trained with them, what it says without them is worth nothing.
 */
final class UnusedWeights {

    private static final Logger LOG = LoggerFactory.getLogger(UnusedWeights.class);

    /** What older versions of transformers wrote although it can be computed: frequencies, masks and positions. */
    private static final Pattern COMPUTED =
            Pattern.compile("(.*\\.)?(rotary_emb\\..*|(self_)?(attn|attention)\\.(masked_)?bias|position_ids)");

    private static final Pattern LAYER = Pattern.compile("(?:(?:model\\.)?layers|encoder\\.layer)\\.(\\d{1,9})\\..*");
    private static final int EXAMPLES = 3;

    private UnusedWeights() {}

    /**
     * Logs a warning if there are layers beyond those of the network, and one if there are other tensors.
     *
     * @param names of the tensors that are not used, without what stands before the network's names in the files
     * @param layers of the network
     */
    static void warn(Path config, Collection<String> names, int layers) {
        int inFile = names.stream().mapToInt(UnusedWeights::layer).max().orElse(-1) + 1;
        if (inFile > layers) {
            LOG.warn(
                    "{}: num_hidden_layers is {}, but the weights have {} layers; the last {} are left out, as in transformers",
                    config,
                    layers,
                    inFile,
                    inFile - layers);
        }
        List<String> others = names.stream()
                .filter(name -> layer(name) < layers && !COMPUTED.matcher(name).matches())
                .sorted()
                .toList();
        if (!others.isEmpty()) {
            LOG.warn(
                    "{}: the network that it describes has no place for {} of the tensors beside it, such as {}; they are"
                            + " left out, as in transformers. If the network was trained with them its answers are"
                            + " worth nothing: check that architectures and attention_bias are right",
                    config,
                    others.size(),
                    others.stream()
                            .limit(EXAMPLES)
                            .map(name -> JsonFile.abbreviate(name.replaceAll("\\p{C}", "?")))
                            .collect(joining(", ")));
        }
    }

    /** The layer a tensor belongs to, or -1. */
    private static int layer(String name) {
        Matcher layer = LAYER.matcher(name);
        return layer.matches() ? Integer.parseInt(layer.group(1)) : -1;
    }
}
