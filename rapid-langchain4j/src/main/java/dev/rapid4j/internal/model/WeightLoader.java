package dev.rapid4j.internal.model;

import dev.rapid4j.TorchException;
import dev.rapid4j.internal.torch.Device;
import dev.rapid4j.internal.torch.ElementType;
import dev.rapid4j.internal.torch.Torch;
import dev.rapid4j.internal.torch.WeightsProgram;
import dev.rapid4j.internal.torch.WeightsProgram.Cut;
import dev.rapid4j.internal.torch.WeightsProgram.MappedFile;
import dev.rapid4j.internal.torch.WeightsProgram.Table;
import dev.rapid4j.internal.weights.WeightEntry;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/** Brings the weights of a network from the files to its program. */
final class WeightLoader {

    private WeightLoader() {}

    /**
     * Memory the weights will take, without those that are used memory-mapped, if there is as much.
     *
     * @param name of the model, for the message
     * @param workingBytes memory that must be free beside them
     * @return bytes of the weights
     * @throws TorchException if the device has less free
     */
    static long requireMemory(
            String name, Map<String, WeightEntry> weights, Device device, NumberFormat numbers, long workingBytes) {
        long bytes = weights.values().stream()
                .filter(weight -> !numbers.usesMappingOf(weight, device))
                .mapToLong(weight -> numbers.bytes(weight.shape()))
                .sum();
        long available = Torch.availableMemory(device);
        if (bytes + workingBytes > available) {
            throw new TorchException(
                    ("%s needs %,d MB on %s as %s, and %,d MB are free;" + " choose a smaller model or weight format")
                            .formatted(name, (bytes + workingBytes) >> 20, device, numbers.weights(), available >> 20));
        }
        return bytes;
    }

    /**
     * The weights by the fields they fill; closed by the caller.
     *
     * @param weights where each lies, by the field
     */
    static Table load(Map<String, WeightEntry> weights, Device device, NumberFormat numbers) {
        WeightsProgram program = new WeightsProgram();
        Map<String, MappedFile> files = new HashMap<>();
        Table table = program.newTable();
        try {
            weights.forEach((field, weight) -> program.put(table, field, cut(program, files, weight, device, numbers)));
            return table;
        } catch (RuntimeException e) {
            table.close();
            throw e;
        } finally {
            files.values().forEach(MappedFile::close);
        }
    }

    private static Cut cut(
            WeightsProgram program,
            Map<String, MappedFile> files,
            WeightEntry weight,
            Device device,
            NumberFormat numbers) {
        Optional<ElementType> aligned = Optional.of(weight.type())
                .filter(type -> !type.isQuantised())
                .map(NumberFormat::elementType)
                .filter(type -> weight.offset() % type.bytes() == 0);
        MappedFile file = files.computeIfAbsent(
                weight.file() + aligned.map(ElementType::name).orElse(""),
                ignored -> aligned.map(type -> program.map(weight.file(), type))
                        .orElseGet(() -> program.mapBytes(weight.file())));
        return new Cut(file, weight, device, numbers.activations());
    }
}
