package dev.rapid4j.site;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.rapid4j.Hub;
import dev.rapid4j.RapidChatModel;
import dev.rapid4j.RapidChatRequestParameters;
import dev.rapid4j.RapidEmbeddingModel;
import dev.rapid4j.RapidEngine;
import dev.rapid4j.RapidModelCatalog;
import dev.rapid4j.RapidScoringModel;
import dev.rapid4j.RapidStreamingChatModel;
import dev.rapid4j.documents.RapidDocumentIngestor;
import dev.rapid4j.documents.RapidRetrievalAugmentor;
import java.io.IOException;
import java.lang.reflect.Field;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.math.BigDecimal;
import java.net.URL;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jsoup.nodes.Element;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.springframework.util.unit.DataSize;

/** docs/options.md says what the builders and the starter have. */
class OptionsTest {

    private static final String ROOT = "langchain4j.rapid";

    /** The prefixes of the properties of a section. */
    private static final Map<String, List<String>> PREFIXES = Map.of(
            "An engine", List.of(ROOT),
            "A request", List.of(ROOT + ".chat-model", ROOT + ".streaming-chat-model"),
            "A model", List.of(ROOT + ".chat-model", ROOT + ".streaming-chat-model"),
            "An embedding model", List.of(ROOT + ".embedding-model"),
            "A scoring model", List.of(),
            "A store of documents", List.of(ROOT + ".retrieval"),
            "The hub", List.of(ROOT + ".hub"));

    /** A line of a table: what it names, and the value that it says is the default, if it is one. */
    private record Line(String section, List<String> options, List<String> properties, String value) {}

    private static List<Line> lines;

    @BeforeAll
    static void read() throws IOException {
        lines = new ArrayList<>();
        Element body = Source.read(Path.of(".."), Path.of("docs/options.md")).body();
        String section = "";
        for (Element child : body.children()) {
            if (child.nameIs("h2")) {
                section = child.text();
            } else if (child.nameIs("table")) {
                List<String> head = child.select("thead th").eachText();
                for (Element row : child.select("tbody tr")) {
                    lines.add(line(section, head, row));
                }
            }
        }
    }

    private static Line line(String section, List<String> head, Element row) {
        boolean option = !head.get(0).startsWith("property");
        int property = option ? head.indexOf("property") : 0;
        return new Line(
                section,
                option ? codes(row, 0) : List.of(),
                property < 0 ? List.of() : codes(row, property),
                codes(row, head.indexOf("default")).stream().findFirst().orElse(""));
    }

    private static List<String> codes(Element row, int column) {
        return row.child(column).select("code").eachText();
    }

    static Stream<Arguments> builders() {
        return Stream.of(
                Arguments.of(RapidEngine.Builder.class, Set.of("An engine")),
                Arguments.of(RapidChatRequestParameters.Builder.class, Set.of("A request")),
                Arguments.of(RapidChatModel.Builder.class, Set.of("An engine", "A request", "A model")),
                Arguments.of(RapidStreamingChatModel.Builder.class, Set.of("An engine", "A request", "A model")),
                Arguments.of(RapidEmbeddingModel.Builder.class, Set.of("An embedding model")),
                Arguments.of(RapidScoringModel.Builder.class, Set.of("A scoring model")),
                Arguments.of(Hub.Builder.class, Set.of("The hub")));
    }

    @ParameterizedTest
    @MethodSource("builders")
    void everyOptionOfABuilderIsThere(Class<?> builder, Set<String> sections) {
        assertThat(documented(sections)).isEqualTo(options(builder));
    }

    @Test
    void everyOptionOfIngestorAndAugmentorIsThere() {
        Set<String> options = options(RapidDocumentIngestor.Builder.class);
        options.addAll(options(RapidRetrievalAugmentor.Builder.class));
        assertThat(documented(Set.of("A store of documents"))).isEqualTo(options);
    }

    @Test
    void theCatalogTakesAHubAlone() {
        assertThat(options(RapidModelCatalog.Builder.class)).containsExactly("hub");
    }

    @Test
    void everyPropertyIsThereWithItsDefault() throws IOException {
        Map<String, String> documented = new TreeMap<>();
        for (Line line : lines) {
            for (String property : line.properties()) {
                for (String prefix : PREFIXES.getOrDefault(line.section(), List.of(""))) {
                    documented.put(prefix.isEmpty() ? property : prefix + "." + property, line.value());
                }
            }
        }
        Map<String, String> properties = properties();
        assertThat(documented.keySet()).isEqualTo(properties.keySet());
        properties.forEach((property, value) -> {
            if (!value.isEmpty()) {
                assertThat(documented.get(property)).as(property).isEqualToIgnoringCase(value);
            }
        });
    }

    @Test
    void theDefaultsAreThoseOfTheBuilders() throws ReflectiveOperationException {
        List<String> compared = new ArrayList<>();
        List<String> inWords = new ArrayList<>();
        for (Line line : lines) {
            for (String option : line.options()) {
                Object value = switch (line.section()) {
                    case "An engine" -> field(RapidEngine.builder(), option);
                    case "A request" -> result(RapidChatRequestParameters.DEFAULT, option);
                    default -> null;
                };
                if (value instanceof Number || value instanceof Enum || value instanceof Boolean) {
                    (line.value().isEmpty() ? inWords : compared).add(option);
                    if (!line.value().isEmpty()) {
                        assertThat(line.value()).as(option).matches(given -> same(given, value), "is " + value);
                    }
                }
            }
        }
        assertThat(compared).contains("draftContextTokens", "passageCacheBytes", "margin", "mode", "learnEveryToken");
        assertThat(inWords).containsExactly("maxContextTokens");
    }

    private static boolean same(String given, Object value) {
        if (value instanceof Long bytes) {
            return DataSize.parse(given).toBytes() == bytes;
        }
        return value instanceof Number number
                ? new BigDecimal(given).compareTo(new BigDecimal(number.toString())) == 0
                : given.equalsIgnoreCase(value.toString());
    }

    private static Object field(Object builder, String name) throws ReflectiveOperationException {
        for (Class<?> type = builder.getClass(); type != null; type = type.getSuperclass()) {
            for (Field field : type.getDeclaredFields()) {
                if (field.getName().equals(name)) {
                    field.setAccessible(true);
                    return field.get(builder);
                }
            }
        }
        return null;
    }

    private static Object result(Object parameters, String name) throws ReflectiveOperationException {
        try {
            return parameters.getClass().getMethod(name).invoke(parameters);
        } catch (NoSuchMethodException e) {
            return null;
        }
    }

    private static Set<String> documented(Set<String> sections) {
        return lines.stream()
                .filter(line -> sections.contains(line.section()))
                .flatMap(line -> line.options().stream())
                .collect(Collectors.toCollection(TreeSet::new));
    }

    /** Methods that return the builder; what copies all parameters at once is none. */
    private static Set<String> options(Class<?> builder) {
        return Arrays.stream(builder.getMethods())
                .filter(method -> !Modifier.isStatic(method.getModifiers()))
                .filter(method -> method.getReturnType().isAssignableFrom(builder) && !isOfObject(method))
                .map(Method::getName)
                .filter(name -> !name.equals("overrideWith"))
                .collect(Collectors.toCollection(TreeSet::new));
    }

    private static boolean isOfObject(Method method) {
        return method.getDeclaringClass() == Object.class || method.getReturnType() == Object.class;
    }

    /** With their defaults, or an empty text. */
    private static Map<String, String> properties() throws IOException {
        Map<String, String> properties = new TreeMap<>();
        for (URL file : Collections.list(
                RapidEngine.class.getClassLoader().getResources("META-INF/spring-configuration-metadata.json"))) {
            for (JsonNode property :
                    new ObjectMapper().readTree(file.openStream()).path("properties")) {
                String name = property.path("name").asText();
                if (name.startsWith(ROOT) || name.startsWith("management.health.rapid")) {
                    properties.put(name, property.path("defaultValue").asText());
                }
            }
        }
        return properties;
    }
}
