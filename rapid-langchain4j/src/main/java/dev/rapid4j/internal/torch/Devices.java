package dev.rapid4j.internal.torch;

import static java.util.stream.Collectors.joining;

import dev.rapid4j.TorchStartException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;

/**
 * Devices for a model, whose layers lie on them in a row. {@link #toString()} is their names.
 *
 * @param list in the order of the layers; a device may stand there several times
 * @param asNeeded whether no more of them are taken than the model needs; false where there is one
 */
public record Devices(List<Device> list, boolean asNeeded) {

    private static final String AUTO = "auto";
    private static final Pattern SEPARATOR = Pattern.compile("\\s*,\\s*");
    private static final Pattern ITEM = Pattern.compile("cpu|cuda(?::(\\d{1,3})(?:-(\\d{1,3}))?)?");

    public Devices {
        list = List.copyOf(list);
        asNeeded = asNeeded && list.size() > 1;
    }

    /** One device, or several in this order. */
    public static Devices of(Device... devices) {
        return new Devices(List.of(devices), false);
    }

    /**
     * The devices of these names, if the machine has them.
     *
     * @param names {@code cpu}, {@code cuda}, {@code cuda:N}, {@code cuda:N-M}, or several of these with commas
     *     between; or {@code auto}: as many of the CUDA devices as are needed, and the CPU where there are none
     * @throws IllegalArgumentException if a name is none of these, or the machine lacks a device
     * @throws TorchStartException if the engine does not start, which knows about CUDA devices
     */
    public static Devices of(String names) {
        Optional<List<Device>> named = parse(names);
        if (named.isPresent()) {
            named.get().forEach(Device::requireThere);
            return new Devices(named.get(), false);
        }
        List<Device> cuda = IntStream.range(0, Torch.cudaDevices())
                .<Device>mapToObj(Device.Cuda::new)
                .toList();
        return cuda.isEmpty() ? of(Device.CPU) : new Devices(cuda, true);
    }

    /**
     * Checks names alone, without the engine.
     *
     * @return the names
     * @throws IllegalArgumentException if they are none that {@link #of(String)} takes
     */
    public static String checkNames(String names) {
        parse(names);
        return names;
    }

    /** @return empty for {@code auto} */
    private static Optional<List<Device>> parse(String names) {
        if (names.equals(AUTO)) {
            return Optional.empty();
        }
        List<Device> devices = new ArrayList<>();
        for (String name : SEPARATOR.split(names, -1)) {
            devices.addAll(parseItem(name, names));
        }
        return Optional.of(devices);
    }

    private static List<Device> parseItem(String name, String names) {
        Matcher matcher = ITEM.matcher(name);
        if (!matcher.matches()) {
            throw new IllegalArgumentException("Unknown device '%s'%s: use auto, cpu, cuda or cuda:N, or several"
                            .formatted(name, name.equals(names) ? "" : " in '" + names + "'")
                    + " with commas between, such as cuda:0,cuda:1 or cuda:0-3 or cuda:0,cpu; auto stands alone");
        }
        if (name.equals("cpu")) {
            return List.of(Device.CPU);
        }
        int first = matcher.group(1) == null ? 0 : Integer.parseInt(matcher.group(1));
        int last = matcher.group(2) == null ? first : Integer.parseInt(matcher.group(2));
        if (last < first) {
            throw new IllegalArgumentException(
                    "'%s' counts down: write cuda:%d-%d, or each device in the order you want"
                            .formatted(name, last, first));
        }
        return IntStream.rangeClosed(first, last)
                .<Device>mapToObj(Device.Cuda::new)
                .toList();
    }

    /** Whether the CPU is one of them. */
    public boolean includeCpu() {
        return list.contains(Device.CPU);
    }

    /** Whether the CPU is all of them. */
    public boolean areCpu() {
        return list.stream().allMatch(Device.CPU::equals);
    }

    @Override
    public String toString() {
        return asNeeded ? AUTO : list.stream().map(Device::toString).collect(joining(","));
    }
}
