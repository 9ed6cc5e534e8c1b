package dev.rapid4j.samples.benchmarks;

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
            "What a weight format, and with it a type of caches, costs on a text of yours, beside the same model in FLOAT32: the mean negative"
                    + " log-likelihood of its tokens, how often the best token is the same, and how often a token drafted"
                    + " in this format would be accepted (the mean of the sums of minima of both distributions).",
            "For a quantised file, FLOAT32 is what the file says, decoded: what its own quantisation cost is not seen."
        },
        showDefaultValues = true)
final class QualityCommand extends Measurement {

    private static final int MAX_TOKENS = 1_000_000;

    @Mixin
    private ModelOption model;

    @Mixin
    private DeviceOption device;

    @Mixin
    private CacheTypeOption cacheType;

    @Option(
            names = "--weights",
            split = ",",
            defaultValue = "BFLOAT16",
            description = "formats to compare with FLOAT32: ${COMPLETION-CANDIDATES}")
    private List<WeightFormat> formats;

    @Option(names = "--text", required = true, split = ",", description = "files of text, joined")
    private List<Path> texts;

    @Option(names = "--tokens", defaultValue = "4096", description = "most tokens of the text")
    private int tokens;

    @Option(names = "--window", defaultValue = "1024", description = "tokens that are read without what is before them")
    private int window;

    @Override
    void measure(Output output) throws IOException {
        requireRange("--tokens", tokens, MAX_TOKENS);
        Checkpoint checkpoint = model.open();
        requireRange("--window", window, checkpoint.configuration().contextLength());
        int[] ids = ids(checkpoint);
        Device where = Device.of(device.name());
        Progress progress = new Progress(output.progress(), (formats.size() + 1.0) * ids.length);
        List<LanguageModel> models = new ArrayList<>();
        try {
            models.add(LanguageModel.load(checkpoint, where, WeightFormat.FLOAT32));
            for (WeightFormat weights : formats) {
                models.add(LanguageModel.load(
                        checkpoint, where, weights, cacheType.type(), Integer.MAX_VALUE, new ProgressListener() {}));
            }
            List<Result> results = new QualityBenchmark(models, window).run(ids, progress);
            output.write(results);
            print(checkpoint, where, ids.length, results, output);
        } finally {
            models.forEach(LanguageModel::close);
        }
    }

    private int[] ids(Checkpoint checkpoint) throws IOException {
        StringBuilder joined = new StringBuilder();
        for (Path text : texts) {
            joined.append(Files.readString(text)).append('\n');
        }
        try (Tokenizer tokenizer = checkpoint.openTokenizer()) {
            int[] ids = tokenizer.encode(joined.toString());
            if (ids.length < 2) {
                throw new IllegalArgumentException(
                        "--text has %d tokens, and at least 2 are needed".formatted(ids.length));
            }
            return Arrays.copyOf(ids, Math.min(ids.length, tokens));
        }
    }

    private void print(Checkpoint checkpoint, Device where, int read, List<Result> results, Output output) {
        output.text("%s on %s, %,d tokens in windows of %,d; %s."
                .formatted(checkpoint, where, read, window, Machine.current().description()));
        output.header("weights", "NLL", "of FLOAT32's", "same best token", "accepted");
        double exact = results.get(0).negativeLogLikelihood();
        for (Result result : results) {
            output.row(
                    result.weights(),
                    "%.4f".formatted(result.negativeLogLikelihood()),
                    "%+.2f %%".formatted((result.negativeLogLikelihood() / exact - 1) * 100),
                    "%.1f %%".formatted(result.sameBestToken() * 100),
                    "%.1f %%".formatted(result.accepted() * 100));
        }
    }
}
