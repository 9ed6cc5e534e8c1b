package dev.rapid4j.site;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;

/**
 * The site: a page for README.md, for each page of the {@linkplain Contents contents}, and for every other Markdown
 * file that one of these links. Pages lie as their sources lie in the repository, so that links between them stay as
 * they are; Javadoc that is found in {@code apidocs} is linked.
 */
public final class Site {

    private static final Path CONTENTS = Path.of("docs/README.md");

    private Site() {}

    /**
     * Writes the site.
     *
     * @param arguments the repository's root, and the folder to write to
     * @throws IOException if a file cannot be read or written
     */
    public static void main(String[] arguments) throws IOException {
        Path repository = Path.of(arguments[0]).toRealPath();
        Path folder = Path.of(arguments[1]).toAbsolutePath().normalize();
        write(repository, folder);
        System.out.println("Documentation: " + folder.resolve("index.html").toUri());
    }

    static void write(Path repository, Path folder) throws IOException {
        Contents contents = Contents.of(Source.read(repository, CONTENTS));
        requireEveryPage(repository, contents);

        Map<Path, Source> sources = read(repository, contents.pages());
        Layout layout = new Layout(contents, sources, Files.exists(folder.resolve("apidocs/index.html")));
        Set<Path> files = new TreeSet<>();
        for (Source source : sources.values()) {
            Path target = folder.resolve(Links.page(source.path()));
            Files.createDirectories(target.getParent());
            Files.writeString(target, layout.page(source));
            files.addAll(source.files());
        }
        for (Path file : files) {
            Path target = folder.resolve(Links.file(file));
            Files.createDirectories(target.getParent());
            Files.copy(repository.resolve(file), target, StandardCopyOption.REPLACE_EXISTING);
        }
        Assets.write(folder.resolve("assets"), SearchIndex.script(contents, sources));
    }

    private static Map<Path, Source> read(Path repository, List<Path> pages) throws IOException {
        Map<Path, Source> sources = new LinkedHashMap<>();
        Deque<Path> open = new ArrayDeque<>(pages);
        open.add(CONTENTS);
        while (!open.isEmpty()) {
            Path path = open.remove();
            if (!sources.containsKey(path)) {
                Source source = Source.read(repository, path);
                sources.put(path, source);
                open.addAll(source.pages());
            }
        }
        return sources;
    }

    private static void requireEveryPage(Path repository, Contents contents) throws IOException {
        List<Path> missing = new ArrayList<>();
        try (Stream<Path> pages = Files.list(repository.resolve("docs"))) {
            pages.map(repository::relativize)
                    .filter(page -> page.toString().endsWith(".md") && !page.equals(CONTENTS))
                    .filter(page -> !contents.pages().contains(page))
                    .sorted()
                    .forEach(missing::add);
        }
        if (!missing.isEmpty()) {
            throw new IllegalStateException(CONTENTS + " does not list " + missing
                    + ": add each to the group where a reader would look for it");
        }
    }
}
