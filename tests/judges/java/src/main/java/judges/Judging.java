package judges;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.function.Supplier;

/** Cases by name, told one line each, and what the cases check with. */
final class Judging {
    static final Duration DEADLINE = Duration.ofSeconds(60);
    static final String ENDPOINT = System.getenv("JUDGE_ENDPOINT");
    private static final String RUN = Long.toHexString(ProcessHandle.current().pid()) + "-"
            + Long.toHexString(Instant.now().getEpochSecond());
    private static int names;

    interface Case {
        void run() throws Exception;
    }

    private Judging() {}

    static synchronized String newName(String what) {
        return what + "-" + RUN + "-" + names++;
    }

    static void check(boolean condition, String why) {
        if (!condition) {
            throw new AssertionError(why);
        }
    }

    static void equal(Object found, Object expected, String what) {
        check(Objects.equals(found, expected), what + " is " + found + ", not " + expected);
    }

    static void checkNow(Instant time, String what) {
        boolean near = Duration.between(time, Instant.now()).abs().compareTo(Duration.ofMinutes(1)) < 0;
        check(near, what + " is " + time + ", now is " + Instant.now());
    }

    static void waitUntil(Callable<Boolean> condition, String what) throws Exception {
        waitUntil(condition, DEADLINE, () -> what);
    }

    static void waitUntil(Callable<Boolean> condition, Duration deadline, Supplier<String> what) throws Exception {
        for (Instant end = Instant.now().plus(deadline); Instant.now().isBefore(end); Thread.sleep(50)) {
            if (condition.call()) {
                return;
            }
        }
        throw new AssertionError("not within " + deadline.toSeconds() + " s: " + what.get());
    }

    /** Runs what must end with an error of the class whose message holds the text. */
    static void fails(Class<? extends Exception> error, String text, Case action) throws Exception {
        try {
            action.run();
        } catch (Exception e) {
            check(error.isInstance(e), e + " is no " + error.getSimpleName());
            check(e.getMessage().contains(text), "no '" + text + "' in '" + e.getMessage() + "'");
            return;
        }
        throw new AssertionError("no " + error.getSimpleName());
    }

    /** Runs the cases that are named, else all; ends the process. */
    static void run(Map<String, Case> cases, String[] named) {
        boolean failed = false;
        for (String name : named.length > 0 ? List.of(named) : new ArrayList<>(cases.keySet())) {
            try {
                check(cases.containsKey(name), "there is no such case");
                cases.get(name).run();
                System.out.println("case " + name + " ok");
            } catch (Throwable e) {
                failed = true;
                System.out.println(("case " + name + " failed: " + e).replaceAll("\\s+", " "));
                e.printStackTrace();
            }
        }
        System.exit(failed ? 1 : 0);
    }
}
