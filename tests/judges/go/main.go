// The AWS SDK for Go v2 judges a Kinesis server: the default client; HTTP/1.1, over TLS HTTP/2. See ../README.md.
package main

import (
	"context"
	"os"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/kinesis"
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
