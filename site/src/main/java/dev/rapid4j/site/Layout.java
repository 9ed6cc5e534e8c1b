package dev.rapid4j.site;

import com.samskivert.mustache.Mustache;
import com.samskivert.mustache.Template;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;
import org.jsoup.nodes.Element;
import org.jsoup.select.Elements;

/** A page with what stands around it: the contents at its side, its own headings, the pages before and after it. */
final class Layout {

    /** A table of so few columns fits a phone. */
    private static final int FEW_COLUMNS = 2;

    /**
     * What is no longer is a name or a figure, and stays on one line of a table; where a column's average is longer,
     * the table holds sentences.
     */
    private static final int MOST_LETTERS_OF_A_NAME = 24;

    private record Link(String title, String address, boolean current) {}

    private record Heading(String title, String address, boolean sub) {}

    private record Group(String title, List<Link> links) {}

    private final Contents contents;
    private final Map<Path, Source> sources;
    private final boolean withApi;
    private final Template template;

    Layout(Contents contents, Map<Path, Source> sources, boolean withApi) {
        this.contents = contents;
        this.sources = sources;
        this.withApi = withApi;
        try {
            template = Mustache.compiler().defaultValue("").compile(Assets.text("page.html"));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    String page(Source source) {
        Map<String, Object> values = new HashMap<>();
        values.put("title", source.title());
        values.put("root", root(source.path()));
        values.put("api", withApi);
        values.put("groups", groups(source.path()));
        values.put("headings", headings(source.body()));
        contents.before(source.path()).ifPresent(entry -> values.put("before", link(source.path(), entry)));
        contents.after(source.path()).ifPresent(entry -> values.put("after", link(source.path(), entry)));
        values.put("body", body(source).html());
        return template.execute(values);
    }

    private static String root(Path page) {
        return "../".repeat(page.getNameCount() - 1);
    }

    private List<Group> groups(Path page) {
        return contents.groups().stream()
                .map(group -> new Group(
                        group.title(),
                        group.entries().stream().map(entry -> link(page, entry)).toList()))
                .toList();
    }

    private static Link link(Path page, Contents.Entry entry) {
        return new Link(
                entry.title(),
                Links.relative(Links.page(page), Links.page(entry.page())),
                entry.page().equals(page));
    }

    private static List<Heading> headings(Element body) {
        return body.select("> h2, > h3").stream()
                .map(heading -> new Heading(heading.text(), "#" + heading.id(), heading.nameIs("h3")))
                .toList();
    }

    private Element body(Source source) {
        Element body = source.body().clone();
        for (Element link : body.select("a[href]")) {
            address(source, link.attr("href")).ifPresentOrElse(address -> link.attr("href", address), link::unwrap);
        }
        for (Element picture : body.select("img[src]")) {
            address(source, picture.attr("src")).ifPresent(address -> picture.attr("src", address));
        }
        body.select("table").forEach(Layout::frame);
        for (Element heading : body.select("h2, h3")) {
            heading.appendElement("a")
                    .addClass("anchor")
                    .attr("href", "#" + heading.id())
                    .attr("aria-label", "Link to: " + heading.text())
                    .text("#");
        }
        body.select("pre").attr("tabindex", "0");
        return body;
    }

    /**
     * A wide table scrolls by itself, also by keyboard; one of sentences becomes a list on a phone, with its headings
     * as labels.
     */
    private static void frame(Element table) {
        Element frame = table.wrap("<div class=\"wide\" tabindex=\"0\"></div>").parent();
        Elements headings = table.select("thead th");
        if (headings.size() > FEW_COLUMNS) {
            frame.addClass(hasSentences(table, headings.size()) ? "sentences" : "figures");
            for (int column = 1; column < headings.size(); column++) {
                if (headings.get(column).hasText()) {
                    cells(table, column).attr("data-label", headings.get(column).text());
                }
            }
        }
        table.select("td, code").stream()
                .filter(part -> part.text().length() > MOST_LETTERS_OF_A_NAME)
                .forEach(part -> part.addClass("long"));
        if (!headings.hasText()) {
            table.select("thead").remove();
        }
        // an empty cell is no heading of anything
        headings.stream().filter(cell -> !cell.hasText()).forEach(cell -> cell.tagName("td"));
    }

    /** The first column is that of names, which may be long. */
    private static boolean hasSentences(Element table, int columns) {
        return IntStream.range(1, columns)
                .mapToObj(column -> cells(table, column))
                .anyMatch(cells -> cells.stream()
                                .mapToInt(cell -> cell.text().length())
                                .average()
                                .orElse(0)
                        > MOST_LETTERS_OF_A_NAME);
    }

    private static Elements cells(Element table, int column) {
        return table.select("tbody > tr > :eq(" + column + ")");
    }

    /** @return empty for a folder, of which a site has no view */
    private Optional<String> address(Source source, String link) {
        if (Links.isExternal(link)) {
            return Optional.of(link);
        }
        Links.Target target = Links.target(source.path(), link);
        Path here = Links.page(source.path());
        if (sources.containsKey(target.path())) {
            return Optional.of(
                    target.path().equals(source.path()) && !target.fragment().isEmpty()
                            ? target.fragment()
                            : Links.relative(here, Links.page(target.path())) + target.fragment());
        }
        return source.files().contains(target.path())
                ? Optional.of(Links.relative(here, Links.file(target.path())))
                : Optional.empty();
    }
}
