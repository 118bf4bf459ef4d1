// Follows a blog by the client's rules of docs/protocol.md; the numbers in comments are theirs. Java 17, no library.
//   java Follower.java https://live.example.org/live/anora      prints what it holds after every change
//   java Follower.java vectors tests/vectors/protocol/*.json    plays the vectors; fails at the first wrong step

import java.net.URI;
import java.net.URLEncoder;
import java.net.http.*;
import java.nio.charset.StandardCharsets;
import java.nio.file.*;
import java.util.*;
import java.util.concurrent.*;

class Follower {
    Map<String, Object> position = Map.of();                       // {} is the beginning
    Map<String, Object> asks;                                      // the position of the request that waits
    final SortedMap<String, Map<String, Object>> holds = new TreeMap<>();
    Object tally;
    boolean fails;                                                 // the next apply does
    private boolean broken;                                        // one did: only the whole state helps (7)
    private boolean whole;                                         // the request that waits is for that
    private int replaced, asked, connected;                        // how often the state was replaced; then, and then
    private long low = -1;                                         // the last head, if it was below ours (6)
    private List<Map<String, Object>> waiting = new ArrayList<>(); // held changes (5)

    Map<String, Object> connect() { connected = replaced; return position; }

    void sync(Map<String, Object> message) {
        boolean whole = message.get("objects") != null && (reset(message) || connected == replaced && !forked(message));
        if (!whole) { ask(); return; }
        take(message);
        connected = replaced;
    }

    void change(Map<String, Object> message) {
        if (message.get("epoch").equals(position.get("epoch"))) {
            if (seq(message) <= seq(position)) { if (forked(message)) ask(); return; }                  // 4
            if (strays(message)) { ask(); return; }                                                     // 3
            if ((long) message.get("prev") <= seq(position)) { take(message); return; }                 // 3
        }
        waiting.add(message);                                                                           // 5
        ask();
    }

    void head(Map<String, Object> head) {                                                               // 6
        boolean behind = !head.get("epoch").equals(position.get("epoch")) || seq(head) > seq(position);
        boolean stays = !behind && seq(head) < seq(position) && seq(head) == low;
        low = behind || stays || seq(head) == seq(position) ? -1 : seq(head);
        if (!behind && !forked(head) && seq(head) == seq(position)) waiting.clear();
        if (behind || stays || forked(head) || broken) ask();
    }

    void ask() {                                                                                        // one at a time
        if (asks == null) { whole = broken; asks = whole ? Map.of() : position; asked = replaced; }
    }

    void silence() { asks = null; }

    /** False if it is not enough: ask again after a pause. */
    boolean answer(Map<String, Object> answer) {
        boolean more = !whole;
        if (whole && broken) apply(answer, true);                                                       // 7
        else if (!whole && asked == replaced) apply(answer, reset(answer));                             // 5
        asks = null;
        if (broken && more) { ask(); return true; }
        if (!broken) passWaiting();
        return !broken && waiting.isEmpty();
    }

    private void take(Map<String, Object> message) {
        apply(message, reset(message));
        if (!broken) passWaiting();
        else ask();
    }

    private void passWaiting() {
        List<Map<String, Object>> before = waiting;
        waiting = new ArrayList<>();
        before.sort(Comparator.comparing(Follower::seq));
        for (var message : before) {
            boolean old = !message.get("epoch").equals(position.get("epoch")) || seq(message) <= seq(position);
            if (old || strays(message)) continue;
            if ((long) message.get("prev") > seq(position)) waiting.add(message);
            else apply(message, false);
        }
    }

    /** Apply, and only then move the position (1, 2). */
    private void apply(Map<String, Object> message, boolean reset) {
        boolean all = reset || !message.get("epoch").equals(position.get("epoch"));
        if (!all && seq(message) <= seq(position) || broken && !reset) return;
        broken = fails;
        fails = false;
        if (broken) return;
        if (all) { holds.clear(); replaced++; }
        for (var object : maps(message.get("objects"))) holds.put(object.get("kind") + ":" + object.get("id"), object);
        tally = message.getOrDefault("tally", tally);
        position = new HashMap<>(message);
        position.keySet().retainAll(Set.of("epoch", "seq", "mark"));
    }

    private boolean forked(Map<String, Object> at) {
        return other(at.get("epoch"), at.get("seq"), at.get("mark"));
    }

    private boolean strays(Map<String, Object> message) {
        return other(message.get("epoch"), message.get("prev"), message.get("prev_mark"));
    }

    private boolean other(Object epoch, Object seq, Object mark) {
        boolean here = epoch.equals(position.get("epoch")) && seq.equals(position.get("seq"));
        return here && mark != null && position.get("mark") != null && !mark.equals(position.get("mark"));
    }

    static long seq(Map<String, Object> message) { return (long) message.getOrDefault("seq", 0L); }
    static boolean reset(Map<String, Object> message) { return Boolean.TRUE.equals(message.get("reset")); }
    @SuppressWarnings("unchecked") static Map<String, Object> map(Object value) { return (Map<String, Object>) value; }
    @SuppressWarnings("unchecked") static List<Map<String, Object>> maps(Object value) {
        return (List<Map<String, Object>>) value;
    }

    // -- over HTTP, by long polls (8)

    static void follow(String page) throws Exception {
        var client = HttpClient.newHttpClient();
        var follower = new Follower();
        for (int failures = 0; ; ) {
            follower.ask();
            var query = new StringBuilder(page.replaceFirst("/live/", "/api/v1/blogs/") + "/changes?wait=20");
            follower.asks.forEach((name, value) -> query.append(name.equals("seq") ? "&after=" : "&" + name + "=")
                .append(URLEncoder.encode(value.toString(), StandardCharsets.UTF_8)));
            try {
                var request = HttpRequest.newBuilder(URI.create(query.toString())).build();
                var reply = client.sendAsync(request, HttpResponse.BodyHandlers.ofString()).get(40, TimeUnit.SECONDS);
                if (reply.statusCode() == 404) { System.err.println("there is no such blog"); System.exit(1); }
                if (reply.statusCode() != 200) throw new ExecutionException(reply.body(), null);
                var before = follower.position;
                if (!follower.answer(map(new Json(reply.body()).value()))) throw new TimeoutException("not enough");
                failures = 0;
                if (!follower.position.equals(before)) System.out.println(follower);
            } catch (ExecutionException | TimeoutException lost) {
                follower.silence();
                Thread.sleep(ThreadLocalRandom.current().nextLong(3000L << Math.min(failures++, 4)));
            }
        }
    }

    @Override public String toString() {
        var line = new StringBuilder(position.get("epoch") + " " + position.get("seq"));
        holds.forEach((name, object) -> line.append(" ").append(name).append("@").append(object.get("seq")));
        return line.toString();
    }

    // -- the vectors

    static void play(Map<String, Object> vector) {
        var follower = new Follower();
        var wanted = new HashMap<String, Object>(Map.of("position", Map.of(), "holds", Set.of()));
        wanted.put("asks", null);
        wanted.put("tally", null);
        int number = 0;
        for (var step : maps(vector.get("steps"))) {
            var message = map(step.get("message"));
            switch ((String) step.get("on")) {
                case "connect" -> follower.connect();
                case "sync" -> follower.sync(message);
                case "change" -> follower.change(message);
                case "head" -> follower.head(message);
                case "answer" -> follower.answer(message);
                case "silence" -> follower.silence();
                case "again" -> follower.ask();
                case "fail" -> follower.fails = true;
                default -> throw new IllegalArgumentException("unknown step " + step);
            }
            wanted.putAll(map(step.getOrDefault("then", Map.of())));
            wanted.computeIfPresent("holds", (name, list) -> new HashSet<>((Collection<?>) list));
            var found = new HashMap<String, Object>(Map.of("position", follower.position));
            found.put("asks", follower.asks);
            found.put("holds", new HashSet<>(follower.holds.values()));
            found.put("tally", follower.tally);
            if (found.equals(wanted)) { number++; continue; }
            throw new AssertionError(vector.get("name") + ", step " + number + ": " + found + " is not " + wanted);
        }
    }

    public static void main(String[] arguments) throws Exception {
        if (!arguments[0].equals("vectors")) follow(arguments[0]);
        int played = 0;
        for (String file : Arrays.asList(arguments).subList(1, arguments.length))
            for (var vector : maps(new Json(Files.readString(Path.of(file))).value())) { play(vector); played++; }
        System.out.println(played + " vectors");
    }
}

/** A reader of JSON that is known to be right: maps, lists, strings, longs, booleans and null. */
class Json {
    private final String text;
    private int at;

    Json(String text) { this.text = text; }

    Object value() {
        switch (next()) {
            case '{': var map = new LinkedHashMap<String, Object>();
                for (at++; next() != '}'; skip(',')) { var key = (String) value(); skip(':'); map.put(key, value()); }
                at++;
                return map;
            case '[': var list = new ArrayList<Object>();
                for (at++; next() != ']'; skip(',')) list.add(value());
                at++;
                return list;
            case '"': return string();
            default: int from = at;
                while (at < text.length() && ",]} \n\r\t".indexOf(text.charAt(at)) < 0) at++;
                var word = text.substring(from, at);
                return switch (word) {
                    case "null" -> null;
                    case "true", "false" -> word.equals("true");
                    default -> word.matches("-?\\d+") ? (Object) Long.valueOf(word) : (Object) Double.valueOf(word);
                };
        }
    }

    private char next() { while (text.charAt(at) <= ' ') at++; return text.charAt(at); }
    private void skip(char sign) { if (next() == sign) at++; }

    private String string() {
        var found = new StringBuilder();
        for (at++; text.charAt(at) != '"'; at++) {
            char sign = text.charAt(at);
            if (sign != '\\') { found.append(sign); continue; }
            sign = text.charAt(++at);
            if (sign == 'u') { found.append((char) Integer.parseInt(text, at + 1, at + 5, 16)); at += 4; }
            else found.append("bfnrt".indexOf(sign) < 0 ? sign : "\b\f\n\r\t".charAt("bfnrt".indexOf(sign)));
        }
        at++;
        return found.toString();
    }
}
