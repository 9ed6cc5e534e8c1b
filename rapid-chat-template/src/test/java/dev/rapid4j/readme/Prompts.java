package dev.rapid4j.readme;

import dev.rapid4j.chattemplate.ChatTemplate;
import dev.rapid4j.chattemplate.RenderedChat;
import java.util.List;
import java.util.Map;

public class Prompts {
    private static final ChatTemplate TEMPLATE = ChatTemplate.parse("""
            {%- for message in messages %}
                {{- '<|im_start|>' + message.role + '\n' + message.content + eos_token + '\n' }}
            {%- endfor %}
            {%- if add_generation_prompt %}
                {{- '<|im_start|>assistant\n' }}
            {%- endif %}""", Map.of("eos_token", "<|im_end|>"));

    public static RenderedChat ask(String question) {
        List<Map<String, Object>> messages = List.of(
                Map.of("role", new ChatTemplate.Trusted("system"), "content", "Answer briefly."),
                Map.of("role", new ChatTemplate.Trusted("user"), "content", question));
        return TEMPLATE.render(messages, Map.of("add_generation_prompt", true));
    }
}
