// Cases of consumers and their subscriptions.

package main

import (
	"sort"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/kinesis"
	"github.com/aws/aws-sdk-go-v2/service/kinesis/types"
)

// A new consumer of a stream, ACTIVE; deleted with the stream.
func newConsumer(name string) *types.Consumer {
	in := &kinesis.RegisterStreamConsumerInput{StreamARN: summary(name).StreamARN, ConsumerName: aws.String(newName("consumer"))}
	made := ok(client.RegisterStreamConsumer(ctx, in)).Consumer
	waitUntil(func() bool {
		in := &kinesis.DescribeStreamConsumerInput{ConsumerARN: made.ConsumerARN}
		found := ok(client.DescribeStreamConsumer(ctx, in)).ConsumerDescription
		return found.ConsumerStatus == types.ConsumerStatusActive
	}, "the consumer is ACTIVE")
	return made
}

func consumers() {
	withStream(1, func(name string) {
		arn := summary(name).StreamARN
		names := []string{*newConsumer(name).ConsumerName, *newConsumer(name).ConsumerName}
		_, err := client.RegisterStreamConsumer(ctx, &kinesis.RegisterStreamConsumerInput{StreamARN: arn, ConsumerName: &names[0]})
		fails[*types.ResourceInUseException](err, names[0])
		listed := []string{}
		in := &kinesis.ListStreamConsumersInput{StreamARN: arn, MaxResults: aws.Int32(1)}
		for pages := kinesis.NewListStreamConsumersPaginator(client, in); pages.HasMorePages(); {
			for _, c := range ok(pages.NextPage(ctx)).Consumers {
				listed = append(listed, *c.ConsumerName)
			}
		}
		sort.Strings(listed)
		sort.Strings(names)
		equal(listed, names, "the listed consumers")
		ok(client.DeregisterStreamConsumer(ctx, &kinesis.DeregisterStreamConsumerInput{StreamARN: arn, ConsumerName: &names[0]}))
		waitUntil(func() bool {
			left := ok(client.ListStreamConsumers(ctx, &kinesis.ListStreamConsumersInput{StreamARN: arn})).Consumers
			return len(left) == 1
		}, "the consumer is gone")
	})
}

type subscription struct {
	events *kinesis.SubscribeToShardEventStream
}

func trySubscribe(arn *string, at types.StartingPosition) (*subscription, error) {
	in := &kinesis.SubscribeToShardInput{ConsumerARN: arn, ShardId: aws.String(firstShard), StartingPosition: &at}
	answer, err := client.SubscribeToShard(ctx, in)
	if err != nil {
		return nil, err
	}
	return &subscription{answer.GetStream()}, nil
}

func subscribe(name string, at types.StartingPosition) *subscription {
	return ok(trySubscribe(newConsumer(name).ConsumerARN, at))
}

// The next event; nil when the subscription ended in order.
func (s *subscription) next() *types.SubscribeToShardEvent {
	select {
	case event, more := <-s.events.Events():
		if !more {
			check(s.events.Err() == nil, "the subscription ended with %v", s.events.Err())
			return nil
		}
		brought := event.(*types.SubscribeToShardEventStreamMemberSubscribeToShardEvent)
		// Only the last event of a closed shard cannot be gone on from.
		goesOn, children := brought.Value.ContinuationSequenceNumber != nil, len(brought.Value.ChildShards) > 0
		check(goesOn != children, "an event with neither a continuation nor children, or with both")
		return &brought.Value
	case <-time.After(deadline):
		panic("the subscription is silent")
	}
}

// `count` records of a subscription, and the event that held the last.
func (s *subscription) take(count int) (records []types.Record, event *types.SubscribeToShardEvent) {
	for end := time.Now().Add(deadline); len(records) < count && time.Now().Before(end); {
		event = s.next()
		check(event != nil, "the subscription ended after %d records", len(records))
		records = append(records, event.Records...)
	}
	equal(len(records), count, "the number of records")
	return records, event
}

func subscribeTrimHorizon() {
	withStream(1, func(name string) {
		put(name, "before 1", "before 2")
		s := subscribe(name, types.StartingPosition{Type: types.ShardIteratorTypeTrimHorizon})
		defer s.events.Close()
		records, _ := s.take(2)
		equal(texts(records), []string{"before 1", "before 2"}, "the records before")
		numbers := put(name, "after 1", "after 2")
		records, _ = s.take(2)
		equal(texts(records), []string{"after 1", "after 2"}, "the records after")
		equal(*records[1].SequenceNumber, numbers[1], "the sequence number")
		checkNow(*records[0].ApproximateArrivalTimestamp, "the arrival")
		idle := s.next()
		for len(idle.Records) > 0 {
			idle = s.next()
		}
		equal(*idle.MillisBehindLatest, int64(0), "MillisBehindLatest of an event without records")
	})
}

func subscribeLatest() {
	withStream(1, func(name string) {
		put(name, "before")
		s := subscribe(name, types.StartingPosition{Type: types.ShardIteratorTypeLatest})
		defer s.events.Close()
		put(name, "after 1", "after 2")
		records, _ := s.take(2)
		equal(texts(records), []string{"after 1", "after 2"}, "the records")
	})
}

func subscribeAtSequenceNumber() {
	withStream(1, func(name string) {
		numbers := put(name, "0", "1", "2")
		s := subscribe(name, types.StartingPosition{Type: types.ShardIteratorTypeAtSequenceNumber, SequenceNumber: &numbers[1]})
		records, event := s.take(2)
		equal(texts(records), []string{"1", "2"}, "the records")
		s.events.Close()
		put(name, "3")
		s = subscribe(name, types.StartingPosition{Type: types.ShardIteratorTypeAfterSequenceNumber,
			SequenceNumber: event.ContinuationSequenceNumber})
		records, _ = s.take(1)
		equal(texts(records), []string{"3"}, "the records after ContinuationSequenceNumber")
		s.events.Close()
	})
}

func subscribeChildShards() {
	withStream(1, func(name string) {
		s := subscribe(name, types.StartingPosition{Type: types.ShardIteratorTypeLatest})
		put(name, "last")
		ok(split(name, firstShard, power(127)))
		seen, children := []string{}, 0
		for event := s.next(); event != nil; event = s.next() {
			seen = append(seen, texts(event.Records)...)
			children += len(event.ChildShards)
		}
		equal(seen, []string{"last"}, "the records")
		equal(children, 2, "the number of children")
	})
}

func subscribeErrors() {
	withStream(1, func(name string) {
		latest := types.StartingPosition{Type: types.ShardIteratorTypeLatest}
		_, err := trySubscribe(aws.String(*summary(name).StreamARN+"/consumer/nobody:1700000000"), latest)
		fails[*types.ResourceNotFoundException](err, "")
		made := newConsumer(name)
		first := ok(trySubscribe(made.ConsumerARN, latest))
		defer first.events.Close()
		_, err = trySubscribe(made.ConsumerARN, latest)
		fails[*types.ResourceInUseException](err, "")
	})
}
