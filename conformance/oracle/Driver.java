import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import freemarker.cache.StringTemplateLoader;
import freemarker.core.ParseException;
import freemarker.core.TemplateClassResolver;
import freemarker.ext.beans.BeansWrapper;
import freemarker.template.Configuration;
import freemarker.template.SimpleHash;
import freemarker.template.Template;
import freemarker.template.TemplateException;
import freemarker.template.TemplateExceptionHandler;
import freemarker.template.Version;
import java.io.BufferedReader;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.io.StringWriter;
import java.io.Writer;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.nio.charset.StandardCharsets;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.TimeZone;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.atomic.AtomicReference;

/**
 * Answers conformance cases, one JSON object a line, with the Apache FreeMarker found on the class path.
 * The protocol is described in conformance/README.md.
 *
 * <p>Cases are read ahead and answered in order, so that a caller may keep many in flight. A case that takes
 * too long is answered with kind {@code limit}, and then the process ends with status 4: its thread cannot be
 * stopped safely, and the caller starts another process for the cases that follow.
 */
public final class Driver {
    static final ObjectMapper JSON = new ObjectMapper();
    static final ObjectMapper EXACT = new ObjectMapper().enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS);
    static final String FTL_UTILS = "com.amplitude.integrations.connector.utils.FtlUtils";
    static final int TIMED_OUT = 4;

    static long timeoutMillis = 2000;
    static int maxOutputChars = 16 << 20;
    static final String END = "";

    public static void main(String[] args) throws Exception {
        System.setProperty("org.freemarker.loggerLibrary", "none");
        freemarker.log.Logger.selectLoggerLibrary(freemarker.log.Logger.LIBRARY_NONE);
        long stackKb = 1024;
        for (int i = 0; i < args.length; i++) {
            switch (args[i]) {
                case "--timeout-ms": timeoutMillis = Long.parseLong(args[++i]); break;
                case "--stack-kb": stackKb = Long.parseLong(args[++i]); break;
                case "--max-output": maxOutputChars = Integer.parseInt(args[++i]); break;
                case "--version":
                    System.out.println(Configuration.getVersion());
                    return;
                default:
                    System.err.println("unknown option: " + args[i]);
                    System.exit(2);
            }
        }
        PrintStream out = new PrintStream(new FileOutputStream(FileDescriptor.out), false, "UTF-8");
        // Only answers may reach standard output, whatever a library prints.
        System.setOut(System.err);

        BlockingQueue<String> lines = new ArrayBlockingQueue<>(4096);
        Thread reader = new Thread(() -> {
            try (BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8), 1 << 16)) {
                for (String line; (line = in.readLine()) != null; ) {
                    if (!line.trim().isEmpty()) lines.put(line);
                }
                lines.put(END);
            } catch (IOException | InterruptedException e) {
                Runtime.getRuntime().halt(1);
            }
        });
        reader.setDaemon(true);
        reader.start();

        AtomicReference<Running> current = new AtomicReference<>();
        Thread worker = new Thread(null, () -> {
            try {
                ThreadMXBean clock = ManagementFactory.getThreadMXBean();
                for (String line; (line = lines.take()) != END; ) {
                    Running running = new Running(line, clock.getCurrentThreadCpuTime());
                    current.set(running);
                    String answer = JSON.writeValueAsString(answer(line));
                    // The watch may have given this case up a moment ago, and then has answered it.
                    if (!current.compareAndSet(running, null)) return;
                    out.println(answer);
                    if (lines.isEmpty()) out.flush();
                }
                out.flush();
                Runtime.getRuntime().halt(0);
            } catch (Throwable e) {
                e.printStackTrace();
                Runtime.getRuntime().halt(1);
            }
        }, "case", stackKb * 1024);
        worker.start();
        watch(worker, current, out);
    }

    static final class Running {
        final String line;
        final long cpuAtStart;
        final long wallAtStart = System.nanoTime();

        Running(String line, long cpuAtStart) {
            this.line = line;
            this.cpuAtStart = cpuAtStart;
        }

        /** Processor time of the case counts, so that a busy machine changes no answer. */
        boolean overdue(long cpuNow) {
            long limit = timeoutMillis * 1_000_000L;
            return cpuNow - cpuAtStart > limit || System.nanoTime() - wallAtStart > 20 * limit;
        }
    }

    static void watch(Thread worker, AtomicReference<Running> current, PrintStream out) throws Exception {
        ThreadMXBean clock = ManagementFactory.getThreadMXBean();
        while (worker.isAlive()) {
            Thread.sleep(50);
            Running running = current.get();
            if (running == null || !running.overdue(clock.getThreadCpuTime(worker.getId()))) continue;
            if (!current.compareAndSet(running, null)) continue;
            ObjectNode answer = failure(JSON.readTree(running.line).get("id"), "limit", "time");
            out.println(JSON.writeValueAsString(answer));
            out.flush();
            Runtime.getRuntime().halt(TIMED_OUT);
        }
    }

    static ObjectNode answer(String line) {
        JsonNode c;
        Map<String, Object> data;
        try {
            c = JSON.readTree(line);
            ObjectMapper mapper = "bigdecimal".equals(c.path("decimals").asText()) ? EXACT : JSON;
            Object root = mapper.readValue(line, LinkedHashMap.class).get("data");
            if (root != null && !(root instanceof Map)) throw new IOException("data must be an object");
            data = root == null ? new LinkedHashMap<>() : asMap(root);
        } catch (IOException e) {
            return failure(null, "protocol", String.valueOf(e.getMessage()));
        }
        JsonNode id = c.get("id");
        String name = c.path("name").asText("main.ftl");
        Configuration configuration;
        try {
            configuration = configuration(c, name);
        } catch (Exception e) {
            return failure(id, "setting", description(e.getMessage()));
        }
        try {
            Template template = configuration.getTemplate(name);
            LimitedWriter out = new LimitedWriter();
            template.process(data, out);
            ObjectNode answer = JSON.createObjectNode();
            answer.set("id", id);
            answer.put("ok", true);
            return answer.put("output", out.text.toString());
        } catch (ParseException e) {
            ObjectNode answer = failure(id, "parse", description(e.getEditorMessage()));
            place(answer, e.getLineNumber(), e.getColumnNumber(), e.getTemplateName(), name);
            return answer;
        } catch (Throwable e) {
            for (Throwable cause = e; cause != null; cause = cause.getCause()) {
                if (cause instanceof VirtualMachineError || cause instanceof OutputLimit) {
                    return failure(id, "limit", cause.getClass().getSimpleName());
                }
            }
            return runtimeFailure(id, name, e);
        }
    }

    static ObjectNode runtimeFailure(JsonNode id, String name, Throwable e) {
        if (!(e instanceof TemplateException)) {
            ObjectNode answer = failure(id, "runtime", description(e.getMessage()));
            return answer.put("class", e.getClass().getName());
        }
        TemplateException te = (TemplateException) e;
        ObjectNode answer = failure(id, "runtime", description(te.getMessageWithoutStackTop()));
        place(answer, te.getLineNumber(), te.getColumnNumber(), te.getTemplateSourceName(), name);
        return answer.put("class", e.getClass().getName());
    }

    static void place(ObjectNode answer, Integer line, Integer column, String template, String main) {
        if (line == null || line <= 0) return;
        answer.put("line", line);
        if (column != null && column > 0) answer.put("column", column);
        if (template != null && !template.equals(main)) answer.put("template", template);
    }

    static ObjectNode failure(JsonNode id, String kind, String message) {
        ObjectNode answer = JSON.createObjectNode();
        answer.set("id", id);
        answer.put("ok", false);
        answer.put("kind", kind);
        return answer.put("message", message);
    }

    /** What comes before the tips and the FTL stack trace. */
    static String description(String message) {
        if (message == null) return "";
        String text = message.replace("\r\n", "\n");
        int end = text.indexOf("\n----");
        return (end < 0 ? text : text.substring(0, end)).replaceAll("\\s+$", "");
    }

    static Configuration configuration(JsonNode c, String name) throws Exception {
        Version newest = Configuration.getVersion();
        Version iface = c.hasNonNull("iface")
                ? new Version(c.get("iface").asText())
                : new Version(newest.getMajor(), newest.getMinor(), newest.getMicro());
        Configuration configuration = new Configuration(iface);
        configuration.setLocale(Locale.US);
        configuration.setTimeZone(TimeZone.getTimeZone("UTC"));
        configuration.setDefaultEncoding("UTF-8");
        configuration.setTemplateExceptionHandler(TemplateExceptionHandler.RETHROW_HANDLER);
        configuration.setLogTemplateExceptions(false);
        configuration.setNewBuiltinClassResolver(TemplateClassResolver.ALLOWS_NOTHING_RESOLVER);
        String profile = c.path("profile").asText("freemarker");
        if (profile.equals("amplitude")) {
            configuration.setNumberFormat("computer");
            configuration.setBooleanFormat("c");
            SimpleHash statics = new SimpleHash(configuration.getObjectWrapper());
            statics.put(FTL_UTILS, ((BeansWrapper) configuration.getObjectWrapper()).getStaticModels().get(FTL_UTILS));
            configuration.setSharedVariable("statics", statics);
        } else if (!profile.equals("freemarker")) {
            throw new IllegalArgumentException("unknown profile: " + profile);
        }
        for (Iterator<Map.Entry<String, JsonNode>> i = c.path("settings").fields(); i.hasNext(); ) {
            Map.Entry<String, JsonNode> setting = i.next();
            configuration.setSetting(setting.getKey(), setting.getValue().asText());
        }
        StringTemplateLoader loader = new StringTemplateLoader();
        for (Iterator<Map.Entry<String, JsonNode>> i = c.path("files").fields(); i.hasNext(); ) {
            Map.Entry<String, JsonNode> file = i.next();
            loader.putTemplate(file.getKey(), file.getValue().asText());
        }
        loader.putTemplate(name, c.path("template").asText());
        configuration.setTemplateLoader(loader);
        return configuration;
    }

    @SuppressWarnings("unchecked")
    static Map<String, Object> asMap(Object value) {
        return (Map<String, Object>) value;
    }

    static final class OutputLimit extends IOException {
        OutputLimit() {
            super("output");
        }
    }

    static final class LimitedWriter extends Writer {
        final StringWriter text = new StringWriter();

        @Override
        public void write(char[] chars, int from, int length) throws IOException {
            if (text.getBuffer().length() + length > maxOutputChars) throw new OutputLimit();
            text.write(chars, from, length);
        }

        @Override
        public void flush() {
        }

        @Override
        public void close() {
        }
    }
}
