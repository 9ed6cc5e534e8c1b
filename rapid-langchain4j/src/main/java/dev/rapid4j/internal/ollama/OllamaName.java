package dev.rapid4j.internal.ollama;

import dev.rapid4j.CheckpointException;
import dev.rapid4j.CheckpointException.Problem;
import dev.rapid4j.internal.json.JsonFile;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A model's name as Ollama's command line takes it: {@code model}, {@code model:tag}, {@code namespace/model:tag} or
 * {@code registry/namespace/model:tag}.
 */
record OllamaName(String registry, String namespace, String model, String tag) {

    private static final String REGISTRY = "registry.ollama.ai";
    private static final String NAMESPACE = "library";
    private static final String TAG = "latest";

    private static final String PART = "[A-Za-z0-9_][A-Za-z0-9_.-]{0,79}";
    private static final Pattern SYNTAX = Pattern.compile(
            "(?:(?:([A-Za-z0-9_][A-Za-z0-9_.:-]{0,349})/)?(" + PART + ")/)?(" + PART + ")(?::(" + PART + "))?");

    static OllamaName parse(String text) {
        Matcher matcher = SYNTAX.matcher(text);
        if (!matcher.matches()) {
            throw new CheckpointException(
                    Problem.NOT_FOUND,
                    ("\"%s\" is no name of an Ollama model; it is model:tag, as \"ollama list\" prints it, with namespace/"
                                    + " or registry/namespace/ in front if it has them")
                            .formatted(JsonFile.abbreviate(text)),
                    null);
        }
        return new OllamaName(
                given(matcher.group(1), REGISTRY),
                given(matcher.group(2), NAMESPACE),
                matcher.group(3),
                given(matcher.group(4), TAG));
    }

    private static String given(String part, String absent) {
        return part == null ? absent : part;
    }

    /** The folders that lead to its manifest, and the manifest's name. */
    List<String> parts() {
        return List.of(registry, namespace, model, tag);
    }

    /** As short as {@code ollama list} prints it. */
    @Override
    public String toString() {
        String name = model + ":" + tag;
        if (!registry.equalsIgnoreCase(REGISTRY)) {
            return registry + "/" + namespace + "/" + name;
        }
        return namespace.equalsIgnoreCase(NAMESPACE) ? name : namespace + "/" + name;
    }
}
