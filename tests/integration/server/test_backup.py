"""Backups of a server that goes on serving, and what is restored from them."""

import io
import os
import subprocess
import threading
import zipfile

import pytest

from support.millrace import Millrace, default_binary, wait_until


def command(*args):
    return subprocess.run([default_binary(), *map(str, args)], capture_output=True, text=True, timeout=60)


def read_all(kinesis, stream):
    records = []
    for shard in kinesis.list_shards(StreamName=stream)["Shards"]:
        position = {"StreamName": stream, "ShardId": shard["ShardId"], "ShardIteratorType": "TRIM_HORIZON"}
        iterator = kinesis.get_shard_iterator(**position)["ShardIterator"]
        while True:
            answer = kinesis.get_records(ShardIterator=iterator)
            if not answer["Records"]:
                break
            records += [r["Data"].decode() for r in answer["Records"]]
            iterator = answer["NextShardIterator"]
    return records


class Writer(threading.Thread):
    """Puts records into a stream, and an object again and again, until it is told to stop."""

    def __init__(self, server):
        super().__init__(daemon=True)
        self.kinesis, self.s3 = server.client("kinesis"), server.client("s3")
        self.stopping = False
        self.put = []

    def run(self):
        n = 0
        while not self.stopping:
            self.kinesis.put_record(StreamName="s", PartitionKey=str(n), Data=f"r{n} ".encode() + bytes(n * 91 % 5000))
            self.put.append(n)
            self.s3.put_object(Bucket="bucket", Key="changing", Body=str(n).encode() * 1000)
            n += 1


HANDLER = "def handler(event, context):\n    return {'n': event['n'] + 1}\n"


def test_a_backup_under_load_is_restored_elsewhere(tmp_path):
    server = Millrace(tmp_path / "data").start()
    kinesis, s3, functions = (server.client(name) for name in ("kinesis", "s3", "lambda"))
    kinesis.create_stream(StreamName="s", ShardCount=2)
    kinesis.create_stream(StreamName="secret", ShardCount=1)
    kinesis.start_stream_encryption(StreamName="secret", EncryptionType="KMS", KeyId="alias/aws/kinesis")
    kinesis.put_record(StreamName="secret", PartitionKey="k", Data=b"hush")
    s3.create_bucket(Bucket="bucket")
    s3.put_object(Bucket="bucket", Key="kept", Body=b"kept" * 10_000)
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as z:
        z.writestr("f.py", HANDLER)
    functions.create_function(
        FunctionName="f",
        Runtime="python3.11",
        Role="arn:aws:iam::000000000000:role/r",
        Handler="f.handler",
        Code={"ZipFile": archive.getvalue()},
    )
    writer = Writer(server)
    writer.start()
    backup = tmp_path / "backup"
    try:
        while len(writer.put) < 30:
            pass
        before = len(writer.put)
        made = command("backup", "--data-dir", server.data_dir, "--to", backup)
        assert made.returncode == 0, made.stderr
        assert "MB" in made.stdout and "master key" in made.stdout
        after = len(writer.put) + 2
    finally:
        writer.stopping = True
        writer.join(30)
    assert not (tmp_path / "backup.partial").exists()
    assert os.stat(backup).st_mode & 0o777 == 0o700
    server.kill()

    restored = command("restore", "--from", backup, "--data-dir", tmp_path / "other")
    assert restored.returncode == 0, restored.stderr
    assert "millrace serve --data-dir" in restored.stdout
    other = Millrace(tmp_path / "other").start()
    kinesis, s3, functions = (other.client(name) for name in ("kinesis", "s3", "lambda"))
    numbers = sorted(int(data.split()[0][1:]) for data in read_all(kinesis, "s"))
    assert before <= len(numbers) <= after
    assert numbers == list(range(len(numbers)))
    assert read_all(kinesis, "secret") == ["hush"]
    assert s3.get_object(Bucket="bucket", Key="kept")["Body"].read() == b"kept" * 10_000
    changing = s3.get_object(Bucket="bucket", Key="changing")["Body"].read().decode()
    assert changing == changing[: len(changing) // 1000] * 1000
    answer = functions.invoke(FunctionName="f", Payload=b'{"n": 41}')
    assert answer["Payload"].read() == b'{"n": 42}'
    kinesis.put_record(StreamName="s", PartitionKey="k", Data=b"goes on")
    assert other.stop() == 0


def test_errors_name_the_thing(tmp_path):
    none = command("backup", "--data-dir", tmp_path / "nowhere", "--to", tmp_path / "b")
    assert none.returncode == 1 and "nowhere: No such file" in none.stderr
    (tmp_path / "idle").mkdir()
    idle = command("backup", "--data-dir", tmp_path / "idle", "--to", tmp_path / "b")
    assert idle.returncode == 1 and "no server is running on" in idle.stderr
    server = Millrace(tmp_path / "data").start()
    (tmp_path / "there").mkdir()
    there = command("backup", "--data-dir", server.data_dir, "--to", tmp_path / "there")
    assert there.returncode == 1 and "there already" in there.stderr
    denied = command("backup", "--data-dir", server.data_dir, "--to", "/proc/no/backup")
    assert denied.returncode == 1 and "cannot be created" in denied.stderr
    assert os.stat(server.data_dir / "control.sock").st_mode & 0o777 == 0o600
    assert command("backup", "--data-dir", server.data_dir, "--to", tmp_path / "b").returncode == 0
    foreign = command("restore", "--from", tmp_path / "there", "--data-dir", tmp_path / "r")
    assert foreign.returncode == 1 and "not a complete backup" in foreign.stderr
    full = command("restore", "--from", tmp_path / "b", "--data-dir", server.data_dir)
    assert full.returncode == 1 and "not empty" in full.stderr
    assert server.stop() == 0
    assert not (server.data_dir / "control.sock").exists()


@pytest.mark.parametrize("name", ["control.sock", "control.key"])
def test_a_directory_in_the_place_of_the_control_socket_is_named_with_the_remedy(tmp_path, name):
    data = tmp_path / "data"
    (data / name / "below").mkdir(parents=True)
    started = command("serve", "--listen", "127.0.0.1:0", "--data-dir", data)
    assert started.returncode == 1
    assert f"{data / name} is a directory" in started.stderr and "Move or remove the directory" in started.stderr
    assert (data / name / "below").is_dir()


def test_a_backup_that_finds_no_room_leaves_nothing(tmp_path):
    small = tmp_path / "small"
    small.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=8m", "tmpfs", small], capture_output=True, text=True)
    if mounted.returncode != 0:
        pytest.fail(f"a file system cannot be mounted here: {mounted.stderr.strip()}")
    try:
        server = Millrace(tmp_path / "data").start()
        server.client("kinesis").create_stream(StreamName="s", ShardCount=1)
        for _ in range(12):
            server.client("kinesis").put_record(StreamName="s", PartitionKey="k", Data=os.urandom(1_000_000))
        full = command("backup", "--data-dir", server.data_dir, "--to", small / "b")
        assert full.returncode == 1 and "not enough space" in full.stderr, full.stderr
        assert list(small.iterdir()) == []
        assert server.stop() == 0
    finally:
        subprocess.run(["umount", "--lazy", small], check=True)


def test_sigterm_cancels_a_backup(tmp_path):
    server = Millrace(tmp_path / "data").start()
    server.client("kinesis").create_stream(StreamName="s", ShardCount=1)
    (server.data_dir / "tls").mkdir()
    with open(server.data_dir / "tls" / "large", "wb") as large:
        large.truncate(100 << 30)
    copy = tmp_path / "b.partial" / "tls" / "large"
    made = subprocess.Popen(
        [default_binary(), "backup", "--data-dir", server.data_dir, "--to", tmp_path / "b"],
        stderr=subprocess.PIPE,
        text=True,
    )
    wait_until(lambda: copy.exists() and copy.stat().st_size > 0, "the backup is under way")
    assert command("doctor", "--data-dir", server.data_dir).returncode == 0, "answered during a backup"
    assert server.stop() == 0
    assert "the server is stopping" in made.communicate(timeout=60)[1]
    assert made.returncode == 1
    assert not copy.parents[1].exists() and not (tmp_path / "b").exists()
