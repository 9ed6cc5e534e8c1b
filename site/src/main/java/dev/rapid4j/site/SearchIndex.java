package dev.rapid4j.site;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** What is searched: a script and not a file of data, as a page that is opened from a folder may load no data. */
final class SearchIndex {

    private record Entry(String page, String title, String address, String names, String text) {}

    private SearchIndex() {}

    static String script(Contents contents, Map<Path, Source> sources) throws JsonProcessingException {
        List<Entry> entries = new ArrayList<>();
        for (Path page : contents.pages()) {
            Source source = sources.get(page);
            String address = Links.page(page).toString().replace('\\', '/');
            for (Source.Section section : source.sections()) {
                entries.add(new Entry(
                        source.title(),
                        section.title(),
                        address + section.anchor(),
                        String.join(" ", section.names()),
                        section.text()));
            }
        }
        return "window.searchEntries = " + new ObjectMapper().writeValueAsString(entries) + ";\n";
    }
}
