"""Records as tests of the wires write and read them."""

import base64
import json

from support.json_client import JsonClient


def put_records(stream, count, size):
    data = base64.b64encode(b"x" * size).decode()
    records = [{"Data": data, "PartitionKey": str(i)} for i in range(count)]
    return json.dumps({"StreamName": stream, "Records": records}).encode()


def iterators(server, stream):
    client = JsonClient(server)
    for shard in client.ok("ListShards", StreamName=stream)["Shards"]:
        yield client.ok("GetShardIterator", StreamName=stream, ShardId=shard["ShardId"],
                        ShardIteratorType="TRIM_HORIZON")["ShardIterator"]  # fmt: skip
