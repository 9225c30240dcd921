import java.io.PrintStream;
import java.lang.reflect.Field;
import java.lang.reflect.Method;
import java.nio.charset.StandardCharsets;
import java.text.Collator;
import java.text.RuleBasedCollator;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.Vector;

/**
 * Writes ftl-eval/src/format/collate/tables.txt: the order of characters in the collators of the
 * running JDK. The first lines of that file say how it is to be read; README.md how to run this.
 */
public final class CollationTables {
    private static final int UNMAPPED = -1;
    private static final int EXPANDED = 0x7E000000;
    private static final int CONTRACTED = 0x7F000000;
    private static final PrintStream OUT = new PrintStream(System.out, false, StandardCharsets.UTF_8);

    /** One collator's table: strings of one or more characters with their collation elements. */
    private static final class Table {
        final Map<String, List<Integer>> elements = new TreeMap<>();
        boolean french;
        boolean thai;
    }

    public static void main(String[] args) throws Exception {
        OUT.println("# Orders of characters, made by tools/collation-tables from Java "
                + System.getProperty("java.specification.version") + "; do not edit.");
        OUT.println("# `[name] flags`       begins a table; `root` comes first, the others are given as changes of it.");
        OUT.println("# `@lang_COUNTRY name` says which table a locale has, if not the one of its language or `root`.");
        OUT.println("# `> p d`              primaries from p on are greater by d (all numbers hexadecimal, d signed).");
        OUT.println("# `>> s d`             so are secondaries of elements without primary.");
        OUT.println("# `elements chars`     elements are `primary.secondary.tertiary`, `,` between them; chars are code");
        OUT.println("#                      points, `a-b` a range, `a+b` a contraction. Elements `-`: none; `end`: the text ends.");
        OUT.println("# `+element text`      the characters of a text have primaries one above the other.");
        Map<String, String> names = new LinkedHashMap<>();
        Map<String, Table> tables = new LinkedHashMap<>();
        names.put(rules(Locale.ROOT), "root");
        tables.put("root", table(Locale.ROOT));
        TreeMap<String, String> locales = new TreeMap<>();
        for (String language : new TreeSet<>(Arrays.asList(Locale.getISOLanguages()))) {
            // Under its old codes a language is the same locale.
            if (Locale.forLanguageTag(language).getLanguage().equals(new Locale(language).getLanguage())) {
                add(new Locale(language), names, tables, locales);
            }
        }
        for (Locale locale : Collator.getAvailableLocales()) {
            if (locale.getScript().isEmpty() && locale.getVariant().isEmpty() && !locale.getCountry().isEmpty()) {
                add(locale, names, tables, locales);
            }
        }
        for (String language : new TreeSet<>(Arrays.asList("no", "nn", "nb", "zh", "sr", "ja", "ko", "de", "en", "fr"))) {
            for (String country : Locale.getISOCountries()) {
                add(new Locale(language, country), names, tables, locales);
            }
        }
        for (Map.Entry<String, String> locale : locales.entrySet()) {
            String parent = locale.getKey().replaceFirst("_.*", "");
            boolean isLanguage = parent.equals(locale.getKey());
            String inherited = isLanguage ? "root" : locales.getOrDefault(parent, "root");
            if (!locale.getValue().equals(inherited)) {
                OUT.println("@" + locale.getKey() + " " + locale.getValue());
            }
        }
        Table root = tables.get("root");
        for (Map.Entry<String, Table> entry : tables.entrySet()) {
            Table table = entry.getValue();
            OUT.println("[" + entry.getKey() + "]" + (table.french ? " french" : "") + (table.thai ? " thai" : ""));
            if (table == root) {
                records(root.elements);
            } else {
                changes(root, table);
            }
        }
        OUT.flush();
    }

    private static void add(Locale locale, Map<String, String> names, Map<String, Table> tables,
            Map<String, String> locales) throws Exception {
        String rules = rules(locale);
        if (!names.containsKey(rules)) {
            names.put(rules, locale.toString());
            tables.put(locale.toString(), table(locale));
        }
        locales.put(locale.toString(), names.get(rules));
    }

    private static String rules(Locale locale) {
        RuleBasedCollator collator = (RuleBasedCollator) Collator.getInstance(locale);
        if (collator.getDecomposition() != Collator.NO_DECOMPOSITION || collator.getStrength() != Collator.TERTIARY) {
            throw new IllegalStateException("unforeseen settings of " + locale);
        }
        return collator.getRules();
    }

    private static Object field(Object object, String name) throws Exception {
        Field field = object.getClass().getDeclaredField(name);
        field.setAccessible(true);
        return field.get(object);
    }

    private static Table table(Locale locale) throws Exception {
        Object tables = field(Collator.getInstance(locale), "tables");
        Object mapping = field(tables, "mapping");
        Vector<?> contractions = (Vector<?>) field(tables, "contractTable");
        Vector<?> expansions = (Vector<?>) field(tables, "expandTable");
        Method elementAt = mapping.getClass().getMethod("elementAt", int.class);
        elementAt.setAccessible(true);
        Table table = new Table();
        table.french = (Boolean) field(tables, "frenchSec");
        table.thai = (Boolean) field(tables, "seAsianSwapping");
        // Code points of higher planes are looked up in the first four.
        for (int c = 0; c < 0x40000; c++) {
            int value = (Integer) elementAt.invoke(mapping, c);
            String chars = Character.toString(c);
            if (value >= CONTRACTED) {
                for (Object pair : (Vector<?>) contractions.get(value - CONTRACTED)) {
                    String name = (String) field(pair, "entryName");
                    boolean single = name.equals(chars);
                    if (single || (Boolean) field(pair, "fwd")) {
                        put(table, name, (Integer) field(pair, "value"), expansions);
                    }
                }
                // By itself, such a character has the order that ends an iteration.
                table.elements.putIfAbsent(chars, List.of(UNMAPPED));
            } else {
                put(table, chars, value, expansions);
            }
        }
        return table;
    }

    private static void put(Table table, String chars, int value, Vector<?> expansions) {
        if (value == UNMAPPED) {
            return;
        }
        List<Integer> elements = new ArrayList<>();
        if (value >= EXPANDED) {
            for (int element : (int[]) expansions.get(value - EXPANDED)) {
                elements.add(element);
            }
        } else {
            elements.add(value);
        }
        table.elements.put(chars, elements);
    }

    /** Prints a table as shifts of the root's elements, and what they leave different. */
    private static void changes(Table root, Table table) {
        int[] primaries = shifts(root, table, 0x10000);
        int[] secondaries = shifts(root, table, 0x100);
        printShifts("> ", primaries);
        printShifts(">> ", secondaries);
        Map<String, List<Integer>> changed = new TreeMap<>();
        root.elements.forEach((chars, elements) -> {
            List<Integer> shifted = new ArrayList<>();
            for (int element : elements) {
                int primary = element >>> 16;
                int secondary = element >> 8 & 0xff;
                shifted.add(primary != 0 ? element + (primaries[primary] << 16) : element + (secondaries[secondary] << 8));
            }
            List<Integer> actual = table.elements.getOrDefault(chars, List.of());
            if (!shifted.equals(actual)) {
                changed.put(chars, actual);
            }
        });
        table.elements.forEach((chars, elements) -> {
            if (!root.elements.containsKey(chars)) {
                changed.put(chars, elements);
            }
        });
        records(changed);
    }

    /** By how much most elements of the root with a certain primary or secondary differ in a table. */
    private static int[] shifts(Table root, Table table, int unit) {
        int size = unit == 0x10000 ? 0x10000 : 0x100;
        List<Map<Integer, Integer>> votes = new ArrayList<>();
        for (int i = 0; i < size; i++) {
            votes.add(new TreeMap<>());
        }
        root.elements.forEach((chars, elements) -> {
            List<Integer> actual = table.elements.get(chars);
            if (actual == null || actual.size() != elements.size()) {
                return;
            }
            for (int i = 0; i < elements.size(); i++) {
                int was = elements.get(i);
                int is = actual.get(i);
                boolean counts = unit == 0x10000
                        ? was >>> 16 != 0 && is >>> 16 != 0 && (was & 0xffff) == (is & 0xffff)
                        : was >>> 16 == 0 && is >>> 16 == 0 && (was & 0xff) == (is & 0xff);
                if (counts) {
                    int index = unit == 0x10000 ? was >>> 16 : was >> 8 & 0xff;
                    votes.get(index).merge(is / unit - was / unit, 1, Integer::sum);
                }
            }
        });
        int[] shifts = new int[size];
        int last = 0;
        for (int i = 1; i < size; i++) {
            int best = last;
            int most = votes.get(i).getOrDefault(last, 0);
            for (Map.Entry<Integer, Integer> vote : votes.get(i).entrySet()) {
                if (vote.getValue() > most) {
                    best = vote.getKey();
                    most = vote.getValue();
                }
            }
            shifts[i] = last = best;
        }
        return shifts;
    }

    private static void printShifts(String sign, int[] shifts) {
        for (int i = 1; i < shifts.length; i++) {
            if (shifts[i] != shifts[i - 1]) {
                OUT.println(sign + Integer.toHexString(i) + " " + Integer.toString(shifts[i], 16));
            }
        }
    }

    /** Prints entries, ideographs in runs, others grouped by elements. */
    private static void records(Map<String, List<Integer>> entries) {
        Map<String, List<String>> groups = new LinkedHashMap<>();
        TreeMap<Integer, Integer> ideographs = new TreeMap<>();
        entries.forEach((chars, elements) -> {
            int c = chars.codePointAt(0);
            boolean plain = elements.size() == 1 && (elements.get(0) & 0xffff) == 0 && c >= 0x3000;
            if (plain && chars.length() == Character.charCount(c) && ideographs.putIfAbsent(elements.get(0) >>> 16, c) == null) {
                return;
            }
            StringBuilder key = new StringBuilder();
            for (int element : elements) {
                key.append(key.length() > 0 ? "," : "").append(element(element));
            }
            groups.computeIfAbsent(key.length() == 0 ? "-" : key.toString(), k -> new ArrayList<>()).add(chars);
        });
        groups.forEach((key, list) -> {
            StringBuilder line = new StringBuilder(key);
            for (int i = 0; i < list.size(); i++) {
                int from = i;
                while (list.get(i).length() == 1 && i + 1 < list.size() && list.get(i + 1).length() == 1
                        && list.get(i + 1).charAt(0) == list.get(i).charAt(0) + 1) {
                    i++;
                }
                line.append(' ').append(hex(list.get(from)));
                if (i > from) {
                    line.append('-').append(hex(list.get(i)));
                }
            }
            OUT.println(line);
        });
        int last = -2;
        StringBuilder line = new StringBuilder();
        for (Map.Entry<Integer, Integer> entry : ideographs.entrySet()) {
            if (entry.getKey() != last + 1 || line.length() > 60) {
                flush(line);
                line.append('+').append(element(entry.getKey() << 16)).append(' ');
            }
            last = entry.getKey();
            line.appendCodePoint(entry.getValue());
        }
        flush(line);
    }

    private static void flush(StringBuilder line) {
        if (line.length() > 0) {
            OUT.println(line);
        }
        line.setLength(0);
    }

    private static String element(int element) {
        if (element == UNMAPPED) {
            return "end";
        }
        String text = Integer.toHexString(element >>> 16) + "." + Integer.toHexString(element >> 8 & 0xff) + "."
                + Integer.toHexString(element & 0xff);
        return text.replaceFirst("(\\.0){1,2}$", "");
    }

    private static String hex(String chars) {
        StringBuilder text = new StringBuilder();
        chars.codePoints().forEach(c -> text.append(text.length() > 0 ? "+" : "").append(Integer.toHexString(c)));
        return text.toString();
    }
}
