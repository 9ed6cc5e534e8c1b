package dev.rapid4j.internal.checkpoint;

import dev.rapid4j.CheckpointException;
import dev.rapid4j.internal.hub.FileSelection;
import dev.rapid4j.internal.hub.HubDownload;
import dev.rapid4j.internal.weights.WeightFiles;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;

/** What a checkpoint consists of, its weights apart. */
public enum CheckpointKind implements FileSelection {
    DECODER(List.of(
            "generation_config.json",
            "tokenizer_config.json",
            "special_tokens_map.json",
            CheckpointKind.CHAT_TEMPLATE,
            CheckpointKind.TOOL_TEMPLATE)),
    ENCODER(EncoderFiles.all());

    static final String CHAT_TEMPLATE = "chat_template.jinja";
    static final String TOOL_TEMPLATE = "additional_chat_templates/tool_use.jinja";

    /** Without these there is no checkpoint. */
    private static final List<String> NEEDED = List.of("config.json", "tokenizer.json");

    private final List<String> optional;

    CheckpointKind(List<String> optional) {
        this.optional = optional;
    }

    /** Read where they are, some in a folder of their own. */
    @Override
    public List<String> optional(Path snapshot) {
        return optional;
    }

    @Override
    public boolean isCompleteIn(Path snapshot) {
        Predicate<String> exists = name -> Files.exists(snapshot.resolve(name));
        return NEEDED.stream().allMatch(exists)
                && WeightFiles.among(exists)
                        .filter(weights -> exists.test(weights.single())
                                || weights.shards(snapshot).stream().allMatch(exists))
                        .isPresent();
    }

    @Override
    public void download(HubDownload download) throws IOException, InterruptedException {
        for (String name : NEEDED) {
            download.requireListed(name, "it is no checkpoint in the form that this library reads");
        }
        WeightFiles weights = WeightFiles.among(download::lists)
                .orElseThrow(() -> new CheckpointException("%s has none of %s; take a model with safetensors weights"
                        .formatted(download.id(), WeightFiles.names())));
        boolean sharded = !download.lists(weights.single());

        List<String> descriptions = new ArrayList<>(NEEDED);
        for (String name : optional) {
            if (download.lists(name)) {
                descriptions.add(name);
            } else {
                download.markAbsent(name);
            }
        }
        if (sharded) {
            descriptions.add(weights.index());
        }
        download.download(descriptions);
        download.download(sharded ? shards(weights, download) : List.of(weights.single()));
    }

    private static List<String> shards(WeightFiles weights, HubDownload download) {
        List<String> shards = List.copyOf(weights.shards(download.snapshot()));
        for (String shard : shards) {
            download.requireListed(shard, "although its index names it");
        }
        return shards;
    }
}
