"""What the tests of event source mappings share: functions that write down what they were given."""

import io
import itertools
import json
import zipfile

from support.millrace import wait_until

ROLE = "arn:aws:iam::000000000000:role/service"
numbers = itertools.count()

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


def archive(source):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as z:
        z.writestr("index.py", source)
    return out.getvalue()


class Function:
    def __init__(self, server, directory):
        self.server = server
        self.client = server.client("lambda")
        self.path = directory / "seen"
        self.name = f"recorder-{next(numbers)}"

    def deploy(self, source=SUCCEED, **settings):
        self.client.create_function(
            FunctionName=self.name,
            Role=ROLE,
            Runtime="python3.11",
            Handler="index.handler",
            Code={"ZipFile": archive(source)},
            Environment={"Variables": {"SEEN": str(self.path)}},
            **settings,
        )
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


def state(lambdas, uuid):
    return lambdas.get_event_source_mapping(UUID=uuid)["State"]


def wait_for_state(lambdas, uuid, wanted):
    wait_until(lambda: state(lambdas, uuid) == wanted, f"the mapping is {wanted}")
