package worker;

import java.io.FileOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.temporal.ChronoUnit;

/**
 * The file in which a worker notes what it does. A line: microseconds since 1970, what, shard, details. Each line is
 * written at once, so that it outlives the process.
 */
final class Notes {
    private final FileOutputStream file;

    Notes(String path) throws IOException {
        file = new FileOutputStream(path, true);
    }

    synchronized void add(String what, String shard, String... details) {
        long now = ChronoUnit.MICROS.between(Instant.EPOCH, Instant.now());
        String line = now + " " + what + " " + shard + (details.length > 0 ? " " : "") + String.join(" ", details) + "\n";
        try {
            file.write(line.getBytes(StandardCharsets.UTF_8));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
