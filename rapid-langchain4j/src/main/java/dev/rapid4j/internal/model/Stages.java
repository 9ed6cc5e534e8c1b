package dev.rapid4j.internal.model;

import static java.util.stream.Collectors.joining;

import dev.rapid4j.internal.torch.Device;
import dev.rapid4j.internal.torch.Devices;
import java.util.List;
import java.util.OptionalInt;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The layers of a network in a row, each part of them on a device. The embedding lies on the first stage's, norm and
 * head on the last one's. {@link #toString()} names the devices.
 */
public record Stages(List<Stage> list) {

    /** Weights of {@code decoder.py} that belong to a layer. */
    private static final Pattern LAYER = Pattern.compile("layers\\.(\\d+)\\..*");

    private static final Pattern EMBEDDING = Pattern.compile("embedding(?:\\..*)?");

    /**
     * At least one layer.
     *
     * @param end behind the last
     */
    public record Stage(Device device, int first, int end) {

        public int layers() {
            return end - first;
        }
    }

    public Stages {
        list = List.copyOf(list);
    }

    static Stages on(Device device, int layers) {
        return new Stages(List.of(new Stage(device, 0, layers)));
    }

    Device first() {
        return list.get(0).device();
    }

    Device last() {
        return list.get(list.size() - 1).device();
    }

    /** Each device once, in the order of the layers. */
    public List<Device> devices() {
        return list.stream().map(Stage::device).distinct().toList();
    }

    /** How many layers are on a device. */
    public int layersOn(Device device) {
        return list.stream()
                .filter(stage -> stage.device().equals(device))
                .mapToInt(Stage::layers)
                .sum();
    }

    /** As they would be named to come to these. */
    public Devices named() {
        return Devices.of(list.stream().map(Stage::device).toArray(Device[]::new));
    }

    /** The device of a weight, by its name in {@code decoder.py}. */
    Device deviceOf(String weight) {
        OptionalInt layer = layer(weight);
        if (layer.isEmpty()) {
            return isEmbedding(weight) ? first() : last();
        }
        return list.stream()
                .filter(stage -> layer.getAsInt() < stage.end())
                .findFirst()
                .map(Stage::device)
                .orElseGet(this::last);
    }

    /** The layer that a weight belongs to, if it belongs to one. */
    static OptionalInt layer(String weight) {
        Matcher layer = LAYER.matcher(weight);
        return layer.matches() ? OptionalInt.of(Integer.parseInt(layer.group(1))) : OptionalInt.empty();
    }

    static boolean isEmbedding(String weight) {
        return EMBEDDING.matcher(weight).matches();
    }

    @Override
    public String toString() {
        return list.stream().map(stage -> stage.device().toString()).distinct().collect(joining(","));
    }
}
