"""A disk that is full: writes are refused and reads go on, until there is space; then the server recovers by itself."""

import base64
import os
import pathlib
import subprocess
import sys

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))

from support.json_client import JsonClient  # noqa: E402
from support.millrace import Millrace, wait_until  # noqa: E402

SIZE = 256 << 20


@pytest.fixture
def small_disk(tmp_path):
    """A directory on a file system of its own, of 256 MiB."""
    directory = tmp_path / "disk"
    directory.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={SIZE}", "tmpfs", str(directory)], capture_output=True, text=True
    )
    if mounted.returncode != 0:
        pytest.fail(f"a file system cannot be mounted here: {mounted.stderr.strip()}")
    yield directory
    subprocess.run(["umount", "--lazy", str(directory)], check=True)


def fill(directory):
    """Takes all the space that is left."""
    ballast = os.open(directory / "ballast", os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    for size in (1 << 20, 4096):
        try:
            while os.write(ballast, bytes(size)) == size:
                pass
        except OSError:
            pass
    os.close(ballast)


def read_all(raw, stream):
    position = raw.ok("GetShardIterator", StreamName=stream, ShardId="0", ShardIteratorType="TRIM_HORIZON")
    records, iterator = [], position["ShardIterator"]
    while True:
        answer = raw.ok("GetRecords", ShardIterator=iterator)
        if not answer["Records"]:
            return records
        records += [(r["SequenceNumber"], r["Data"]) for r in answer["Records"]]
        iterator = answer["NextShardIterator"]


def metric(server, name):
    text = server.raw("GET", "/metrics").body.decode()
    return next(float(line.split()[-1]) for line in text.splitlines() if line.split(" ")[0] == name)


@pytest.mark.parametrize("durability", ["fsync", "os"])
def test_a_full_disk_refuses_writes_and_recovers_by_itself(small_disk, tmp_path, durability):
    server = Millrace(small_disk / "data", args=["--durability", durability])
    server.log_path = tmp_path / "server.log"
    server.start()
    raw = JsonClient(server)
    raw.ok("CreateStream", StreamName="s", ShardCount=1)
    kept, number = [], 0

    def put():
        nonlocal number
        data = base64.b64encode(number.to_bytes(4, "big") + os.urandom(400_000)).decode()
        number += 1
        response = raw.call("PutRecord", f'{{"StreamName":"s","PartitionKey":"k","Data":"{data}"}}')
        if response.status == 200:
            kept.append(data)
        return response

    for _ in range(20):
        assert put().status == 200
    for round_ in range(3):
        fill(small_disk)
        for _ in range(200):
            refused = put()
            if refused.status != 200:
                break
        assert refused.status == 503, refused.body
        assert b"disk is full" in refused.body
        for _ in range(5):
            assert put().status == 503
        assert server.raw("GET", "/health/ready").status == 503
        assert b"read-only" in server.raw("GET", "/health/ready").body
        assert server.raw("GET", "/health/live").status == 200
        assert metric(server, "millrace_read_only") == 1
        assert metric(server, "millrace_commit_failures_total") > round_
        refused = raw.call("CreateStream", '{"StreamName":"t","ShardCount":1}')
        assert refused.status == 503, refused.body
        assert [data for _, data in read_all(raw, "s")] == kept, "reading goes on"
        (small_disk / "ballast").unlink()
        wait_until(lambda: server.raw("GET", "/health/ready").status == 200, "the server recovers by itself")
        assert metric(server, "millrace_read_only") == 0
        assert put().status == 200
        assert [data for _, data in read_all(raw, "s")] == kept
    log = server.log()
    assert log.count("writes_rejected") == 3 and log.count("writes_resumed") == 3
    assert "No space left" in log
    assert len(log.splitlines()) < 100, "a refused write is not a line of the log"
    assert server.stop() == 0
    server.start()
    records = read_all(raw, "s")
    assert [data for _, data in records] == kept
    assert [n for n, _ in records] == sorted((n for n, _ in records), key=int)
    assert server.stop() == 0


def test_a_server_killed_with_a_full_disk_starts_when_there_is_space(small_disk, tmp_path):
    server = Millrace(small_disk / "data")
    server.log_path = tmp_path / "server.log"
    server.start()
    raw = JsonClient(server)
    raw.ok("CreateStream", StreamName="s", ShardCount=1)
    kept = []
    fill(small_disk)
    for n in range(2000):
        data = base64.b64encode(os.urandom(300_000)).decode()
        if raw.call("PutRecord", f'{{"StreamName":"s","PartitionKey":"k","Data":"{data}"}}').status != 200:
            break
        kept.append(data)
    server.kill()
    (small_disk / "ballast").unlink()
    server.start()
    assert [data for _, data in read_all(raw, "s")] == kept
    raw.ok("PutRecord", StreamName="s", Data="YQ==", PartitionKey="k")
    assert server.stop() == 0


def records(raw, stream, size, most):
    """Puts records until one is refused; answers the data of the others."""
    put = []
    for _ in range(most):
        data = base64.b64encode(os.urandom(size)).decode()
        answer = raw.call("PutRecord", f'{{"StreamName":"{stream}","PartitionKey":"k","Data":"{data}"}}')
        if answer.status != 200:
            assert answer.status == 503, answer.body
            break
        put.append(data)
    return put


def test_restarts_on_a_full_disk_come_up_and_room_can_be_made(small_disk, tmp_path):
    server = Millrace(small_disk / "data")
    server.log_path = tmp_path / "server.log"
    server.start()
    raw = JsonClient(server)
    for stream in ("kept", "bulk"):
        raw.ok("CreateStream", StreamName=stream, ShardCount=1)
    kept = records(raw, "kept", 1000, 20)
    assert server.raw("PUT", "/bucket").status == 200
    for key in ("one", "two"):
        assert server.raw("PUT", f"/bucket/{key}", body=os.urandom(1000)).status == 200
    bulk = records(raw, "bulk", 700_000, 1000)
    assert 50 < len(bulk) < 1000
    fill(small_disk)
    for round_ in range(6):
        if round_ % 2:
            assert server.stop() == 0
        else:
            server.kill()
        server.start(health="/health/live")
        assert [data for _, data in read_all(raw, "kept")] == kept
        assert records(raw, "kept", 300_000, 1) == [], "the room that is left is for what makes more"
        assert server.raw("PUT", "/bucket/three", body=bytes(300_000)).status == 503
    assert "disk is full" in server.log()
    assert server.raw("GET", "/bucket/one").status == 200
    assert server.raw("DELETE", "/bucket/one").status == 204
    assert server.raw("GET", "/bucket/one").status == 404
    raw.ok("DecreaseStreamRetentionPeriod", StreamName="kept", RetentionPeriodHours=24)
    raw.ok("DeleteStream", StreamName="bulk")
    wait_until(lambda: server.raw("GET", "/health/ready").status == 200, "writes are taken again", 120)
    kept += records(raw, "kept", 300_000, 5)
    assert len(kept) == 25
    server.kill()
    server.start()
    assert [data for _, data in read_all(raw, "kept")] == kept
    assert raw.ok("ListStreams")["StreamNames"] == ["kept"]
    assert server.stop() == 0


def test_a_start_without_any_space_is_refused_and_says_so(small_disk, tmp_path):
    server = Millrace(small_disk / "data")
    server.log_path = tmp_path / "server.log"
    server.start()
    raw = JsonClient(server)
    raw.ok("CreateStream", StreamName="s", ShardCount=1)
    kept = records(raw, "s", 1000, 20)
    server.kill()
    (small_disk / "data/log/reserve").unlink()  # as an earlier start on a full disk leaves it
    fill(small_disk)
    for _ in range(3):
        with pytest.raises(AssertionError, match="is full"):
            server.start()
        assert server.process.returncode == 1, server.log()
    assert "Free space on the disk" in server.log()
    (small_disk / "ballast").unlink()
    server.start()
    assert [data for _, data in read_all(raw, "s")] == kept
    assert server.stop() == 0
