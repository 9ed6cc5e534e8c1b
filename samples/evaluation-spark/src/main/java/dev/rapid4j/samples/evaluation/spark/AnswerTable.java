package dev.rapid4j.samples.evaluation.spark;

import static org.apache.spark.sql.functions.avg;
import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.count;
import static org.apache.spark.sql.functions.count_distinct;
import static org.apache.spark.sql.functions.lit;
import static org.apache.spark.sql.functions.round;
import static org.apache.spark.sql.functions.sum;
import static org.apache.spark.sql.functions.when;

import dev.rapid4j.samples.evaluation.runs.Answer;
import dev.rapid4j.samples.evaluation.runs.Effort;
import dev.rapid4j.samples.evaluation.runs.Pass;
import dev.rapid4j.samples.evaluation.runs.Run;
import dev.rapid4j.samples.evaluation.runs.RunFolder;
import java.util.List;
import java.util.stream.Stream;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;

/** The answers of a run as a table, a row each. Tokens and times are those of all passes together. */
final class AnswerTable {

    private static final StructType COLUMNS = new StructType()
            .add("id", DataTypes.StringType)
            .add("benchmark", DataTypes.StringType)
            .add("method", DataTypes.StringType)
            .add("document", DataTypes.StringType)
            .add("response", DataTypes.StringType)
            .add("score", DataTypes.DoubleType)
            .add("finish_reason", DataTypes.StringType)
            .add("shortened", DataTypes.BooleanType)
            .add("passages", DataTypes.IntegerType)
            .add("prompt_tokens", DataTypes.IntegerType)
            .add("cached_tokens", DataTypes.IntegerType)
            .add("response_tokens", DataTypes.LongType)
            .add("drafted_tokens", DataTypes.LongType)
            .add("accepted_tokens", DataTypes.LongType)
            .add("acceptance_rate", DataTypes.DoubleType)
            .add("retrieval_seconds", DataTypes.DoubleType)
            .add("prefill_seconds", DataTypes.DoubleType)
            .add("decoding_seconds", DataTypes.DoubleType)
            .add("tokens_per_second", DataTypes.DoubleType);

    private AnswerTable() {}

    static Dataset<Row> of(RunFolder folder, SparkSession spark) {
        try (Stream<Answer> answers = folder.answers()) {
            return spark.createDataFrame(
                    answers.map(answer -> row(folder.run(), answer)).toList(), COLUMNS);
        }
    }

    private static Row row(Run run, Answer answer) {
        List<Pass> passes = answer.passes();
        Pass last = passes.get(passes.size() - 1);
        Effort effort = answer.effort();
        return RowFactory.create(
                answer.task().id(),
                run.settings().benchmark().id(),
                run.settings().method().id(),
                answer.document(),
                answer.response(),
                answer.score(),
                last.finishReason() == null ? null : last.finishReason().name(),
                passes.stream().anyMatch(Pass::shortened),
                passes.stream().mapToInt(Pass::passages).sum(),
                passes.stream().mapToInt(Pass::promptTokens).sum(),
                passes.stream()
                        .mapToInt(pass -> pass.statistics().cachedTokens())
                        .sum(),
                effort.emitted(),
                effort.drafted(),
                effort.accepted(),
                effort.drafted() == 0 ? null : effort.acceptanceRate(),
                effort.retrieval(),
                effort.prefill(),
                effort.decoding(),
                effort.emitted() == 0 || effort.decoding() == 0 ? null : effort.tokensPerSecond());
    }

    /** One row for the run. */
    static Dataset<Row> summary(Dataset<Row> table) {
        return table.groupBy("benchmark", "method")
                .agg(
                        count(lit(1)).as("questions"),
                        count_distinct(col("document")).as("documents"),
                        round(avg("score"), 4).as("score"),
                        round(ratio("response_tokens", "decoding_seconds"), 1).as("tokens/s"),
                        round(ratio("accepted_tokens", "drafted_tokens"), 3).as("acceptance"));
    }

    private static Column ratio(String dividend, String divisor) {
        return when(sum(divisor).gt(0), sum(dividend).divide(sum(divisor)));
    }
}
