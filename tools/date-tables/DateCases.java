import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.text.DateFormat;
import java.text.ParseException;
import java.text.SimpleDateFormat;
import java.util.Calendar;
import java.util.Date;
import java.util.List;
import java.util.Locale;
import java.util.TimeZone;

/** Adds to cases on standard input what this JDK answers. See README.md. */
public final class DateCases {
    /** 2024-02-29T12:00Z: what the cases take for the current time. */
    private static final long NOW = 1709208000000L;
    private static final List<String> STYLES = List.of("full", "long", "medium", "short");

    public static void main(String[] args) throws Exception {
        BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        PrintStream out = new PrintStream(System.out, true, StandardCharsets.UTF_8);
        for (String line; (line = in.readLine()) != null; ) {
            if (line.isEmpty() || line.startsWith("#")) {
                out.println(line);
                continue;
            }
            String[] fields = line.split("\t", -1);
            int given = switch (fields[0]) {
                case "zone", "wall" -> 3;
                case "id" -> 2;
                default -> 5;
            };
            out.println(String.join("\t", List.of(fields).subList(0, given)) + "\t" + escape(answer(fields)));
        }
    }

    private static String answer(String[] f) throws Exception {
        switch (f[0]) {
            case "id":
                TimeZone zone = TimeZone.getTimeZone(f[1]);
                return zone.getID() + " " + zone.getRawOffset();
            case "zone":
                return offsets("getOffsets", f);
            case "wall":
                return offsets("getOffsetsByWall", f);
            case "style": {
                String[] styles = f[2].split("_");
                int first = STYLES.indexOf(styles[0]), second = STYLES.indexOf(styles[styles.length - 1]);
                DateFormat format = switch (f[3]) {
                    case "date" -> DateFormat.getDateInstance(first, locale(f[1]));
                    case "time" -> DateFormat.getTimeInstance(first, locale(f[1]));
                    default -> DateFormat.getDateTimeInstance(first, second, locale(f[1]));
                };
                return format.format(new Date(Long.parseLong(f[4])));
            }
        }
        try {
            SimpleDateFormat format = new SimpleDateFormat(unescape(f[3]), locale(f[1]));
            format.setTimeZone(TimeZone.getTimeZone(f[2]));
            Calendar start = Calendar.getInstance(locale(f[1]));
            start.setTimeInMillis(NOW);
            start.add(Calendar.YEAR, -80);
            format.set2DigitYearStart(start.getTime());
            if (f[0].equals("format")) {
                return format.format(new Date(Long.parseLong(f[4])));
            }
            long millis = format.parse(unescape(f[4])).getTime();
            return millis + " " + format.getTimeZone().getID();
        } catch (IllegalArgumentException | ParseException e) {
            return "! " + e.getMessage();
        }
    }

    private static String offsets(String method, String[] f) throws Exception {
        int[] offsets = new int[2];
        TimeZone zone = TimeZone.getTimeZone(f[1]);
        zone.getClass().getMethod(method, long.class, int[].class).invoke(zone, Long.parseLong(f[2]), offsets);
        return offsets[0] + " " + offsets[1];
    }

    private static Locale locale(String name) {
        String[] parts = name.split("_");
        return new Locale(parts[0], parts.length > 1 ? parts[1] : "");
    }

    private static String escape(String text) {
        return text.replace("\\", "\\\\").replace("\t", "\\t").replace("\n", "\\n");
    }

    private static String unescape(String text) {
        return text.replace("\\t", "\t").replace("\\n", "\n").replace("\\\\", "\\");
    }
}
