package dev.rapid4j.site;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.commonmark.Extension;
import org.commonmark.ext.gfm.tables.TablesExtension;
import org.commonmark.ext.heading.anchor.HeadingAnchorExtension;
import org.commonmark.parser.Parser;
import org.commonmark.renderer.html.HtmlRenderer;
import org.jsoup.Jsoup;
import org.jsoup.nodes.Element;
import org.jsoup.select.Elements;

/**
 * A Markdown file of the repository.
 *
 * @param path where it lies, from the repository's root
 * @param title its first heading
 * @param body what it says, with links as they are written
 * @param pages the Markdown files that it links
 * @param files what else it links or shows
 */
record Source(Path path, String title, Element body, Set<Path> pages, Set<Path> files) {

    private static final List<Extension> EXTENSIONS =
            List.of(TablesExtension.create(), HeadingAnchorExtension.create());
    private static final Parser PARSER = Parser.builder().extensions(EXTENSIONS).build();
    private static final HtmlRenderer RENDERER =
            HtmlRenderer.builder().extensions(EXTENSIONS).build();

    /**
     * A heading's part of a page.
     *
     * @param names options, messages and the like that a table of it explains, from the first column
     * @param text what is said, without blocks of code
     */
    record Section(String title, String anchor, List<String> names, String text) {}

    static Source read(Path repository, Path path) throws IOException {
        Element body = Jsoup.parseBodyFragment(
                        RENDERER.render(PARSER.parse(Files.readString(repository.resolve(path)))))
                .outputSettings(new org.jsoup.nodes.Document.OutputSettings().prettyPrint(false))
                .body();
        Element title = body.selectFirst("h1");
        if (title == null) {
            throw new IllegalStateException(path + " has no heading of the first level");
        }
        dropWayBack(body, title);

        Set<Path> pages = new TreeSet<>();
        Set<Path> files = new TreeSet<>();
        for (Element link : body.select("a[href], img[src]")) {
            String address = link.nameIs("a") ? link.attr("href") : link.attr("src");
            if (!Links.isExternal(address)) {
                Path target = Links.target(path, address).path();
                if (Files.isRegularFile(repository.resolve(target))) {
                    (Links.isPage(target) ? pages : files).add(target);
                } else if (!Files.isDirectory(repository.resolve(target))) {
                    throw new IllegalStateException(path + " links " + address + ", which is not there");
                }
            }
        }
        return new Source(path, title.text(), body, pages, files);
    }

    /** The line above the title leads to the contents where there is no side bar. */
    private static void dropWayBack(Element body, Element title) {
        while (body.firstElementChild() != title) {
            body.firstElementChild().remove();
        }
    }

    List<Section> sections() {
        List<Section> sections = new ArrayList<>();
        Element heading = body.selectFirst("h1");
        Elements content = new Elements();
        for (Element child : body.children()) {
            if (child.nameIs("h2") || child.nameIs("h3")) {
                sections.add(section(heading, content));
                heading = child;
                content = new Elements();
            } else if (!child.nameIs("h1") && !child.nameIs("pre")) {
                content.add(child.clone());
            }
        }
        sections.add(section(heading, content));
        return sections;
    }

    private static Section section(Element heading, Elements content) {
        content.select("pre").remove();
        return new Section(
                heading.text(),
                heading.nameIs("h1") ? "" : "#" + heading.id(),
                content.select("td:first-child code").eachText(),
                String.join("\n", content.eachText()));
    }
}
