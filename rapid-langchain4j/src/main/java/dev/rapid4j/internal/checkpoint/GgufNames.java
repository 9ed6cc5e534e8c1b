package dev.rapid4j.internal.checkpoint;

import static java.util.stream.Collectors.toCollection;

import dev.rapid4j.CheckpointException;
import dev.rapid4j.internal.gguf.PartName;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * The GGUF models of a folder or a repository, by the names of their files; one that was split into several files goes
 * by the name of the first.
 *
 * @param models names of files, with {@code /} between folders
 */
record GgufNames(SortedSet<String> models) {

    private static final String SUFFIX = ".gguf";

    /** What stands beside a model: for images, of the quantisation, for drafting. */
    private static final Pattern BESIDE =
            Pattern.compile("(?:.*/)?[^/]*(?:mmproj|imatrix|mtp-|eagle3-|dflash-|dspark-)[^/]*");

    /** Nothing that leads out of a folder, that cannot be seen, or that some file system does not know. */
    private static final Pattern SAFE = Pattern.compile(
            "(?:(?!\\.)[^/\\\\:*?\"<>|\\p{C}\\p{Zl}\\p{Zp}]{1,240}/){0,20}(?!\\.)[^/\\\\:*?\"<>|\\p{C}\\p{Zl}\\p{Zp}]{1,240}");

    /** The types that are tried, in this order, where none is asked for; llama.cpp's. */
    private static final List<String> PREFERRED = List.of("Q4_K_M", "Q8_0");

    /**
     * Of a folder; none if it does not exist.
     *
     * @param depth of the folders in it that are looked into; 1 for itself only
     */
    static GgufNames in(Path folder, int depth) {
        if (!Files.isDirectory(folder)) {
            return among(List.of());
        }
        try {
            // a walk does not follow links, not even where it starts
            return within(folder.toRealPath(), depth);
        } catch (IOException | UncheckedIOException e) {
            throw new CheckpointException(folder + " cannot be read: " + e, e);
        }
    }

    private static GgufNames within(Path folder, int depth) throws IOException {
        try (Stream<Path> files = Files.walk(folder, depth)) {
            return among(files.filter(Files::isRegularFile)
                    .map(file -> folder.relativize(file).toString().replace('\\', '/'))
                    .toList());
        }
    }

    /** Of all files of a folder or a repository. */
    static GgufNames among(Collection<String> files) {
        SortedSet<String> models = new TreeSet<>();
        files.stream()
                .filter(name -> isGguf(name) && SAFE.matcher(name).matches())
                .map(GgufNames::first)
                .forEach(models::add);
        return new GgufNames(models);
    }

    static boolean isGguf(String name) {
        return name.toLowerCase(Locale.ROOT).endsWith(SUFFIX);
    }

    /** The first file of the model that a file belongs to; a name can tell of 99,999 parts. */
    private static String first(String file) {
        return PartName.of(file).map(name -> name.file(1)).orElse(file);
    }

    /** The files of the model that a file belongs to, in order. */
    static List<String> parts(String file) {
        return PartName.of(file)
                .map(name -> IntStream.rangeClosed(1, Math.max(1, name.parts()))
                        .mapToObj(name::file)
                        .toList())
                .orElse(List.of(file));
    }

    /** A model's name without what every file's has. */
    static String title(String file) {
        return PartName.of(file)
                .map(PartName::title)
                .orElseGet(() -> file.substring(0, file.length() - SUFFIX.length()));
    }

    /** The models that can be read alone. */
    SortedSet<String> whole() {
        SortedSet<String> whole = new TreeSet<>(models);
        whole.removeIf(name -> BESIDE.matcher(name).matches());
        return whole;
    }

    /**
     * The models that fit; upper and lower case are the same where they need not differ.
     *
     * @param wanted the name of a file, or a type such as {@code Q4_K_M}; empty for any, of which there are several
     *     only if none has a type that is usual
     */
    SortedSet<String> fitting(String wanted) {
        if (isGguf(wanted)) {
            String first = first(wanted);
            return only(models, models.contains(first) ? first::equals : name -> name.equalsIgnoreCase(first));
        }
        SortedSet<String> whole = whole();
        if (!wanted.isEmpty()) {
            return only(whole, ofType(wanted));
        }
        return whole.size() <= 1
                ? whole
                : PREFERRED.stream()
                        .map(type -> only(whole, ofType(type)))
                        .filter(fitting -> !fitting.isEmpty())
                        .findFirst()
                        .orElse(whole);
    }

    /** The type is a word of the name: something else stands before it, and a dot or a dash behind it. */
    private static Predicate<String> ofType(String type) {
        return Pattern.compile("(?i)(?:^|[-._/])" + Pattern.quote(type) + "[-.]")
                .asPredicate();
    }

    private static SortedSet<String> only(Collection<String> names, Predicate<String> condition) {
        return names.stream().filter(condition).collect(toCollection(TreeSet::new));
    }
}
