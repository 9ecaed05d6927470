// Cases of streams and their shards.

package main

import (
	"math/big"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/kinesis"
	"github.com/aws/aws-sdk-go-v2/service/kinesis/types"
)

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
