package dev.rapid4j.internal.checkpoint;

import dev.rapid4j.CheckpointException;
import dev.rapid4j.CheckpointException.Problem;
import dev.rapid4j.internal.hub.FileSelection;
import dev.rapid4j.internal.hub.HubDownload;
import dev.rapid4j.internal.hub.RepositoryId;
import dev.rapid4j.internal.text.NameList;
import dev.rapid4j.internal.weights.WeightFiles;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.SortedSet;

/**
 * What is wanted of a repository with a language model: a GGUF model, or the files as transformers publishes them.
 *
 * @param gguf the name of a GGUF file, or a type such as {@code Q4_K_M}; empty if either will do: what transformers
 *     publishes where the repository has it, else a GGUF model
 */
record ModelSelection(String gguf) implements FileSelection {

    static final int MAX_DEPTH = 20;

    /** What a model of a repository is called that was selected so. */
    String titled(String repository) {
        return gguf.isEmpty() ? repository : repository + ":" + gguf;
    }

    /** The GGUF model among the files of a complete folder, by the name of its first file; empty if it is none. */
    Optional<String> ggufIn(Path snapshot) {
        return gguf.isEmpty() && CheckpointKind.DECODER.isCompleteIn(snapshot)
                ? Optional.empty()
                : sole(GgufNames.in(snapshot, MAX_DEPTH).fitting(gguf));
    }

    @Override
    public boolean isCompleteIn(Path snapshot) {
        return gguf.isEmpty() && CheckpointKind.DECODER.isCompleteIn(snapshot)
                || ggufIn(snapshot)
                        .filter(name ->
                                GgufNames.parts(name).stream().allMatch(part -> Files.exists(snapshot.resolve(part))))
                        .isPresent();
    }

    @Override
    public List<String> optional(Path snapshot) {
        return ggufIn(snapshot).isPresent() ? List.of() : CheckpointKind.DECODER.optional(snapshot);
    }

    @Override
    public void download(HubDownload download) throws IOException, InterruptedException {
        GgufNames models = GgufNames.among(download.names());
        if (gguf.isEmpty()
                && (models.whole().isEmpty()
                        || WeightFiles.among(download::lists).isPresent())) {
            CheckpointKind.DECODER.download(download);
            return;
        }
        SortedSet<String> fitting = models.fitting(gguf);
        List<String> parts =
                GgufNames.parts(sole(fitting).orElseThrow(() -> notOne(download.id(), models.whole(), fitting)));
        for (String part : parts) {
            download.requireListed(part, "although it has other parts of this model");
        }
        download.download(parts);
    }

    private static Optional<String> sole(SortedSet<String> names) {
        return names.size() == 1 ? Optional.of(names.first()) : Optional.empty();
    }

    private CheckpointException notOne(RepositoryId id, Collection<String> all, Collection<String> fitting) {
        String found = all.isEmpty() ? "no GGUF models" : "the GGUF models " + NameList.text(all);
        String message = fitting.isEmpty()
                ? "%s has no GGUF model %s; it has %s".formatted(id, gguf, found)
                : "%s has several GGUF models%s: %s; choose one as %s:%s"
                        .formatted(
                                id,
                                gguf.isEmpty() ? "" : " of the type " + gguf,
                                NameList.text(fitting),
                                id,
                                fitting.iterator().next());
        return new CheckpointException(Problem.NOT_FOUND, message, null);
    }
}
