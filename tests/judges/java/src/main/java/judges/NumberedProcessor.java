package judges;

import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;
import software.amazon.kinesis.lifecycle.events.InitializationInput;
import software.amazon.kinesis.lifecycle.events.LeaseLostInput;
import software.amazon.kinesis.lifecycle.events.ProcessRecordsInput;
import software.amazon.kinesis.lifecycle.events.ShardEndedInput;
import software.amazon.kinesis.lifecycle.events.ShutdownRequestedInput;
import software.amazon.kinesis.processor.RecordProcessorCheckpointer;
import software.amazon.kinesis.processor.ShardRecordProcessor;
import software.amazon.kinesis.retrieval.KinesisClientRecord;

/** One worker's hold of one shard: tells what it sees, watches that a key's numbers grow, and checkpoints each batch. */
final class NumberedProcessor implements ShardRecordProcessor {
    private final String worker;
    private final Seen seen;
    private final Map<String, Integer> last = new HashMap<>();
    private String shard;

    NumberedProcessor(String worker, Seen seen) {
        this.worker = worker;
        this.seen = seen;
    }

    @Override
    public void initialize(InitializationInput input) {
        shard = input.shardId();
        seen.begin(worker, shard);
    }

    @Override
    public void processRecords(ProcessRecordsInput input) {
        for (KinesisClientRecord record : input.records()) {
            String[] text = StandardCharsets.UTF_8.decode(record.data()).toString().split(":");
            int number = Integer.parseInt(text[1]);
            if (!text[0].equals(record.partitionKey())) {
                seen.wrong("a record of " + text[0] + " has the key " + record.partitionKey());
            }
            Integer before = last.put(text[0], number);
            if (before != null && before >= number) {
                seen.wrong(text[0] + ":" + number + " came after " + text[0] + ":" + before + " in " + shard);
            }
            seen.record(worker, shard, text[0], number, record.aggregated());
        }
        checkpoint(input.checkpointer());
    }

    @Override
    public void leaseLost(LeaseLostInput input) {}

    @Override
    public void shardEnded(ShardEndedInput input) {
        checkpoint(input.checkpointer());
        seen.end(shard);
    }

    @Override
    public void shutdownRequested(ShutdownRequestedInput input) {
        checkpoint(input.checkpointer());
    }

    private void checkpoint(RecordProcessorCheckpointer checkpointer) {
        try {
            checkpointer.checkpoint();
        } catch (software.amazon.kinesis.exceptions.ShutdownException e) {
            // The lease has gone to another worker, which reads these records again.
        } catch (Exception e) {
            seen.wrong("a checkpoint in " + shard + " failed: " + e);
        }
    }
}
