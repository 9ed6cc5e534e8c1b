package dev.rapid4j.samples.webchat.web;

import static java.util.Objects.requireNonNullElse;

import dev.rapid4j.LongTextSelector;
import dev.rapid4j.Mode;
import dev.rapid4j.samples.webchat.WebChatProperties;
import dev.rapid4j.samples.webchat.chat.AnswerSettings;
import dev.rapid4j.samples.webchat.chat.AnswerWriter;
import dev.rapid4j.samples.webchat.chat.Conversations;
import dev.rapid4j.samples.webchat.problem.Problem.Kind;
import dev.rapid4j.samples.webchat.problem.ProblemException;
import jakarta.validation.Valid;
import jakarta.validation.constraints.DecimalMax;
import jakarta.validation.constraints.DecimalMin;
import jakarta.validation.constraints.Max;
import jakarta.validation.constraints.Min;
import jakarta.validation.constraints.NotBlank;
import jakarta.validation.constraints.Size;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;
import org.springframework.http.HttpStatus;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.ResponseStatus;
import org.springframework.web.bind.annotation.RestController;

/** Questions. */
@RestController
class QuestionController {

    /** Longer ones would be taken for documents. */
    static final int MAX_CHARACTERS = LongTextSelector.DEFAULT_SHORT_CHARACTERS;

    private final Conversations conversations;
    private final AnswerWriter writer;
    private final AnswerDefaults defaults;
    private final int maxOutputTokens;

    QuestionController(
            Conversations conversations, AnswerWriter writer, AnswerDefaults defaults, WebChatProperties properties) {
        this.conversations = conversations;
        this.writer = writer;
        this.defaults = defaults;
        this.maxOutputTokens = properties.maxOutputTokens();
    }

    /**
     * A question; what is null takes its default.
     *
     * @param compare whether to answer it a second time, by the target alone
     */
    record Question(
            @NotBlank @Size(max = MAX_CHARACTERS) String question,
            Mode mode,
            Boolean compare,
            @DecimalMin("0") @DecimalMax("100") Double margin,
            @Min(0) @Max(64) Integer draftTokens,
            @DecimalMin("0") @DecimalMax("2") Double temperature,
            @Min(1) Integer maxOutputTokens,
            Integer seed) {

        AnswerSettings settings(AnswerSettings defaults) {
            return new AnswerSettings(
                    requireNonNullElse(mode, defaults.mode()),
                    requireNonNullElse(margin, defaults.margin()),
                    requireNonNullElse(draftTokens, defaults.draftTokens()),
                    requireNonNullElse(temperature, defaults.temperature()),
                    requireNonNullElse(maxOutputTokens, defaults.maxOutputTokens()),
                    seed);
        }
    }

    record Asked(List<AskedAnswer> answers) {}

    record AskedAnswer(String id, Mode mode) {}

    @PostMapping("/api/conversations/{conversationId}/questions")
    @ResponseStatus(HttpStatus.ACCEPTED)
    Asked ask(@PathVariable String conversationId, @Valid @RequestBody Question question) {
        AnswerSettings settings = question.settings(defaults.settings());
        if (settings.maxOutputTokens() > maxOutputTokens) {
            throw new ProblemException(
                    Kind.INVALID,
                    "The question cannot be asked like this",
                    "maxOutputTokens must be less than or equal to " + maxOutputTokens + ".");
        }
        List<AnswerSettings> wanted = Boolean.TRUE.equals(question.compare()) ? compared(settings) : List.of(settings);
        return new Asked(writer
                .ask(conversations.get(conversationId), question.question().strip(), wanted)
                .stream()
                .map(answer -> new AskedAnswer(answer.id(), answer.settings().mode()))
                .toList());
    }

    /** Both with the same seed. */
    private static List<AnswerSettings> compared(AnswerSettings settings) {
        AnswerSettings seeded = settings.seed() == null
                ? settings.withSeed(ThreadLocalRandom.current().nextInt())
                : settings;
        return List.of(seeded, seeded.withMode(Mode.LONG_CONTEXT));
    }
}
