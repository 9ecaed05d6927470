// What every case does with streams.

package main

import (
	"fmt"
	"math/big"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/kinesis"
	"github.com/aws/aws-sdk-go-v2/service/kinesis/types"
)

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
