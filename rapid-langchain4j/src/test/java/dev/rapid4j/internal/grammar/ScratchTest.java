package dev.rapid4j.internal.grammar;

import dev.rapid4j.internal.gguf.*;
import dev.rapid4j.internal.json.JsonFile;
import dev.rapid4j.internal.tokenizer.*;
import dev.rapid4j.testing.RealModels;
import java.nio.file.*;
import java.util.*;
import org.junit.jupiter.api.Test;

class ScratchTest {
    @Test
    void scratch() throws Exception {
        GgufTokenizer described = GgufTokenizer.read(GgufFile.read(RealModels.qwenCoder()), 151936);
        try (Tokenizer tokenizer = Tokenizer.open(described.json(), 151936, Tokenizer.Network.DECODER)) {
            TokenBytes bytes = tokenizer.tokenBytes();
            int eos = tokenizer.encode(List.of(new TextSpan("<|im_end|>", true)))[0];
            long t = System.nanoTime();
            GrammarCompiler compiler = new GrammarCompiler(bytes, TokenSet.of(bytes.vocabulary(), id -> id == eos));
            System.out.println("vocabulary ms " + (System.nanoTime() - t) / 1e6 + " " + bytes.vocabulary());
            String schema = """
              {"type":"object","properties":{"name":{"type":"string"},"age":{"type":"integer","minimum":0,"maximum":150},
              "tags":{"type":"array","items":{"type":"string"},"maxItems":3},
              "address":{"type":"object","properties":{"street":{"type":"string","minLength":2,"maxLength":20},"zip":{"type":"string","pattern":"^\\\\d{5}$"}},"required":["street","zip"]},
              "mood":{"type":"string","enum":["good","bad","un\\"usual"]}, "next":{"$ref":"#"}, "born":{"type":"string","format":"date"}},"required":["name","age","mood"]}
              """;
            for (int round = 0; round < 3; round++) {
                t = System.nanoTime();
                GrammarState start = compiler.compile(new Rule.Schema(JsonFile.MAPPER.readTree(schema)));
                System.out.println("compile ms " + (System.nanoTime() - t) / 1e6);
                for (String text : new String[] {
                    "{\"name\": \"Ada \\u00e9 Lovelace, \\\"the first\\\"\", \"age\": 36, \"tags\": [\"maths\", \"a\"], \"mood\": \"un\\\"usual\"}",
                    "{\n  \"name\": \"Ada é\",\n  \"age\": 36,\n  \"address\": {\n    \"street\": \"Main street\",\n    \"zip\": \"12345\"\n  },\n  \"mood\": \"good\",\n  \"born\": \"1815-12-10\"\n}"
                }) {
                    GrammarState state = start;
                    for (int id : tokenizer.encode(text)) {
                        String certain = state.certain();
                        t = System.nanoTime();
                        TokenSet allowed = state.allowed();
                        double ms = (System.nanoTime() - t) / 1e6;
                        long count = java.util.stream.IntStream.range(0, bytes.vocabulary())
                                .filter(allowed::contains)
                                .count();
                        System.out.printf(
                                "%-14s %s %.3f ms %d certain %s%n",
                                new String(bytes.of(id)).replace("\n", "\\n"),
                                allowed.contains(id),
                                ms,
                                count,
                                certain.replace("\n", "\\n"));
                        if (!allowed.contains(id)) return;
                        state = state.after(id);
                    }
                    System.out.println(state.canEnd() + " " + state.complete() + " "
                            + state.allowed().contains(eos));
                }
            }
        }
    }
}
