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

    /** A heading's part of a page; its text is what is said, without blocks of code. */
    record Section(String title, String anchor, String text) {}

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
        String heading = title;
        String anchor = "";
        StringBuilder text = new StringBuilder();
        for (Element child : body.children()) {
            if (child.nameIs("h2") || child.nameIs("h3")) {
                sections.add(new Section(heading, anchor, text.toString()));
                heading = child.text();
                anchor = "#" + child.id();
                text.setLength(0);
            } else if (!child.nameIs("h1")) {
                text.append(withoutCode(child)).append('\n');
            }
        }
        sections.add(new Section(heading, anchor, text.toString()));
        return sections;
    }

    private static String withoutCode(Element element) {
        if (element.nameIs("pre")) {
            return "";
        }
        Element said = element.clone();
        said.select("pre").remove();
        return said.text();
    }
}
