package judges;

import static judges.Judging.DEADLINE;
import static judges.Judging.check;
import static judges.Judging.equal;

import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.reactivestreams.Subscriber;
import software.amazon.awssdk.services.kinesis.model.Record;
import software.amazon.awssdk.services.kinesis.model.StartingPosition;
import software.amazon.awssdk.services.kinesis.model.SubscribeToShardEvent;
import software.amazon.awssdk.services.kinesis.model.SubscribeToShardEventStream;
import software.amazon.awssdk.services.kinesis.model.SubscribeToShardResponseHandler;

/** SubscribeToShard over the default asynchronous client; its events wait in a queue. */
final class Subscription implements AutoCloseable, Subscriber<SubscribeToShardEventStream> {
    // An event; nothing at the end; or what the subscription failed with.
    private final BlockingQueue<Object> events = new LinkedBlockingQueue<>();
    private final CompletableFuture<Void> begun = new CompletableFuture<>();
    private org.reactivestreams.Subscription flow;
    private CompletableFuture<Void> call;

    /** Returns when the server has answered; throws its error. */
    static Subscription begin(String consumerArn, int shard, StartingPosition position) throws Exception {
        Subscription subscription = new Subscription();
        SubscribeToShardResponseHandler handler = SubscribeToShardResponseHandler.builder()
                .onError(subscription::onError)
                .onEventStream(publisher -> publisher.subscribe(subscription))
                .build();
        subscription.call = Streams.ASYNC.subscribeToShard(
                r -> r.consumerARN(consumerArn).shardId(Streams.shardId(shard)).startingPosition(position), handler);
        subscription.call.whenComplete((done, error) -> {
            if (error != null) {
                subscription.begun.completeExceptionally(error);
            }
        });
        try {
            subscription.begun.get(DEADLINE.toSeconds(), TimeUnit.SECONDS);
        } catch (ExecutionException e) {
            throw e.getCause() instanceof Exception cause ? cause : e;
        }
        return subscription;
    }

    /** The next event; nothing when the subscription ended in order. */
    Optional<SubscribeToShardEvent> next() throws Exception {
        Object event = events.poll(DEADLINE.toSeconds(), TimeUnit.SECONDS);
        check(event != null, "the subscription is silent");
        if (event instanceof Throwable error) {
            throw new AssertionError("the subscription failed", error);
        }
        if (event instanceof SubscribeToShardEvent brought) {
            // Only the last event of a closed shard cannot be gone on from.
            boolean goesOn = brought.continuationSequenceNumber() != null;
            check(goesOn == brought.childShards().isEmpty(), "neither a continuation nor children, or both: " + brought);
            return Optional.of(brought);
        }
        return Optional.empty();
    }

    record Taken(List<Record> records, SubscribeToShardEvent last) {}

    /** `count` records, and the event that held the last. */
    Taken take(int count) throws Exception {
        List<Record> records = new ArrayList<>();
        for (Instant end = Instant.now().plus(DEADLINE); Instant.now().isBefore(end); ) {
            SubscribeToShardEvent event = next().orElseThrow(
                    () -> new AssertionError("the subscription ended after " + records.size() + " records"));
            records.addAll(event.records());
            if (records.size() >= count) {
                equal(records.size(), count, "the number of records");
                return new Taken(records, event);
            }
        }
        throw new AssertionError(records.size() + " records of " + count + " in time");
    }

    @Override
    public void close() {
        flow.cancel();
        call.cancel(true);
    }

    @Override
    public void onSubscribe(org.reactivestreams.Subscription flow) {
        this.flow = flow;
        flow.request(Long.MAX_VALUE);
        begun.complete(null);
    }

    @Override
    public void onNext(SubscribeToShardEventStream event) {
        events.add(event);
    }

    @Override
    public void onError(Throwable error) {
        begun.completeExceptionally(error);
        events.add(error);
    }

    @Override
    public void onComplete() {
        events.add("the end");
    }
}
