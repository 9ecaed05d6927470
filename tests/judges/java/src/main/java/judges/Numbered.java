package judges;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import software.amazon.awssdk.core.SdkBytes;
import software.amazon.awssdk.services.kinesis.KinesisClient;
import software.amazon.awssdk.services.kinesis.model.PutRecordsRequestEntry;
import software.amazon.awssdk.services.kinesis.model.PutRecordsResponse;

/**
 * A thread that puts user records "KEY:NUMBER" into a stream until it is stopped; a key's numbers count up from 0. Every
 * third round the records are aggregated as the Kinesis Producer Library does it, five user records in one.
 */
final class Numbered extends Thread {
    private static final int KEYS = 16;
    private static final int AGGREGATED = 5;
    private final KinesisClient kinesis;
    private final String stream;
    private final CountDownLatch stopping = new CountDownLatch(1);
    private final Map<String, Integer> counts = new TreeMap<>();
    private Throwable failure;
    private volatile int rounds;

    Numbered(KinesisClient kinesis, String stream) {
        this.kinesis = kinesis;
        this.stream = stream;
    }

    /** Stops after the round in progress and returns how many user records each key has. */
    Map<String, Integer> finish() throws Exception {
        stopping.countDown();
        join();
        if (failure != null) {
            throw new AssertionError("the producer failed", failure);
        }
        return counts;
    }

    int rounds() {
        return rounds;
    }

    @Override
    public void run() {
        try {
            do {
                putRound(rounds % 3 == 2);
                rounds++;
            } while (!stopping.await(100, TimeUnit.MILLISECONDS));
        } catch (Throwable e) {
            failure = e;
        }
    }

    private void putRound(boolean aggregated) throws Exception {
        List<PutRecordsRequestEntry> entries = new ArrayList<>();
        for (int i = 0; i < KEYS; i++) {
            String key = "key-" + i;
            byte[] data = aggregated ? aggregate(key, next(key, AGGREGATED)) : next(key, 1).get(0);
            SdkBytes bytes = SdkBytes.fromByteArray(data);
            entries.add(PutRecordsRequestEntry.builder().partitionKey(key).data(bytes).build());
        }
        PutRecordsResponse answer = kinesis.putRecords(r -> r.streamName(stream).records(entries));
        Judging.equal(answer.failedRecordCount(), 0, "FailedRecordCount");
    }

    private List<byte[]> next(String key, int count) {
        List<byte[]> records = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            int number = counts.merge(key, 1, Integer::sum) - 1;
            records.add((key + ":" + number).getBytes(StandardCharsets.UTF_8));
        }
        return records;
    }

    /**
     * The format of the Kinesis Producer Library (aggregation-format.md of amazon-kinesis-producer): a magic number, a
     * protobuf {1: partition keys, 2: explicit hash keys, 3: records {1: index of the key, 3: data}}, its MD5.
     */
    private static byte[] aggregate(String key, List<byte[]> records) throws Exception {
        ByteArrayOutputStream protobuf = new ByteArrayOutputStream();
        writeBytes(protobuf, 1, key.getBytes(StandardCharsets.UTF_8));
        for (byte[] data : records) {
            ByteArrayOutputStream record = new ByteArrayOutputStream();
            record.write(1 << 3);
            record.write(0);
            writeBytes(record, 3, data);
            writeBytes(protobuf, 3, record.toByteArray());
        }
        ByteArrayOutputStream aggregate = new ByteArrayOutputStream();
        aggregate.write(new byte[] {(byte) 0xF3, (byte) 0x89, (byte) 0x9A, (byte) 0xC2});
        aggregate.write(protobuf.toByteArray());
        aggregate.write(MessageDigest.getInstance("MD5").digest(protobuf.toByteArray()));
        return aggregate.toByteArray();
    }

    /** A length-delimited field; all lengths here are below 128, one byte of a varint. */
    private static void writeBytes(ByteArrayOutputStream out, int field, byte[] value) throws Exception {
        out.write(field << 3 | 2);
        out.write(value.length);
        out.write(value);
    }
}
