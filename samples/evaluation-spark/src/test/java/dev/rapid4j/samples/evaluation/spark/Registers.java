package dev.rapid4j.samples.evaluation.spark;

import dev.rapid4j.internal.checkpoint.Checkpoint;
import dev.rapid4j.internal.tokenizer.Tokenizer;
import dev.rapid4j.samples.evaluation.data.BookTask.QuestionAnswer;
import dev.rapid4j.samples.evaluation.data.TaskWriter;
import dev.rapid4j.samples.evaluation.registers.RegisterTasks;
import dev.rapid4j.samples.evaluation.running.TaskSource;
import dev.rapid4j.samples.evaluation.runs.Benchmark;
import dev.rapid4j.samples.evaluation.runs.Shard;
import dev.rapid4j.samples.lighthouse.LighthouseModel;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;

/** Two questions on each of a few small registers, those on one register far from each other. */
final class Registers {

    private Registers() {}

    static TaskSource write(Path file, int registers) throws IOException {
        TaskWriter.writeInfiniteBench(file, tasks(registers).stream());
        return new TaskSource(Benchmark.EN_QA, file, Optional.empty(), Shard.ALL);
    }

    private static List<QuestionAnswer> tasks(int registers) {
        List<Integer> lengths =
                IntStream.range(0, registers).mapToObj(i -> 1_000 + 100 * i).toList();
        try (Tokenizer tokenizer = Checkpoint.open(LighthouseModel.directory()).openTokenizer()) {
            List<QuestionAnswer> tasks = new RegisterTasks(tokenizer, lengths, 1, 1)
                    .questionAnswers()
                    .toList();
            return IntStream.range(0, tasks.size())
                    .boxed()
                    .sorted(Comparator.comparing((Integer i) -> i % 2))
                    .map(tasks::get)
                    .toList();
        }
    }
}
