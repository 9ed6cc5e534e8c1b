package dev.rapid4j.internal.model;

import static java.util.Comparator.comparingInt;
import static java.util.Comparator.comparingLong;
import static java.util.stream.Collectors.joining;

import dev.rapid4j.TorchException;
import dev.rapid4j.internal.model.Stages.Stage;
import dev.rapid4j.internal.text.ByteSizes;
import dev.rapid4j.internal.torch.Device;
import dev.rapid4j.internal.torch.Devices;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Collections;
import java.util.Comparator;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.IntStream;

/**
 * Which layers of a network go to which of several devices.
 *
 * <p>Each device gets as much of the network, a KV cache of the context asked for included, as it has of the memory
 * that is free on all, so that what is left for caches is in the same proportion everywhere: a request needs room on
 * every device, and the one that is full first refuses it for all. The CPU is not there for that, as it is the slowest:
 * beside others it gets what they have no room for.
 *
 * @param needs of the network, on a device
 * @param free memory of a device
 */
record LayerPlacement(Function<Device, Needs> needs, Function<Device, Free> free) {

    /**
     * What a network takes of a device, in bytes.
     *
     * @param weights of each layer
     * @param caches of each layer, for the context asked for
     * @param embedding with the first layer
     * @param head norm and head, with the last layer, where that is on the embedding's device
     * @param headApart where it is on another, on which a tied head is a copy
     * @param working beside weights and caches, on each device
     */
    record Needs(List<Long> weights, List<Long> caches, long embedding, long head, long headApart, long working) {

        int layers() {
            return weights.size();
        }

        /** By some layers, at least one, with what goes with them, and with so much of the caches; not by work. */
        private double taken(int first, int end, boolean apart, double share) {
            double bytes = 0;
            for (int layer = first; layer < end; layer++) {
                bytes += weights.get(layer) + share * caches.get(layer);
            }
            if (first == 0) {
                bytes += embedding;
            }
            if (end == layers()) {
                bytes += first > 0 && apart ? headApart : head;
            }
            return bytes;
        }
    }

    /**
     * Memory of a device in bytes.
     *
     * @param reserved for what another model on it will take, but has not taken yet
     */
    record Free(long bytes, long reserved) {}

    /** How much of the context asked for there is to be room for in caches, where there is not for all. */
    private static final double[] SHARES = {1, 0.5, 0.25, 0.125, 0};

    /**
     * Of the first layers on the first devices.
     *
     * @param squares of what is taken of each device, over what it has: their sum is smallest where all are full to the
     *     same share
     * @param first layer on the last of these devices
     */
    private record Choice(int onCpu, double squares, int first) {

        static final Comparator<Choice> BEST = comparingInt(Choice::onCpu).thenComparingDouble(Choice::squares);
    }

    /**
     * A device that layers may lie on.
     *
     * @param room for them beside what work takes, in bytes
     * @param spare whether it is only for layers that others have no room for
     * @param apart whether the embedding is on another one
     * @param share of the context asked for that there is to be room for
     */
    private record Candidate(Needs needs, double room, boolean spare, boolean apart, double share) {

        /** Some layers on it, behind those on the devices before it; empty if it has no room for them. */
        Optional<Choice> choice(Choice before, int first, int end) {
            if (before == null || first == end) {
                return Optional.ofNullable(before).map(all -> new Choice(all.onCpu(), all.squares(), first));
            }
            double taken = needs.taken(first, end, apart, share);
            return taken > room
                    ? Optional.empty()
                    : Optional.of(new Choice(
                            before.onCpu() + (spare ? end - first : 0),
                            before.squares() + taken * taken / room,
                            first));
        }
    }

    /**
     * The layers on the devices, of which one that has room for none gets none.
     *
     * @param name of the model with its format, for the message
     * @throws TorchException if they do not fit
     */
    Stages place(String name, Devices devices) {
        return (devices.asNeeded() ? asNeeded(devices.list()) : onAll(devices.list()))
                .orElseThrow(() -> tooLarge(name, devices.list()));
    }

    private Optional<Stages> onAll(List<Device> devices) {
        return Arrays.stream(SHARES)
                .mapToObj(share -> best(devices, share))
                .flatMap(Optional::stream)
                .findFirst();
    }

    /** On the first one that has room for all, else on as few as have: the emptiest ones. */
    private Optional<Stages> asNeeded(List<Device> devices) {
        for (Device device : devices) {
            Optional<Stages> one = best(List.of(device), 1);
            if (one.isPresent()) {
                return one;
            }
        }
        List<Device> emptiest = devices.stream()
                .sorted(comparingLong((Device device) -> room(device, 1)).reversed())
                .toList();
        for (int count = 2; count < devices.size(); count++) {
            List<Device> taken = emptiest.subList(0, count);
            Optional<Stages> few = best(devices.stream().filter(taken::contains).toList(), 1);
            if (few.isPresent()) {
                return few;
            }
        }
        return onAll(devices);
    }

    private long room(Device device, double share) {
        Free memory = free.apply(device);
        return Math.max(0, memory.bytes() - (long) (share * memory.reserved()));
    }

    /** The best of all ways to cut the row of layers, by dynamic programming. */
    private Optional<Stages> best(List<Device> devices, double share) {
        int layers = needs.apply(devices.get(0)).layers();
        // of the layers up to each, on the devices before each
        Choice[][] best = new Choice[devices.size() + 1][layers + 1];
        best[0][0] = new Choice(0, 0, 0);
        for (int i = 0; i < devices.size(); i++) {
            Choice[] before = best[i];
            Candidate candidate = candidate(devices, i, share);
            for (int j = 0; j <= layers; j++) {
                int end = j;
                best[i + 1][end] = IntStream.rangeClosed(0, end)
                        .mapToObj(first -> candidate.choice(before[first], first, end))
                        .flatMap(Optional::stream)
                        .min(Choice.BEST)
                        .orElse(null);
            }
        }
        return best[devices.size()][layers] == null ? Optional.empty() : Optional.of(stages(devices, best, layers));
    }

    private Candidate candidate(List<Device> devices, int i, double share) {
        Device device = devices.get(i);
        return new Candidate(
                needs.apply(device),
                (double) room(device, share) / Collections.frequency(devices, device)
                        - needs.apply(device).working(),
                device.equals(Device.CPU) && devices.stream().anyMatch(other -> !other.equals(Device.CPU)),
                !device.equals(devices.get(0)),
                share);
    }

    private static Stages stages(List<Device> devices, Choice[][] best, int layers) {
        Deque<Stage> stages = new ArrayDeque<>();
        int end = layers;
        for (int i = devices.size(); i > 0; i--) {
            int first = best[i][end].first();
            if (first < end) {
                stages.addFirst(new Stage(devices.get(i - 1), first, end));
            }
            end = first;
        }
        return new Stages(List.copyOf(stages));
    }

    private TorchException tooLarge(String name, List<Device> devices) {
        Needs needed = needs.apply(devices.stream()
                .filter(device -> !device.equals(Device.CPU))
                .findFirst()
                .orElse(Device.CPU));
        String room = devices.stream()
                .distinct()
                .map(device -> "%,d MB on %s"
                        .formatted(ByteSizes.megabytes(free.apply(device).bytes()), device))
                .collect(joining(", "));
        return new TorchException(
                ("%s does not fit: its %d layers need %,d MB, the embedding %,d MB, norm and head %,d MB,"
                                + " and each device %,d MB to work with, and %s are free; name more devices, and cpu as the last"
                                + " for layers that have no room, or choose a smaller model or weight format")
                        .formatted(
                                name,
                                needed.layers(),
                                ByteSizes.megabytes(needed.weights().stream()
                                        .mapToLong(Long::longValue)
                                        .sum()),
                                ByteSizes.megabytes(needed.embedding()),
                                ByteSizes.megabytes(needed.headApart()),
                                ByteSizes.megabytes(needed.working()),
                                room));
    }
}
