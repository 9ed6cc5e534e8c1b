package dev.rapid4j.internal.torch;

import dev.rapid4j.TorchStartException;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Where tensors lie and operators work. {@link #toString()} is its name. */
public sealed interface Device {

    Device CPU = new Cpu();

    /** The processor, all its cores together. */
    record Cpu() implements Device {
        @Override
        public String toString() {
            return "cpu";
        }
    }

    /** @param index of the device among those that the engine sees, from 0 */
    record Cuda(int index) implements Device {
        @Override
        public String toString() {
            return "cuda:" + index;
        }
    }

    /**
     * The device of this name, if the machine has it.
     *
     * @param name {@code cpu}, {@code cuda} or {@code cuda:N}; or {@code auto}: the first CUDA device if there is one,
     *     otherwise the CPU
     * @throws IllegalArgumentException if the name is none of these, or the machine lacks the device
     * @throws TorchStartException if the engine does not start, which knows about CUDA devices
     */
    static Device of(String name) {
        Matcher matcher = Name.parse(name);
        if (name.equals("auto")) {
            return Torch.cudaDevices() > 0 ? new Cuda(0) : CPU;
        }
        if (name.equals("cpu")) {
            return CPU;
        }
        Device cuda = new Cuda(matcher.group(1) == null ? 0 : Integer.parseInt(matcher.group(1)));
        requireThere(cuda);
        return cuda;
    }

    /** @throws IllegalArgumentException if the machine lacks the device */
    static void requireThere(Device device) {
        if (device instanceof Cuda cuda && cuda.index() >= Torch.cudaDevices()) {
            throw new IllegalArgumentException("Device " + cuda + " is not there: this engine sees "
                    + Torch.cudaDevices()
                    + " CUDA device(s). A CUDA build of libtorch, the driver, and CUDA's runtime (libcudart) where"
                    + " libraries are looked for are needed.");
        }
    }

    /**
     * Checks a device's name alone, without the engine.
     *
     * @return the name
     * @throws IllegalArgumentException if it is none of those that {@link #of} takes
     */
    static String checkName(String name) {
        Name.parse(name);
        return name;
    }

    /** The grammar of names. */
    final class Name {

        private static final Pattern PATTERN = Pattern.compile("auto|cpu|cuda(?::(\\d{1,3}))?");

        /** What {@link Devices} takes. */
        private static final Pattern LIST = Pattern.compile(",|cuda:\\d+-");

        private Name() {}

        private static Matcher parse(String name) {
            Matcher matcher = PATTERN.matcher(name);
            if (LIST.matcher(name).find()) {
                throw new IllegalArgumentException("'" + name + "' is more than one device, over which only a target or"
                        + " a drafter can be spread: use auto, cpu, cuda or cuda:N");
            }
            if (!matcher.matches()) {
                throw new IllegalArgumentException("Unknown device '" + name + "': use auto, cpu, cuda or cuda:N");
            }
            return matcher;
        }
    }
}
