package dev.rapid4j.site;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jsoup.nodes.Element;

/** The order of the pages: of the contents page each heading is a group, and each link in a list below it a page. */
record Contents(List<Group> groups) {

    record Group(String title, List<Entry> entries) {}

    /** A page by the name that the list gives it. */
    record Entry(String title, Path page) {}

    static Contents of(Source source) {
        List<Group> groups = new ArrayList<>();
        for (Element heading : source.body().select("h2")) {
            List<Entry> entries = new ArrayList<>();
            Element list = heading.nextElementSibling();
            if (list != null && list.nameIs("ul")) {
                for (Element link : list.select("> li > a:first-child")) {
                    entries.add(new Entry(
                            link.text(),
                            Links.target(source.path(), link.attr("href")).path()));
                }
            }
            groups.add(new Group(heading.text(), entries));
        }
        return new Contents(groups);
    }

    List<Path> pages() {
        return entries().stream().map(Entry::page).toList();
    }

    Optional<Entry> before(Path page) {
        return neighbour(page, -1);
    }

    Optional<Entry> after(Path page) {
        return neighbour(page, 1);
    }

    private Optional<Entry> neighbour(Path page, int step) {
        int place = pages().indexOf(page);
        int neighbour = place + step;
        return place < 0 || neighbour < 0 || neighbour >= entries().size()
                ? Optional.empty()
                : Optional.of(entries().get(neighbour));
    }

    private List<Entry> entries() {
        return groups.stream().flatMap(group -> group.entries().stream()).toList();
    }
}
