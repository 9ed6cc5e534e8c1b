package dev.rapid4j.site;

import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Properties;

/** Style and scripts: our own, and those of two libraries that come as webjars. */
final class Assets {

    /** In the order in which they build on each other. */
    private static final List<String> LANGUAGES = List.of("core", "clike", "java", "markup", "properties", "groovy");

    private Assets() {}

    static void write(Path folder, String searchEntries) throws IOException {
        Files.createDirectories(folder);
        for (String name : List.of("site.css", "site.js", "search.js")) {
            Files.writeString(folder.resolve(name), text(name));
        }
        StringBuilder highlighting = new StringBuilder(text("highlighting.js"));
        for (String language : LANGUAGES) {
            highlighting
                    .append(webjar("prismjs", "components/prism-" + language + ".min.js"))
                    .append('\n');
        }
        Files.writeString(folder.resolve("prism.js"), highlighting);
        Files.writeString(folder.resolve("lunr.js"), webjar("lunr", "lunr.min.js"));
        Files.writeString(folder.resolve("search-entries.js"), searchEntries);
        Files.writeString(
                folder.resolve("LICENSES.txt"),
                "prism.js:\n\n" + webjar("prismjs", "LICENSE") + "\nlunr.js:\n\n" + webjar("lunr", "LICENSE"));
    }

    static String text(String name) throws IOException {
        return resource("/dev/rapid4j/site/" + name);
    }

    private static String webjar(String library, String file) throws IOException {
        Properties properties = new Properties();
        try (InputStream stream = open("/META-INF/maven/org.webjars.npm/" + library + "/pom.properties")) {
            properties.load(stream);
        }
        return resource(
                "/META-INF/resources/webjars/" + library + "/" + properties.getProperty("version") + "/" + file);
    }

    private static String resource(String name) throws IOException {
        try (InputStream stream = open(name)) {
            return new String(stream.readAllBytes(), StandardCharsets.UTF_8);
        }
    }

    private static InputStream open(String name) throws IOException {
        InputStream stream = Assets.class.getResourceAsStream(name);
        if (stream == null) {
            throw new FileNotFoundException(name + " is not on the class path");
        }
        return stream;
    }
}
