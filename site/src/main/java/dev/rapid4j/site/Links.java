package dev.rapid4j.site;

import java.net.URI;
import java.nio.file.Path;

/** Where files of the repository lie in the site. */
final class Links {

    /** A file of the repository, and the place in it, which may be empty. */
    record Target(Path path, String fragment) {}

    private Links() {}

    static boolean isExternal(String link) {
        return URI.create(link).isAbsolute();
    }

    /** @throws IllegalArgumentException if the link leads out of the repository */
    static Target target(Path page, String link) {
        URI uri = URI.create(link);
        Path path = uri.getPath().isEmpty()
                ? page
                : page.resolveSibling(uri.getPath()).normalize();
        if (path.startsWith("..")) {
            throw new IllegalArgumentException(page + " links " + link + ", which lies outside the repository");
        }
        return new Target(path, uri.getFragment() == null ? "" : "#" + uri.getFragment());
    }

    static boolean isPage(Path file) {
        return file.toString().endsWith(".md");
    }

    /** README.md is what a folder opens with. */
    static Path page(Path markdown) {
        String name = markdown.getFileName().toString();
        return markdown.resolveSibling(name.equals("README.md") ? "index.html" : name.replaceFirst("md$", "html"));
    }

    /** Browsers show pictures and texts; a source file they would offer to save. */
    static Path file(Path file) {
        String name = file.getFileName().toString();
        return name.matches(".*\\.(svg|png)") ? file : file.resolveSibling(name + ".txt");
    }

    static String relative(Path from, Path to) {
        Path folder = from.getParent();
        return (folder == null ? to : folder.relativize(to)).toString().replace('\\', '/');
    }
}
