"""`millrace repair`: the index is damaged or gone, and all that was acknowledged is there again."""

import json
import pathlib
import re
import shutil
import subprocess
import time

import pytest

from support.admin import advance
from support.functions import create_function, invoke
from support.millrace import Millrace, default_binary, free_port, shared_directory, wait_until

FEED = """
import base64, os
def handler(event, context):
    with open(os.environ["SEEN"], "a") as out:
        for r in event["Records"]:
            out.write(base64.b64decode(r["kinesis"]["data"]).decode() + "\\n")
"""


def repair(data_dir):
    return subprocess.run([default_binary(), "repair", "--data-dir", data_dir], capture_output=True, text=True,
                          timeout=300)


def log_bytes(server):
    page = server.raw("GET", "/metrics").body.decode()
    return float(re.search(r"^millrace_log_disk_bytes (\S+)$", page, re.MULTILINE).group(1))


def records_of(server):
    """Of every stream, shard by shard: sequence number, key and data."""
    kinesis = server.client("kinesis")
    out = {}
    for stream in kinesis.list_streams()["StreamNames"]:
        for shard in kinesis.list_shards(StreamName=stream)["Shards"]:
            iterator = kinesis.get_shard_iterator(StreamName=stream, ShardId=shard["ShardId"],
                                                  ShardIteratorType="TRIM_HORIZON")["ShardIterator"]
            found = out[stream, shard["ShardId"], json.dumps(shard["SequenceNumberRange"])] = []
            while iterator:
                answer = kinesis.get_records(ShardIterator=iterator)
                found += [(r["SequenceNumber"], r["PartitionKey"], r["Data"]) for r in answer["Records"]]
                iterator = answer.get("NextShardIterator") if answer["Records"] else None
    return out


def everything(server):
    s3, functions = server.client("s3"), server.client("lambda")
    objects = {o["Key"]: s3.get_object(Bucket="bucket", Key=o["Key"])["Body"].read()
               for o in s3.list_objects_v2(Bucket="bucket")["Contents"]}
    answers = {f["FunctionName"]: f["CodeSha256"] for f in functions.list_functions()["Functions"]}
    mappings = sorted(m["UUID"] for m in functions.list_event_source_mappings()["EventSourceMappings"])
    assert invoke(functions, "echo", {"n": 1})[0] == {"n": 1}
    return records_of(server), objects, answers, mappings


class Killed:
    """A data directory as kill -9 left it, and what was acknowledged."""

    def __init__(self, directory):
        self.kept = directory / "kept"
        self.seen = shared_directory() / "seen"
        server = Millrace(self.kept, args=["--test-clock"]).start()
        kinesis, s3, functions = (server.client(name) for name in ("kinesis", "s3", "lambda"))
        for name, shards in (("plain", 2), ("secret", 1), ("short", 1), ("fed", 1), ("bulk", 1)):
            kinesis.create_stream(StreamName=name, ShardCount=shards)
        kinesis.start_stream_encryption(StreamName="secret", EncryptionType="KMS", KeyId="alias/aws/kinesis")
        s3.create_bucket(Bucket="bucket")
        create_function(functions, name="echo")
        create_function(functions, FEED, "feed", Environment={"Variables": {"SEEN": str(self.seen)}})
        functions.create_event_source_mapping(FunctionName="feed", StartingPosition="TRIM_HORIZON",
                                              EventSourceArn="arn:aws:kinesis:us-east-1:000000000000:stream/fed")
        self.write(server, "first")
        advance(server, 25 * 3600)  # what was put into "short" and others expires
        self.write(server, "second")
        shard = kinesis.list_shards(StreamName="plain")["Shards"][0]
        middle = (int(shard["HashKeyRange"]["StartingHashKey"]) + int(shard["HashKeyRange"]["EndingHashKey"])) // 2
        kinesis.split_shard(StreamName="plain", ShardToSplit=shard["ShardId"], NewStartingHashKey=str(middle))
        self.write(server, "third")
        # The segments that the rows above are in go, so that they are in the index alone, and in its snapshot.
        for _ in range(17):
            kinesis.put_records(StreamName="bulk", Records=[{"Data": b"x" * 1_000_000, "PartitionKey": "k"}] * 4)
        first = self.kept / "log/segments/00000000000000000001.seg"
        assert first.exists()
        kinesis.delete_stream(StreamName="bulk")
        wait_until(lambda: log_bytes(server) < 100 << 20, "the first segment's space was returned", 120)
        assert list((self.kept / "log/snapshots").glob("*.snapshot"))
        assert server.stop() == 0, server.log()  # the index has files
        assert not first.exists()
        server.start()
        self.write(server, "fourth")
        wait_until(lambda: "fourth 39" in self.fed(), "the function got all", 60)
        server.client("kinesis").put_record(StreamName="fed", PartitionKey="k", Data=b"last")
        wait_until(lambda: "last" in self.fed(), "the function got the last one", 60)
        self.all = everything(server)
        # So that the mapping's checkpoint, which is written after the invocation, is written as well.
        checkpointed = time.monotonic() + 2
        wait_until(lambda: time.monotonic() > checkpointed, "the checkpoint was written")
        server.kill()

    def fed(self):
        return self.seen.read_text().splitlines() if self.seen.exists() else []

    @staticmethod
    def write(server, word):
        kinesis, s3 = server.client("kinesis"), server.client("s3")
        for stream in ("plain", "secret", "short", "fed"):
            answer = kinesis.put_records(StreamName=stream, Records=[
                {"Data": f"{word} {i}".encode(), "PartitionKey": str(i)} for i in range(40)])
            assert answer["FailedRecordCount"] == 0
        for i in range(5):
            s3.put_object(Bucket="bucket", Key=f"{word}/{i}", Body=f"{word} {i}".encode() * 100)
        s3.delete_object(Bucket="bucket", Key=f"{word}/0")


@pytest.fixture(scope="module")
def killed(tmp_path_factory):
    return Killed(tmp_path_factory.mktemp("repair"))


def flip(path):
    with open(path, "r+b") as file:
        file.seek(path.stat().st_size // 2)
        byte = file.read(1)[0]
        file.seek(-1, 1)
        file.write(bytes([byte ^ 0x10]))


def each(pattern, damage):
    def run(log):
        found = list(log.glob(pattern))
        assert found, f"{pattern} is not there"
        for path in found:
            damage(path)

    return run


DAMAGES = {
    "MANIFEST flipped": each("MANIFEST-*", flip),
    "MANIFEST gone": each("MANIFEST-*", pathlib.Path.unlink),
    "CURRENT gone": each("CURRENT", pathlib.Path.unlink),
    "SSTs flipped": each("*.sst", flip),
    "SSTs gone": each("*.sst", pathlib.Path.unlink),
    "all but the segments and snapshots gone": lambda log: [p.unlink() for p in log.iterdir() if p.is_file()],
}


@pytest.mark.parametrize("kind", DAMAGES)
def test_all_is_there_after_a_repair(killed, tmp_path, kind):
    data = tmp_path / "data"
    shutil.copytree(killed.kept, data, ignore=shutil.ignore_patterns("*.sock"))
    DAMAGES[kind](data / "log")
    if kind not in ("MANIFEST flipped", "SSTs flipped"):  # a flipped byte may be met later only
        refused = subprocess.run([default_binary(), "serve", "--data-dir", data, "--listen",
                                  f"127.0.0.1:{free_port()}"], capture_output=True, text=True, timeout=60)
        assert refused.returncode == 1, refused.stderr
        assert f"millrace repair --data-dir {data}" in refused.stderr
    done = repair(data)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "Everything was recovered." in done.stdout
    assert "streams: 4\n" in done.stdout and "functions: 2\n" in done.stdout and "objects: 16\n" in done.stdout
    assert kind.startswith("all") or list((data / "log").glob("damaged-*/*")), done.stdout

    before = len(killed.fed())
    server = Millrace(data, args=["--test-clock"]).start()
    try:
        assert everything(server) == killed.all
        kinesis = server.client("kinesis")
        kinesis.put_record(StreamName="fed", PartitionKey="k", Data=b"after " + kind.encode())
        wait_until(lambda: f"after {kind}" in killed.fed(), "the function goes on", 60)
        assert killed.fed()[before:] == [f"after {kind}"], "the checkpoint was kept"
        server.client("s3").put_object(Bucket="bucket", Key="new", Body=b"new")
        kinesis.create_stream(StreamName="new", ShardCount=1)
        assert server.stop() == 0, server.log()
        assert "log_corrupted" not in server.log()
    finally:
        if server.process.poll() is None:
            server.kill()


def test_a_running_server_is_left_alone(tmp_path):
    server = Millrace(tmp_path / "data").start()
    refused = repair(tmp_path / "data")
    assert refused.returncode == 1 and "is in use by another server" in refused.stderr
    assert server.stop() == 0


def test_what_is_no_data_directory_is_refused(tmp_path):
    refused = repair(tmp_path)
    assert refused.returncode == 1 and "it has no folder log" in refused.stderr
    assert list(tmp_path.iterdir()) == []
