package dev.rapid4j.internal.checkpoint;

import com.fasterxml.jackson.databind.JsonNode;
import dev.rapid4j.CheckpointException;
import dev.rapid4j.internal.architecture.DecoderConfiguration;
import dev.rapid4j.internal.json.JsonFile;
import dev.rapid4j.internal.tokenizer.Tokenizer;
import java.nio.file.Files;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A reranker that is a decoder-only network, of Qwen3-Reranker's kind: asked whether a text answers a question, it says
 * yes or no.
 *
 * @param answers whose logits are compared, as sentence-transformers has them; without its files nothing is said
 */
public record PairDecoderCheckpoint(
        String name, Supplier<Tokenizer> tokenizer, Checkpoint model, int maxTokens, Optional<Answers> answers)
        implements ScoringCheckpoint {

    /** By their tokens. */
    public record Answers(int yes, int no) {}

    private static final Logger LOG = LoggerFactory.getLogger("dev.rapid4j.RapidScoringModel");

    /** What the authors' code reads, where the network could read more. */
    private static final int MAX_TOKENS = 8192;

    private static final String QWEN_3 = "qwen3";

    static PairDecoderCheckpoint read(CheckpointFolder folder) {
        JsonFile config = folder.config();
        if (!config.text("model_type", "").equals(QWEN_3)) {
            throw config.invalid(
                    "model_type", "supported decoders that score texts are those of Qwen3-Reranker, which is qwen3");
        }
        JsonNode className = config.root().path("architectures").path(0);
        if (!className.asText("Qwen3ForCausalLM").equals("Qwen3ForCausalLM")) {
            throw config.invalid("architectures", "supported for scoring is Qwen3ForCausalLM, as in Qwen3-Reranker");
        }
        Optional<Answers> answers = answers(folder);
        if (answers.isEmpty() && !folder.name().toLowerCase(Locale.ROOT).contains("rerank")) {
            LOG.warn(
                    "{} scores as Qwen3-Reranker does, by the logits of yes and no, but nothing in its files says that it"
                            + " was trained for that; a model for chats ranks badly",
                    folder.name());
        }
        Checkpoint model = new Checkpoint(new PublishedModel(folder));
        int vocabularySize = model.configuration().vocabularySize();
        return new PairDecoderCheckpoint(
                folder.name(),
                () -> folder.openTokenizer(vocabularySize, Tokenizer.Network.DECODER),
                model,
                maxTokens(folder, model.configuration()),
                answers);
    }

    /** Whether sentence-transformers would take what is in a folder for such a reranker. */
    static boolean isOne(CheckpointFolder folder) {
        return Files.exists(folder.file(EncoderFiles.LOGIT_SCORE));
    }

    static int maxTokens(CheckpointFolder folder, DecoderConfiguration network) {
        return EncoderConfigurationReader.maxTokens(folder, Math.min(MAX_TOKENS, network.contextLength()));
    }

    private static Optional<Answers> answers(CheckpointFolder folder) {
        if (!isOne(folder)) {
            if (Files.exists(folder.file(EncoderFiles.MODULES))) {
                throw new CheckpointException("%s describes no reranker; give an embedding model to RapidEmbeddingModel"
                        .formatted(folder.file(EncoderFiles.MODULES)));
            }
            return Optional.empty();
        }
        JsonFile score = folder.optional(EncoderFiles.LOGIT_SCORE).orElseThrow();
        return Optional.of(new Answers(token(score, "true_token_id"), token(score, "false_token_id")));
    }

    private static int token(JsonFile score, String field) {
        JsonNode id = score.root().path(field);
        if (!id.isInt() || id.intValue() < 0) {
            throw score.invalid(
                    field, "supported are rerankers that say yes or no, as Qwen3-Reranker, each by a token");
        }
        return id.intValue();
    }

    @Override
    public Tokenizer openTokenizer() {
        return tokenizer.get();
    }

    @Override
    public String toString() {
        return name;
    }
}
