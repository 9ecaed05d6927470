package worker;

import com.amazonaws.services.kinesis.clientlibrary.exceptions.ShutdownException;
import com.amazonaws.services.kinesis.clientlibrary.interfaces.IRecordProcessorCheckpointer;
import com.amazonaws.services.kinesis.clientlibrary.interfaces.v2.IRecordProcessor;
import com.amazonaws.services.kinesis.clientlibrary.interfaces.v2.IShutdownNotificationAware;
import com.amazonaws.services.kinesis.clientlibrary.lib.worker.ShutdownReason;
import com.amazonaws.services.kinesis.clientlibrary.types.InitializationInput;
import com.amazonaws.services.kinesis.clientlibrary.types.ProcessRecordsInput;
import com.amazonaws.services.kinesis.clientlibrary.types.ShutdownInput;
import com.amazonaws.services.kinesis.model.Record;
import java.nio.charset.StandardCharsets;
import java.util.UUID;

/** One worker's hold of one shard: notes each record, then checkpoints the batch. */
final class Processor implements IRecordProcessor, IShutdownNotificationAware {
    private final Notes notes;
    private final String hold = UUID.randomUUID().toString();
    private String shard;

    Processor(Notes notes) {
        this.notes = notes;
    }

    @Override
    public void initialize(InitializationInput input) {
        shard = input.getShardId();
        notes.add("begin", shard, hold);
    }

    @Override
    public void processRecords(ProcessRecordsInput input) {
        for (Record record : input.getRecords()) {
            String data = StandardCharsets.UTF_8.decode(record.getData()).toString();
            notes.add("record", shard, hold, record.getSequenceNumber(), data);
        }
        checkpoint(input.getCheckpointer());
    }

    @Override
    public void shutdown(ShutdownInput input) {
        boolean ended = input.getShutdownReason() == ShutdownReason.TERMINATE;
        notes.add(ended ? "end" : "lost", shard, hold);
        if (ended) {
            checkpoint(input.getCheckpointer());
        }
    }

    @Override
    public void shutdownRequested(IRecordProcessorCheckpointer checkpointer) {
        checkpoint(checkpointer);
    }

    private void checkpoint(IRecordProcessorCheckpointer checkpointer) {
        try {
            checkpointer.checkpoint();
        } catch (ShutdownException e) {
            // The lease has gone to another worker, which reads these records again.
        } catch (Exception e) {
            notes.add("wrong", shard, hold, e.toString().replaceAll("\\s+", " "));
        }
    }
}
