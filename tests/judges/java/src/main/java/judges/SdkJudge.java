package judges;

import static judges.Judging.check;
import static judges.Judging.checkNow;
import static judges.Judging.equal;
import static judges.Judging.fails;
import static judges.Judging.newName;
import static judges.Judging.waitUntil;
import static judges.Streams.ASYNC;
import static judges.Streams.KINESIS;
import static judges.Streams.digit;
import static judges.Streams.digits;
import static judges.Streams.fromHorizon;
import static judges.Streams.newConsumer;
import static judges.Streams.put;
import static judges.Streams.read;
import static judges.Streams.shardId;
import static judges.Streams.summary;
import static judges.Streams.texts;
import static judges.Streams.waitActive;
import static judges.Streams.withStream;

import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import software.amazon.awssdk.core.SdkBytes;
import software.amazon.awssdk.core.waiters.WaiterOverrideConfiguration;
import software.amazon.awssdk.retries.api.BackoffStrategy;
import software.amazon.awssdk.services.kinesis.model.*;
import software.amazon.awssdk.services.kinesis.model.Record;

/**
 * The AWS SDK for Java v2 judges a Kinesis server: the default clients, CBOR; HTTP/1.1 for the synchronous and Netty, with
 * HTTP/2 for SubscribeToShard, for the asynchronous one. See ../../../../../README.md.
 */
public final class SdkJudge {
    private static final BigInteger TWO = BigInteger.TWO;
    private static final StartingPosition LATEST = position(ShardIteratorType.LATEST, null);
    private static final StartingPosition TRIM_HORIZON = position(ShardIteratorType.TRIM_HORIZON, null);

    private SdkJudge() {}

    public static void main(String[] arguments) {
        System.setProperty("org.slf4j.simpleLogger.defaultLogLevel", "warn");
        Map<String, Judging.Case> cases = new LinkedHashMap<>();
        cases.put("life_cycle", SdkJudge::lifeCycle);
        cases.put("round_trip", SdkJudge::roundTrip);
        cases.put("async_round_trip", SdkJudge::asyncRoundTrip);
        cases.put("put_records_500", SdkJudge::putRecords500);
        cases.put("iterators", SdkJudge::iterators);
        cases.put("typed_errors", SdkJudge::typedErrors);
        cases.put("tags", SdkJudge::tags);
        cases.put("retention", SdkJudge::retention);
        cases.put("resharding", SdkJudge::resharding);
        cases.put("update_shard_count", SdkJudge::updateShardCount);
        cases.put("list_shards", SdkJudge::listShards);
        cases.put("consumers", SdkJudge::consumers);
        cases.put("subscribe_trim_horizon", SdkJudge::subscribeTrimHorizon);
        cases.put("subscribe_latest", SdkJudge::subscribeLatest);
        cases.put("subscribe_at_sequence_number", SdkJudge::subscribeAtSequenceNumber);
        cases.put("subscribe_child_shards", SdkJudge::subscribeChildShards);
        cases.put("subscribe_errors", SdkJudge::subscribeErrors);
        cases.put("encryption", SdkJudge::encryption);
        cases.put("stream_mode", SdkJudge::streamMode);
        cases.put("timestamps", SdkJudge::timestamps);
        cases.put("monitoring", SdkJudge::monitoring);
        Judging.run(cases, arguments);
    }

    private static StartingPosition position(ShardIteratorType type, String sequenceNumber) {
        return StartingPosition.builder().type(type).sequenceNumber(sequenceNumber).build();
    }

    private static void lifeCycle() throws Exception {
        List<String> names = List.of(newName("java-life"), newName("java-life"));
        WaiterOverrideConfiguration soon = WaiterOverrideConfiguration.builder()
                .maxAttempts(60)
                .backoffStrategyV2(BackoffStrategy.fixedDelay(Duration.ofSeconds(1)))
                .build();
        try (var waiter = KINESIS.waiter()) {
            for (String name : names) {
                KINESIS.createStream(r -> r.streamName(name).shardCount(2));
                waiter.waitUntilStreamExists(DescribeStreamRequest.builder().streamName(name).build(), soon);
            }
            StreamDescription described = KINESIS.describeStream(r -> r.streamName(names.get(0))).streamDescription();
            equal(described.streamStatus(), StreamStatus.ACTIVE, "the status");
            String top = TWO.pow(128).subtract(BigInteger.ONE).toString();
            equal(described.shards().get(1).hashKeyRange().endingHashKey(), top, "the last hash key");
            fails(ResourceInUseException.class, names.get(0), () -> KINESIS.createStream(
                    r -> r.streamName(names.get(0)).shardCount(1)));
            List<String> listed = KINESIS.listStreamsPaginator(r -> r.limit(1)).streamNames().stream()
                    .filter(names::contains)
                    .toList();
            equal(listed, names, "the listed streams");
            for (String name : names) {
                KINESIS.deleteStream(r -> r.streamName(name));
                waiter.waitUntilStreamNotExists(DescribeStreamRequest.builder().streamName(name).build(), soon);
            }
        }
    }

    private static void roundTrip() throws Exception {
        withStream(1, name -> {
            String key = "clé-ключ-鍵-🔑";
            byte[] everyByte = new byte[256];
            for (int i = 0; i < 256; i++) {
                everyByte[i] = (byte) i;
            }
            byte[] largest = new byte[(1 << 20) - key.getBytes(StandardCharsets.UTF_8).length];
            new Random(1).nextBytes(largest);
            List<SdkBytes> sent = new ArrayList<>();
            for (byte[] data : List.of(everyByte, new byte[0], largest)) {
                sent.add(SdkBytes.fromByteArray(data));
                KINESIS.putRecord(r -> r.streamName(name).partitionKey(key).data(SdkBytes.fromByteArray(data)));
            }
            var found = read(fromHorizon(name, 0), 3);
            for (int i = 0; i < 3; i++) {
                check(found.records().get(i).data().equals(sent.get(i)), "record " + i + " came back differently");
                equal(found.records().get(i).partitionKey(), key, "the key");
            }
            equal(found.last().millisBehindLatest(), 0L, "MillisBehindLatest at the tip");
        });
    }

    private static void asyncRoundTrip() throws Exception {
        withStream(1, name -> {
            List<java.util.concurrent.CompletableFuture<PutRecordResponse>> puts = new ArrayList<>();
            for (int i = 0; i < 50; i++) {
                SdkBytes data = SdkBytes.fromUtf8String("x".repeat(10_000) + i);
                puts.add(ASYNC.putRecord(r -> r.streamName(name).partitionKey("k").data(data)));
            }
            for (var put : puts) {
                equal(put.join().shardId(), shardId(0), "the shard");
            }
            GetRecordsResponse answer = ASYNC.getRecords(r -> r.shardIterator(fromHorizon(name, 0))).join();
            equal(answer.records().size(), 50, "the number of records");
        });
    }

    private static void putRecords500() throws Exception {
        withStream(2, name -> {
            List<PutRecordsRequestEntry> entries = new ArrayList<>();
            for (int i = 0; i < 500; i++) {
                SdkBytes data = SdkBytes.fromUtf8String(Integer.toString(i));
                entries.add(PutRecordsRequestEntry.builder().partitionKey("key-" + i % 50).data(data).build());
            }
            PutRecordsResponse answer = KINESIS.putRecords(r -> r.streamName(name).records(entries));
            equal(answer.failedRecordCount(), 0, "FailedRecordCount");
            List<List<String>> expected = List.of(new ArrayList<>(), new ArrayList<>());
            for (int i = 0; i < 500; i++) {
                byte[] key = entries.get(i).partitionKey().getBytes(StandardCharsets.UTF_8);
                int shard = MessageDigest.getInstance("MD5").digest(key)[0] < 0 ? 1 : 0;
                equal(answer.records().get(i).shardId(), shardId(shard), "the shard of record " + i);
                expected.get(shard).add(Integer.toString(i));
            }
            for (int shard = 0; shard < 2; shard++) {
                List<String> all = expected.get(shard);
                equal(texts(read(fromHorizon(name, shard), all.size()).records()), all, "the records of " + shard);
            }
        });
    }

    private static void iterators() throws Exception {
        withStream(1, name -> {
            GetShardIteratorRequest base = GetShardIteratorRequest.builder()
                    .streamName(name)
                    .shardId(shardId(0))
                    .shardIteratorType(ShardIteratorType.LATEST)
                    .build();
            String latest = KINESIS.getShardIterator(base).shardIterator();
            List<String> all = List.of("0", "1", "2", "3", "4");
            List<String> numbers = put(name, all.toArray(String[]::new));
            equal(texts(read(latest, 5).records()), all, "LATEST");
            var records = read(fromHorizon(name, 0), 5).records();
            equal(texts(records), all, "TRIM_HORIZON");
            for (ShardIteratorType type : List.of(
                    ShardIteratorType.AT_SEQUENCE_NUMBER, ShardIteratorType.AFTER_SEQUENCE_NUMBER)) {
                int first = type == ShardIteratorType.AT_SEQUENCE_NUMBER ? 2 : 3;
                String at = KINESIS.getShardIterator(base.copy(
                                r -> r.shardIteratorType(type).startingSequenceNumber(numbers.get(2))))
                        .shardIterator();
                equal(texts(read(at, 5 - first).records()), all.subList(first, 5), type.toString());
            }
            Instant third = records.get(2).approximateArrivalTimestamp();
            String at = KINESIS.getShardIterator(
                            base.copy(r -> r.shardIteratorType(ShardIteratorType.AT_TIMESTAMP).timestamp(third)))
                    .shardIterator();
            List<String> since = texts(records.stream()
                    .filter(r -> !r.approximateArrivalTimestamp().isBefore(third))
                    .toList());
            equal(texts(read(at, since.size()).records()), since, "AT_TIMESTAMP");
        });
    }

    private static void typedErrors() throws Exception {
        String missing = newName("missing");
        fails(ResourceNotFoundException.class, "Stream " + missing + " under account ", () -> summary(missing));
        fails(InvalidArgumentException.class, "Invalid ShardIterator", () -> KINESIS.getRecords(
                r -> r.shardIterator("AAAA")));
        fails(ValidationException.class, "1 validation error detected", () -> summary("no spaces here"));
        withStream(1, name -> fails(ResourceNotFoundException.class, shardId(7), () -> fromHorizon(name, 7)));
    }

    private static void tags() throws Exception {
        withStream(1, name -> {
            KINESIS.addTagsToStream(r -> r.streamName(name).tags(Map.of("team", "données", "stage", "test")));
            KINESIS.removeTagsFromStream(r -> r.streamName(name).tagKeys("stage"));
            Tag team = Tag.builder().key("team").value("données").build();
            equal(KINESIS.listTagsForStream(r -> r.streamName(name)).tags(), List.of(team), "the tags");
            String arn = summary(name).streamARN();
            KINESIS.tagResource(r -> r.resourceARN(arn).tags(Map.of("by", "arn")));
            equal(KINESIS.listTagsForResource(r -> r.resourceARN(arn)).tags().size(), 2, "the number of tags");
        });
    }

    private static void retention() throws Exception {
        withStream(1, name -> {
            KINESIS.increaseStreamRetentionPeriod(r -> r.streamName(name).retentionPeriodHours(48));
            equal(waitActive(name).retentionPeriodHours(), 48, "the increased retention");
            KINESIS.decreaseStreamRetentionPeriod(r -> r.streamName(name).retentionPeriodHours(24));
            equal(waitActive(name).retentionPeriodHours(), 24, "the decreased retention");
        });
    }

    private static void split(String name, int shard, int exponent) {
        KINESIS.splitShard(r -> r.streamName(name)
                .shardToSplit(shardId(shard))
                .newStartingHashKey(TWO.pow(exponent).toString()));
    }

    private static void resharding() throws Exception {
        withStream(2, name -> {
            SdkBytes data = SdkBytes.fromUtf8String("before");
            KINESIS.putRecord(r -> r.streamName(name).partitionKey("k").explicitHashKey("0").data(data));
            split(name, 0, 126);
            waitActive(name);
            KINESIS.mergeShards(r -> r.streamName(name).shardToMerge(shardId(3)).adjacentShardToMerge(shardId(1)));
            equal(waitActive(name).openShardCount(), 2, "the number of open shards");
            StringBuilder lineage = new StringBuilder();
            List<Shard> shards = KINESIS.listShards(r -> r.streamName(name)).shards();
            for (Shard s : shards) {
                String parents = digit(s.parentShardId()) + digit(s.adjacentParentShardId());
                lineage.append(digit(s.shardId())).append(':').append(parents).append(' ');
            }
            equal(lineage.toString(), "0: 1: 2:0 3:0 4:31 ", "the shards and their parents");
            List<Shard> closed = shards.stream()
                    .filter(s -> s.sequenceNumberRange().endingSequenceNumber() != null)
                    .toList();
            equal(digits(closed), "013", "the closed shards");

            var found = read(fromHorizon(name, 0), 1);
            equal(texts(found.records()), List.of("before"), "the parent's records");
            GetRecordsResponse last = found.last();
            while (last.nextShardIterator() != null) {
                String at = last.nextShardIterator();
                last = KINESIS.getRecords(r -> r.shardIterator(at));
            }
            equal(last.childShards().stream().map(c -> digit(c.shardId())).sorted().toList(), List.of("2", "3"), "children");
            fails(InvalidArgumentException.class, "StartingHashKey", () -> split(name, 2, 127));
        });
    }

    private static void updateShardCount() throws Exception {
        withStream(2, name -> {
            UpdateShardCountResponse answer = KINESIS.updateShardCount(
                    r -> r.streamName(name).targetShardCount(4).scalingType(ScalingType.UNIFORM_SCALING));
            equal(answer.currentShardCount() + " to " + answer.targetShardCount(), "2 to 4", "the counts");
            equal(waitActive(name).openShardCount(), 4, "the number of open shards");
        });
    }

    private static void listShards() throws Exception {
        withStream(3, name -> {
            ListShardsResponse first = KINESIS.listShards(r -> r.streamName(name).maxResults(2));
            ListShardsResponse rest = KINESIS.listShards(r -> r.nextToken(first.nextToken()));
            equal(digits(first.shards()) + " " + digits(rest.shards()), "01 2", "the pages");
            split(name, 1, 127);
            Instant created = waitActive(name).streamCreationTimestamp();
            Map<ShardFilter.Builder, String> expected = Map.of(
                    ShardFilter.builder().type(ShardFilterType.AT_LATEST), "0234",
                    ShardFilter.builder().type(ShardFilterType.AT_TRIM_HORIZON), "012",
                    ShardFilter.builder().type(ShardFilterType.AFTER_SHARD_ID).shardId(shardId(2)), "34",
                    ShardFilter.builder().type(ShardFilterType.FROM_TIMESTAMP).timestamp(created), "01234");
            for (var one : expected.entrySet()) {
                ShardFilter filter = one.getKey().build();
                var found = KINESIS.listShards(r -> r.streamName(name).shardFilter(filter)).shards();
                equal(digits(found), one.getValue(), filter.toString());
            }
        });
    }

    private static void consumers() throws Exception {
        withStream(1, name -> {
            String arn = summary(name).streamARN();
            List<String> names = List.of(newConsumer(name).consumerName(), newConsumer(name).consumerName());
            fails(ResourceInUseException.class, names.get(0), () -> KINESIS.registerStreamConsumer(
                    r -> r.streamARN(arn).consumerName(names.get(0))));
            List<String> listed = KINESIS.listStreamConsumersPaginator(r -> r.streamARN(arn).maxResults(1)).stream()
                    .flatMap(page -> page.consumers().stream())
                    .map(Consumer::consumerName)
                    .sorted()
                    .toList();
            equal(listed, names.stream().sorted().toList(), "the listed consumers");
            KINESIS.deregisterStreamConsumer(r -> r.streamARN(arn).consumerName(names.get(0)));
            waitUntil(
                    () -> KINESIS.listStreamConsumers(r -> r.streamARN(arn)).consumers().size() == 1,
                    "the consumer is gone");
        });
    }

    private static void subscribeTrimHorizon() throws Exception {
        withStream(1, name -> {
            put(name, "before 1", "before 2");
            try (var subscription = Subscription.begin(newConsumer(name).consumerARN(), 0, TRIM_HORIZON)) {
                equal(texts(subscription.take(2).records()), List.of("before 1", "before 2"), "the records before");
                List<String> numbers = put(name, "after 1", "after 2");
                var after = subscription.take(2).records();
                equal(texts(after), List.of("after 1", "after 2"), "the records after");
                equal(after.stream().map(Record::sequenceNumber).toList(), numbers, "the sequence numbers");
                checkNow(after.get(0).approximateArrivalTimestamp(), "the arrival");
                SubscribeToShardEvent idle = subscription.next().orElseThrow();
                while (!idle.records().isEmpty()) {
                    idle = subscription.next().orElseThrow();
                }
                equal(idle.millisBehindLatest(), 0L, "MillisBehindLatest of an event without records");
            }
        });
    }

    private static void subscribeLatest() throws Exception {
        withStream(1, name -> {
            put(name, "before");
            try (var subscription = Subscription.begin(newConsumer(name).consumerARN(), 0, LATEST)) {
                put(name, "after 1", "after 2");
                equal(texts(subscription.take(2).records()), List.of("after 1", "after 2"), "the records");
            }
        });
    }

    private static void subscribeAtSequenceNumber() throws Exception {
        withStream(1, name -> {
            List<String> numbers = put(name, "0", "1", "2");
            StartingPosition at = position(ShardIteratorType.AT_SEQUENCE_NUMBER, numbers.get(1));
            String goingOn;
            try (var subscription = Subscription.begin(newConsumer(name).consumerARN(), 0, at)) {
                var taken = subscription.take(2);
                equal(texts(taken.records()), List.of("1", "2"), "the records");
                goingOn = taken.last().continuationSequenceNumber();
            }
            put(name, "3");
            StartingPosition after = position(ShardIteratorType.AFTER_SEQUENCE_NUMBER, goingOn);
            try (var subscription = Subscription.begin(newConsumer(name).consumerARN(), 0, after)) {
                equal(texts(subscription.take(1).records()), List.of("3"), "the records after ContinuationSequenceNumber");
            }
        });
    }

    private static void subscribeChildShards() throws Exception {
        withStream(1, name -> {
            try (var subscription = Subscription.begin(newConsumer(name).consumerARN(), 0, LATEST)) {
                put(name, "last");
                split(name, 0, 127);
                List<String> seen = new ArrayList<>();
                List<String> children = new ArrayList<>();
                for (var event = subscription.next(); event.isPresent(); event = subscription.next()) {
                    seen.addAll(texts(event.get().records()));
                    event.get().childShards().forEach(c -> children.add(digit(c.shardId())));
                }
                equal(seen, List.of("last"), "the records");
                equal(children.stream().sorted().toList(), List.of("1", "2"), "the children");
            }
        });
    }

    private static void subscribeErrors() throws Exception {
        withStream(1, name -> {
            String nobody = summary(name).streamARN() + "/consumer/nobody:1700000000";
            fails(ResourceNotFoundException.class, "", () -> Subscription.begin(nobody, 0, LATEST));
            String arn = newConsumer(name).consumerARN();
            try (var subscription = Subscription.begin(arn, 0, LATEST)) {
                fails(ResourceInUseException.class, "", () -> Subscription.begin(arn, 0, LATEST));
            }
        });
    }

    private static void encryption() throws Exception {
        withStream(1, name -> {
            String key = "alias/aws/kinesis";
            KINESIS.startStreamEncryption(r -> r.streamName(name).encryptionType(EncryptionType.KMS).keyId(key));
            equal(waitActive(name).encryptionType(), EncryptionType.KMS, "the encryption");
            put(name, "secret");
            var record = read(fromHorizon(name, 0), 1).records().get(0);
            equal(record.encryptionType(), EncryptionType.KMS, "the record's encryption");
            KINESIS.stopStreamEncryption(r -> r.streamName(name).encryptionType(EncryptionType.KMS).keyId(key));
            equal(waitActive(name).encryptionType(), EncryptionType.NONE, "the encryption after its end");
        });
    }

    private static void streamMode() throws Exception {
        withStream(1, name -> {
            String arn = summary(name).streamARN();
            KINESIS.updateStreamMode(
                    r -> r.streamARN(arn).streamModeDetails(m -> m.streamMode(StreamMode.ON_DEMAND)));
            equal(waitActive(name).streamModeDetails().streamMode(), StreamMode.ON_DEMAND, "the mode");
        });
    }

    private static void timestamps() throws Exception {
        withStream(1, name -> {
            checkNow(summary(name).streamCreationTimestamp(), "the stream's creation");
            checkNow(newConsumer(name).consumerCreationTimestamp(), "the consumer's creation");
            put(name, "1");
            GetShardIteratorRequest base = GetShardIteratorRequest.builder()
                    .streamName(name)
                    .shardId(shardId(0))
                    .shardIteratorType(ShardIteratorType.AT_TIMESTAMP)
                    .timestamp(Instant.now().minusSeconds(3600))
                    .build();
            var records = read(KINESIS.getShardIterator(base).shardIterator(), 1).records();
            checkNow(records.get(0).approximateArrivalTimestamp(), "the arrival");
            fails(InvalidArgumentException.class, "timestampInMillis", () -> KINESIS.getShardIterator(
                    base.copy(r -> r.timestamp(Instant.now().plusSeconds(3600)))));
        });
    }

    private static void monitoring() throws Exception {
        withStream(2, name -> {
            DescribeLimitsResponse limits = KINESIS.describeLimits();
            check(limits.shardLimit() > 0 && limits.openShardCount() >= 2, "the limits are " + limits);
            var answer = KINESIS.enableEnhancedMonitoring(
                    r -> r.streamName(name).shardLevelMetrics(MetricsName.INCOMING_BYTES));
            equal(answer.desiredShardLevelMetrics(), List.of(MetricsName.INCOMING_BYTES), "the metrics");
            KINESIS.disableEnhancedMonitoring(r -> r.streamName(name).shardLevelMetrics(MetricsName.ALL));
        });
    }
}
