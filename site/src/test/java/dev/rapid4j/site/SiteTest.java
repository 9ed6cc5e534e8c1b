package dev.rapid4j.site;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jsoup.Jsoup;
import org.jsoup.nodes.Document;
import org.jsoup.nodes.Element;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The site that the build made of this repository. */
class SiteTest {

    private static final Path REPOSITORY = Path.of("..").toAbsolutePath().normalize();
    private static final Path JAVADOC = Path.of("apidocs");

    @TempDir
    private static Path site;

    private static final Map<Path, Document> PAGES = new HashMap<>();

    @BeforeAll
    static void writeAndRead() throws IOException {
        Site.write(REPOSITORY, site);
        try (Stream<Path> files = Files.walk(site)) {
            for (Path file :
                    files.filter(file -> file.toString().endsWith(".html")).toList()) {
                PAGES.put(site.relativize(file), Jsoup.parse(Files.readString(file)));
            }
        }
    }

    @Test
    void everyPageOfDocsIsInItAndInTheContentsOfEachPage() throws IOException {
        Set<String> docs;
        try (Stream<Path> files = Files.list(REPOSITORY.resolve("docs"))) {
            docs = files.map(file -> file.getFileName().toString())
                    .filter(name -> name.endsWith(".md") && !name.equals("README.md"))
                    .map(name -> name.replace(".md", ".html"))
                    .collect(Collectors.toCollection(TreeSet::new));
        }
        assertThat(docs).hasSizeGreaterThan(15);
        for (Path page : PAGES.keySet()) {
            Set<String> listed = PAGES.get(page).select("#contents a").stream()
                    .map(link -> page.resolveSibling(link.attr("href")).normalize())
                    .filter(target -> target.startsWith("docs"))
                    .map(target -> target.getFileName().toString())
                    .collect(Collectors.toCollection(TreeSet::new));
            assertThat(listed).as("contents of %s", page).isEqualTo(docs);
        }
    }

    @Test
    void noLinkAnchorOrPictureIsDead() {
        List<String> dead = new ArrayList<>();
        PAGES.forEach((path, page) -> {
            for (Element element : page.select("[href], [src]")) {
                String address = element.hasAttr("href") ? element.attr("href") : element.attr("src");
                URI uri = URI.create(address);
                if (!uri.isAbsolute() && !leadsSomewhere(path, uri)) {
                    dead.add(path + ": " + address);
                }
            }
        });
        assertThat(dead).isEmpty();
    }

    private static boolean leadsSomewhere(Path from, URI link) {
        Path to = link.getPath().isEmpty()
                ? from
                : from.resolveSibling(link.getPath()).normalize();
        return Files.isRegularFile(site.resolve(to))
                && (link.getFragment() == null || PAGES.get(to).getElementById(link.getFragment()) != null);
    }

    @Test
    void nothingIsLoadedFromElsewhere() {
        PAGES.forEach((path, page) -> assertThat(page.select("[src], link[href]"))
                .as("what %s loads", path)
                .isNotEmpty()
                .noneMatch(element -> (element.attr("src") + element.attr("href")).contains("//")));
    }

    @Test
    void theNextPageOfEachIsThatOfTheContents() {
        List<Path> order = PAGES.get(Path.of("index.html")).select("#contents a").stream()
                .map(link -> Path.of(link.attr("href")))
                .toList();
        Path page = order.get(0);
        List<Path> walk = new ArrayList<>(List.of(page));
        for (Element next = next(page); next != null; next = next(page)) {
            page = page.resolveSibling(next.attr("href")).normalize();
            walk.add(page);
        }
        assertThat(walk).isEqualTo(order);
    }

    private static Element next(Path page) {
        return PAGES.get(page).selectFirst("a[rel=next]");
    }

    @Test
    void javadocIsLinkedWhereItIs(@TempDir Path folder) throws IOException {
        Path javadoc = Files.createDirectories(folder.resolve(JAVADOC)).resolve("index.html");
        Files.writeString(javadoc, "<title>Javadoc</title>");

        Site.write(REPOSITORY, folder);

        assertThat(Files.readString(folder.resolve("docs/security.html"))).contains("../apidocs/index.html");
        assertThat(PAGES.get(Path.of("docs/security.html")).html()).doesNotContain("apidocs");
    }

    @Test
    void aPageThatNoGroupListsIsRefused(@TempDir Path repository, @TempDir Path folder) throws IOException {
        Files.createDirectory(repository.resolve("docs"));
        Files.writeString(repository.resolve("docs/README.md"), "# Documentation\n\n## First\n\n* [One](one.md)\n");
        Files.writeString(repository.resolve("docs/one.md"), "# One\n");
        Files.writeString(repository.resolve("docs/lost.md"), "# Lost\n");

        assertThatThrownBy(() -> Site.write(repository, folder))
                .hasMessageContaining("docs/README.md does not list [docs/lost.md]");
    }

    @Test
    void aLinkToNothingIsRefused(@TempDir Path repository, @TempDir Path folder) throws IOException {
        Files.createDirectory(repository.resolve("docs"));
        Files.writeString(repository.resolve("docs/README.md"), "# Documentation\n\n## First\n\n* [One](one.md)\n");
        Files.writeString(repository.resolve("docs/one.md"), "# One\n\n![A picture](none.png)\n");

        assertThatThrownBy(() -> Site.write(repository, folder)).hasMessageContaining("none.png");
    }
}
