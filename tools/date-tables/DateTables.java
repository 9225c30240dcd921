import java.text.DateFormat;
import java.text.DateFormatSymbols;
import java.text.DecimalFormat;
import java.text.NumberFormat;
import java.text.SimpleDateFormat;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Calendar;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TimeZone;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Function;

/** Prints what a JDK knows about dates in its locales, as tables in Rust. See README.md. */
public final class DateTables {
    private static final int[] STYLES = {DateFormat.SHORT, DateFormat.MEDIUM, DateFormat.LONG, DateFormat.FULL};

    /** Locales whose names of zones are kept; others get the nearest of their language, else in English. */
    private static final List<String> ZONE_LOCALES =
            List.of("", "en", "en_001", "en_GB", "de", "es", "es_419", "es_MX", "fr", "fr_CA", "it", "ja", "pt_BR", "pt_PT", "ru", "zh", "zh_TW");

    public static void main(String[] args) {
        if (TimeZone.getDefault().getRawOffset() != 0 || !Locale.getDefault().equals(Locale.US)) {
            throw new IllegalStateException("run with -Duser.language=en -Duser.country=US -Duser.timezone=UTC");
        }
        switch (args.length == 1 ? args[0] : "") {
            case "locales" -> locales();
            case "zones" -> zones();
            default -> throw new IllegalArgumentException("expected one argument: locales or zones");
        }
    }

    // ---- locales -------------------------------------------------------------------------------------------------

    private static void locales() {
        TreeMap<String, Locale> all = new TreeMap<>();
        for (Locale l : Locale.getAvailableLocales()) {
            // FreeMarker's setting has no way to name a script.
            Locale plain = new Locale(l.getLanguage(), l.getCountry(), l.getVariant());
            if (!plain.hasExtensions()) {
                all.put(plain.toString(), plain);
            }
        }
        Pool names = new Pool(), styles = new Pool(), digits = new Pool();
        Map<String, int[]> records = new TreeMap<>();
        for (Map.Entry<String, Locale> e : all.entrySet()) {
            Locale l = e.getValue();
            records.put(e.getKey(), new int[] {names.add(names(l)), styles.add(styles(l)), digits.add(digits(l)), zoneNames(l)});
        }
        header("locales");
        names.print("NAMES", "Months (as part of a date; short; alone; alone and short), days of the week (long; short),\n"
                + "/// halves of the day, eras (as `GGGG`; as `G`; further ones, only parsed), UTC. A list that is\n"
                + "/// empty is the list two before it (months) or one before it (eras).");
        styles.print("STYLES", "Patterns of the date, then of the time, then what joins them (`{1}` is the date), each short, medium,\n/// long and full.");
        digits.print("DIGITS", "The digit zero, what precedes a negative number, NaN, infinity, exponent, minus sign.");
        System.out.println("/// Locales, sorted by name, with their rows in the tables above and in ZONE_NAMES. One that is absent has its\n/// parent's.");
        System.out.println("pub(super) static LOCALES: &[(&str, [u16; 4])] = &[");
        for (Map.Entry<String, int[]> e : records.entrySet()) {
            int[] parent = parent(records, e.getKey());
            if (!Arrays.equals(parent, e.getValue())) {
                System.out.println("    (" + rust(e.getKey()) + ", " + Arrays.toString(e.getValue()) + "),");
            }
        }
        System.out.println("];");
        weeks(all);
        decimalDigits();
    }

    /** The table which has most in common with a locale: one of its language, else one in English. */
    private static int zoneNames(Locale l) {
        boolean listed = ZONE_LOCALES.stream().anyMatch(name -> name.split("_")[0].equals(l.getLanguage()) && !name.isEmpty());
        int best = 0;
        long most = -1;
        for (int i = 0; i < ZONE_LOCALES.size(); i++) {
            String language = ZONE_LOCALES.get(i).split("_")[0];
            if (listed ? !language.equals(l.getLanguage()) : !language.isEmpty() && !language.equals("en")) {
                continue;
            }
            TreeSet<String> theirs = zoneFacts(zoneLocale(i));
            long equal = zoneFacts(l).stream().filter(theirs::contains).count();
            if (equal > most) {
                best = i;
                most = equal;
            }
        }
        return best;
    }

    private static final Map<Locale, TreeSet<String>> ZONE_FACTS = new java.util.HashMap<>();

    /** The names of all zones, and which zone is read for each short name. */
    private static TreeSet<String> zoneFacts(Locale l) {
        return ZONE_FACTS.computeIfAbsent(l, k -> {
            TreeSet<String> facts = new TreeSet<>();
            for (String id : TimeZone.getAvailableIDs()) {
                TimeZone z = TimeZone.getTimeZone(id);
                facts.add(id + "=" + names(z, l));
                facts.add(id + "=" + z.getDisplayName(false, TimeZone.SHORT, l) + "|" + z.getDisplayName(true, TimeZone.SHORT, l));
            }
            TreeSet<String> seen = new TreeSet<>();
            for (String[] z : DateFormatSymbols.getInstance(l).getZoneStrings()) {
                for (int column : new int[] {2, 4}) {
                    if (seen.add(z[column])) {
                        facts.add(z[column] + "=" + z[0]);
                    }
                }
            }
            return facts;
        });
    }

    private static String names(TimeZone z, Locale l) {
        return list(z.getDisplayName(false, TimeZone.LONG, l), z.getDisplayName(false, TimeZone.SHORT, l),
                z.getDisplayName(true, TimeZone.LONG, l), z.getDisplayName(true, TimeZone.SHORT, l));
    }

    private static Locale zoneLocale(int i) {
        String[] parts = ZONE_LOCALES.get(i).split("_");
        // What no locale knows is named as in an unknown language.
        return parts[0].isEmpty() ? new Locale("xx") : new Locale(parts[0], parts.length > 1 ? parts[1] : "");
    }

    private static int[] parent(Map<String, int[]> records, String name) {
        while (!name.isEmpty()) {
            int i = name.lastIndexOf('_');
            name = i < 0 ? "" : name.substring(0, i);
            if (records.containsKey(name)) {
                return records.get(name);
            }
        }
        return null;
    }

    private static String names(Locale l) {
        DateFormatSymbols s = DateFormatSymbols.getInstance(l);
        List<String> lists = new ArrayList<>();
        String longMonths = list(Arrays.copyOf(s.getMonths(), 12)), shortMonths = list(Arrays.copyOf(s.getShortMonths(), 12));
        lists.add(longMonths);
        lists.add(shortMonths);
        lists.add(orEmpty(standaloneMonths(l, Calendar.LONG_STANDALONE), longMonths));
        lists.add(orEmpty(standaloneMonths(l, Calendar.SHORT_STANDALONE), shortMonths));
        lists.add(list(Arrays.copyOfRange(s.getWeekdays(), 1, 8)));
        lists.add(list(Arrays.copyOfRange(s.getShortWeekdays(), 1, 8)));
        check(s.getAmPmStrings().length == 2, l + ": halves of the day");
        lists.add(list(s.getAmPmStrings()));
        String longEras = eras(l, Calendar.LONG), shortEras = eras(l, Calendar.SHORT);
        lists.add(longEras);
        lists.add(orEmpty(shortEras, longEras));
        lists.add(moreEras(l, longEras + "|" + shortEras));
        lists.add(TimeZone.getTimeZone("UTC").getDisplayName(false, TimeZone.LONG, l));
        String joined = String.join(";", lists);
        check(lists.stream().noneMatch(x -> x.contains(";")), l + ": a name with ;");
        return joined;
    }

    private static String standaloneMonths(Locale l, int style) {
        String[] months = new String[12];
        Calendar c = Calendar.getInstance(l);
        for (int m = 0; m < 12; m++) {
            c.clear();
            c.set(Calendar.MONTH, m);
            months[m] = c.getDisplayName(Calendar.MONTH, style, l);
        }
        return list(months);
    }

    private static String eras(Locale l, int style) {
        String[] eras = new String[2];
        Calendar c = Calendar.getInstance(l);
        for (int era = 0; era < 2; era++) {
            c.clear();
            c.set(Calendar.ERA, era);
            String name = c.getDisplayName(Calendar.ERA, style, l);
            eras[era] = name == null ? "" : name;
        }
        return list(eras);
    }

    /** Names of eras which parsing knows besides those that are printed. */
    private static String moreEras(Locale l, String known) {
        Calendar c = Calendar.getInstance(l);
        Map<String, Integer> map = new TreeMap<>();
        for (int style : new int[] {Calendar.SHORT_FORMAT, Calendar.SHORT_STANDALONE, Calendar.LONG_FORMAT, Calendar.LONG_STANDALONE}) {
            Map<String, Integer> more = c.getDisplayNames(Calendar.ERA, style, l);
            if (more != null) {
                map.putAll(more);
            }
        }
        map.keySet().removeAll(Arrays.asList(known.split("\\|")));
        String[] eras = {"", ""};
        for (Map.Entry<String, Integer> e : map.entrySet()) {
            check(eras[e.getValue()].isEmpty(), l + ": more than one further name of an era");
            eras[e.getValue()] = e.getKey();
        }
        return map.isEmpty() ? "" : list(eras);
    }

    private static String styles(Locale l) {
        String[] dates = new String[4], times = new String[4], joins = new String[4];
        for (int i = 0; i < 4; i++) {
            dates[i] = pattern(DateFormat.getDateInstance(STYLES[i], l));
            times[i] = pattern(DateFormat.getTimeInstance(STYLES[i], l));
            joins[i] = pattern(DateFormat.getDateTimeInstance(STYLES[i], STYLES[i], l)).replace(dates[i], "{1}").replace(times[i], "{0}");
        }
        for (int d = 0; d < 4; d++) {
            for (int t = 0; t < 4; t++) {
                String expected = joins[Math.min(d, t)].replace("{1}", dates[d]).replace("{0}", times[t]);
                String actual = pattern(DateFormat.getDateTimeInstance(STYLES[d], STYLES[t], l));
                check(actual.equals(expected), l + ": " + actual + " is not " + expected);
            }
        }
        return list(dates) + "|" + list(times) + "|" + list(joins);
    }

    private static String pattern(DateFormat format) {
        return ((SimpleDateFormat) format).toPattern();
    }

    private static String digits(Locale l) {
        DecimalFormat f = (DecimalFormat) NumberFormat.getIntegerInstance(l);
        var s = f.getDecimalFormatSymbols();
        check(f.getPositivePrefix().isEmpty() && f.getPositiveSuffix().isEmpty() && f.getNegativeSuffix().isEmpty(), l + ": affixes");
        String minus = f.getNegativePrefix().contains("\u2212") ? "\u2212" : "-";
        return list(String.valueOf(s.getZeroDigit()), f.getNegativePrefix(), s.getNaN(), s.getInfinity(), s.getExponentSeparator(), minus);
    }

    /** First day of the week and minimal days of the first week depend on the country alone. */
    private static void weeks(Map<String, Locale> all) {
        Map<String, TreeSet<String>> groups = new TreeMap<>();
        Function<Locale, String> week = l -> {
            Calendar c = Calendar.getInstance(l);
            return c.getFirstDayOfWeek() + ", " + c.getMinimalDaysInFirstWeek();
        };
        for (Locale l : all.values()) {
            String expected = l.getCountry().isEmpty() ? "1, 1" : week.apply(new Locale("xx", l.getCountry()));
            check(week.apply(l).equals(expected), l + ": week");
        }
        for (char a = 'A'; a <= 'Z'; a++) {
            for (char b = 'A'; b <= 'Z'; b++) {
                String country = "" + a + b;
                groups.computeIfAbsent(week.apply(new Locale("xx", country)), k -> new TreeSet<>()).add(country);
            }
        }
        check(week.apply(new Locale("xx", "001")).equals("2, 1"), "week of the world");
        System.out.println("/// First day of the week (Sunday is 1), days which make a first week, and the countries where it is so. In");
        System.out.println("/// others it is Monday and 1; for a locale without country Sunday and 1.");
        System.out.println("pub(super) static WEEKS: &[(u8, u8, &str)] = &[");
        for (Map.Entry<String, TreeSet<String>> e : groups.entrySet()) {
            if (!e.getKey().equals("2, 1")) {
                System.out.println("    (" + e.getKey() + ", " + rust(String.join(" ", e.getValue())) + "),");
            }
        }
        System.out.println("];");
    }

    /** The zeros of all decimal digits that a Java `char` can hold. */
    private static void decimalDigits() {
        StringBuilder zeros = new StringBuilder();
        for (int c = 0; c < 0x10000; c++) {
            if (Character.digit((char) c, 10) == 0) {
                for (int d = 0; d < 10; d++) {
                    check(Character.digit((char) (c + d), 10) == d, "digits are not in a row");
                }
                zeros.append((char) c);
            }
        }
        System.out.println("/// The zeros of all decimal digits below U+10000; the other nine follow each.");
        System.out.println("pub(super) static ZEROS: &[char] = &[");
        zeros.chars().forEach(c -> System.out.printf("    '\\u{%x}',%n", c));
        System.out.println("];");
    }

    // ---- zones ---------------------------------------------------------------------------------------------------

    private static void zones() {
        String[] ids = TimeZone.getAvailableIDs();
        Arrays.sort(ids);
        header("zones");
        System.out.println("/// All ids of zones, sorted.");
        System.out.println("pub(super) static IDS: &[&str] = &[");
        for (String id : ids) {
            System.out.println("    " + rust(id) + ",");
        }
        System.out.println("];");
        System.out.println("/// Names of zones by locale; the first is the root's.");
        System.out.println("pub(super) static ZONE_NAMES: &[ZoneNames] = &[");
        for (int i = 0; i < ZONE_LOCALES.size(); i++) {
            zoneNames(ZONE_LOCALES.get(i), zoneLocale(i), ids);
        }
        System.out.println("];");
    }

    private static void zoneNames(String name, Locale l, String[] ids) {
        Pool rows = new Pool();
        Map<String, String> firstIds = new TreeMap<>();
        // Parsing takes the first zone of this list whose name the text has.
        for (String[] z : DateFormatSymbols.getInstance(l).getZoneStrings()) {
            String row = list(Arrays.copyOfRange(z, 1, 5));
            rows.add(row);
            firstIds.putIfAbsent(row, z[0]);
        }
        int parsed = rows.texts.size();
        int[] indexes = new int[ids.length];
        for (int i = 0; i < ids.length; i++) {
            indexes[i] = rows.add(names(TimeZone.getTimeZone(ids[i]), l));
        }
        check(rows.texts.size() < 256, "too many rows");
        System.out.println("    // " + (name.isEmpty() ? "root" : name) + "\n    ZoneNames {\n        parsed: " + parsed + ",\n        rows: &[");
        for (String row : rows.texts.keySet()) {
            System.out.println("            " + rust(firstIds.getOrDefault(row, "") + "|" + row) + ",");
        }
        System.out.println("        ],\n        row_of_id: &[");
        StringBuilder line = new StringBuilder();
        for (int i : indexes) {
            String next = i + ",";
            if (line.length() + next.length() + 1 > 85) {
                System.out.println("            " + line);
                line.setLength(0);
            }
            line.append(line.length() == 0 ? "" : " ").append(next);
        }
        System.out.println("            " + line + "\n        ],\n    },");
    }

    // ---- text ----------------------------------------------------------------------------------------------------

    /** Texts in the order of their first use, each once. */
    private static final class Pool {
        final Map<String, Integer> texts = new LinkedHashMap<>();

        int add(String text) {
            return texts.computeIfAbsent(text, t -> texts.size());
        }

        void print(String name, String doc) {
            System.out.println("/// " + doc);
            System.out.println("pub(super) static " + name + ": &[&str] = &[");
            texts.keySet().forEach(t -> System.out.println("    " + rust(t) + ","));
            System.out.println("];");
        }
    }

    private static void header(String what) {
        System.out.println("//! Made by tools/date-tables (" + what + ") from Java " + System.getProperty("java.version") + "; do not edit.\n");
        if (what.equals("zones")) {
            System.out.println("use super::ZoneNames;\n");
        }
    }

    private static String list(String... parts) {
        for (String part : parts) {
            check(!part.contains("|"), "a name with |: " + part);
        }
        return String.join("|", parts);
    }

    private static String orEmpty(String list, String known) {
        return list.equals(known) ? "" : list;
    }

    private static void check(boolean ok, String what) {
        if (!ok) {
            throw new IllegalStateException(what);
        }
    }

    private static String rust(String text) {
        StringBuilder b = new StringBuilder("\"");
        text.codePoints().forEach(c -> {
            boolean plain = c == ' ' || Character.isLetterOrDigit(c) || c > ' ' && c < 127
                    || Character.getType(c) == Character.OTHER_PUNCTUATION || Character.getType(c) == Character.FINAL_QUOTE_PUNCTUATION;
            if (c == '"' || c == '\\') {
                b.append('\\').appendCodePoint(c);
            } else if (plain) {
                b.appendCodePoint(c);
            } else {
                b.append(String.format("\\u{%x}", c));
            }
        });
        return b.append('"').toString();
    }
}
