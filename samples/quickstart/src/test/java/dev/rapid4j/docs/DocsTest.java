package dev.rapid4j.docs;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import javax.tools.DiagnosticCollector;
import javax.tools.JavaCompiler;
import javax.tools.JavaFileObject;
import javax.tools.StandardJavaFileManager;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** README.md, docs and their like: the code compiles, the links lead somewhere, and the README stays short. */
class DocsTest {

    private static final Path ROOT = Path.of("../..").toAbsolutePath().normalize();

    /** Where a module keeps the classes that pages show parts of. */
    private static final Path EXAMPLES = Path.of("src/test/java/dev/rapid4j/docs");

    private static final Path SCRIPT = Path.of("samples/jbang/AskDocument.java");

    private static final int README_BYTES = 8 * 1024;

    private static final Pattern JAVA = Pattern.compile("^```java\\n(.*?)^```", Pattern.DOTALL | Pattern.MULTILINE);
    private static final Pattern FENCED = Pattern.compile("^```.*?^```", Pattern.DOTALL | Pattern.MULTILINE);
    private static final Pattern IMPORT = Pattern.compile("^import (?:static )?[\\w.]+\\.(\\w+);$", Pattern.MULTILINE);
    /** Group, and version; as JBang and Gradle write them, and Maven. */
    private static final Pattern COORDINATES = Pattern.compile("\\b([a-z][\\w.]+):[a-z][\\w-]+:(\\d[\\w.-]+)");

    private static final Pattern MAVEN =
            Pattern.compile("<groupId>(.+)</groupId>\\s*<artifactId>.+</artifactId>\\s*<version>(.+)</version>");
    private static final Pattern LINK = Pattern.compile("\\]\\(([^)\\s]+)\\)");
    private static final Pattern HEADING = Pattern.compile("^#+ (.+)$", Pattern.MULTILINE);

    static List<Path> pages() throws IOException {
        try (Stream<Path> files =
                Files.find(ROOT, 4, (file, attributes) -> file.toString().endsWith(".md"))) {
            return files.map(ROOT::relativize)
                    .filter(file -> !file.toString().contains("target"))
                    .sorted()
                    .toList();
        }
    }

    /** README.md and its like, and docs; what a module says of itself, it checks itself. */
    static List<Path> pagesWithCode() throws IOException {
        return pages().stream()
                .filter(page -> page.getParent() == null || page.getParent().equals(Path.of("docs")))
                .toList();
    }

    @ParameterizedTest
    @MethodSource("pagesWithCode")
    void theJavaCodeIsCodeThatCompilesWithTheImportsItShows(Path page) throws IOException {
        List<String> examples = examples();
        for (MatchResult match : JAVA.matcher(text(page)).results().toList()) {
            String snippet = match.group(1);
            String body = squeezed(withoutImports(snippet));
            List<Set<String>> needed = examples.stream()
                    .filter(example -> squeezed(example).contains(body))
                    .map(example -> usedImports(example, snippet))
                    .toList();
            assertThat(needed)
                    .as("imports of the compiled classes that hold%n%s", snippet)
                    .isNotEmpty()
                    .contains(imports(snippet));
        }
    }

    @Test
    void thereIsCodeToCheck() throws IOException {
        StringBuilder all = new StringBuilder();
        for (Path page : pagesWithCode()) {
            all.append(text(page));
        }
        assertThat(JAVA.matcher(all).results()).hasSizeGreaterThan(12);
    }

    @ParameterizedTest
    @MethodSource("pages")
    void linksLeadSomewhere(Path page) throws IOException {
        List<String> broken = new ArrayList<>();
        for (MatchResult link : LINK.matcher(prose(page)).results().toList()) {
            URI uri = URI.create(link.group(1));
            if (!uri.isAbsolute() && !leadsSomewhere(page, uri)) {
                broken.add(link.group(1));
            }
        }
        assertThat(broken).isEmpty();
    }

    private static boolean leadsSomewhere(Path page, URI link) throws IOException {
        Path file = link.getPath().isEmpty()
                ? page
                : ROOT.relativize(
                        ROOT.resolve(page).resolveSibling(link.getPath()).normalize());
        return !file.startsWith("..")
                && Files.exists(ROOT.resolve(file))
                && (link.getFragment() == null || anchors(file).contains(link.getFragment()));
    }

    @Test
    void dependenciesHaveTheVersionsOfThePom() throws IOException {
        String pom = text(Path.of("pom.xml"));
        Map<String, String> versions = Map.of(
                "dev.rapid4j", element(pom, "version"),
                "ai.djl.pytorch", element(pom, "pytorch.version"),
                "dev.langchain4j", element(pom, "langchain4j-bge-small.version"),
                "org.slf4j", element(pom, "slf4j.version"));
        for (Path file : List.of(SCRIPT, Path.of("README.md"), Path.of("docs/getting-started.md"))) {
            String text = text(file);
            List<MatchResult> dependencies = Stream.of(COORDINATES, MAVEN)
                    .flatMap(pattern -> pattern.matcher(text).results())
                    .toList();
            assertThat(dependencies).as(file.toString()).hasSizeGreaterThan(2);
            for (MatchResult dependency : dependencies) {
                assertThat(dependency.group(2))
                        .as("%s in %s", dependency.group(), file)
                        .isEqualTo(versions.get(dependency.group(1)));
            }
        }
    }

    private static String element(String pom, String name) {
        return Pattern.compile("<%1$s>(.*?)</%1$s>".formatted(Pattern.quote(name)))
                .matcher(pom)
                .results()
                .findFirst()
                .orElseThrow()
                .group(1);
    }

    @Test
    void theScriptCompiles(@TempDir Path classes) {
        JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
        DiagnosticCollector<JavaFileObject> findings = new DiagnosticCollector<>();
        StandardJavaFileManager files = compiler.getStandardFileManager(findings, null, null);
        boolean compiled = compiler.getTask(
                        null,
                        files,
                        findings,
                        List.of("-proc:none", "-Xlint:all", "--release", "17", "-d", classes.toString()),
                        null,
                        files.getJavaFileObjects(ROOT.resolve(SCRIPT)))
                .call();
        assertThat(findings.getDiagnostics()).isEmpty();
        assertThat(compiled).isTrue();
    }

    @Test
    void theReadmeIsShort() throws IOException {
        assertThat(Files.size(ROOT.resolve("README.md"))).isLessThanOrEqualTo(README_BYTES);
    }

    /** What GitHub makes of headings. */
    private static Set<String> anchors(Path page) throws IOException {
        Map<String, Integer> seen = new HashMap<>();
        return HEADING.matcher(prose(page))
                .results()
                .map(heading -> heading.group(1)
                        .toLowerCase(Locale.ROOT)
                        .replaceAll("[^\\p{L}\\p{N}_ -]", "")
                        .replace(' ', '-'))
                .map(slug -> {
                    int before = seen.merge(slug, 1, Integer::sum) - 1;
                    return before == 0 ? slug : slug + "-" + before;
                })
                .collect(Collectors.toSet());
    }

    private static boolean isExample(Path file, BasicFileAttributes attributes) {
        return attributes.isRegularFile() && file.getParent().endsWith(EXAMPLES);
    }

    private static List<String> examples() throws IOException {
        List<String> examples = new ArrayList<>();
        try (Stream<Path> files = Files.find(ROOT, 9, DocsTest::isExample)) {
            for (Path file : files.toList()) {
                examples.add(Files.readString(file));
            }
        }
        return examples;
    }

    private static Set<String> imports(String code) {
        return IMPORT.matcher(code).results().map(MatchResult::group).collect(Collectors.toCollection(TreeSet::new));
    }

    private static Set<String> usedImports(String example, String snippet) {
        String body = withoutImports(snippet);
        return IMPORT.matcher(example)
                .results()
                .filter(line -> Pattern.compile("\\b" + line.group(1) + "\\b")
                        .matcher(body)
                        .find())
                .map(MatchResult::group)
                .collect(Collectors.toCollection(TreeSet::new));
    }

    private static String withoutImports(String code) {
        return IMPORT.matcher(code).replaceAll("");
    }

    private static String text(Path page) throws IOException {
        return Files.readString(ROOT.resolve(page));
    }

    private static String prose(Path page) throws IOException {
        return FENCED.matcher(text(page)).replaceAll("");
    }

    private static String squeezed(String code) {
        return code.replaceAll("\\s+", "");
    }
}
