// Cases of records.

package main

import (
	"crypto/md5"
	"crypto/rand"
	"fmt"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/kinesis"
	"github.com/aws/aws-sdk-go-v2/service/kinesis/types"
)

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
