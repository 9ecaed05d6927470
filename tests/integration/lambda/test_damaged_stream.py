"""A shard with records that the disk gave back damaged: every reader gets the others, and an operator is told once."""

import json
import re
import subprocess

from support.millrace import Millrace, wait_until

from .recorder import Function

RECORDS = 6
LOST = {2, 5}  # in the middle, and the last one


def spoil(data_dir, text):
    """Changes a byte behind the first place that holds `text`."""
    for segment in (data_dir / "log" / "segments").glob("*.seg"):
        at = segment.read_bytes().find(text)
        if at >= 0:
            with open(segment, "r+b") as file:
                file.seek(at + 500)
                file.write(b"X")
            return
    raise AssertionError(f"{text} is in no segment")


def name_of(data):
    return int(re.match(rb"record-(\d)-", data).group(1))


def read_shard(kinesis, limit, start="TRIM_HORIZON"):
    """The numbers of the records, and MillisBehindLatest of each answer, until that is 0."""
    iterator = kinesis.get_shard_iterator(StreamName="s", ShardId="shardId-000000000000", ShardIteratorType=start)
    iterator = iterator["ShardIterator"]
    records, behind = [], []
    while not behind or behind[-1] > 0:
        answer = kinesis.get_records(ShardIterator=iterator, Limit=limit)
        records += [name_of(r["Data"]) for r in answer["Records"]]
        behind.append(answer["MillisBehindLatest"])
        iterator = answer["NextShardIterator"]
    return records, behind


def subscribe(kinesis, consumer, enough):
    answer = kinesis.subscribe_to_shard(
        ConsumerARN=consumer, ShardId="shardId-000000000000", StartingPosition={"Type": "TRIM_HORIZON"}
    )
    records = []
    for event in answer["EventStream"]:
        records += [name_of(r["Data"]) for r in event["SubscribeToShardEvent"]["Records"]]
        if len(records) >= enough:
            return records


def test_all_readers_pass_over_damaged_records(tmp_path):
    server = Millrace(tmp_path / "data").start()
    kinesis = server.client("kinesis")
    kinesis.create_stream(StreamName="s", ShardCount=1)
    numbers = [
        # 40 KB each: a block of its own
        kinesis.put_record(StreamName="s", PartitionKey="k", Data=f"record-{i}-".encode() + b"%d" % i * 40_000)[
            "SequenceNumber"
        ]
        for i in range(RECORDS)
    ]
    assert server.stop() == 0
    for i in LOST:
        spoil(server.data_dir, b"record-%d-" % i)
    server.start()
    kinesis = server.client("kinesis")
    left = [i for i in range(RECORDS) if i not in LOST]

    for limit in (1, 10_000, 1):
        records, behind = read_shard(kinesis, limit)
        assert records == left
        assert all(ms > 0 for ms in behind[:-1])
    assert len(behind) >= len(left), "with Limit 1, no answer says that it is the last before it is"

    arn = "arn:aws:kinesis:us-east-1:000000000000:stream/s"
    consumer = kinesis.register_stream_consumer(StreamARN=arn, ConsumerName="app")["Consumer"]["ConsumerARN"]
    assert subscribe(kinesis, consumer, len(left)) == left

    function = Function(server)
    function.deploy()
    server.client("lambda").create_event_source_mapping(
        EventSourceArn=arn, FunctionName=function.name, StartingPosition="TRIM_HORIZON"
    )
    wait_until(lambda: len(function.data()) >= len(left), "the function had all that is left")
    assert [int(data.split("-")[1]) for data in function.data()] == left

    # What comes next has a number that was never given out.
    more = kinesis.put_record(StreamName="s", PartitionKey="k", Data=b"record-6-")
    assert int(more["SequenceNumber"]) > int(numbers[-1])
    assert read_shard(kinesis, 10_000)[0] == left + [6]
    wait_until(lambda: len(function.data()) > len(left), "the mapping goes on")

    def logged():
        return [line for line in server.log().splitlines() if "records_lost" in line]

    wait_until(lambda: len(logged()) >= len(LOST), "the losses are logged")
    metrics = server.raw("GET", "/metrics").body.decode()
    lost = re.search(r'millrace_log_records_lost_total\{[^}]*stream="s"[^}]*\} (\d+)', metrics)
    assert int(lost.group(1)) == len(LOST)
    assert len(logged()) == len(LOST), "each loss is logged once: " + "\n".join(logged())

    command = [server.binary, "doctor", "--data-dir", str(server.data_dir)]
    report = subprocess.run([*command, "--format", "json"], capture_output=True, text=True, timeout=60)
    assert report.returncode == 1, report.stdout + report.stderr
    findings = [f for f in json.loads(report.stdout)["findings"] if f["id"] == "records_lost"]
    assert [f["records"] for f in findings] == [1, 1]
    for finding, i in zip(findings, sorted(LOST)):
        assert (finding["stream"], finding["shard"]) == ("s", "shardId-000000000000")
        # The last 80 bits of a number say when its record came, which nobody knows any more.
        assert finding["first"] == finding["last"] and int(finding["first"]) >> 80 == int(numbers[i]) >> 80
    text = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert text.returncode == 1 and "1 record cannot be read" in text.stdout and "Remedy: Check the disk" in text.stdout
    assert server.stop() == 0


def test_damaged_records_that_follow_one_another_are_one_line_of_the_log(tmp_path):
    server = Millrace(tmp_path / "data").start()
    kinesis = server.client("kinesis")
    kinesis.create_stream(StreamName="s", ShardCount=1)
    for i in range(30):  # a block each
        kinesis.put_record(StreamName="s", PartitionKey="k", Data=b"record-%d-" % (i % 10) + b"<%02d>" % i * 200)
    assert server.stop() == 0
    for i in range(5, 25):
        spoil(server.data_dir, b"record-%d-<%02d>" % (i % 10, i))
    server.start()
    records, _ = read_shard(server.client("kinesis"), 10_000)
    assert len(records) == 10
    wait_until(lambda: "records_lost" in server.log(), "the loss is logged")
    logged = [line for line in server.log().splitlines() if "records_lost" in line]
    assert len(logged) == 1 and "records=20" in logged[0].replace('"', ""), logged
    assert server.stop() == 0
