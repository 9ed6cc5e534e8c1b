package dev.rapid4j.internal.checkpoint;

import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;

/**
 * A checkpoint's chat template as it stands in the file.
 *
 * @param file where it came from, for error messages
 * @param text Jinja source
 * @param toolText the source of the template that is named {@code tool_use} and takes its place where there are tools;
 *     most checkpoints have one for all
 * @param specialTokens texts of {@code bos_token}, {@code eos_token}, {@code pad_token} and {@code unk_token}, as far
 *     as the checkpoint has them; templates use them as variables
 */
public record ChatTemplateSource(Path file, String text, Optional<String> toolText, Map<String, String> specialTokens) {

    public ChatTemplateSource {
        specialTokens = Map.copyOf(specialTokens);
    }
}
