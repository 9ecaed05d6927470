"""The data directory: what a power loss leaves of a first start, who may read it, and limits on files."""

import os
import shutil
import stat
import subprocess

import boto3
import pytest
from botocore.exceptions import ClientError

from support.functions import zip_of
from support.millrace import Millrace, default_binary, free_port, wait_until


@pytest.fixture
def millrace(tmp_path):
    server = Millrace(tmp_path / "data")
    yield server
    if server.process and server.process.poll() is None:
        server.kill()


def fill(server):
    kinesis = server.client("kinesis")
    kinesis.create_stream(StreamName="s", ShardCount=1)
    kinesis.put_record(StreamName="s", Data=b"kept", PartitionKey="a")
    s3 = server.client("s3")
    s3.create_bucket(Bucket="bucket")
    s3.put_object(Bucket="bucket", Key="k", Body=b"object")


def check(server):
    kinesis = server.client("kinesis")
    iterator = kinesis.get_shard_iterator(StreamName="s", ShardId="shardId-000000000000",
                                          ShardIteratorType="TRIM_HORIZON")["ShardIterator"]
    assert [r["Data"] for r in kinesis.get_records(ShardIterator=iterator)["Records"]] == [b"kept"]
    assert server.client("s3").get_object(Bucket="bucket", Key="k")["Body"].read() == b"object"


@pytest.mark.parametrize("state", [b"", b"\0\0", None])
def test_an_empty_version_beside_data_heals(millrace, state):
    millrace.start()
    fill(millrace)
    millrace.kill()
    version = millrace.data_dir / "VERSION"
    version.unlink() if state is None else version.write_bytes(state)
    millrace.start()
    check(millrace)
    assert "version_file_recovered" in millrace.log()
    assert version.read_text() == "2\n"


def test_another_version_is_refused(millrace):
    millrace.start()
    fill(millrace)
    millrace.stop()
    (millrace.data_dir / "VERSION").write_text("3\n")
    refused = subprocess.run([millrace.binary, "serve", "--listen", f"127.0.0.1:{free_port()}", "--data-dir",
                              millrace.data_dir], capture_output=True, text=True, timeout=60)
    assert refused.returncode == 1
    assert 'has data of format "3", and this version of Millrace reads format 2' in refused.stderr
    (millrace.data_dir / "VERSION").write_text("2\n")
    millrace.start()
    check(millrace)


# What functions read: their users are not the server's. It lies in a folder that is the server's alone.
OPEN_BELOW = ("functions/bootstrap", "functions/code")


def test_the_data_are_private_whatever_the_umask(tmp_path):
    millrace = Millrace(tmp_path / "data", args=["--tls", "self-signed"])
    before = os.umask(0)
    try:
        millrace.start()
    finally:
        os.umask(before)
    fill(millrace)
    functions = millrace.client("lambda")
    functions.create_function(FunctionName="f", Runtime="python3.11", Handler="index.handler",
                              Role="arn:aws:iam::000000000000:role/r",
                              Code={"ZipFile": zip_of({"index.py": "import os\ndef handler(e, c):\n"
                                                         "    print('x')\n    return os.umask(0)"})})
    functions.get_waiter("function_active_v2").wait(FunctionName="f")
    answer = functions.invoke(FunctionName="f")
    assert "FunctionError" not in answer
    assert int(answer["Payload"].read()) == 0o022, "a function's umask is Lambda's"
    wide = []
    for folder, folders, files in os.walk(millrace.data_dir):
        for name in folders + files:
            path = os.path.join(folder, name)
            below = os.path.relpath(path, millrace.data_dir)
            mode = os.lstat(path).st_mode
            if mode & 0o077 and not stat.S_ISLNK(mode) and not below.startswith(OPEN_BELOW):
                wide.append((below, oct(mode)))
    assert wide == []
    assert stat.S_IMODE(millrace.data_dir.stat().st_mode) == 0o700
    assert millrace.stop() == 0


def test_a_directory_that_others_may_write_to_is_named_in_the_log(millrace):
    millrace.data_dir.mkdir()
    millrace.data_dir.chmod(0o777)
    if os.geteuid() == 0:
        os.chown(millrace.data_dir, 4321, 4321)
    millrace.start()
    assert "data_directory_writable_by_others" in millrace.log() and 'mode="0777"' in millrace.log()
    assert ("data_directory_owned_by_another_user" in millrace.log()) == (os.geteuid() == 0)
    fill(millrace)
    check(millrace)


def test_what_an_earlier_release_made_readable_is_restricted(millrace):
    millrace.start()
    fill(millrace)
    millrace.stop()
    for part in ("log", "objects", "functions"):
        (millrace.data_dir / part).chmod(0o755)
    millrace.start()
    check(millrace)
    for part in ("log", "objects", "functions"):
        assert stat.S_IMODE((millrace.data_dir / part).stat().st_mode) == 0o700


def test_a_limit_on_the_size_of_files_is_a_write_error(tmp_path):
    """Without care SIGXFSZ ends the process at the first byte too many."""
    wrapper = tmp_path / "limited"
    wrapper.write_text(f"#!/bin/bash\nulimit -f 2048\nexec {default_binary()} \"$@\"\n")
    wrapper.chmod(0o755)
    millrace = Millrace(tmp_path / "data", binary=str(wrapper)).start()
    fill(millrace)
    s3 = millrace.client("s3")
    with pytest.raises(ClientError) as refused:
        s3.put_object(Bucket="bucket", Key="large", Body=b"x" * (4 << 20))
    assert refused.value.response["ResponseMetadata"]["HTTPStatusCode"] in (500, 503)
    kinesis = millrace.client("kinesis")
    for _ in range(8):  # more than a file may take
        try:
            kinesis.put_record(StreamName="s", Data=b"y" * 1_000_000, PartitionKey="a")
        except ClientError as error:
            assert error.response["ResponseMetadata"]["HTTPStatusCode"] in (500, 503), error
    assert millrace.process.poll() is None, millrace.log()
    assert s3.get_object(Bucket="bucket", Key="k")["Body"].read() == b"object"
    millrace.kill()


def test_data_without_their_log_are_kept(millrace):
    """A volume that is not mounted must not make a start remove what the log described."""
    millrace.start()
    fill(millrace)
    functions = millrace.client("lambda")
    functions.create_function(FunctionName="f", Runtime="python3.11", Handler="index.handler",
                              Role="arn:aws:iam::000000000000:role/r",
                              Code={"ZipFile": zip_of({"index.py": "def handler(event, context): return 7"})})
    millrace.kill()
    archives = millrace.data_dir / "functions" / "archives"
    before = sorted(archives.rglob("*.zip"))
    assert before
    log, away = millrace.data_dir / "log", millrace.data_dir.parent / "log-elsewhere"
    log.rename(away)
    for state in ("missing", "empty"):
        refused = subprocess.run([millrace.binary, "serve", "--listen", f"127.0.0.1:{free_port()}", "--data-dir",
                                  millrace.data_dir], capture_output=True, text=True, timeout=60)
        assert refused.returncode == 1
        assert f"its folder log is {state}" in refused.stderr and "--accept-data-loss" in refused.stderr
        log.mkdir(exist_ok=True)
    for args in (["--accept-data-loss"], []):
        lossy = Millrace(millrace.data_dir, args=args)
        lossy.start()
        lossy.stop()
        assert sorted(archives.rglob("*.zip")) == before
    shutil.rmtree(log)
    away.rename(log)
    millrace.start()
    check(millrace)
    assert millrace.client("lambda").invoke(FunctionName="f")["Payload"].read() == b"7"
