package dev.rapid4j.internal.engine;

import dev.rapid4j.CheckpointException;
import dev.rapid4j.chattemplate.ChatTemplate;
import dev.rapid4j.chattemplate.ChatTemplateException;
import dev.rapid4j.internal.answer.AnswerFormat;
import dev.rapid4j.internal.answer.AnswerVocabulary;
import dev.rapid4j.internal.checkpoint.ChatTemplateSource;
import dev.rapid4j.internal.checkpoint.Checkpoint;
import dev.rapid4j.internal.prompt.PromptTemplate;
import dev.rapid4j.internal.prompt.ToolTexts;
import dev.rapid4j.internal.tokenizer.Tokenizer;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;

/**
 * The checkpoints of an engine's models, which may be one; all of them that is cheap to check before weights are read.
 */
public record Checkpoints(Checkpoint target, Checkpoint drafter) {

    /**
     * The target's chat template.
     *
     * @param variables what it is given besides messages
     * @throws CheckpointException if there is none, or it cannot be parsed
     */
    public PromptTemplate chatTemplate(Map<String, Object> variables) {
        ChatTemplateSource source = target.chatTemplate()
                .orElseThrow(() -> new CheckpointException(target.path()
                        + " has no chat template (chat_template.jinja, tokenizer_config.json, or tokenizer.chat_template in a"
                        + " GGUF file; Ollama's own templates are not read): it is probably a base model; use its"
                        + " instruction-tuned version as the target"));
        try {
            return new PromptTemplate(
                    ChatTemplate.parse(source.text(), source.specialTokens()),
                    source.toolText().map(text -> ChatTemplate.parse(text, source.specialTokens())),
                    variables,
                    ToolTexts.of(source.toolText().orElse(source.text())));
        } catch (ChatTemplateException e) {
            throw new CheckpointException(source.file() + ": " + e.getMessage(), e);
        }
    }

    /**
     * What answers look like, as far as the target's chat template shows it.
     *
     * @param template what {@link #chatTemplate} has made of it
     */
    public AnswerFormat answerFormat(PromptTemplate template, Tokenizer tokenizer) {
        ChatTemplateSource source = target.chatTemplate().orElseThrow();
        return new AnswerFormat(
                AnswerVocabulary.of(tokenizer, endTokens()),
                source.text(),
                source.toolText().orElse(source.text()),
                template.tellsOfTools());
    }

    /**
     * Checks that one model can propose tokens to the other.
     *
     * @param tokenizer the target's
     * @throws CheckpointException if their vocabularies differ
     */
    public void checkSameVocabulary(Tokenizer tokenizer) {
        if (areOne()) {
            return;
        }
        try (Tokenizer other = drafter.openTokenizer()) {
            if (!tokenizer.hasSameVocabulary(other)) {
                throw new CheckpointException(
                        ("The drafter %s and the target %s have different vocabularies (%,d and %,d"
                                        + " tokens, or other ids for the same ones), so one cannot propose tokens to the other;"
                                        + " use a drafter of the target's family")
                                .formatted(drafter, target, other.vocabularySize(), tokenizer.vocabularySize()));
            }
        }
    }

    /** The tokens that end an answer of either. */
    public Set<Integer> endTokens() {
        Set<Integer> endTokens = new HashSet<>(target.endTokens());
        endTokens.addAll(drafter.endTokens());
        return endTokens;
    }

    boolean areOne() {
        return target == drafter;
    }
}
