package dev.rapid4j.samples.benchmarks;

import dev.rapid4j.CacheType;
import dev.rapid4j.ProgressListener;
import dev.rapid4j.WeightFormat;
import dev.rapid4j.internal.checkpoint.Checkpoint;
import dev.rapid4j.internal.model.LanguageModel;
import dev.rapid4j.internal.tokenizer.Tokenizer;
import dev.rapid4j.internal.torch.Device;
import dev.rapid4j.samples.benchmarks.QualityBenchmark.Result;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

@Command(
        name = "quality",
        description = {
            "What a weight format and a type of cache cost on a text of yours, beside the same model in FLOAT32: the"
                    + " mean negative log-likelihood of its tokens, how often the best token is the same, and how often a"
                    + " token drafted so would be accepted (the mean of the sums of minima of both distributions).",
            "The text is read in windows; of each, the first tokens are a prompt, and the others an answer to predict.",
            "For a quantised file, FLOAT32 is what the file says, decoded: what its own quantisation cost is not seen."
        },
        showDefaultValues = true)
final class QualityCommand extends Measurement {

    private static final int MAX_TOKENS = 1_000_000;

    @Mixin
    private ModelOption model;

    @Mixin
    private DeviceOption device;

    @Option(
            names = "--weights",
            split = ",",
            defaultValue = "BFLOAT16",
            description = "formats to compare with FLOAT32: ${COMPLETION-CANDIDATES}")
    private List<WeightFormat> formats;

    @Option(
            names = "--caches",
            split = ",",
            defaultValue = "BFLOAT16",
            description = "types of cache to compare with each format's own: ${COMPLETION-CANDIDATES}")
    private List<CacheType> caches;

    @Option(names = "--text", required = true, split = ",", description = "files of text, joined")
    private List<Path> texts;

    @Option(names = "--tokens", defaultValue = "8192", description = "most tokens of the text")
    private int tokens;

    @Option(names = "--window", defaultValue = "1024", description = "tokens that are read without what is before them")
    private int window;

    @Option(names = "--prompt", defaultValue = "512", description = "tokens of a window that are a prompt")
    private int prompt;

    @Override
    void measure(Output output) throws IOException {
        requireRange("--tokens", tokens, MAX_TOKENS);
        Checkpoint checkpoint = model.open();
        requireRange("--window", window, checkpoint.configuration().contextLength());
        requireRange("--prompt", prompt, window - 1);
        int[] ids = ids(checkpoint);
        List<LanguageModel> models = new ArrayList<>();
        try {
            load(checkpoint, WeightFormat.FLOAT32, models);
            for (WeightFormat weights : formats) {
                load(checkpoint, weights, models);
            }
            QualityBenchmark benchmark = new QualityBenchmark(models, window, prompt);
            Progress progress = new Progress(output.progress(), (double) models.size() * ids.length);
            List<Result> results = benchmark.run(ids, progress);
            output.write(results);
            print(checkpoint, benchmark.predicted(ids.length), results, output);
        } finally {
            models.forEach(LanguageModel::close);
        }
    }

    /** With its own cache, and with others. */
    private void load(Checkpoint checkpoint, WeightFormat weights, List<LanguageModel> models) {
        Device where = Device.of(device.name());
        LanguageModel usual = LanguageModel.load(checkpoint, where, weights);
        models.add(usual);
        for (CacheType cache : caches) {
            if (cache != CacheType.AUTO
                    && !cache.name().equals(usual.numbers().cache().name())) {
                models.add(LanguageModel.load(checkpoint, where, weights, cache, window, new ProgressListener() {}));
            }
        }
    }

    private int[] ids(Checkpoint checkpoint) throws IOException {
        StringBuilder joined = new StringBuilder();
        for (Path text : texts) {
            joined.append(Files.readString(text)).append('\n');
        }
        try (Tokenizer tokenizer = checkpoint.openTokenizer()) {
            int[] ids = tokenizer.encode(joined.toString());
            if (ids.length <= prompt) {
                throw new IllegalArgumentException("--text has %,d tokens, and more than the %,d of --prompt are needed"
                        .formatted(ids.length, prompt));
            }
            return Arrays.copyOf(ids, Math.min(ids.length, tokens));
        }
    }

    private void print(Checkpoint checkpoint, int predicted, List<Result> results, Output output) {
        output.text("%s on %s, %,d tokens predicted, in windows of %,d of which %,d are a prompt; %s."
                .formatted(
                        checkpoint,
                        Device.of(device.name()),
                        predicted,
                        window,
                        prompt,
                        Machine.current().description()));
        output.header("weights", "cache", "NLL", "of FLOAT32's", "same best token", "accepted");
        double exact = results.get(0).negativeLogLikelihood();
        for (Result result : results) {
            output.row(
                    result.weights(),
                    result.cache(),
                    "%.4f".formatted(result.negativeLogLikelihood()),
                    "%+.2f %%".formatted((result.negativeLogLikelihood() / exact - 1) * 100),
                    "%.1f %%".formatted(result.sameBestToken() * 100),
                    "%.1f %%".formatted(result.accepted() * 100));
        }
    }
}
