package judges;

import static judges.Judging.check;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import software.amazon.awssdk.services.kinesis.model.Shard;

/** What the workers of one application saw, in order. Safe from any thread. */
final class Seen {
    private final Map<String, Set<Integer>> numbers = new TreeMap<>();
    private final Map<String, Integer> begun = new TreeMap<>();
    private final Map<String, Integer> ended = new TreeMap<>();
    private final Map<String, List<String>> owners = new HashMap<>();
    private final Set<String> recordsTwiceIn = new TreeSet<>();
    private final Set<String> workers = new HashSet<>();
    private final List<String> wrongs = new ArrayList<>();
    private int clock;
    private int aggregated;

    synchronized void begin(String worker, String shard) {
        begun.putIfAbsent(shard, clock++);
        owners.computeIfAbsent(shard, s -> new ArrayList<>()).add(worker);
    }

    synchronized void record(String worker, String shard, String key, int number, boolean isAggregated) {
        workers.add(worker);
        aggregated += isAggregated ? 1 : 0;
        if (!numbers.computeIfAbsent(key, k -> new HashSet<>()).add(number)) {
            recordsTwiceIn.add(shard);
        }
    }

    synchronized void end(String shard) {
        ended.put(shard, clock++);
    }

    /** Notes what must not be; told by `checkComplete`. */
    synchronized void wrong(String what) {
        wrongs.add(what);
    }

    synchronized boolean hasBegun(String shard) {
        return begun.containsKey(shard);
    }

    synchronized Set<String> workers() {
        return new TreeSet<>(workers);
    }

    synchronized boolean isComplete(Map<String, Integer> expected, List<Shard> shards) {
        boolean all = expected.entrySet().stream()
                .allMatch(e -> numbers.getOrDefault(e.getKey(), Set.of()).size() >= e.getValue());
        return all && shards.stream().filter(Seen::isClosed).allMatch(s -> ended.containsKey(s.shardId()));
    }

    synchronized void checkComplete(Map<String, Integer> expected, List<Shard> shards) {
        check(isComplete(expected, shards), "incomplete: " + this);
        check(wrongs.isEmpty(), wrongs.toString());
        expected.forEach((key, count) -> {
            Set<Integer> found = numbers.get(key);
            boolean dense = found.size() == count && found.stream().allMatch(n -> n >= 0 && n < count);
            check(dense, "the records of " + key + " are " + new TreeSet<>(found) + ", not 0 to " + (count - 1));
        });
        check(aggregated > 0, "no aggregated record was seen");
        for (Shard shard : shards) {
            for (String parent : new String[] {shard.parentShardId(), shard.adjacentParentShardId()}) {
                boolean inOrder = parent == null || ended.get(parent) < begun.get(shard.shardId());
                check(inOrder, shard.shardId() + " began before its parent " + parent + " ended: " + this);
            }
        }
        for (String shard : recordsTwiceIn) {
            check(owners.get(shard).size() > 1, "records twice in " + shard + ", whose lease never moved");
        }
    }

    private static boolean isClosed(Shard shard) {
        return shard.sequenceNumberRange().endingSequenceNumber() != null;
    }

    @Override
    public synchronized String toString() {
        Map<String, Integer> counts = new TreeMap<>();
        numbers.forEach((key, found) -> counts.put(key, found.size()));
        return "records " + counts + ", owners " + new TreeMap<>(owners) + ", begun " + begun + ", ended " + ended
                + ", records twice in " + recordsTwiceIn + ", aggregated " + aggregated;
    }
}
