package worker;

import java.net.URI;
import software.amazon.awssdk.services.cloudwatch.CloudWatchAsyncClient;
import software.amazon.awssdk.services.dynamodb.DynamoDbAsyncClient;
import software.amazon.awssdk.services.kinesis.KinesisAsyncClient;
import software.amazon.kinesis.common.ConfigsBuilder;
import software.amazon.kinesis.common.InitialPositionInStream;
import software.amazon.kinesis.common.InitialPositionInStreamExtended;
import software.amazon.kinesis.common.KinesisClientUtil;
import software.amazon.kinesis.coordinator.Scheduler;
import software.amazon.kinesis.metrics.MetricsLevel;
import software.amazon.kinesis.processor.SingleStreamTracker;
import software.amazon.kinesis.retrieval.RetrievalSpecificConfig;
import software.amazon.kinesis.retrieval.fanout.FanOutConfig;
import software.amazon.kinesis.retrieval.polling.PollingConfig;

/**
 * One worker of an application of the Kinesis Client Library: `Main polling|fan_out APPLICATION STREAM WORKER FILE`. It
 * notes in FILE what it processes (see Notes) and shuts down when its input ends. JUDGE_ENDPOINT serves Kinesis,
 * DynamoDB and CloudWatch.
 */
public final class Main {
    private static final URI ENDPOINT = URI.create(System.getenv("JUDGE_ENDPOINT"));

    private Main() {}

    public static void main(String[] arguments) throws Exception {
        System.setProperty("org.slf4j.simpleLogger.defaultLogLevel", "warn");
        System.setProperty("org.slf4j.simpleLogger.showDateTime", "true");
        String application = arguments[1];
        String stream = arguments[2];
        String worker = arguments[3];
        KinesisAsyncClient kinesis = KinesisClientUtil.createKinesisAsyncClient(
                KinesisAsyncClient.builder().endpointOverride(ENDPOINT));
        RetrievalSpecificConfig retrieval = arguments[0].equals("fan_out")
                ? new FanOutConfig(kinesis).streamName(stream).applicationName(application)
                : new PollingConfig(stream, kinesis).idleTimeBetweenReadsInMillis(250);
        Notes notes = new Notes(arguments[4]);
        Scheduler scheduler = scheduler(application, stream, worker, kinesis, retrieval, notes);
        Thread thread = new Thread(scheduler);
        thread.start();
        System.in.transferTo(java.io.OutputStream.nullOutputStream());
        scheduler.shutdown();
        thread.join();
        System.exit(0);
    }

    private static Scheduler scheduler(
            String application,
            String stream,
            String worker,
            KinesisAsyncClient kinesis,
            RetrievalSpecificConfig retrieval,
            Notes notes) {
        var fromItsBegin = InitialPositionInStreamExtended.newInitialPosition(InitialPositionInStream.TRIM_HORIZON);
        ConfigsBuilder configs = new ConfigsBuilder(
                new SingleStreamTracker(stream, fromItsBegin),
                application,
                kinesis,
                DynamoDbAsyncClient.builder().endpointOverride(ENDPOINT).build(),
                CloudWatchAsyncClient.builder().endpointOverride(ENDPOINT).build(),
                worker,
                () -> new Processor(notes));
        // The library's defaults, but for times, which are made for hours of work, and for the leases of closed shards,
        // which stay in the table for the test to read.
        var leases = configs.leaseManagementConfig()
                .failoverTimeMillis(3000)
                .shardSyncIntervalMillis(2000)
                .listShardsCacheAllowedAgeInSeconds(1)
                .leasesRecoveryAuditorExecutionFrequencyMillis(2000)
                .cleanupLeasesUponShardCompletion(false);
        Times.shorten(leases);
        return new Scheduler(
                configs.checkpointConfig(),
                configs.coordinatorConfig()
                        .parentShardPollIntervalMillis(500)
                        .shardConsumerDispatchPollIntervalMillis(250),
                leases,
                configs.lifecycleConfig(),
                // The server does not implement CloudWatch's metrics.
                configs.metricsConfig().metricsLevel(MetricsLevel.NONE),
                configs.processorConfig(),
                configs.retrievalConfig().retrievalSpecificConfig(retrieval));
    }
}
