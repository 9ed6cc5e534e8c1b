package dev.rapid4j;

import static org.assertj.core.api.Assertions.assertThat;

import dev.langchain4j.agent.tool.P;
import dev.langchain4j.agent.tool.Tool;
import dev.langchain4j.service.AiServices;
import dev.rapid4j.testing.RealModels;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** From the request to the response: calls and JSON that are what they have to be, whatever the model has learned. */
class ToolsAndJsonTest {

    record Person(String name, int age) {}

    interface Reader {
        Person person(String text);
    }

    interface Weatherman {
        String answer(String question);
    }

    static final class Weather {

        private final List<String> asked = new ArrayList<>();

        @Tool("Returns the weather in a city")
        String weather(@P("the city") String city) {
            asked.add(city);
            return "sunny, 21 degrees";
        }
    }

    @Test
    void aRealModelFillsARecord() {
        try (RapidChatModel model =
                RapidChatModel.builder().target(RealModels.qwenCoder()).build()) {
            Reader reader = AiServices.create(Reader.class, model);
            assertThat(reader.person("Klaus is 37 years old and lives in Hamburg."))
                    .isEqualTo(new Person("Klaus", 37));
        }
    }

    @Test
    void aRealModelCallsATool() {
        Weather weather = new Weather();
        try (RapidChatModel model =
                RapidChatModel.builder().target(RealModels.qwenCoder()).build()) {
            Weatherman weatherman = AiServices.builder(Weatherman.class)
                    .chatModel(model)
                    .tools(weather)
                    .build();
            String answer = weatherman.answer("What is the weather in Munich?");
            System.out.println("ANSWER " + answer + " " + weather.asked);
            assertThat(weather.asked).containsExactly("Munich");
            assertThat(answer).contains("21");
        }
    }
}
