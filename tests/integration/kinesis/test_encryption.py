"""Encryption at rest: what is on disk, who reads what, and the keys."""

import base64
import os
import stat
import subprocess

import pytest
from botocore.eventstream import EventStreamBuffer
from botocore.exceptions import ClientError

from support.cbor_client import CborClient
from support.json_client import JsonClient
from support.millrace import Millrace

KEY, OTHER_KEY = "alias/aws/kinesis", "arn:aws:kms:us-east-1:123456789012:key/12345678-1234-1234-1234-123456789012"
ARN = "arn:aws:kinesis:us-east-1:000000000000:stream/s"


@pytest.fixture
def server(tmp_path):
    millrace = Millrace(tmp_path / "data").start()
    yield millrace
    if millrace.process.poll() is None:
        assert millrace.stop() == 0, millrace.log()


@pytest.fixture
def client(server):
    kinesis = server.client("kinesis")
    kinesis.create_stream(StreamName="s", ShardCount=1)
    return kinesis


def encrypt(client, key=KEY):
    client.start_stream_encryption(StreamName="s", EncryptionType="KMS", KeyId=key)


def decrypt(client, key=KEY):
    client.stop_stream_encryption(StreamName="s", EncryptionType="KMS", KeyId=key)


def put(client, data, key="k"):
    return client.put_record(StreamName="s", Data=data, PartitionKey=key).get("EncryptionType")


def key_of(client):
    summary = client.describe_stream_summary(StreamName="s")["StreamDescriptionSummary"]
    stream = client.describe_stream(StreamName="s")["StreamDescription"]
    assert (stream["EncryptionType"], stream.get("KeyId")) == (summary["EncryptionType"], summary.get("KeyId"))
    return summary["EncryptionType"], summary.get("KeyId")


def read(wire):
    """The shard's records as (data, encryption)."""
    iterator = wire.ok("GetShardIterator", StreamName="s", ShardId="0", ShardIteratorType="TRIM_HORIZON")
    return told(wire, wire.ok("GetRecords", **iterator)["Records"])


def told(wire, records):
    as_bytes = base64.b64decode if not isinstance(wire, CborClient) else bytes
    return [(as_bytes(r["Data"]), r.get("EncryptionType")) for r in records]


def subscribe(wire, name):
    """As `read`, of a shard that is closed: its subscription ends."""
    consumer = wire.ok("RegisterStreamConsumer", StreamARN=ARN, ConsumerName=name)["Consumer"]["ConsumerARN"]
    position = {"ConsumerARN": consumer, "ShardId": "0", "StartingPosition": {"Type": "TRIM_HORIZON"}}
    answer = wire.call("SubscribeToShard", wire.encode(position))
    assert answer.status == 200, answer.body
    buffer, records = EventStreamBuffer(), []
    buffer.add_data(answer.body)
    for message in list(buffer)[1:]:
        assert message.headers[":event-type"] == "SubscribeToShardEvent", message.payload
        records += wire.decode(message.payload)["Records"]
    wire.ok("DeregisterStreamConsumer", ConsumerARN=consumer)
    return told(wire, records)


def bytes_of_log(server):
    return b"".join(f.read_bytes() for f in (server.data_dir / "log").rglob("*") if f.is_file())


def run_to_its_end(server, *args):
    """What a start that fails says."""
    command = [server.binary, "serve", "--listen", "127.0.0.1:0", "--data-dir", str(server.data_dir), *args]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, stdin=subprocess.DEVNULL)
    assert done.returncode == 1
    return done.stdout + done.stderr


def test_every_record_is_read_by_every_way_whatever_became_of_its_key(server, client):
    assert put(client, b"before") is None
    encrypt(client)
    assert put(client, b"first", key="k\u00e9y") == "KMS"
    entries = [{"Data": data, "PartitionKey": "k"} for data in (b"", b"x" * 200_000)]
    assert client.put_records(StreamName="s", Records=entries)["EncryptionType"] == "KMS"
    encrypt(client, OTHER_KEY)
    assert key_of(client) == ("KMS", OTHER_KEY)
    assert put(client, b"other key") == "KMS"
    decrypt(client, OTHER_KEY)
    assert key_of(client) == ("NONE", None)
    assert put(client, b"after") is None
    encrypt(client)
    assert put(client, b"again") == "KMS"
    client.split_shard(StreamName="s", ShardToSplit="shardId-000000000000", NewStartingHashKey=str(2**127))
    expected = [
        (b"before", None),
        (b"first", "KMS"),
        (b"", "KMS"),
        (b"x" * 200_000, "KMS"),
        (b"other key", "KMS"),
        (b"after", None),
        (b"again", "KMS"),
    ]

    def check():
        for wire in (JsonClient(server), CborClient(server)):
            assert read(wire) == expected
            assert subscribe(wire, "app") == expected

    check()
    server.kill()
    server.start()
    check()
    decrypt(client)
    assert server.stop() == 0
    server.start()
    check()


def test_what_is_encrypted_is_nowhere_on_the_disk(server, client):
    secrets = {name: os.urandom(64) for name in ("json", "cbor", "many")}
    public = [os.urandom(64) for _ in range(2)]
    put(client, public[0])
    encrypt(client)
    put(client, secrets["json"])
    CborClient(server).ok("PutRecord", StreamName="s", Data=secrets["cbor"], PartitionKey="k")
    entries = [{"Data": secrets["many"], "PartitionKey": str(i)} for i in range(10)]
    client.put_records(StreamName="s", Records=entries)
    decrypt(client)
    put(client, public[1])
    assert server.stop() == 0
    log = bytes_of_log(server)
    for marker in public:
        assert marker in log
    for name, marker in secrets.items():
        assert marker not in log, name
        assert marker[:16] not in log and base64.b64encode(marker)[:24] not in log, name
    assert (server.data_dir / "keys/master").read_bytes() not in log


def test_the_largest_records(server, client):
    json, cbor = JsonClient(server), CborClient(server)
    encrypt(client)
    data = os.urandom((1 << 20) - 256)
    put(client, data, key="k" * 256)
    json.ok("UpdateMaxRecordSize", StreamARN=ARN, MaxRecordSizeInKiB=10240)
    larger = os.urandom((10 << 20) - 1)
    cbor.ok("PutRecord", StreamName="s", Data=larger, PartitionKey="k")
    for wire in (json, cbor):
        iterator = wire.ok("GetShardIterator", StreamName="s", ShardId="0", ShardIteratorType="TRIM_HORIZON")
        first = wire.ok("GetRecords", **iterator)
        second = wire.ok("GetRecords", ShardIterator=first["NextShardIterator"])
        assert told(wire, first["Records"]) == [(data, "KMS")]
        assert told(wire, second["Records"]) == [(larger, "KMS")]


def test_the_same_key_again_changes_nothing(client):
    encrypt(client)
    encrypt(client)
    assert key_of(client) == ("KMS", KEY)
    decrypt(client)
    with pytest.raises(ClientError, match="is not encrypted with key"):
        decrypt(client)


@pytest.mark.parametrize("key", ["key", "alias/", "alias/a b", "arn:aws:kms:us-east-1:1:key/x", "12345678-1234"])
def test_what_names_no_key(client, key):
    with pytest.raises(ClientError) as e:
        encrypt(client, key)
    assert e.value.response["Error"] == {"Code": "KMSNotFoundException", "Message": f"Invalid keyId '{key}'"}
    assert key_of(client) == ("NONE", None)


@pytest.mark.parametrize("key", ["alias/mine", OTHER_KEY, OTHER_KEY[-36:], "arn:aws:kms:us-east-1:123456789012:alias/a"])
def test_what_names_a_key(client, key):
    encrypt(client, key)
    assert key_of(client) == ("KMS", key)
    decrypt(client, key)


def test_the_master_key_is_made_once_and_for_its_owner(tmp_path):
    file = tmp_path / "elsewhere" / "deep" / "key"
    server = Millrace(tmp_path / "data", args=["--master-key-file", str(file)])
    keys = set()
    for _ in range(2):
        server.start()
        assert server.stop() == 0
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
        keys.add(file.read_bytes())
    assert len(keys) == 1 and len(keys.pop()) == 32
    assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700
    assert list(file.parent.iterdir()) == [file]
    assert not (server.data_dir / "keys").exists()


def test_a_wrong_master_key_stops_the_start(server, client):
    encrypt(client)
    put(client, b"secret")
    assert server.stop() == 0
    file = server.data_dir / "keys/master"
    right = file.read_bytes()

    wrong = file.with_name("wrong")
    wrong.write_bytes(os.urandom(32))
    said = run_to_its_end(server, "--master-key-file", str(wrong))
    assert f"--master-key-file: {wrong} contains the wrong key: the stream {ARN} was encrypted under another key" in said

    file.unlink()
    assert f"--master-key-file: {file} does not exist: the stream {ARN} was encrypted" in run_to_its_end(server)
    assert not file.exists(), "a key that opens nothing does not take the place of the one that was lost"

    for size in (0, 31, 33):
        file.write_bytes(os.urandom(size))
        assert f"--master-key-file: {file} is not a key of 32 bytes" in run_to_its_end(server)
    assert f"--master-key-file: {file.parent} cannot be read: " in run_to_its_end(
        server, "--master-key-file", str(file.parent)
    )

    file.write_bytes(right)
    server.start()
    assert read(JsonClient(server)) == [(b"secret", "KMS")]


def test_a_master_key_that_cannot_be_kept_stops_the_start(tmp_path):
    server = Millrace(tmp_path / "data")
    (tmp_path / "file").write_bytes(b"")
    path = tmp_path / "file" / "key"
    assert f"--master-key-file: {path} cannot be read: Not a directory" in run_to_its_end(
        server, "--master-key-file", str(path)
    )


def test_a_deleted_streams_keys_are_gone(server, client):
    encrypt(client)
    put(client, b"secret")
    client.delete_stream(StreamName="s")
    client.create_stream(StreamName="s", ShardCount=1)
    assert key_of(client) == ("NONE", None)
    assert server.stop() == 0
    (server.data_dir / "keys/master").write_bytes(os.urandom(32))
    server.start()  # nothing is left that another master key does not open
