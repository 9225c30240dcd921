import java.io.PrintStream;
import java.lang.reflect.Field;
import java.lang.reflect.Method;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.IntPredicate;
import java.util.function.IntUnaryOperator;

/**
 * Writes ftl-eval/src/format/unicode/tables.rs: what java.lang.Character of the running JDK knows of
 * every code point, as run-length tables. See README.md for how to run it.
 */
public final class UnicodeTables {
    private static final int LIMIT = 0x110000;
    private static final PrintStream OUT = new PrintStream(System.out, false, StandardCharsets.UTF_8);

    public static void main(String[] args) throws Exception {
        OUT.println("//! Made by tools/unicode-tables from Java " + System.getProperty("java.specification.version")
                + "; do not edit.");
        records();
        scripts();
        blocks();
        mappings("UPPER", Character::toUpperCase);
        mappings("LOWER", Character::toLowerCase);
        fullUpper();
        checksums();
        OUT.flush();
    }

    /** General category, grapheme type and the properties that do not follow from them. */
    private static int record(int c) throws Exception {
        // Which Hangul syllables are LV follows from their number.
        int grapheme = c >= 0xAC00 && c <= 0xD7A3 ? 12 : (Integer) GRAPHEME.invoke(null, c);
        int record = Character.getType(c) | grapheme << 5;
        IntPredicate[] flags = {Character::isAlphabetic, Character::isIdeographic, Character::isLowerCase,
            Character::isUpperCase, Character::isMirrored, Character::isJavaIdentifierStart,
            Character::isJavaIdentifierPart, Character::isUnicodeIdentifierStart,
            Character::isUnicodeIdentifierPart, Character::isIdentifierIgnorable, Character::isWhitespace};
        for (int i = 0; i < flags.length; i++) {
            if (flags[i].test(c)) {
                record |= 1 << 9 + i;
            }
        }
        return record;
    }

    private static final Method GRAPHEME = graphemeType();

    private static Method graphemeType() {
        try {
            Method method = Class.forName("java.util.regex.Grapheme").getDeclaredMethod("getType", int.class);
            method.setAccessible(true);
            return method;
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException(e);
        }
    }

    private static void records() throws Exception {
        Map<Integer, Integer> ids = new LinkedHashMap<>();
        List<String> runs = new ArrayList<>();
        int[] pages = new int[0x300];
        int last = -1;
        for (int c = 0; c < LIMIT; c++) {
            int id = ids.computeIfAbsent(record(c), key -> ids.size());
            if (id != last) {
                runs.add("0x" + Integer.toHexString(c << 7 | id));
                last = id;
            }
            if ((c & 0xff) == 0 && c >> 8 < pages.length) {
                pages[c >> 8] = runs.size() - 1;
            }
        }
        if (ids.size() > 128) {
            throw new IllegalStateException("more than 128 distinct records");
        }
        List<String> records = new ArrayList<>();
        for (int record : ids.keySet()) {
            records.add("0x" + Integer.toHexString(record));
        }
        List<String> pageTexts = new ArrayList<>();
        for (int page : pages) {
            pageTexts.add(Integer.toString(page));
        }
        table("The distinct records: category (5 bits), grapheme type (4 bits), flags (11 bits).", "RECORDS", "u32",
                records);
        table("Where a record begins to hold: `first code point << 7 | record`.", "RUNS", "u32", runs);
        table("The run that holds at the start of each page of 256 code points.", "PAGES", "u16", pageTexts);
    }

    private static void scripts() throws Exception {
        List<String> runs = new ArrayList<>();
        Character.UnicodeScript last = null;
        for (int c = 0; c < LIMIT; c++) {
            Character.UnicodeScript script = Character.UnicodeScript.of(c);
            if (script != last) {
                runs.add("0x" + Integer.toHexString(c << 8 | script.ordinal()));
                last = script;
            }
        }
        table("Where a script begins: `first code point << 8 | script`.", "SCRIPTS", "u32", runs);
        Map<String, Integer> names = new TreeMap<>();
        for (Character.UnicodeScript script : Character.UnicodeScript.values()) {
            names.put(script.name(), script.ordinal());
        }
        Field aliases = Character.UnicodeScript.class.getDeclaredField("aliases");
        aliases.setAccessible(true);
        for (Map.Entry<?, ?> alias : ((Map<?, ?>) aliases.get(null)).entrySet()) {
            names.put((String) alias.getKey(), ((Character.UnicodeScript) alias.getValue()).ordinal());
        }
        List<String> rows = new ArrayList<>();
        names.forEach((name, id) -> rows.add("(\"" + name + "\", " + id + ")"));
        table("Names of scripts, upper case, sorted.", "SCRIPT_NAMES", "(&str, u8)", rows);
    }

    private static void blocks() throws Exception {
        Map<Character.UnicodeBlock, int[]> ranges = new LinkedHashMap<>();
        for (int c = 0; c < LIMIT; c++) {
            Character.UnicodeBlock block = Character.UnicodeBlock.of(c);
            if (block != null) {
                int from = c;
                ranges.computeIfAbsent(block, key -> new int[] {from, from})[1] = c;
            }
        }
        Field field = Character.UnicodeBlock.class.getDeclaredField("map");
        field.setAccessible(true);
        Map<String, int[]> names = new TreeMap<>();
        for (Map.Entry<?, ?> entry : ((Map<?, ?>) field.get(null)).entrySet()) {
            // A name whose block holds nothing (SURROGATES_AREA) finds an empty range.
            names.put((String) entry.getKey(), ranges.getOrDefault(entry.getValue(), new int[] {1, 0}));
        }
        // Most blocks go by their name with blanks, without them, and with underscores; keep one of these.
        List<String> rows = new ArrayList<>();
        Map<String, int[]> rest = new TreeMap<>(names);
        for (Map.Entry<String, int[]> entry : names.entrySet()) {
            String name = entry.getKey();
            int[] range = entry.getValue();
            String joined = name.replace(" ", "");
            String underscored = name.replace(' ', '_');
            if (name.indexOf(' ') >= 0 && names.get(joined) == range && names.get(underscored) == range) {
                rows.add(String.format("(\"%s\", 0x%x, 0x%x, true)", name, range[0], range[1]));
                rest.remove(name);
                rest.remove(joined);
                rest.remove(underscored);
            }
        }
        rest.forEach((name, range) ->
                rows.add(String.format("(\"%s\", 0x%x, 0x%x, false)", name, range[0], range[1])));
        table("Blocks: name in upper case, first and last code point, whether the name also goes with its blanks "
                + "left out and with underscores.", "BLOCKS", "(&str, u32, u32, bool)", rows);
        StringBuilder all = new StringBuilder();
        names.forEach((name, range) -> all.append(name).append(range[0]).append(range[1]));
        OUT.println();
        OUT.printf("/// Names accepted by `UnicodeBlock.forName`, and FNV-1a of them with their ranges.%n");
        OUT.printf("#[cfg(test)]%npub(super) const BLOCK_CHECK: (usize, u64) = (%d, 0x%x);%n", names.size(),
                fnv(FNV, all.toString()));
    }

    /** A simple case mapping as runs of equal distance: (first, last, step, distance). */
    private static void mappings(String name, IntUnaryOperator map) {
        List<String> rows = new ArrayList<>();
        int c = 0;
        while (c < LIMIT) {
            int distance = map.applyAsInt(c) - c;
            if (distance == 0) {
                c++;
                continue;
            }
            int last = c;
            int step = 1;
            for (int s = 1; s <= 2; s++) {
                int end = c;
                while (end + s < LIMIT && map.applyAsInt(end + s) - (end + s) == distance
                        && (s == 1 || map.applyAsInt(end + 1) == end + 1)) {
                    end += s;
                }
                if (end > last) {
                    last = end;
                    step = s;
                }
            }
            rows.add("(0x" + Integer.toHexString(c) + ", 0x" + Integer.toHexString(last) + ", " + step + ", "
                    + distance + ")");
            c = last + 1;
        }
        table("`Character.to" + (name.equals("UPPER") ? "Upper" : "Lower")
                + "Case`: (first, last, step, distance).", name, "(u32, u32, u32, i32)", rows);
    }

    private static void fullUpper() {
        List<String> rows = new ArrayList<>();
        for (int c = 0; c < LIMIT; c++) {
            if (c >= 0xD800 && c <= 0xDFFF) {
                continue;
            }
            String full = Character.toString(c).toUpperCase(Locale.ROOT);
            if (!full.equals(Character.toString(Character.toUpperCase(c)))) {
                StringBuilder text = new StringBuilder();
                full.codePoints().forEach(u -> text.append("\\u{").append(Integer.toHexString(u)).append('}'));
                rows.add("('\\u{" + Integer.toHexString(c) + "}', \"" + text + "\")");
            }
        }
        table("Where `String.toUpperCase` differs from `Character.toUpperCase`.", "FULL_UPPER", "(char, &str)", rows);
    }

    private static final long FNV = 0xcbf29ce484222325L;

    private static long fnv(long hash, int value) {
        for (int i = 0; i < 4; i++) {
            hash = (hash ^ (value >>> 8 * i & 0xff)) * 0x100000001b3L;
        }
        return hash;
    }

    private static long fnv(long hash, String text) {
        for (byte b : text.getBytes(StandardCharsets.UTF_8)) {
            hash = (hash ^ (b & 0xff)) * 0x100000001b3L;
        }
        return hash;
    }

    /** FNV-1a over all code points of what the tables must give back. */
    private static void checksums() throws Exception {
        long records = FNV;
        long scripts = FNV;
        long upper = FNV;
        long lower = FNV;
        for (int c = 0; c < LIMIT; c++) {
            int record = record(c);
            records = fnv(records, record & ~(15 << 5) | (Integer) GRAPHEME.invoke(null, c) << 5);
            scripts = fnv(scripts, Character.UnicodeScript.of(c).ordinal());
            upper = fnv(upper, Character.toUpperCase(c));
            lower = fnv(lower, Character.toLowerCase(c));
        }
        OUT.println();
        OUT.printf("/// FNV-1a over all code points: records, scripts, upper case, lower case.%n");
        OUT.printf("#[cfg(test)]%npub(super) const CHECKS: [u64; 4] = [0x%x, 0x%x, 0x%x, 0x%x];%n", records, scripts,
                upper, lower);
    }

    private static void table(String doc, String name, String type, List<String> items) {
        OUT.println();
        OUT.println("/// " + doc);
        OUT.println("#[rustfmt::skip]");
        OUT.println("pub(super) static " + name + ": [" + type + "; " + items.size() + "] = [");
        StringBuilder line = new StringBuilder("    ");
        for (String item : items) {
            if (line.length() + item.length() > 115) {
                OUT.println(line.toString().stripTrailing());
                line = new StringBuilder("    ");
            }
            line.append(item).append(", ");
        }
        OUT.println(line.toString().stripTrailing());
        OUT.println("];");
    }
}
