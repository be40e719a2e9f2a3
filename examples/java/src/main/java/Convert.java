import com.dylibso.chicory.compiler.MachineFactoryCompiler;
import com.dylibso.chicory.runtime.ImportValues;
import com.dylibso.chicory.runtime.Instance;
import com.dylibso.chicory.wasi.WasiOptions;
import com.dylibso.chicory.wasi.WasiPreview1;
import com.dylibso.chicory.wasm.Parser;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/** The whole of a host in Java, over Chicory: converts one GGUF. docs/abi.md has the loop. Usage: Convert tritkit.wasm IN.gguf OUT.gguf TYPE */
public class Convert {
    public static void main(String[] args) throws IOException {
        var module = Parser.parse(Path.of(args[0]));
        var wasi = WasiPreview1.builder().withOptions(WasiOptions.builder().build()).build(); // a clock and random numbers, no files
        var instance = Instance.builder(module).withMachineFactory(MachineFactoryCompiler.compile(module)).withStart(false)
                .withImportValues(ImportValues.builder().addFunction(wasi.toHostFunctions()).build()).build();
        instance.export("_initialize").apply();
        int state;
        try (var input = FileChannel.open(Path.of(args[1]));
                var output = FileChannel.open(Path.of(args[2]), StandardOpenOption.CREATE, StandardOpenOption.TRUNCATE_EXISTING, StandardOpenOption.WRITE)) {
            state = convert(instance, input, output, args[3]);
        }
        System.exit(state < 0 ? 1 : 0);
    }

    static int convert(Instance instance, FileChannel input, FileChannel output, String type) throws IOException {
        var memory = instance.memory();
        var options = "{\"inputs\":[{\"name\":\"model.gguf\",\"size\":%d}],\"options\":{\"type\":\"%s\"}}".formatted(input.size(), type).getBytes(StandardCharsets.UTF_8);
        int at = call(instance, "tk_alloc", options.length);
        memory.write(at, options);
        int job = call(instance, "tk_job", 3, at, options.length);
        int block = job > 0 ? call(instance, "tk_req", job) : 0;
        var step = instance.export("tk_step");
        int state = job, moved = 0;
        while (job > 0 && (state = (int) step.apply(job, moved)[0]) > 0) {
            int op = memory.readInt(block), ptr = memory.readInt(block + 8), len = memory.readInt(block + 12);
            long offset = memory.readLong(block + 16);
            moved = 0;
            if (op == 1) {
                var bytes = ByteBuffer.allocate(len);
                moved = Math.max(0, input.read(bytes, offset)); // -1: the file ends here
                memory.write(ptr, bytes.array(), 0, moved);
            } else if (op == 2) {
                moved = output.write(ByteBuffer.wrap(memory.readBytes(ptr, len)), offset);
            }
        }
        int out = call(instance, "tk_out", Math.max(job, 0));
        System.out.println(memory.readString(memory.readInt(out), memory.readInt(out + 4)));
        return state;
    }

    static int call(Instance instance, String name, long... args) {
        return (int) instance.export(name).apply(args)[0];
    }
}
