package dev.rapid4j.chattemplate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;

import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.InputStream;
import java.time.Clock;
import java.time.Duration;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class TemplateLanguageTest {
    private static final JsonNode CASES = read();
    private static final Clock CLOCK =
            Clock.fixed(LocalDateTime.parse(CASES.get("now").asText()).toInstant(ZoneOffset.UTC), ZoneOffset.UTC);
    private static final Map<String, Object> VARIABLES =
            new ObjectMapper().convertValue(CASES.get("variables"), new TypeReference<>() {});

    @TestFactory
    Stream<DynamicTest> rendersWhatJinjaRenders() {
        return StreamSupport.stream(CASES.get("language").spliterator(), false)
                .map(test -> DynamicTest.dynamicTest(test.get("template").toString(), () -> {
                    String template = test.get("template").asText();
                    if (test.get("rendered").isNull()) {
                        assertThatThrownBy(() -> render(template)).isInstanceOf(ChatTemplateException.class);
                    } else {
                        assertThat(render(template))
                                .isEqualTo(test.get("rendered").asText());
                    }
                }));
    }

    /** Untrusted pieces are shown in angle brackets. */
    @ParameterizedTest
    @CsvSource(
            delimiter = '§',
            quoteCharacter = '`',
            value = {
                "a{{ u }}b § a<user>b",
                "{{ 'a' ~ u ~ 1 ~ t }} § a<user>1token",
                "{{ ('a' + u)[::-1] }} § <resu>a",
                "{{ ('ab' + u + 'cd')[1:4] }} § b<us>",
                "{{ ('a' + u)[0] }}{{ ('a' + u)[1] }} § a<u>",
                "{{ (' ' + u + ' ') | trim }}{{ (u + 'x').strip('ux') }} § <userser>",
                "{{ ('a-' + u + '-b').split('-') | join('/') }} § a/<user>/b",
                "{{ ('a' + u) | upper | lower | capitalize }} § A<user>",
                "{{ ('a-' + u).title() }}{{ ('a-' + u) | title }} § A-<User>A-<User>",
                "{{ 'a-b' | replace('-', u) }}{{ u | replace('s', '-') }} § a<user>b<u>-<er>",
                "{{ '%s=%5s' % ('k', u) }} § k=< user>",
                "{{ '{}={:>5}'.format('k', u) }} § k=< user>",
                "{{ {'k': u} | tojson }} § {\"k\": \"<user>\"}",
                "{{ [u, 'k', 1] }} § ['<user>', 'k', 1]",
                "{{ (u + '-' + u) | replace('-', '\\n') | indent(1) | tojson }} § \"<user>\\n <user>\"",
                "{% for c in 'a' + u %}{{ c }}{% endfor %} § a<user>",
                "{% set x %}a{{ u }}{% endset %}{{ x }}{% filter upper %}{{ x }}{% endfilter %} § a<user>A<USER>",
                "{% macro m(x) %}a{{ x }}{% endmacro %}{{ m(u) }}{{ m(t) }} § a<user>atoken",
                "{{ u | e | safe | string | list | join }}{{ ('<' + u) | e }} § <user>&lt;<user>",
                "{{ [u, 'a'] | sort | map('upper') | first }}{{ [u] | unique | first }} § A<user>",
                "{{ d.key }}{% for k, v in d.items() %}{{ k }}{% endfor %} § <valuekey>",
                "{{ u * 2 }}{{ u.center(6, '*') }}{{ u.zfill(5) }}{{ u | truncate(3, true, '!', 0) }} § <useruser>*<user>*<0userus>!",
                "{{ strftime_now(u) }}{{ u | default('x') }}{{ n | default(u) }} § <useruser>1",
                "{{ n }}{{ n + 1 }}{{ n | string }}{{ none }} § 121None",
                "{{ dict(**d) | tojson }}{{ namespace(**d) }} § {\"<key>\": \"<value>\"}<Namespace {'<key>': '<value>'}>",
                "{% macro m() %}{{ kwargs }}{% endmacro %}{{ m(k=1, **d) }} § {'k': 1, '<key>': '<value>'}",
            })
    void everyCharacterKeepsItsTrust(String template, String expected) {
        Map<String, Object> variables =
                Map.of("u", "user", "t", new ChatTemplate.Trusted("token"), "n", 1, "d", Map.of("key", "value"));
        String shown = ChatTemplate.parse(template).withClock(CLOCK).render(List.of(), variables).spans().stream()
                .map(span -> span.trusted() ? span.text() : "<" + span.text() + ">")
                .collect(Collectors.joining());
        assertThat(shown).isEqualTo(expected);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{% for i in range(99999) %}{% for j in range(99999) %}{% endfor %}{% endfor %}",
                "{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}",
                "{% macro m() %}{{ m() }}{{ m() }}{% endmacro %}{{ m() }}",
                "{% for x in [1] recursive %}{{ loop([1]) }}{% endfor %}",
                "{{ 'x' * 999999999 }}",
                "{{ [0] * 999999999 }}",
                "{{ 9 ** 9 ** 9 ** 9 ** 9 }}",
                "{% set ns = namespace(x='x') %}{% for i in range(99) %}{% set ns.x = ns.x ~ ns.x %}{% endfor %}",
                "{% set ns = namespace(x=9) %}{% for i in range(99) %}{% set ns.x = ns.x * ns.x %}{% endfor %}",
                "{% set ns = namespace(x=[]) %}{% for i in range(999) %}{% set ns.x = [ns.x, ns.x] %}{% endfor %}{{ ns.x }}",
                "{% set ns = namespace(x=[]) %}{% for i in range(99) %}{% set ns.x = [ns.x, ns.x] %}{% endfor %}{{ ns.x | tojson }}",
                "{% set ns = namespace(x=[]) %}{% for i in range(99) %}{% set ns.x = [ns.x, ns.x] %}{% endfor %}{{ ns.x == ns.x + [] }}",
                "{% set ns = namespace() %}{% set ns.x = ns %}{{ ns }}",
                "{% for i in range(99999) %}{{ 'x' * 99999 }}{% endfor %}",
                "{% set x = 'a' * 999999 %}{% set y = 'a' * 499999 + 'b' %}{% for i in range(99999) %}{{ y in x }}{% endfor %}",
                "{{ '%999999999d' % 1 }}",
                "{{ '{:999999}'.format(1) * 99 }}",
                "{{ '%.999999999f' % 1.0 }}",
                "{{ 'a'.center(999999999) }}",
                "{{ 'a' | indent(999999999, true) }}",
                "{{ [1] | tojson(indent=999999999) }}",
                "{{ [1] | batch(999999999, 0) | list }}",
                "{% set x = '.' * 499999 %}{% for i in range(99999) %}{{ [1] | map(attribute=x) | list }}{% endfor %}",
                "{{ [1] | sort(attribute=',' * 9999999) }}",
                "{{ ('x' * 9999999) | list | length }}",
                "{{ ('x ' * 9999999).split() | length }}",
                "{{ ('x' * 9999999).replace('', 'yyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyy') }}",
            })
    void whatWouldNotEndIsStopped(String template) {
        assertTimeoutPreemptively(
                Duration.ofSeconds(60),
                () -> assertThatThrownBy(() -> render(template)).isInstanceOf(ChatTemplateException.class));
    }

    @ParameterizedTest
    @ValueSource(strings = {"(", "[", "{1:", "-", "not ", "1+(", "1 if ", "a[", "a(", "f|g(", "1 if 1 else "})
    void deepNestingIsRefused(String opening) {
        assertThatThrownBy(() -> render("{{ " + opening.repeat(50_000) + " }}"))
                .isInstanceOf(ChatTemplateException.class);
    }

    @ParameterizedTest
    @ValueSource(strings = {"+1", ".a", "|trim", "[0]", " is defined", " and 1", "()", "~1", "**1", " if 1"})
    void longChainsDoNotExhaustTheStack(String link) {
        String template = "{{ 1" + link.repeat(50_000) + " }}";
        try {
            render(template);
        } catch (ChatTemplateException expected) {
            assertThat(expected).hasMessageNotContaining("Exception");
        }
    }

    @Test
    void theMessageNamesTheLine() {
        assertThatThrownBy(() -> ChatTemplate.parse("a\n{% if x %}\n{{ 1 + }}\n{% endif %}"))
                .isInstanceOfSatisfying(
                        ChatTemplateException.class, e -> assertThat(e.line()).isEqualTo(3));
        assertThatThrownBy(() -> render("a\n{{ 1 }}\n\n{{ missing.x }}"))
                .hasMessage("The chat template cannot render the conversation (line 4): 'missing' is undefined")
                .isInstanceOfSatisfying(
                        ChatTemplateException.class, e -> assertThat(e.line()).isEqualTo(4));
    }

    @Test
    void aLongDocumentIsNotCopiedForEachOfItsCharacters() {
        String document = "All work and no play, é\n".repeat(90_000);
        Map<String, Object> variables = Map.of("document", document, "few", List.of(1, 2, 3));
        ChatTemplate template = ChatTemplate.parse(
                "{% set d = document | trim %}{% if 'needle in a haystack' not in d and d != '' %}"
                        + "{% for x in few %}{{ d[x:] | length }}{{ d | replace('work', 'rest') | length }}{% endfor %}"
                        + "{{ {'d': d} | tojson | length }}{{ '<a>' + d.split('</think>')[-1].lstrip() + '<b>' }}{% endif %}");
        // a fraction of a second; copying the document for each of its characters would take hours
        List<RenderedChat.Span> spans = assertTimeoutPreemptively(
                Duration.ofSeconds(60),
                () -> template.render(List.of(), variables).spans());
        assertThat(spans.get(1).text()).hasSize(document.length() - 1);
    }

    @Test
    void keysOfOneHashAreToldApartInTime() {
        String template = "{% set ns = namespace(l=['$']) %}{% for i in range(15) %}"
                + "{% set ns.l = (ns.l | map('replace', '$', 'Aa$') | list) + (ns.l | map('replace', '$', 'BB$') | list) %}"
                + "{% endfor %}{{ ns.l | unique(case_sensitive=true) | list | length }},"
                + "{{ dict(ns.l | batch(2)).items() | list | unique | list | length }}";
        // a fraction of a second; each key compared with all others takes minutes
        assertTimeoutPreemptively(
                Duration.ofSeconds(60), () -> assertThat(render(template)).isEqualTo("32768,16384"));
    }

    @Test
    void aBrokenTemplateGivesAResultOrAnError() {
        List<String> templates = new ArrayList<>();
        CASES.get("language").forEach(test -> templates.add(test.get("template").asText()));
        CASES.get("templates").forEach(template -> templates.add(template.asText()));
        Random random = new Random(42);
        assertTimeoutPreemptively(Duration.ofSeconds(60), () -> {
            for (int i = 0; i < Integer.getInteger("rapid.fuzz", 3000); i++) {
                String template = mutate(templates, random);
                try {
                    render(template);
                } catch (ChatTemplateException expected) {
                    // as it should be
                } catch (RuntimeException | StackOverflowError e) {
                    throw new AssertionError(template, e);
                }
            }
        });
    }

    private static String mutate(List<String> templates, Random random) {
        StringBuilder template = new StringBuilder(pick(templates, random));
        for (int i = random.nextInt(4); i >= 0; i--) {
            String other = pick(templates, random);
            int from = random.nextInt(other.length() + 1);
            String piece = other.substring(from, Math.min(other.length(), from + 1 + random.nextInt(12)));
            int at = random.nextInt(template.length() + 1);
            int end = Math.min(template.length(), at + random.nextInt(8));
            switch (random.nextInt(3)) {
                case 0 -> template.insert(at, piece);
                case 1 -> template.delete(at, end);
                default -> template.replace(at, end, piece);
            }
        }
        return template.toString();
    }

    private static String pick(List<String> templates, Random random) {
        return templates.get(random.nextInt(templates.size()));
    }

    private static String render(String template) {
        return ChatTemplate.parse(template)
                .withClock(CLOCK)
                .render(List.of(), VARIABLES)
                .text();
    }

    private static JsonNode read() {
        try (InputStream in = TemplateLanguageTest.class.getResourceAsStream("/jinja/cases.json")) {
            return new ObjectMapper().readTree(in);
        } catch (IOException e) {
            throw new ExceptionInInitializerError(e);
        }
    }
}
