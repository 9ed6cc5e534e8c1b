package dev.rapid4j.internal.model;

import dev.rapid4j.Precision;
import dev.rapid4j.TorchException;
import dev.rapid4j.internal.checkpoint.Checkpoint;
import dev.rapid4j.internal.checkpoint.DecoderConfiguration;
import dev.rapid4j.internal.torch.Program;
import dev.rapid4j.internal.torch.Torch;
import dev.rapid4j.internal.torch.Value;
import dev.rapid4j.internal.weights.WeightType;
import java.util.Arrays;

/**
 * A decoder-only network (Llama, Mistral, Qwen2, Qwen3) with its weights on a device. Holds no state of any
 * conversation: that is in the {@link KeyValueCache}s. Safe to use from several threads, each with its own cache.
 */
public final class LanguageModel implements AutoCloseable {

    /** Tokens that go through the network at once: enough to keep it busy, few enough for activations to stay small. */
    private static final int CHUNK_ON_CPU = 512;

    private static final int CHUNK_ON_CUDA = 2048;

    /** Said by the program. */
    private static final String NOT_A_NUMBER = "NaN logits";

    private final Program program;
    private final String name;
    private final DecoderConfiguration configuration;
    private final int contextLength;
    private final String device;
    private final WeightType type;
    private final long weightBytes;
    private final Value model;
    private final Value empty;

    private LanguageModel(
            Program program,
            String name,
            DecoderConfiguration configuration,
            int contextLength,
            String device,
            WeightType type,
            long weightBytes,
            Value model,
            Value empty) {
        this.program = program;
        this.name = name;
        this.configuration = configuration;
        this.contextLength = contextLength;
        this.device = device;
        this.type = type;
        this.weightBytes = weightBytes;
        this.model = model;
        this.empty = empty;
    }

    /**
     * Loads the weights. A weight that already has the precision and stays on the CPU is not copied but memory-mapped.
     *
     * @param device see {@link Torch#device(String)}
     * @throws IllegalArgumentException if the machine lacks the device
     * @throws TorchException if the engine does not start, or memory does not suffice
     */
    public static LanguageModel load(Checkpoint checkpoint, String device, Precision precision) {
        return load(checkpoint, device, precision, Integer.MAX_VALUE);
    }

    /**
     * {@link #load(Checkpoint, String, Precision)}, for sequences that are no longer than told.
     *
     * @param maxContextTokens most tokens of a sequence, at least 1; not more than the checkpoint has, in any case
     */
    public static LanguageModel load(Checkpoint checkpoint, String device, Precision precision, int maxContextTokens) {
        String resolved = Torch.device(device);
        WeightType type = precision.on(resolved);
        long bytes = WeightList.requireMemory(checkpoint.name(), checkpoint.weights(), resolved, type, 0);
        Program program = Program.load("Decoder");
        try (WeightList weights = new WeightList(checkpoint.weights(), resolved, type)) {
            addAll(checkpoint.configuration(), weights);
            DecoderConfiguration configuration = checkpoint.configuration();
            RotaryFrequencies rotary = RotaryFrequencies.of(configuration);
            int parts = resolved.equals("cpu") ? Math.max(1, Torch.threads() / configuration.keyValueHeads()) : 1;
            Value model = program.run(
                    "assemble",
                    weights.value(),
                    rotary.inverse(),
                    configuration.layers(),
                    configuration.heads(),
                    configuration.keyValueHeads(),
                    configuration.headDimension(),
                    parts,
                    configuration.rmsNormEpsilon(),
                    rotary.attentionScaling());
            Value empty = WeightList.absent(resolved);
            return new LanguageModel(
                    program,
                    checkpoint.name(),
                    configuration,
                    Math.min(configuration.contextLength(), maxContextTokens),
                    resolved,
                    type,
                    bytes,
                    model,
                    empty);
        }
    }

    /** In the order that {@code decoder.py} describes. */
    private static void addAll(DecoderConfiguration configuration, WeightList weights) {
        try (Value embedding = weights.tensor("model.embed_tokens.weight")) {
            weights.add(embedding);
            weights.add("model.norm.weight");
            if (configuration.tiedEmbeddings()) {
                weights.add(embedding);
            } else {
                weights.add("lm_head.weight");
            }
        }
        for (int i = 0; i < configuration.layers(); i++) {
            String layer = "model.layers." + i + ".";
            weights.add(layer + "input_layernorm.weight");
            weights.addWithBias(layer + "self_attn.q_proj");
            weights.addWithBias(layer + "self_attn.k_proj");
            weights.addWithBias(layer + "self_attn.v_proj");
            weights.add(layer + "self_attn.q_norm.weight");
            weights.add(layer + "self_attn.k_norm.weight");
            weights.addWithBias(layer + "self_attn.o_proj");
            weights.add(layer + "post_attention_layernorm.weight");
            weights.addWithBias(layer + "mlp.gate_proj");
            weights.addWithBias(layer + "mlp.up_proj");
            weights.addWithBias(layer + "mlp.down_proj");
        }
    }

    public String name() {
        return name;
    }

    /** {@code cpu} or {@code cuda:N}. */
    public String device() {
        return device;
    }

    /** The type of weights, activations and caches. */
    public WeightType type() {
        return type;
    }

    /** Rows of logits; ids from this on are refused. */
    public int vocabularySize() {
        return configuration.vocabularySize();
    }

    /** Most tokens of a sequence. */
    public int contextLength() {
        return contextLength;
    }

    /** Memory of the weights in bytes, without those that are used memory-mapped. */
    public long weightBytes() {
        return weightBytes;
    }

    /** Memory of a KV cache of so many tokens, in bytes. */
    public long cacheBytes(int tokens) {
        return configuration.cacheElementsPerToken() * type.bytes() * tokens;
    }

    /** Memory beyond weights and cache while tokens go through the network, in bytes; an estimate from above. */
    public long workingBytes() {
        long width = 8L * configuration.hiddenSize()
                + 4L * configuration.intermediateSize()
                + 12L * configuration.heads() * configuration.headDimension();
        // attention and norms work in float32 whatever the precision; a verification has up to 65 rows of logits, in
        // about eight copies while they are filtered
        return chunk() * width * Float.BYTES + 8L * 65 * configuration.vocabularySize() * Float.BYTES;
    }

    /** Room for {@code capacity} tokens; closed by the caller. */
    public KeyValueCache newCache(int capacity) {
        if (capacity < 1) {
            throw new IllegalArgumentException("A KV cache needs room for at least one token, not " + capacity);
        }
        return new KeyValueCache(this, program.run("new_cache", model, capacity), capacity);
    }

    Value growCache(Value tensor, int length, int capacity) {
        return program.run("grow_cache", tensor, length, capacity);
    }

    void copyEnds(Value into, Value from, int length, int first, int last) {
        program.run("copy_ends", into, from, length, first, last).close();
    }

    /** Follows a prefill. */
    @FunctionalInterface
    public interface PrefillProgress {

        /**
         * Called between chunks. What it throws ends the prefill; the tokens so far stay in the cache.
         *
         * @param done tokens read so far
         */
        void onTokens(int done);
    }

    /** Reads tokens into the cache, a chunk at a time, without computing logits. */
    public void prefill(KeyValueCache cache, int[] ids, PrefillProgress progress) {
        for (int from = 0; from < ids.length; from += chunk()) {
            int[] chunk = Arrays.copyOfRange(ids, from, Math.min(ids.length, from + chunk()));
            run("prefill", cache, chunk, 0).close();
            cache.appended(chunk);
            progress.onTokens(from + chunk.length);
        }
    }

    /**
     * Reads tokens into the cache and returns the logits behind the last of them.
     *
     * @param rows how many, from 1 to {@code ids.length}
     * @return {@code [rows][vocabularySize]}, in the order of the tokens
     */
    public double[][] logits(KeyValueCache cache, int[] ids, int rows) {
        if (rows < 1 || rows > ids.length) {
            throw new IllegalArgumentException(rows + " rows of logits asked for " + ids.length + " tokens");
        }
        double[] flat;
        try (Value result = run("logits", cache, ids, 0, rows, vocabularySize())) {
            flat = result.toDoubles();
        }
        cache.appended(ids);
        double[][] logits = new double[rows][];
        for (int i = 0; i < rows; i++) {
            logits[i] = Arrays.copyOfRange(flat, i * vocabularySize(), (i + 1) * vocabularySize());
        }
        return logits;
    }

    /**
     * Runs a method of the network's program that reads {@code ids} behind what the cache holds. The caller tells the
     * cache which tokens are in it afterwards ({@link KeyValueCache#appended}).
     *
     * @param ids tokens the method is given after the model, the cache, its length and what it skips
     * @param further most tokens that the method puts into the cache beyond {@code ids}
     * @throws IllegalArgumentException if an id is not in the vocabulary, or the context or the cache is too small
     */
    public Value run(String method, KeyValueCache cache, int[] ids, int further, Object... arguments) {
        if (ids.length == 0) {
            throw new IllegalArgumentException("No tokens given");
        }
        for (int id : ids) {
            // on CUDA an id out of range would break the device for the whole process
            if (id < 0 || id >= vocabularySize()) {
                throw new IllegalArgumentException(
                        "Token " + id + " is not in the vocabulary of " + vocabularySize() + " tokens of " + name);
            }
        }
        long needed = (long) cache.length() + ids.length + further;
        if (needed > cache.capacity() || needed + cache.skipped() > contextLength()) {
            throw new IllegalArgumentException(needed + " tokens do not fit: the KV cache has room for "
                    + cache.capacity() + ", the context of " + name + " for "
                    + (contextLength() - cache.skipped()));
        }
        Object[] all = new Object[5 + arguments.length];
        all[0] = model;
        all[1] = cache.tensor();
        all[2] = cache.length();
        all[3] = cache.skipped();
        all[4] = ids;
        System.arraycopy(arguments, 0, all, 5, arguments.length);
        try {
            return program.run(method, all);
        } catch (TorchException e) {
            if (e.getMessage().contains(NOT_A_NUMBER)) {
                throw new TorchException(
                        "%s returned infinite or NaN logits: its weights or config.json are damaged, or too much for %s; download it again or choose another precision"
                                .formatted(name, type),
                        e);
            }
            throw e;
        }
    }

    /** Stands for a tensor that is not there; closed with the model. */
    public Value emptyTensor() {
        return empty;
    }

    private int chunk() {
        return device.equals("cpu") ? CHUNK_ON_CPU : CHUNK_ON_CUDA;
    }

    @Override
    public void close() {
        model.close();
        empty.close();
    }

    @Override
    public String toString() {
        return name + " on " + device + " as " + type;
    }
}
