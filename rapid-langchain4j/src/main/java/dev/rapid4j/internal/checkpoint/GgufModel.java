package dev.rapid4j.internal.checkpoint;

import dev.rapid4j.CheckpointException;
import dev.rapid4j.internal.architecture.ConfigurationChecks;
import dev.rapid4j.internal.architecture.DecoderConfiguration;
import dev.rapid4j.internal.architecture.DecoderConfiguration.Rotary;
import dev.rapid4j.internal.architecture.RotaryScaling;
import dev.rapid4j.internal.gguf.GgufFile;
import dev.rapid4j.internal.gguf.GgufTokenizer;
import dev.rapid4j.internal.json.JsonFile;
import dev.rapid4j.internal.tokenizer.Tokenizer;
import dev.rapid4j.internal.weights.FileBytes;
import dev.rapid4j.internal.weights.Tensor;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** A GGUF file, as llama.cpp and Ollama use them. */
record GgufModel(GgufFile file, JsonFile config, GgufTokenizer tokenizer, String name) implements ModelFiles {

    /** Divisors of the rotary frequencies, which Llama 3's scaling was turned into. */
    private static final String ROTARY_DIVISORS = "rope_freqs.weight";

    static GgufModel read(Path path, String name) {
        GgufFile file = GgufFile.read(path);
        JsonFile config = GgufConfiguration.read(file);
        int vocabularySize = config.positive("vocab_size", ConfigurationChecks.MAX_VOCABULARY);
        return new GgufModel(file, config, GgufTokenizer.read(file, vocabularySize), name);
    }

    @Override
    public Path path() {
        return file.file();
    }

    @Override
    public DecoderConfiguration configuration() {
        DecoderConfiguration configuration = DecoderConfiguration.read(config);
        List<Rotary> rotaries = configuration.rotaries().stream()
                .map(described -> divided(file, described))
                .toList();
        return configuration.inGguf(GgufConfiguration.interleavesHeads(file), rotaries);
    }

    static Rotary divided(GgufFile file, Rotary described) {
        Tensor divisors = file.tensors().get(ROTARY_DIVISORS);
        if (divisors == null) {
            return described;
        }
        if (!(described.scaling() instanceof RotaryScaling.None)) {
            throw new CheckpointException(
                    "%s: rotary frequencies are scaled by the metadata and by tensor %s, supported is one of them"
                            .formatted(file.file(), ROTARY_DIVISORS));
        }
        return new Rotary(
                described.theta(),
                new RotaryScaling.Divisors(divisors(divisors, ROTARY_DIVISORS, described.dimension() / 2)),
                described.dimension());
    }

    static List<Double> divisors(Tensor tensor, String name, int count) {
        if (!tensor.type().equals("F32") || !tensor.shape().equals(List.of((long) count))) {
            throw new CheckpointException("%s: tensor %s has the type %s and the shape %s, not F32 and [%d]"
                    .formatted(tensor.file(), name, tensor.type(), tensor.shape(), count));
        }
        ByteBuffer bytes = FileBytes.open(
                tensor.file(), channel -> FileBytes.read(channel, tensor.offset(), (int) tensor.length()));
        List<Double> divisors = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            double divisor = bytes.getFloat();
            if (!(divisor > 0) || Double.isInfinite(divisor)) {
                throw new CheckpointException(
                        "%s: tensor %s holds %s; divisors must be positive".formatted(tensor.file(), name, divisor));
            }
            divisors.add(divisor);
        }
        return divisors;
    }

    @Override
    public Map<String, Tensor> tensors() {
        Map<String, Tensor> tensors = new HashMap<>(file.tensors());
        List.of(ROTARY_DIVISORS, GgufConfiguration.SHORT_DIVISORS, GgufConfiguration.LONG_DIVISORS)
                .forEach(tensors::remove);
        return GgufTensors.published(tensors);
    }

    @Override
    public Set<Integer> endTokens(int vocabularySize) {
        return tokenizer.endTokens();
    }

    @Override
    public Optional<ChatTemplateSource> chatTemplate() {
        return tokenizer
                .chatTemplate()
                .map(text ->
                        new ChatTemplateSource(file.file(), text, tokenizer.toolTemplate(), tokenizer.specialTokens()));
    }

    @Override
    public Tokenizer openTokenizer(int vocabularySize) {
        return Tokenizer.open(tokenizer.json(), vocabularySize, Tokenizer.Network.DECODER);
    }
}
