// The AWS SDK for Go v2 judges a Kinesis server: the default client; HTTP/1.1, over TLS HTTP/2. See ../README.md.
package main

import (
	"context"
	"crypto/md5"
	"crypto/rand"
	"fmt"
	"math/big"
	"os"
	"sort"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/kinesis"
	"github.com/aws/aws-sdk-go-v2/service/kinesis/types"
)

const firstShard = "shardId-000000000000"

var (
	ctx    = context.Background()
	client *kinesis.Client
)

func main() {
	settings := ok(config.LoadDefaultConfig(ctx))
	client = kinesis.NewFromConfig(settings, func(o *kinesis.Options) {
		o.BaseEndpoint = aws.String(os.Getenv("JUDGE_ENDPOINT"))
	})
	os.Exit(runCases([]judged{
		{"life_cycle", lifeCycle},
		{"round_trip", roundTrip},
		{"put_records_500", putRecords500},
		{"iterators", iterators},
		{"typed_errors", typedErrors},
		{"tags", tags},
		{"retention", retention},
		{"resharding", resharding},
		{"update_shard_count", updateShardCount},
		{"list_shards", listShards},
		{"consumers", consumers},
		{"subscribe_trim_horizon", subscribeTrimHorizon},
		{"subscribe_latest", subscribeLatest},
		{"subscribe_at_sequence_number", subscribeAtSequenceNumber},
		{"subscribe_child_shards", subscribeChildShards},
		{"subscribe_errors", subscribeErrors},
		{"encryption", encryption},
		{"stream_mode", streamMode},
		{"timestamps", timestamps},
	}))
}

func power(exponent uint) string {
	return new(big.Int).Lsh(big.NewInt(1), exponent).String()
}

func summary(name string) *types.StreamDescriptionSummary {
	in := &kinesis.DescribeStreamSummaryInput{StreamName: &name}
	return ok(client.DescribeStreamSummary(ctx, in)).StreamDescriptionSummary
}

// Waits until the stream is ACTIVE.
func active(name string) (found *types.StreamDescriptionSummary) {
	waitUntil(func() bool {
		found = summary(name)
		return found.StreamStatus == types.StreamStatusActive
	}, name+" is ACTIVE")
	return found
}

func waitExists(name string) {
	waiter := kinesis.NewStreamExistsWaiter(client, func(o *kinesis.StreamExistsWaiterOptions) {
		o.MinDelay, o.MaxDelay = time.Second, 2*time.Second
	})
	check(waiter.Wait(ctx, &kinesis.DescribeStreamInput{StreamName: &name}, deadline) == nil, "%s does not exist", name)
}

func withStream(shards int32, action func(name string)) {
	name := newName("go")
	ok(client.CreateStream(ctx, &kinesis.CreateStreamInput{StreamName: &name, ShardCount: &shards}))
	defer func() {
		in := &kinesis.DeleteStreamInput{StreamName: &name, EnforceConsumerDeletion: aws.Bool(true)}
		ok(client.DeleteStream(ctx, in))
	}()
	waitExists(name)
	action(name)
}

// Puts each of the texts and returns the sequence numbers.
func put(name string, datas ...string) (numbers []string) {
	for _, data := range datas {
		in := &kinesis.PutRecordInput{StreamName: &name, PartitionKey: aws.String("key"), Data: []byte(data)}
		numbers = append(numbers, *ok(client.PutRecord(ctx, in)).SequenceNumber)
	}
	return numbers
}

func iteratorOf(in kinesis.GetShardIteratorInput) (*string, error) {
	if in.ShardId == nil {
		in.ShardId = aws.String(firstShard)
	}
	answer, err := client.GetShardIterator(ctx, &in)
	if err != nil {
		return nil, err
	}
	return answer.ShardIterator, nil
}

func fromHorizon(name, shard string) *string {
	in := kinesis.GetShardIteratorInput{StreamName: &name, ShardId: &shard, ShardIteratorType: types.ShardIteratorTypeTrimHorizon}
	return ok(iteratorOf(in))
}

// `count` records from an iterator on, and the answer that held the last.
func read(at *string, count int) (records []types.Record, answer *kinesis.GetRecordsOutput) {
	waitUntil(func() bool {
		answer = ok(client.GetRecords(ctx, &kinesis.GetRecordsInput{ShardIterator: at}))
		records = append(records, answer.Records...)
		at = answer.NextShardIterator
		return len(records) >= count || at == nil
	}, fmt.Sprintf("%d records", count))
	equal(len(records), count, "the number of records")
	return records, answer
}

func texts(records []types.Record) []string {
	found := []string{}
	for _, r := range records {
		found = append(found, string(r.Data))
	}
	return found
}

// The last digit of a shard's id; "" for none.
func digit(id *string) string {
	if id == nil {
		return ""
	}
	return (*id)[len(*id)-1:]
}

func digits(shards []types.Shard) (found string) {
	for _, s := range shards {
		found += digit(s.ShardId)
	}
	return found
}

func lifeCycle() {
	names := []string{newName("go-life"), newName("go-life")}
	for i := range names {
		ok(client.CreateStream(ctx, &kinesis.CreateStreamInput{StreamName: &names[i], ShardCount: aws.Int32(2)}))
		waitExists(names[i])
	}
	described := ok(client.DescribeStream(ctx, &kinesis.DescribeStreamInput{StreamName: &names[0]})).StreamDescription
	equal(described.StreamStatus, types.StreamStatusActive, "the status")
	top := new(big.Int).Sub(new(big.Int).Lsh(big.NewInt(1), 128), big.NewInt(1)).String()
	equal(*described.Shards[1].HashKeyRange.EndingHashKey, top, "the last hash key")
	_, err := client.CreateStream(ctx, &kinesis.CreateStreamInput{StreamName: &names[0], ShardCount: aws.Int32(1)})
	fails[*types.ResourceInUseException](err, names[0])

	listed := []string{}
	pages := kinesis.NewListStreamsPaginator(client, &kinesis.ListStreamsInput{Limit: aws.Int32(1)})
	for pages.HasMorePages() {
		for _, name := range ok(pages.NextPage(ctx)).StreamNames {
			if name == names[0] || name == names[1] {
				listed = append(listed, name)
			}
		}
	}
	equal(listed, names, "the listed streams")
	for i := range names {
		ok(client.DeleteStream(ctx, &kinesis.DeleteStreamInput{StreamName: &names[i]}))
		waiter := kinesis.NewStreamNotExistsWaiter(client, func(o *kinesis.StreamNotExistsWaiterOptions) {
			o.MinDelay, o.MaxDelay = time.Second, 2*time.Second
		})
		in := &kinesis.DescribeStreamInput{StreamName: &names[i]}
		check(waiter.Wait(ctx, in, deadline) == nil, "%s still exists", names[i])
	}
}

func roundTrip() {
	withStream(1, func(name string) {
		key := "clé-ключ-鍵-🔑"
		everyByte := make([]byte, 256)
		for i := range everyByte {
			everyByte[i] = byte(i)
		}
		largest := make([]byte, 1<<20-len(key))
		ok(rand.Read(largest))
		datas := []string{string(everyByte), "", string(largest)}
		for _, data := range datas {
			in := &kinesis.PutRecordInput{StreamName: &name, PartitionKey: &key, Data: []byte(data)}
			ok(client.PutRecord(ctx, in))
		}
		records, answer := read(fromHorizon(name, firstShard), 3)
		for i, text := range texts(records) {
			check(text == datas[i], "record %d came back differently", i)
			equal(*records[i].PartitionKey, key, "the key")
		}
		equal(*answer.MillisBehindLatest, int64(0), "MillisBehindLatest at the tip")
	})
}

func putRecords500() {
	withStream(2, func(name string) {
		in := &kinesis.PutRecordsInput{StreamName: &name}
		for i := 0; i < 500; i++ {
			key := fmt.Sprintf("key-%d", i%50)
			entry := types.PutRecordsRequestEntry{PartitionKey: &key, Data: []byte(fmt.Sprint(i))}
			in.Records = append(in.Records, entry)
		}
		answer := ok(client.PutRecords(ctx, in))
		equal(*answer.FailedRecordCount, int32(0), "FailedRecordCount")
		expected := [2][]string{}
		for i, entry := range in.Records {
			shard := md5.Sum([]byte(*entry.PartitionKey))[0] >> 7
			equal(digit(answer.Records[i].ShardId), fmt.Sprint(shard), "the shard of "+*entry.PartitionKey)
			expected[shard] = append(expected[shard], string(entry.Data))
		}
		for shard, datas := range expected {
			records, _ := read(fromHorizon(name, fmt.Sprintf("shardId-%012d", shard)), len(datas))
			equal(texts(records), datas, "the records")
		}
	})
}

func iterators() {
	withStream(1, func(name string) {
		of := func(kind types.ShardIteratorType, number *string, at *time.Time) *string {
			return ok(iteratorOf(kinesis.GetShardIteratorInput{StreamName: &name, ShardIteratorType: kind,
				StartingSequenceNumber: number, Timestamp: at}))
		}
		latest := of(types.ShardIteratorTypeLatest, nil, nil)
		datas := []string{"0", "1", "2", "3", "4"}
		numbers := put(name, datas...)
		found := func(at *string, count int) []string {
			records, _ := read(at, count)
			return texts(records)
		}
		equal(found(latest, 5), datas, "LATEST")
		equal(found(of(types.ShardIteratorTypeAtSequenceNumber, &numbers[2], nil), 3), datas[2:], "AT_SEQUENCE_NUMBER")
		equal(found(of(types.ShardIteratorTypeAfterSequenceNumber, &numbers[2], nil), 2), datas[3:], "AFTER_SEQUENCE_NUMBER")
		records, _ := read(fromHorizon(name, firstShard), 5)
		equal(texts(records), datas, "TRIM_HORIZON")
		third := records[2].ApproximateArrivalTimestamp
		since := []string{}
		for _, r := range records {
			if !r.ApproximateArrivalTimestamp.Before(*third) {
				since = append(since, string(r.Data))
			}
		}
		equal(found(of(types.ShardIteratorTypeAtTimestamp, nil, third), len(since)), since, "AT_TIMESTAMP")
	})
}

func typedErrors() {
	missing := newName("missing")
	_, err := client.DescribeStreamSummary(ctx, &kinesis.DescribeStreamSummaryInput{StreamName: &missing})
	fails[*types.ResourceNotFoundException](err, "Stream "+missing+" under account ")
	_, err = client.GetRecords(ctx, &kinesis.GetRecordsInput{ShardIterator: aws.String("AAAA")})
	fails[*types.InvalidArgumentException](err, "Invalid ShardIterator")
	_, err = client.DescribeStreamSummary(ctx, &kinesis.DescribeStreamSummaryInput{StreamName: aws.String("no spaces")})
	check(strings.Contains(fmt.Sprint(err), "ValidationException: 1 validation error detected"), "another error: %v", err)
	withStream(1, func(name string) {
		_, err := iteratorOf(kinesis.GetShardIteratorInput{StreamName: &name,
			ShardId: aws.String("shardId-000000000007"), ShardIteratorType: types.ShardIteratorTypeLatest})
		fails[*types.ResourceNotFoundException](err, "shardId-000000000007")
	})
}

func tags() {
	withStream(1, func(name string) {
		in := &kinesis.AddTagsToStreamInput{StreamName: &name, Tags: map[string]string{"team": "données", "stage": "test"}}
		ok(client.AddTagsToStream(ctx, in))
		ok(client.RemoveTagsFromStream(ctx, &kinesis.RemoveTagsFromStreamInput{StreamName: &name, TagKeys: []string{"stage"}}))
		found := ok(client.ListTagsForStream(ctx, &kinesis.ListTagsForStreamInput{StreamName: &name})).Tags
		equal(len(found), 1, "the number of tags")
		equal(*found[0].Key+"="+*found[0].Value, "team=données", "the tag")
	})
}

func retention() {
	withStream(1, func(name string) {
		more := &kinesis.IncreaseStreamRetentionPeriodInput{StreamName: &name, RetentionPeriodHours: aws.Int32(48)}
		ok(client.IncreaseStreamRetentionPeriod(ctx, more))
		equal(*active(name).RetentionPeriodHours, int32(48), "the increased retention")
		less := &kinesis.DecreaseStreamRetentionPeriodInput{StreamName: &name, RetentionPeriodHours: aws.Int32(24)}
		ok(client.DecreaseStreamRetentionPeriod(ctx, less))
		equal(*active(name).RetentionPeriodHours, int32(24), "the decreased retention")
	})
}

func split(name, shard, at string) (*kinesis.SplitShardOutput, error) {
	return client.SplitShard(ctx, &kinesis.SplitShardInput{StreamName: &name, ShardToSplit: &shard, NewStartingHashKey: &at})
}

func resharding() {
	withStream(2, func(name string) {
		put := &kinesis.PutRecordInput{StreamName: &name, PartitionKey: aws.String("k"), ExplicitHashKey: aws.String("0"), Data: []byte("before")}
		ok(client.PutRecord(ctx, put))
		ok(split(name, firstShard, power(126)))
		active(name)
		ok(client.MergeShards(ctx, &kinesis.MergeShardsInput{StreamName: &name,
			ShardToMerge: aws.String("shardId-000000000003"), AdjacentShardToMerge: aws.String("shardId-000000000001")}))
		equal(*active(name).OpenShardCount, int32(2), "the number of open shards")
		lineage, closed := "", ""
		for _, s := range ok(client.ListShards(ctx, &kinesis.ListShardsInput{StreamName: &name})).Shards {
			lineage += digit(s.ShardId) + ":" + digit(s.ParentShardId) + digit(s.AdjacentParentShardId) + " "
			if s.SequenceNumberRange.EndingSequenceNumber != nil {
				closed += digit(s.ShardId)
			}
		}
		equal(lineage, "0: 1: 2:0 3:0 4:31 ", "the shards and their parents")
		equal(closed, "013", "the closed shards")

		records, answer := read(fromHorizon(name, firstShard), 1)
		for answer.NextShardIterator != nil {
			answer = ok(client.GetRecords(ctx, &kinesis.GetRecordsInput{ShardIterator: answer.NextShardIterator}))
		}
		equal(texts(records), []string{"before"}, "the parent's records")
		equal(len(answer.ChildShards), 2, "the number of children")
		_, err := split(name, "shardId-000000000002", power(127))
		fails[*types.InvalidArgumentException](err, "StartingHashKey")
	})
}

func updateShardCount() {
	withStream(2, func(name string) {
		answer := ok(client.UpdateShardCount(ctx, &kinesis.UpdateShardCountInput{StreamName: &name,
			TargetShardCount: aws.Int32(4), ScalingType: types.ScalingTypeUniformScaling}))
		equal([]int32{*answer.CurrentShardCount, *answer.TargetShardCount}, []int32{2, 4}, "the counts")
		equal(*active(name).OpenShardCount, int32(4), "the number of open shards")
	})
}

func listShards() {
	withStream(3, func(name string) {
		first := ok(client.ListShards(ctx, &kinesis.ListShardsInput{StreamName: &name, MaxResults: aws.Int32(2)}))
		rest := ok(client.ListShards(ctx, &kinesis.ListShardsInput{NextToken: first.NextToken}))
		equal(digits(first.Shards)+" "+digits(rest.Shards), "01 2", "the pages")
		ok(split(name, "shardId-000000000001", power(127)))
		created := active(name).StreamCreationTimestamp
		filtered := func(filter types.ShardFilter) string {
			return digits(ok(client.ListShards(ctx, &kinesis.ListShardsInput{StreamName: &name, ShardFilter: &filter})).Shards)
		}
		equal(filtered(types.ShardFilter{Type: types.ShardFilterTypeAtLatest}), "0234", "AT_LATEST")
		equal(filtered(types.ShardFilter{Type: types.ShardFilterTypeAtTrimHorizon}), "012", "AT_TRIM_HORIZON")
		after := types.ShardFilter{Type: types.ShardFilterTypeAfterShardId, ShardId: aws.String("shardId-000000000002")}
		equal(filtered(after), "34", "AFTER_SHARD_ID")
		from := types.ShardFilter{Type: types.ShardFilterTypeFromTimestamp, Timestamp: created}
		equal(filtered(from), "01234", "FROM_TIMESTAMP")
	})
}

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

func encryption() {
	withStream(1, func(name string) {
		key := aws.String("alias/aws/kinesis")
		ok(client.StartStreamEncryption(ctx, &kinesis.StartStreamEncryptionInput{StreamName: &name,
			EncryptionType: types.EncryptionTypeKms, KeyId: key}))
		equal(active(name).EncryptionType, types.EncryptionTypeKms, "the encryption")
		put(name, "secret")
		records, _ := read(fromHorizon(name, firstShard), 1)
		equal(records[0].EncryptionType, types.EncryptionTypeKms, "the record's encryption")
		ok(client.StopStreamEncryption(ctx, &kinesis.StopStreamEncryptionInput{StreamName: &name,
			EncryptionType: types.EncryptionTypeKms, KeyId: key}))
		equal(active(name).EncryptionType, types.EncryptionTypeNone, "the encryption after its end")
	})
}

func streamMode() {
	withStream(1, func(name string) {
		mode := &types.StreamModeDetails{StreamMode: types.StreamModeOnDemand}
		in := &kinesis.UpdateStreamModeInput{StreamARN: summary(name).StreamARN, StreamModeDetails: mode}
		ok(client.UpdateStreamMode(ctx, in))
		equal(active(name).StreamModeDetails.StreamMode, types.StreamModeOnDemand, "the mode")
	})
}

func timestamps() {
	withStream(1, func(name string) {
		checkNow(*summary(name).StreamCreationTimestamp, "the stream's creation")
		checkNow(*newConsumer(name).ConsumerCreationTimestamp, "the consumer's creation")
		put(name, "1")
		records, _ := read(fromHorizon(name, firstShard), 1)
		checkNow(*records[0].ApproximateArrivalTimestamp, "the arrival")
		at := func(t time.Time) (*string, error) {
			return iteratorOf(kinesis.GetShardIteratorInput{StreamName: &name,
				ShardIteratorType: types.ShardIteratorTypeAtTimestamp, Timestamp: &t})
		}
		records, _ = read(ok(at(time.Now().Add(-time.Hour))), 1)
		equal(texts(records), []string{"1"}, "the records since an hour ago")
		_, err := at(time.Now().Add(time.Hour))
		fails[*types.InvalidArgumentException](err, "timestampInMillis")
	})
}
