package worker;

import java.nio.charset.StandardCharsets;
import java.util.UUID;
import software.amazon.kinesis.exceptions.ShutdownException;
import software.amazon.kinesis.lifecycle.events.InitializationInput;
import software.amazon.kinesis.lifecycle.events.LeaseLostInput;
import software.amazon.kinesis.lifecycle.events.ProcessRecordsInput;
import software.amazon.kinesis.lifecycle.events.ShardEndedInput;
import software.amazon.kinesis.lifecycle.events.ShutdownRequestedInput;
import software.amazon.kinesis.processor.RecordProcessorCheckpointer;
import software.amazon.kinesis.processor.ShardRecordProcessor;
import software.amazon.kinesis.retrieval.KinesisClientRecord;

/** One worker's hold of one shard: notes each record, then checkpoints the batch. */
final class Processor implements ShardRecordProcessor {
    private final Notes notes;
    private final String hold = UUID.randomUUID().toString();
    private String shard;

    Processor(Notes notes) {
        this.notes = notes;
    }

    @Override
    public void initialize(InitializationInput input) {
        shard = input.shardId();
        notes.add("begin", shard, hold);
    }

    @Override
    public void processRecords(ProcessRecordsInput input) {
        for (KinesisClientRecord record : input.records()) {
            String data = StandardCharsets.UTF_8.decode(record.data()).toString();
            notes.add("record", shard, hold, record.sequenceNumber(), data);
        }
        checkpoint(input.checkpointer());
    }

    @Override
    public void leaseLost(LeaseLostInput input) {
        notes.add("lost", shard, hold);
    }

    @Override
    public void shardEnded(ShardEndedInput input) {
        notes.add("end", shard, hold);
        checkpoint(input.checkpointer());
    }

    @Override
    public void shutdownRequested(ShutdownRequestedInput input) {
        checkpoint(input.checkpointer());
    }

    private void checkpoint(RecordProcessorCheckpointer checkpointer) {
        try {
            checkpointer.checkpoint();
        } catch (ShutdownException e) {
            // The lease has gone to another worker, which reads these records again.
        } catch (Exception e) {
            notes.add("wrong", shard, hold, e.toString().replaceAll("\\s+", " "));
        }
    }
}
