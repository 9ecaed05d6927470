package judges;

import static judges.Judging.ENDPOINT;
import static judges.Judging.equal;
import static judges.Judging.newName;
import static judges.Judging.waitUntil;

import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import software.amazon.awssdk.core.SdkBytes;
import software.amazon.awssdk.services.kinesis.KinesisAsyncClient;
import software.amazon.awssdk.services.kinesis.KinesisClient;
import software.amazon.awssdk.services.kinesis.model.Consumer;
import software.amazon.awssdk.services.kinesis.model.ConsumerStatus;
import software.amazon.awssdk.services.kinesis.model.GetRecordsResponse;
import software.amazon.awssdk.services.kinesis.model.Record;
import software.amazon.awssdk.services.kinesis.model.Shard;
import software.amazon.awssdk.services.kinesis.model.ShardIteratorType;
import software.amazon.awssdk.services.kinesis.model.StreamDescriptionSummary;
import software.amazon.awssdk.services.kinesis.model.StreamStatus;

/** The default clients, and what every case does with streams. */
final class Streams {
    static final KinesisClient KINESIS =
            KinesisClient.builder().endpointOverride(URI.create(ENDPOINT)).build();
    static final KinesisAsyncClient ASYNC =
            KinesisAsyncClient.builder().endpointOverride(URI.create(ENDPOINT)).build();

    interface Action {
        void run(String name) throws Exception;
    }

    record Read(List<Record> records, GetRecordsResponse last) {}

    private Streams() {}

    static void withStream(int shards, Action action) throws Exception {
        String name = newName("java");
        KINESIS.createStream(r -> r.streamName(name).shardCount(shards));
        try {
            waitActive(name);
            action.run(name);
        } finally {
            KINESIS.deleteStream(r -> r.streamName(name).enforceConsumerDeletion(true));
        }
    }

    static StreamDescriptionSummary summary(String name) {
        return KINESIS.describeStreamSummary(r -> r.streamName(name)).streamDescriptionSummary();
    }

    /** Waits until the stream is ACTIVE. */
    static StreamDescriptionSummary waitActive(String name) throws Exception {
        waitUntil(() -> summary(name).streamStatus() == StreamStatus.ACTIVE, name + " is ACTIVE");
        return summary(name);
    }

    static String shardId(int number) {
        return String.format("shardId-%012d", number);
    }

    /** The last digit of a shard's id; "" for none. */
    static String digit(String shardId) {
        return shardId == null ? "" : shardId.substring(shardId.length() - 1);
    }

    static String digits(List<Shard> shards) {
        return String.join("", shards.stream().map(s -> digit(s.shardId())).toList());
    }

    /** Puts each of the texts and returns the sequence numbers. */
    static List<String> put(String name, String... texts) {
        List<String> numbers = new ArrayList<>();
        for (String text : texts) {
            numbers.add(KINESIS.putRecord(r -> r.streamName(name).partitionKey("key").data(SdkBytes.fromUtf8String(text)))
                    .sequenceNumber());
        }
        return numbers;
    }

    static String fromHorizon(String name, int shard) {
        return KINESIS.getShardIterator(r -> r.streamName(name)
                        .shardId(shardId(shard))
                        .shardIteratorType(ShardIteratorType.TRIM_HORIZON))
                .shardIterator();
    }

    /** `count` records from an iterator on, and the answer that held the last. */
    static Read read(String iterator, int count) throws Exception {
        List<Record> records = new ArrayList<>();
        List<GetRecordsResponse> answers = new ArrayList<>();
        waitUntil(
                () -> {
                    String at = answers.isEmpty() ? iterator : answers.get(answers.size() - 1).nextShardIterator();
                    GetRecordsResponse answer = KINESIS.getRecords(r -> r.shardIterator(at));
                    answers.add(answer);
                    records.addAll(answer.records());
                    return records.size() >= count || answer.nextShardIterator() == null;
                },
                count + " records");
        equal(records.size(), count, "the number of records");
        return new Read(records, answers.get(answers.size() - 1));
    }

    static List<String> texts(List<Record> records) {
        return records.stream().map(r -> r.data().asUtf8String()).toList();
    }

    /** A new consumer of a stream, ACTIVE; deleted with the stream. */
    static Consumer newConsumer(String name) throws Exception {
        String arn = summary(name).streamARN();
        Consumer made = KINESIS.registerStreamConsumer(r -> r.streamARN(arn).consumerName(newName("consumer"))).consumer();
        waitUntil(
                () -> KINESIS.describeStreamConsumer(r -> r.consumerARN(made.consumerARN()))
                                .consumerDescription()
                                .consumerStatus()
                        == ConsumerStatus.ACTIVE,
                "the consumer is ACTIVE");
        return made;
    }
}
