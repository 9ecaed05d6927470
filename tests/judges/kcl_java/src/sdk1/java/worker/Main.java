package worker;

import com.amazonaws.auth.DefaultAWSCredentialsProviderChain;
import com.amazonaws.services.kinesis.clientlibrary.lib.worker.InitialPositionInStream;
import com.amazonaws.services.kinesis.clientlibrary.lib.worker.KinesisClientLibConfiguration;
import com.amazonaws.services.kinesis.clientlibrary.lib.worker.Worker;
import com.amazonaws.services.kinesis.metrics.interfaces.MetricsLevel;

/** As the Main of the later versions, for version 1, which only polls. */
public final class Main {
    private static final String ENDPOINT = System.getenv("JUDGE_ENDPOINT");

    private Main() {}

    public static void main(String[] arguments) throws Exception {
        System.setProperty("org.slf4j.simpleLogger.defaultLogLevel", "warn");
        System.setProperty("org.slf4j.simpleLogger.showDateTime", "true");
        var credentials = new DefaultAWSCredentialsProviderChain();
        // The library's defaults, but for times and for the leases of closed shards, as with the later versions.
        var configuration = new KinesisClientLibConfiguration(arguments[1], arguments[2], credentials, arguments[3])
                .withKinesisEndpoint(ENDPOINT)
                .withDynamoDBEndpoint(ENDPOINT)
                .withRegionName(System.getenv("AWS_REGION"))
                .withInitialPositionInStream(InitialPositionInStream.TRIM_HORIZON)
                .withFailoverTimeMillis(3000)
                .withShardSyncIntervalMillis(2000)
                .withParentShardPollIntervalMillis(500)
                .withIdleTimeBetweenReadsInMillis(250)
                .withCleanupLeasesUponShardCompletion(false)
                // The server does not implement CloudWatch's metrics.
                .withMetricsLevel(MetricsLevel.NONE);
        Notes notes = new Notes(arguments[4]);
        Worker worker = new Worker.Builder()
                .recordProcessorFactory(() -> new Processor(notes))
                .config(configuration)
                .build();
        Thread thread = new Thread(worker);
        thread.start();
        System.in.transferTo(java.io.OutputStream.nullOutputStream());
        worker.shutdown();
        thread.join();
        System.exit(0);
    }
}
