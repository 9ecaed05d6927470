package judges;

import static judges.Judging.ENDPOINT;
import static judges.Judging.check;
import static judges.Judging.newName;
import static judges.Judging.waitUntil;

import java.net.URI;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import software.amazon.awssdk.services.cloudwatch.CloudWatchAsyncClient;
import software.amazon.awssdk.services.dynamodb.DynamoDbAsyncClient;
import software.amazon.awssdk.services.kinesis.KinesisAsyncClient;
import software.amazon.awssdk.services.kinesis.KinesisClient;
import software.amazon.awssdk.services.kinesis.model.Shard;
import software.amazon.awssdk.services.kinesis.model.StreamStatus;
import software.amazon.kinesis.common.ConfigsBuilder;
import software.amazon.kinesis.common.InitialPositionInStream;
import software.amazon.kinesis.common.InitialPositionInStreamExtended;
import software.amazon.kinesis.common.KinesisClientUtil;
import software.amazon.kinesis.coordinator.Scheduler;
import software.amazon.kinesis.metrics.NullMetricsFactory;
import software.amazon.kinesis.processor.SingleStreamTracker;
import software.amazon.kinesis.retrieval.RetrievalSpecificConfig;
import software.amazon.kinesis.retrieval.fanout.FanOutConfig;
import software.amazon.kinesis.retrieval.polling.PollingConfig;

/**
 * Amazon's Kinesis Client Library judges a Kinesis server: two workers compete for the shards of a stream that is split
 * and merged while records, some of them aggregated, are put into it. The server's DynamoDB keeps the lease
 * tables. See ../../../../../README.md.
 */
public final class KclJudge {
    private static final int SHARDS = 4;
    private static final Duration DEADLINE = Duration.ofSeconds(120);
    private final KinesisClient kinesis = KinesisClient.builder().endpointOverride(URI.create(ENDPOINT)).build();
    private final KinesisAsyncClient reading = KinesisClientUtil.createKinesisAsyncClient(
            KinesisAsyncClient.builder().endpointOverride(URI.create(ENDPOINT)));
    private final DynamoDbAsyncClient leases =
            DynamoDbAsyncClient.builder().endpointOverride(URI.create(ENDPOINT)).build();
    private final CloudWatchAsyncClient metrics =
            CloudWatchAsyncClient.builder().endpointOverride(URI.create(ENDPOINT)).build();

    public static void main(String[] arguments) {
        System.setProperty("org.slf4j.simpleLogger.defaultLogLevel", "warn");
        KclJudge judge = new KclJudge();
        Map<String, Judging.Case> cases = new LinkedHashMap<>();
        cases.put("kcl_polling", () -> {
            String stream = newName("kcl-polling");
            judge.processToTheEnd(stream, () -> new PollingConfig(stream, judge.reading).idleTimeBetweenReadsInMillis(200));
        });
        cases.put("kcl_fan_out", () -> {
            String stream = newName("kcl-fan-out");
            judge.processToTheEnd(
                    stream, () -> new FanOutConfig(judge.reading).streamName(stream).applicationName(stream));
        });
        Judging.run(cases, arguments);
    }

    private void processToTheEnd(String stream, Supplier<RetrievalSpecificConfig> retrieval) throws Exception {
        kinesis.createStream(r -> r.streamName(stream).shardCount(SHARDS));
        waitActive(stream);
        Seen seen = new Seen();
        Numbered producer = new Numbered(kinesis, stream);
        List<Scheduler> workers = List.of(
                worker(stream, "worker-1", seen, retrieval.get()), worker(stream, "worker-2", seen, retrieval.get()));
        producer.start();
        List<Thread> threads = workers.stream().map(Thread::new).toList();
        try {
            // The library's workers must not be the first of a new application at once: the second then never recovers
            // (3.5.1: "Failed to create migration state", then "AssignmentMode is not initialized").
            threads.get(0).start();
            waitUntil(() -> !seen.workers().isEmpty(), DEADLINE, () -> "the first worker reads: " + seen);
            threads.get(1).start();
            waitUntil(() -> seen.workers().size() == 2, DEADLINE, () -> "the second worker gets leases: " + seen);
            split(stream, "shardId-000000000000");
            merge(stream, "shardId-000000000002", "shardId-000000000003");
            int rounds = producer.rounds();
            waitUntil(() -> producer.rounds() >= rounds + 10, "ten rounds of records after the resharding");
            Map<String, Integer> expected = producer.finish();
            List<Shard> shards = kinesis.listShards(r -> r.streamName(stream)).shards();
            waitUntil(() -> seen.isComplete(expected, shards), DEADLINE, () -> "all is processed: " + expected + "; " + seen);
            seen.checkComplete(expected, shards);
            check(seen.workers().equals(Set.of("worker-1", "worker-2")), "idle worker: " + seen);
        } finally {
            System.err.println(stream + ": " + seen);
            producer.finish();
            for (Scheduler worker : workers) {
                worker.startGracefulShutdown().get(DEADLINE.toSeconds(), TimeUnit.SECONDS);
            }
            for (Thread thread : threads) {
                thread.join();
            }
        }
        kinesis.deleteStream(r -> r.streamName(stream).enforceConsumerDeletion(true));
    }

    /** A worker with the library's defaults, but for times: those are made for hours of work, not for a test. */
    private Scheduler worker(String stream, String name, Seen seen, RetrievalSpecificConfig retrieval) {
        var fromItsBegin = InitialPositionInStreamExtended.newInitialPosition(InitialPositionInStream.TRIM_HORIZON);
        ConfigsBuilder configs = new ConfigsBuilder(
                new SingleStreamTracker(stream, fromItsBegin),
                stream,
                reading,
                leases,
                metrics,
                name,
                () -> new NumberedProcessor(name, seen));
        var leaseManagement = configs.leaseManagementConfig()
                .failoverTimeMillis(3000)
                .leaseAssignmentIntervalMillis(1000L)
                .shardSyncIntervalMillis(1000)
                .listShardsCacheAllowedAgeInSeconds(1)
                .leasesRecoveryAuditorExecutionFrequencyMillis(2000);
        leaseManagement.workerUtilizationAwareAssignmentConfig().workerMetricsReporterFreqInMillis(1000);
        return new Scheduler(
                configs.checkpointConfig(),
                configs.coordinatorConfig()
                        .parentShardPollIntervalMillis(200)
                        .shardConsumerDispatchPollIntervalMillis(200),
                leaseManagement,
                configs.lifecycleConfig(),
                configs.metricsConfig().metricsFactory(new NullMetricsFactory()),
                configs.processorConfig(),
                configs.retrievalConfig().retrievalSpecificConfig(retrieval));
    }

    private void split(String stream, String shardId) throws Exception {
        Shard shard = kinesis.listShards(r -> r.streamName(stream)).shards().stream()
                .filter(s -> s.shardId().equals(shardId))
                .findFirst()
                .orElseThrow();
        var range = shard.hashKeyRange();
        var start = new java.math.BigInteger(range.startingHashKey());
        var middle = start.add(new java.math.BigInteger(range.endingHashKey())).shiftRight(1).toString();
        kinesis.splitShard(r -> r.streamName(stream).shardToSplit(shardId).newStartingHashKey(middle));
        waitActive(stream);
    }

    private void merge(String stream, String shardId, String adjacentId) throws Exception {
        kinesis.mergeShards(r -> r.streamName(stream).shardToMerge(shardId).adjacentShardToMerge(adjacentId));
        waitActive(stream);
    }

    private void waitActive(String stream) throws Exception {
        waitUntil(
                () -> kinesis.describeStreamSummary(r -> r.streamName(stream))
                                .streamDescriptionSummary()
                                .streamStatus()
                        == StreamStatus.ACTIVE,
                stream + " is ACTIVE");
    }
}
