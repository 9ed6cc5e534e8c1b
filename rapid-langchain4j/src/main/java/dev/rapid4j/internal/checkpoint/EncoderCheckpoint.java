package dev.rapid4j.internal.checkpoint;

import dev.rapid4j.CheckpointException;
import dev.rapid4j.Pooling;
import dev.rapid4j.internal.architecture.ConfigurationChecks;
import dev.rapid4j.internal.architecture.EncoderConfiguration;
import dev.rapid4j.internal.architecture.EncoderConfiguration.Projection;
import dev.rapid4j.internal.architecture.EncoderNetwork;
import dev.rapid4j.internal.architecture.EncoderTask;
import dev.rapid4j.internal.hub.HubFiles;
import dev.rapid4j.internal.tokenizer.Tokenizer;
import dev.rapid4j.internal.weights.StateDictionary;
import dev.rapid4j.internal.weights.Tensor;
import dev.rapid4j.internal.weights.WeightEntry;
import dev.rapid4j.internal.weights.WeightFiles;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * A folder with a text encoder as Hugging Face publishes them, with what sentence-transformers and BGE-M3 add to it,
 * read and checked but for the weights themselves.
 */
public final class EncoderCheckpoint implements EmbeddingCheckpoint {

    private static final String LEXICAL_HEAD = "sparse_linear";
    private static final String TOKEN_HEAD = "colbert_linear";

    private final CheckpointFolder folder;
    private final EncoderConfiguration configuration;
    private final SentencePrompts prompts;
    private final Map<String, WeightEntry> weights;
    private final Map<String, WeightEntry> fields;

    private EncoderCheckpoint(CheckpointFolder folder, EncoderTask task) {
        this.folder = folder;
        boolean embeds = task == EncoderTask.EMBEDDING;
        boolean lexicalHead = embeds && Files.exists(folder.file(EncoderFiles.LEXICAL_HEAD));
        boolean tokenHead = embeds && Files.exists(folder.file(EncoderFiles.TOKEN_HEAD));
        configuration = EncoderConfigurationReader.read(folder, task, lexicalHead || tokenHead);
        prompts = SentencePrompts.read(folder);
        EncoderNetwork network = EncoderNetwork.find(
                folder.config(), task, configuration, WeightFiles.read(folder.directory()), folder.directory());
        Map<String, WeightEntry> found = new HashMap<>(network.weights());
        Map<String, WeightEntry> byField = new HashMap<>(network.fields());
        addProjections(byField);
        if (lexicalHead) {
            Map<String, WeightEntry> head = head(folder.file(EncoderFiles.LEXICAL_HEAD), 1);
            head.forEach((part, weight) -> found.put(LEXICAL_HEAD + part, weight));
            head.forEach((part, weight) -> byField.put("lexical_head" + part, weight));
        }
        if (tokenHead) {
            Map<String, WeightEntry> head = head(folder.file(EncoderFiles.TOKEN_HEAD), ConfigurationChecks.MAX_WIDTH);
            head.forEach((part, weight) -> found.put(TOKEN_HEAD + part, weight));
            head.forEach((part, weight) -> byField.put("token_head" + part, weight));
        }
        weights = Map.copyOf(found);
        fields = Map.copyOf(byField);
    }

    private void addProjections(Map<String, WeightEntry> byField) {
        List<Projection> projections = configuration.output().projections();
        for (int i = 0; i < projections.size(); i++) {
            Projection projection = projections.get(i);
            Path directory = folder.file(projection.folder());
            Map<String, Tensor> tensors = WeightFiles.read(directory);
            long outputs = projection.outputs();
            List<Long> shape = List.of(outputs, (long) projection.inputs());
            String field = "projections." + i;
            byField.put(field + ".weight", WeightEntry.among(tensors, "linear.weight", shape, directory));
            if (projection.bias()) {
                byField.put(field + ".bias", WeightEntry.among(tensors, "linear.bias", List.of(outputs), directory));
            }
        }
    }

    private EncoderCheckpoint(EncoderCheckpoint original, Pooling pooling) {
        folder = original.folder;
        EncoderConfiguration published = original.configuration;
        configuration =
                published.withOutput(published.maxTokens(), published.output().withPooling(pooling));
        prompts = original.prompts;
        weights = original.weights;
        fields = original.fields;
    }

    /**
     * The weight and the bias of a head.
     *
     * @param maxRows most elements of the head's output; the file says how many there are
     */
    private Map<String, WeightEntry> head(Path file, int maxRows) {
        Map<String, Tensor> tensors = StateDictionary.read(file);
        Tensor weight = tensors.get("weight");
        long rows = weight == null || weight.shape().isEmpty()
                ? 1
                : Math.max(1, Math.min(maxRows, weight.shape().get(0)));
        long hidden = configuration.hiddenSize();
        return Map.of(
                ".weight", WeightEntry.among(tensors, "weight", List.of(rows, hidden), file),
                ".bias", WeightEntry.among(tensors, "bias", List.of(rows), file));
    }

    /**
     * Opens a folder.
     *
     * @throws CheckpointException if a file is missing, damaged, does not fit the others, or describes something that
     *     is not supported
     */
    public static EncoderCheckpoint open(Path directory, EncoderTask task) {
        EmbeddingCheckpoint.refuseGguf(directory.toString(), task);
        return new EncoderCheckpoint(CheckpointFolder.of(directory), task);
    }

    static EncoderCheckpoint read(CheckpointFolder folder, EncoderTask task) {
        return new EncoderCheckpoint(folder, task);
    }

    /**
     * Opens a folder if there is one of this name, else a model of the hub: from the cache, or downloaded into it.
     *
     * @param directoryOrId a path, or {@code organisation/name}, or {@code organisation/name@revision}
     * @throws CheckpointException as {@link #open(Path, EncoderTask)}, or if the model cannot be had from the hub
     */
    public static EncoderCheckpoint open(String directoryOrId, HubFiles hub, EncoderTask task) {
        EmbeddingCheckpoint.refuseGguf(directoryOrId, task);
        return CheckpointFolder.read(
                directoryOrId, hub, CheckpointKind.ENCODER, folder -> new EncoderCheckpoint(folder, task));
    }

    @Override
    public EncoderCheckpoint withPooling(Pooling pooling) {
        if (pooling == Pooling.LAST) {
            throw new IllegalArgumentException(
                    "%s cannot be pooled by LAST: in an encoder each token sees all, so CLS or MEAN is supported"
                            .formatted(folder.name()));
        }
        return new EncoderCheckpoint(this, pooling);
    }

    @Override
    public Path directory() {
        return folder.directory();
    }

    @Override
    public String name() {
        return folder.name();
    }

    public EncoderConfiguration configuration() {
        return configuration;
    }

    @Override
    public int maxTokens() {
        return configuration.maxTokens();
    }

    @Override
    public SentencePrompts prompts() {
        return prompts;
    }

    /**
     * Where each weight of the network lies, by the tensor's name in the encoder of its own
     * ({@code encoder.layer.0.attention.self.query.weight}), and where BGE-M3's heads lie if it has them:
     * {@code sparse_linear.weight} of shape {@code [1, hidden]}, {@code colbert_linear.weight} of shape {@code [token
     * dimension, hidden]}, and each its {@code .bias}.
     */
    public Map<String, WeightEntry> weights() {
        return weights;
    }

    /** Where each weight of the network and its heads lies, by the field that it fills in the network's program. */
    public Map<String, WeightEntry> fields() {
        return fields;
    }

    /** Whether it has the head that weighs each token, as BGE-M3 does for its lexical view. */
    public boolean hasLexicalHead() {
        return weights.containsKey(LEXICAL_HEAD + ".weight");
    }

    /** Whether it has the head that makes a vector of each token, as BGE-M3 does for late interaction (ColBERT). */
    public boolean hasTokenHead() {
        return weights.containsKey(TOKEN_HEAD + ".weight");
    }

    /** Elements of the vector that the head makes of each token; 0 without it. */
    public int tokenDimension() {
        return hasTokenHead()
                ? Math.toIntExact(weights.get(TOKEN_HEAD + ".weight").shape().get(0))
                : 0;
    }

    @Override
    public Tokenizer openTokenizer() {
        return folder.openTokenizer(configuration.vocabularySize(), Tokenizer.Network.ENCODER);
    }

    @Override
    public String toString() {
        return folder.name();
    }
}
