import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/**
 * Records what Jackson makes of the texts in the first column of a table; writes the table anew.
 *
 * java -cp jackson-core.jar:jackson-databind.jar:jackson-annotations.jar Record.java texts.tsv
 */
class Record {
    public static void main(String[] args) throws IOException {
        ObjectMapper mapper = new ObjectMapper();
        StringBuilder table = new StringBuilder();
        for (String line : Files.readAllLines(Path.of(args[0]))) {
            if (line.startsWith("#")) {
                table.append(line).append('\n');
                continue;
            }
            String text = line.split("\t", -1)[0];
            String result;
            try {
                result = show(mapper.readValue(bytes(text), Object.class));
            } catch (IOException e) {
                result = "refused";
            }
            table.append(text).append('\t').append(result).append('\n');
        }
        Files.writeString(Path.of(args[0]), table);
    }

    /** The bytes of a text in which "\xNN" stands for a byte and "\\" for a backslash. */
    static byte[] bytes(String text) {
        byte[] bytes = new byte[text.length()];
        int count = 0;
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c == '\\' && text.charAt(++i) == 'x') {
                c = (char) Integer.parseInt(text.substring(i + 1, i + 3), 16);
                i += 2;
            }
            bytes[count++] = (byte) c;
        }
        return java.util.Arrays.copyOf(bytes, count);
    }

    /** Strings as UTF-16 units, doubles as their bits. */
    static String show(Object value) {
        StringBuilder out = new StringBuilder();
        if (value instanceof Map<?, ?> map) {
            map.forEach((k, v) -> out.append(",").append(show(k)).append(":").append(show(v)));
            return "{" + (out.isEmpty() ? "" : out.substring(1)) + "}";
        }
        if (value instanceof List<?> list) {
            list.forEach(v -> out.append(",").append(show(v)));
            return "[" + (out.isEmpty() ? "" : out.substring(1)) + "]";
        }
        if (value instanceof String s) {
            for (char c : s.toCharArray()) {
                boolean plain = c > ' ' && c < 0x7f && c != '"' && c != '\\';
                out.append(plain ? "" + c : String.format("\\u%04x", (int) c));
            }
            return "\"" + out + "\"";
        }
        if (value instanceof Double d) {
            return "double " + Long.toHexString(Double.doubleToRawLongBits(d));
        }
        return String.valueOf(value);
    }
}
