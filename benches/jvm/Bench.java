import com.fasterxml.jackson.databind.ObjectMapper;
import freemarker.template.Configuration;
import freemarker.template.Template;
import freemarker.template.TemplateExceptionHandler;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TimeZone;

/**
 * Times Apache FreeMarker on the workloads, warmed up: {@code Bench SECONDS FOLDER...}. Prints a line for each:
 * folder, nanoseconds (median of batches) of render, JSON bytes to body bytes, and parse.
 */
public class Bench {
    interface Work {
        void run() throws Exception;
    }

    static final ObjectMapper JSON = new ObjectMapper();
    static long sink;

    public static void main(String[] args) throws Exception {
        freemarker.log.Logger.selectLoggerLibrary(freemarker.log.Logger.LIBRARY_NONE);
        Configuration configuration = new Configuration(Configuration.getVersion());
        configuration.setLocale(Locale.US);
        configuration.setTimeZone(TimeZone.getTimeZone("UTC"));
        configuration.setDefaultEncoding("UTF-8");
        configuration.setLogTemplateExceptions(false);
        configuration.setTemplateExceptionHandler(TemplateExceptionHandler.RETHROW_HANDLER);
        double seconds = Double.parseDouble(args[0]);
        for (int i = 1; i < args.length; i++) {
            Path folder = Path.of(args[i]);
            String source = Files.readString(folder.resolve("template.ftl"));
            byte[] json = Files.exists(folder.resolve("data.json")) ? Files.readAllBytes(folder.resolve("data.json"))
                    : "{}".getBytes(StandardCharsets.UTF_8);
            Template template = new Template("t", source, configuration);
            Map<String, Object> root = root(json);
            StringWriter check = new StringWriter();
            template.process(root, check);
            StringWriter out = new StringWriter(1 << 16);
            double render = measure(seconds, () -> {
                out.getBuffer().setLength(0);
                template.process(root, out);
                sink += out.getBuffer().length();
            });
            double whole = measure(seconds, () -> {
                out.getBuffer().setLength(0);
                template.process(root(json), out);
                sink += out.toString().getBytes(StandardCharsets.UTF_8).length;
            });
            double parse = measure(seconds, () -> sink += new Template("t", source, configuration).getName().length());
            System.out.printf(Locale.ROOT, "%s\t%.1f\t%.1f\t%.1f\t%08x%n", args[i], render, whole, parse,
                    check.toString().hashCode());
        }
        if (sink == 42) System.err.println();
    }

    static Map<String, Object> root(byte[] json) throws Exception {
        Map<String, Object> root = new HashMap<>(4);
        root.put("input", JSON.readValue(json, LinkedHashMap.class));
        return root;
    }

    /** Median over batches of about a millisecond, after half the time as warm-up. */
    static double measure(double seconds, Work work) throws Exception {
        long n = 0;
        long start = System.nanoTime();
        long end = start + (long) (seconds * 1e9);
        while (System.nanoTime() < end) {
            work.run();
            n++;
        }
        long per = Math.max(1, (System.nanoTime() - start) / n);
        int batch = (int) Math.max(1, 1_000_000 / per);
        List<Double> times = new ArrayList<>();
        end = System.nanoTime() + (long) (seconds * 1e9);
        do {
            long from = System.nanoTime();
            for (int i = 0; i < batch; i++) work.run();
            times.add((System.nanoTime() - from) / (double) batch);
        } while (System.nanoTime() < end);
        Collections.sort(times);
        return times.get(times.size() / 2);
    }
}
