package dev.rapid4j.internal.checkpoint;

import static java.util.stream.Collectors.toSet;

import dev.rapid4j.CheckpointException;
import dev.rapid4j.CheckpointException.Problem;
import dev.rapid4j.Pooling;
import dev.rapid4j.internal.hub.HubFiles;
import dev.rapid4j.internal.json.JsonFile;
import dev.rapid4j.internal.tokenizer.Tokenizer;
import dev.rapid4j.internal.weights.StateDictionary;
import dev.rapid4j.internal.weights.Tensor;
import dev.rapid4j.internal.weights.WeightEntry;
import dev.rapid4j.internal.weights.WeightFiles;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * A folder with a text encoder (XLM-RoBERTa, RoBERTa or BERT) as Hugging Face publishes them, with what
 * sentence-transformers and BGE-M3 add to it, read and checked but for the weights themselves.
 */
public final class EncoderCheckpoint {

    /** What classes for other tasks put before the names of the encoder's tensors. */
    private static final List<String> PREFIXES = List.of("", "roberta.", "bert.", "model.");

    /** Of the pre-training, behind the encoder. */
    private static final Pattern HEADS = Pattern.compile("(pooler|lm_head|cls)\\..*");

    private static final String LEXICAL_HEAD = "sparse_linear";
    private static final String TOKEN_HEAD = "colbert_linear";

    private final CheckpointFolder folder;
    private final EncoderConfiguration configuration;
    private final Map<String, WeightEntry> weights;
    private final Map<String, WeightEntry> fields;

    private EncoderCheckpoint(CheckpointFolder folder) {
        this.folder = folder;
        boolean lexicalHead = Files.exists(folder.file(EncoderFiles.LEXICAL_HEAD));
        boolean tokenHead = Files.exists(folder.file(EncoderFiles.TOKEN_HEAD));
        configuration = EncoderConfigurationReader.read(folder, lexicalHead || tokenHead);
        Map<String, Tensor> tensors = WeightFiles.read(folder.directory());
        String prefix = PREFIXES.stream()
                .filter(candidate -> tensors.containsKey(candidate + "embeddings.word_embeddings.weight"))
                .findFirst()
                .orElse("");
        NetworkWeights network = NetworkWeights.of(configuration);
        Map<String, WeightEntry> found = new LinkedHashMap<>(network.check(tensors, prefix, folder.directory()));
        UnusedWeights.warn(
                folder.file("config.json"), unused(tensors.keySet(), prefix, found.keySet()), configuration.layers());
        Map<String, WeightEntry> byField = new HashMap<>(network.fields(found));
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

    private static Set<String> unused(Set<String> names, String prefix, Set<String> used) {
        return names.stream()
                .map(name -> name.startsWith(prefix) ? name.substring(prefix.length()) : name)
                .filter(name -> !used.contains(name) && !HEADS.matcher(name).matches())
                .collect(toSet());
    }

    private EncoderCheckpoint(EncoderCheckpoint original, Pooling pooling) {
        folder = original.folder;
        configuration = original.configuration.withPooling(pooling);
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
                ".weight", NetworkWeights.check(tensors, "weight", List.of(rows, hidden), file),
                ".bias", NetworkWeights.check(tensors, "bias", List.of(rows), file));
    }

    /**
     * Opens a folder.
     *
     * @throws CheckpointException if a file is missing, damaged, does not fit the others, or describes something that
     *     is not supported
     */
    public static EncoderCheckpoint open(Path directory) {
        refuseGguf(directory.toString());
        return new EncoderCheckpoint(CheckpointFolder.of(directory));
    }

    /**
     * Opens a folder if there is one of this name, else a model of the hub: from the cache, or downloaded into it.
     *
     * @param directoryOrId a path, or {@code organisation/name}, or {@code organisation/name@revision}
     * @throws CheckpointException as {@link #open(Path)}, or if the model cannot be had from the hub
     */
    public static EncoderCheckpoint open(String directoryOrId, HubFiles hub) {
        refuseGguf(directoryOrId);
        return CheckpointFolder.read(directoryOrId, hub, CheckpointKind.ENCODER, EncoderCheckpoint::new);
    }

    private static void refuseGguf(String name) {
        if (ModelSource.namesGguf(name)) {
            throw new CheckpointException(
                    Problem.NOT_FOUND,
                    ("\"%s\" cannot be an embedding model: those are read as Hugging Face publishes them, from a folder or"
                                    + " from the hub (organisation/name), and neither from GGUF files nor from Ollama's store")
                            .formatted(JsonFile.abbreviate(name)),
                    null);
        }
    }

    /** The same checkpoint with another pooling than its files say. */
    public EncoderCheckpoint withPooling(Pooling pooling) {
        return new EncoderCheckpoint(this, pooling);
    }

    /** The folder, absolute. */
    public Path directory() {
        return folder.directory();
    }

    /** The folder's name, or {@code organisation/name} of the hub. */
    public String name() {
        return folder.name();
    }

    public EncoderConfiguration configuration() {
        return configuration;
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

    /**
     * Loads the tokenizer; the caller closes it.
     *
     * @throws CheckpointException if {@code tokenizer.json} is missing or damaged, or has ids beyond the vocabulary of
     *     the network
     */
    public Tokenizer openTokenizer() {
        return folder.openTokenizer(configuration.vocabularySize(), Tokenizer.Network.ENCODER);
    }

    @Override
    public String toString() {
        return folder.name();
    }
}
