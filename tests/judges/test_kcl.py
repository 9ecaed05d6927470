"""Workers of the Kinesis Client Library with leases in the server's own DynamoDB: README.md says what is checked."""

import json
import signal
import subprocess
import time

import clients
import pytest
from support.millrace import wait_until
from test_judges import environment

SECONDS = 120  # for each step; all of them take about a minute
ACCOUNT = 8
SHARD_END = "SHARD_END"
JAVA_TERMINATED = 128 + signal.SIGTERM


class Stream:
    """A stream and what was put into it."""

    def __init__(self, client, name):
        self.client = client
        self.name = name
        self.put_records = {}  # sequence number: (shard, data)
        client.create_stream(StreamName=name, ShardCount=2)
        self.wait_active()

    def wait_active(self):
        def status():
            return self.client.describe_stream_summary(StreamName=self.name)["StreamDescriptionSummary"]["StreamStatus"]

        wait_until(lambda: status() == "ACTIVE", f"{self.name} is ACTIVE")

    def put(self, count=40):
        first = len(self.put_records)
        data = [f"record-{number}" for number in range(first, first + count)]
        records = [{"Data": text.encode(), "PartitionKey": text} for text in data]
        answer = self.client.put_records(StreamName=self.name, Records=records)
        assert answer["FailedRecordCount"] == 0, answer
        for text, entry in zip(data, answer["Records"]):
            self.put_records[int(entry["SequenceNumber"])] = (entry["ShardId"], text)

    def shards(self):
        return {shard["ShardId"]: shard for shard in self.client.list_shards(StreamName=self.name)["Shards"]}

    def open_shards(self):
        return {name for name, shard in self.shards().items() if "EndingSequenceNumber" not in shard["SequenceNumberRange"]}

    def split(self, shard):
        hashes = self.shards()[shard]["HashKeyRange"]
        middle = (int(hashes["StartingHashKey"]) + int(hashes["EndingHashKey"])) // 2
        self.client.split_shard(StreamName=self.name, ShardToSplit=shard, NewStartingHashKey=str(middle))
        self.wait_active()

    def merge(self, shard, adjacent):
        self.client.merge_shards(StreamName=self.name, ShardToMerge=shard, AdjacentShardToMerge=adjacent)
        self.wait_active()

    def last_put(self):
        """The last sequence number that was put into each shard."""
        last = {}
        for sequence in sorted(self.put_records):
            last[self.put_records[sequence][0]] = sequence
        return last


class Worker:
    """A process with one worker, and what it noted."""

    def __init__(self, command, name, stream, folder, variables, by_signal):
        self.name = name
        self.by_signal = by_signal  # ends by SIGTERM, else when its input ends
        self.notes_path = folder / f"{name}.notes"
        self.log_path = folder / f"{name}.log"
        with open(self.log_path, "wb") as log:
            self.process = subprocess.Popen(
                [*command, stream.name, name, str(self.notes_path)],
                env=variables,
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=log,
            )

    def notes(self):
        """(microseconds, what, shard, hold, *details) of each line; an incomplete last line is left out."""
        if not self.notes_path.exists():
            return []
        lines = self.notes_path.read_text().split("\n")[:-1]
        return [(int(line.split(" ", 1)[0]), *line.split(" ", 5)[1:]) for line in lines]

    def has_noted(self, what):
        return any(note[1] == what for note in self.notes())

    def shut_down(self):
        self.process.stdin.close()
        if self.by_signal:
            self.process.terminate()
        code = self.process.wait(SECONDS)
        assert code == (JAVA_TERMINATED if self.by_signal else 0), f"{self.name} ended with {code}"

    def kill(self):
        """kill -9."""
        self.process.kill()
        self.process.wait()


class Application:
    """Workers of one application and its lease table."""

    def __init__(self, command, stream, table_client, folder, variables, by_signal, at_once):
        self.command = [*command, stream.name]  # the application's name is the stream's
        self.stream = stream
        self.table_client = table_client
        self.folder = folder
        self.variables = variables
        self.by_signal = by_signal
        self.at_once = at_once  # both workers are started at once, and compete for the first leases
        self.workers = []

    def start(self, name):
        worker = Worker(self.command, name, self.stream, self.folder, self.variables, self.by_signal)
        self.workers.append(worker)
        return worker

    def wait(self, condition, what):
        def holds():
            for worker in self.workers:
                ended = worker.process.poll()
                assert ended is None or ended == -9, f"{worker.name} ended with {ended}"
            time.sleep(0.1)  # a machine of two cores has more to do
            return condition()

        wait_until(holds, what, SECONDS)

    def notes(self):
        return sorted(note for worker in self.workers for note in worker.notes())

    def leases(self):
        """The leases by shard. Since version 3.5, the table has other entities too."""
        found = {}
        for page in self.table_client.get_paginator("scan").paginate(TableName=self.stream.name, ConsistentRead=True):
            for item in page["Items"]:
                if item.get("entityType", {"S": "LEASE"}) == {"S": "LEASE"}:
                    found[item["leaseKey"]["S"]] = {name: next(iter(value.values())) for name, value in item.items()}
        return found

    def missing(self):
        seen = {int(note[4]) for note in self.notes() if note[1] == "record"}
        return set(self.stream.put_records) - seen

    def wait_processed(self, when):
        self.wait(lambda: not self.missing(), f"{when}: all records are processed")

    def tell(self):
        """What a reader of a failure needs."""
        told = [f"put: {len(self.stream.put_records)}, missing: {len(self.missing())}, leases:"]
        try:
            told += [json.dumps(lease, default=str) for lease in self.leases().values()]
        except Exception as error:  # it explains a failure, and is none itself
            told.append(repr(error))
        told += [str(note) for note in self.notes() if note[1] != "record"]
        for worker in self.workers:
            told += [f"--- {worker.name}", worker.log_path.read_text(errors="replace")[-6000:]]
        return "\n".join(told)


def check_notes(stream, notes):
    """Each record once at least, in its shard, in the order of the shard; parents before their children."""
    assert not [note for note in notes if note[1] == "wrong"]
    first_seen, last_of_hold = {}, {}
    for when, what, shard, hold, *details in notes:
        if what == "record":
            sequence = int(details[0])
            assert stream.put_records.get(sequence) == (shard, details[1]), f"{shard} has no record {details}"
            assert last_of_hold.get(hold, -1) < sequence, f"{shard}: {sequence} came after {last_of_hold[hold]}"
            last_of_hold[hold] = sequence
            first_seen.setdefault(sequence, when)
    assert set(first_seen) == set(stream.put_records)
    for name, shard in stream.shards().items():
        begun = min(note[0] for note in notes if note[1] == "begin" and note[2] == name)
        for parent in filter(None, (shard.get("ParentShardId"), shard.get("AdjacentParentShardId"))):
            ends = [note[0] for note in notes if note[1:3] == ("end", parent)]
            assert ends and min(ends) < begun, f"{name} began before the end of its parent {parent}"
            late = [s for s, (of, _) in stream.put_records.items() if of == parent and first_seen[s] > begun]
            assert not late, f"{name} began before {late} of its parent {parent}"


def check_leases(stream, application, survivor):
    """Closed shards are processed to their ends; the surviving worker has all others, up to their last records."""
    last_put, open_shards = stream.last_put(), stream.open_shards()

    def wrong():
        leases = application.leases()
        problems = [f"no lease of {name}" for name in stream.shards() if name not in leases]
        for name, lease in leases.items():
            expected = str(last_put[name]) if name in open_shards else SHARD_END
            if lease["checkpoint"] != expected:
                problems.append(f"the checkpoint of {name} is {lease['checkpoint']}, not {expected}")
            if name in open_shards and lease.get("leaseOwner") != survivor.name:
                problems.append(f"the owner of {name} is {lease.get('leaseOwner')}, not {survivor.name}")
        return problems

    application.wait(lambda: not wrong(), "leases have their owners and checkpoints")


def process_to_the_end(stream, application):
    stream.put()
    first = application.start("worker-1")
    if not application.at_once:
        application.wait(lambda: first.has_noted("begin"), "the first worker gets a lease")
    second = application.start("worker-2")
    application.wait(lambda: first.has_noted("begin") and second.has_noted("begin"), "both workers get leases")
    stream.put()
    application.wait_processed("two shards")

    stream.split("shardId-000000000000")  # into 2 and 3
    stream.put()
    stream.merge("shardId-000000000003", "shardId-000000000001")  # into 4
    stream.put()
    application.wait_processed("after a split and a merge")

    def owners():
        leases = application.leases()
        return {leases[shard].get("leaseOwner") for shard in stream.open_shards()} - {None}

    application.wait(owners, "a worker has a lease of an open shard")
    # The first worker is the leader of version 3.
    victim, survivor = (first, second) if first.name in owners() else (second, first)
    victim.kill()
    stream.put()
    application.wait_processed("after a worker was killed")
    check_leases(stream, application, survivor)
    survivor.shut_down()
    check_notes(stream, application.notes())


def judge(server, command, name, folder, by_signal=False, at_once=True):
    key = f"{ACCOUNT:012}"
    stream = Stream(server.client("kinesis", key), name)
    variables = environment(ACCOUNT, server.url)
    application = Application(command, stream, server.client("dynamodb", key), folder, variables, by_signal, at_once)
    try:
        process_to_the_end(stream, application)
    except (AssertionError, subprocess.TimeoutExpired) as error:
        raise AssertionError(f"{error}\n{application.tell()}") from error
    finally:
        for worker in application.workers:
            worker.kill()


@pytest.mark.parametrize(
    "version, retrieval",
    [("1", "polling"), ("2", "polling"), ("2", "fan_out"), ("3", "polling"), ("3", "fan_out")],
)
def test_kinesis_client_library_for_java(server, version, retrieval, tmp_path):
    built = clients.KCL_JAVA.build() / f"target/kcl{version}"
    classpath = f"{built / 'classes'}:{(built / 'classpath').read_text().strip()}"
    command = ["java", "-Xmx256m", "-XX:TieredStopAtLevel=1", "-cp", classpath, "worker.Main", retrieval]
    # 3.5.1: of two workers that are the first of an application at once, one may never recover ("Failed to create
    # migration state", then "AssignmentMode is not initialized").
    judge(server, command, f"kcl{version}-{retrieval}", tmp_path, at_once=version != "3")


def test_kinesis_client_library_for_python(server, tmp_path):
    folder = clients.KCL_PYTHON.build()
    command = [folder / "venv/bin/python", "-B", folder / "worker.py", "fan_out"]
    judge(server, command, "kclpy-fan_out", tmp_path, by_signal=True)
