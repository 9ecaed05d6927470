"""What the tests of event source mappings share: functions that write down what they were given."""

import json

from support.functions import create_function, new_name
from support.millrace import shared_directory, wait_until

# Appends a line for each invocation; what it does with the batch is up to `decide`.
RECORDER = """
import base64, json, os, time

def handler(event, context):
    records = event["Records"]
    seen = [base64.b64decode(r["kinesis"]["data"]).decode() for r in records]
    with open(os.environ["SEEN"], "a") as out:
        out.write(json.dumps({"data": seen, "request": context.aws_request_id, "time": time.time(),
                              "events": records}) + "\\n")
    return decide(records, seen)

"""
SUCCEED = RECORDER + "def decide(records, seen): return None\n"


class Function:
    def __init__(self, server):
        self.server = server
        self.client = server.client("lambda")
        self.path = shared_directory() / "seen"
        self.name = new_name("recorder")

    def deploy(self, source=SUCCEED, **settings):
        environment = {"Variables": {"SEEN": str(self.path)}}
        create_function(self.client, source, self.name, Environment=environment, **settings)
        return self

    def invocations(self):
        if not self.path.exists():
            return []
        return [json.loads(line) for line in self.path.read_text().splitlines(keepends=True) if line.endswith("\n")]

    def batches(self):
        return [i["data"] for i in self.invocations()]

    def data(self):
        return [d for batch in self.batches() for d in batch]


def put(kinesis, stream, *texts):
    answer = kinesis.put_records(
        StreamName=stream, Records=[{"Data": t.encode(), "PartitionKey": t[:8]} for t in texts]
    )
    assert answer["FailedRecordCount"] == 0
    return [r["SequenceNumber"] for r in answer["Records"]]


class OwnPipeline:
    """On a server of a test's own: the stream s of one shard with these records, and a function that it feeds."""

    def __init__(self, server, source, *texts, **settings):
        self.kinesis, self.lambdas = server.client("kinesis"), server.client("lambda")
        self.kinesis.create_stream(StreamName="s", ShardCount=1)
        self.function = Function(server).deploy(source)
        if texts:
            put(self.kinesis, "s", *texts)
        self.uuid = self.lambdas.create_event_source_mapping(
            EventSourceArn="arn:aws:kinesis:us-east-1:000000000000:stream/s",
            FunctionName=self.function.name,
            StartingPosition="TRIM_HORIZON",
            **settings,
        )["UUID"]


def state(lambdas, uuid):
    return lambdas.get_event_source_mapping(UUID=uuid)["State"]


def wait_for_state(lambdas, uuid, wanted):
    wait_until(lambda: state(lambdas, uuid) == wanted, f"the mapping is {wanted}")
