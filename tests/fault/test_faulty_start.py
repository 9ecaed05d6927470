"""A start on a disk that fails or has spoilt something: all that was acknowledged is there, or the start is refused
with the reason, and changes nothing that a later start would need."""

import base64
import concurrent.futures
import errno
import hashlib
import io
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import time
import zipfile

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))

from support.json_client import JsonClient  # noqa: E402
from support.millrace import Millrace, wait_until  # noqa: E402

LAMBDA = {
    "Authorization": "AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20260101/us-east-1/lambda/aws4_request, "
    "SignedHeaders=host, Signature=0",
    "X-Amz-Date": "20260101T000000Z",
}
WORKERS = 2

RECORDS = [f"record {n} ".encode() * (1 + n % 7 * 400) for n in range(40)]
OBJECTS = {f"object-{n}": os.urandom(size) for n, size in enumerate((0, 100, 300_000))}


def archive():
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as z:
        z.writestr("lambda_function.py", "def handler(event, context):\n    return event\n")
    return out.getvalue()


ARCHIVE = archive()
ARCHIVE_NAME = hashlib.sha256(ARCHIVE).hexdigest() + ".zip"


class Kept:
    """What a killed server left: of an earlier run in the index's files, of the last one in the log alone."""

    def __init__(self, directory):
        self.directory = directory
        server = Millrace(directory / "data").start()
        raw = JsonClient(server)
        raw.ok("CreateStream", StreamName="s", ShardCount=1)
        assert server.raw("PUT", "/bucket").status == 200
        self.put(server, 0)
        assert server.stop() == 0
        server.start()
        raw.ok("CreateStream", StreamName="t", ShardCount=1)
        self.put(server, 1)
        body = {"FunctionName": "f", "Runtime": "python3.11", "Role": "arn:aws:iam::000000000000:role/r"}
        body |= {"Handler": "lambda_function.handler", "Code": {"ZipFile": base64.b64encode(ARCHIVE).decode()}}
        answer = server.raw("POST", "/2015-03-31/functions", LAMBDA, raw.encode(body))
        assert answer.status == 201, answer.body
        log = self.last_segment()
        size = len(log.read_bytes().rstrip(b"\0"))
        # The log says that the last commit is on disk, soon after.
        wait_until(lambda: len(log.read_bytes().rstrip(b"\0")) != size or self.settled(log), "a mark in the log")
        server.kill()

    def settled(self, log, seconds=1.0):
        before = log.read_bytes()
        time.sleep(seconds)
        return log.read_bytes() == before

    def last_segment(self):
        return max(
            p for p in (self.directory / "data/log/segments").iterdir() if p.read_bytes()[:8] == b"MILLSEG2"
        )

    def put(self, server, part):
        raw = JsonClient(server)
        for n, data in enumerate(RECORDS):
            if n % 2 == part:
                raw.ok("PutRecord", StreamName="s", PartitionKey="k", Data=base64.b64encode(data).decode())
        for n, (key, data) in enumerate(OBJECTS.items()):
            if n % 2 == part:
                assert server.raw("PUT", f"/bucket/{key}", body=data).status == 200

    def copy(self, to):
        subprocess.run(["cp", "-a", "--sparse=always", str(self.directory / "data"), str(to)], check=True)
        return to


def records_lost(server):
    lines = server.raw("GET", "/metrics").body.decode().splitlines()
    return sum(float(line.split()[-1]) for line in lines if line.startswith("millrace_log_records_lost_total"))


def check(server, spoilt_records=False):
    """Whether everything is there; with `spoilt_records` but for some, of which the server says so."""
    raw = JsonClient(server)
    assert raw.ok("ListStreams")["StreamNames"] == ["s", "t"]
    position = raw.ok("GetShardIterator", StreamName="s", ShardId="0", ShardIteratorType="TRIM_HORIZON")
    answer = raw.call("GetRecords", raw.encode({"ShardIterator": position["ShardIterator"]}))
    whole = RECORDS[0::2] + RECORDS[1::2]
    if answer.status != 200:
        assert spoilt_records and answer.status == 500, answer.body
    else:
        found = [base64.b64decode(r["Data"]) for r in raw.decode(answer.body)["Records"]]
        assert found == whole or (spoilt_records and set(found) < set(whole) and records_lost(server) > 0)
    for key, data in OBJECTS.items():
        answer = server.raw("GET", f"/bucket/{key}")
        assert answer.status == 200 and answer.body == data, key
    answer = server.raw("GET", "/2015-03-31/functions/f", LAMBDA)
    assert answer.status == 200, answer.body
    stored = list((server.data_dir / "functions/archives").rglob(ARCHIVE_NAME))
    assert [p.read_bytes() for p in stored] == [ARCHIVE]


def everything_is_there(server):
    try:
        check(server)
    except (AssertionError, OSError):
        return False
    return True


def ended(server):
    """What the server says when it ends, "" while it runs."""
    if server.process.poll() is None:
        return ""
    text = server.log()
    assert server.process.returncode == 1, f"ended with {server.process.returncode}:\n{text}"
    assert "millrace: " in text, text
    return text[text.rindex("millrace: ") :]


def outcome(server):
    """Starts the server; "" when it is ready, what it says when it ends at once."""
    try:
        server.start()
        return ""
    except AssertionError:
        if server.process.poll() is None:
            server.kill()
            raise
        return ended(server)


@pytest.fixture(scope="module")
def kept(tmp_path_factory):
    return Kept(tmp_path_factory.mktemp("kept"))


@pytest.fixture(scope="module")
def shim(tmp_path_factory):
    library = tmp_path_factory.mktemp("shim") / "failing_files.so"
    source = pathlib.Path(__file__).parent / "preload/failing_files.c"
    subprocess.run(["cc", "-shared", "-fPIC", "-O1", "-Wall", "-Werror", "-o", library, source, "-ldl"], check=True)
    return library


def environment(shim, directory, at=0, error=errno.EIO, short=False):
    log = directory.parent / (directory.name + ".operations")
    env = {"LD_PRELOAD": str(shim), "FAULT_DIR": str(directory), "FAULT_LOG": str(log), "FAULT_AT": str(at)}
    env["FAULT_ERRNO"] = str(error)
    return env | ({"FAULT_SHORT": "1"} if short else {})


def operations(directory):
    log = directory.parent / (directory.name + ".operations")
    lines = [line.split(" ", 2) for line in log.read_text().splitlines()]
    # Of threads side by side, in the order of their numbers.
    return [line[1:] for line in sorted(lines, key=lambda line: int(line[0]))]


def some_of(seen):
    """The numbers of the operations to fail: of many like ones, on files of one kind, the first two and the last."""
    like = {}
    for number, (operation, path) in enumerate(seen, 1):
        like.setdefault((operation, re.sub(r"[0-9]{2,}", "#", path)), []).append(number)
    return sorted({n for numbers in like.values() for n in numbers[:2] + numbers[-1:]})


def kinds_of(operation, number):
    """How an operation fails: an errno and whether it is short instead."""
    if operation in ("open", "opendir"):
        return [(errno.EMFILE if number % 2 else errno.EIO, False)]
    if operation == "read":
        return [(errno.EIO, False), (errno.EIO, True)]
    if operation in ("write", "fallocate", "mkdir"):
        return [(errno.ENOSPC if number % 2 else errno.EIO, False)]
    return [(errno.EIO, False)]


def one_fault(kept, shim, tmp_path, number, error, short):
    directory = kept.copy(tmp_path / f"{number}-{error}-{short}")
    server = Millrace(directory, env=environment(shim, directory, number, error, short))
    refused, what = "", ["none", ""]
    try:
        try:
            refused = outcome(server)
        finally:
            seen = operations(directory)
            what = seen[number - 1] if len(seen) >= number else what
        if not refused:
            # A request may meet the fault, once.
            wait_until(lambda: ended(server) or everything_is_there(server), "everything is there", 10)
            refused = ended(server)
        if not refused:
            server.kill()
        server.env = {}
        assert outcome(server) == "", "the next start fails"
        check(server)
    except AssertionError as e:
        return f"{number} {what} errno {error} short {short}: {refused or 'ready'}: {e}"
    finally:
        if server.process.poll() is None:
            server.kill()
        shutil.rmtree(directory)
    # A file that is being written is NAME.new until it is whole; the message names what it is to be.
    if refused and pathlib.Path(what[1].removesuffix(".new")).name not in refused and "ulimit" not in refused:
        return f"{number} {what} errno {error} short {short}: does not name it: {refused}"
    return None


def test_a_fault_of_any_operation_loses_nothing(kept, shim, tmp_path):
    directory = kept.copy(tmp_path / "whole")
    server = Millrace(directory, env=environment(shim, directory))
    assert outcome(server) == ""
    count = len(operations(directory))
    check(server)
    assert server.stop() == 0
    assert count > 50, "the operations are not seen"
    seen = operations(directory)[:count]
    shutil.rmtree(directory)
    cases = [(n, e, s) for n in some_of(seen) for e, s in kinds_of(seen[n - 1][0], n)]
    with concurrent.futures.ThreadPoolExecutor(WORKERS) as pool:
        wrong = [w for w in pool.map(lambda c: one_fault(kept, shim, tmp_path, *c), cases) if w]
    assert not wrong, f"{len(wrong)} of {len(cases)}:\n" + "\n".join(wrong)


def spoilt(path, at):
    with open(path, "r+b") as file:
        file.seek(at)
        was = file.read(1)[0]
        file.seek(at)
        file.write(bytes([was ^ 0x10]))


def places(path):
    """Where to flip a bit: in what a file begins with, in its middle, at its end."""
    used = len(path.read_bytes().rstrip(b"\0"))
    if used == 0:
        return []
    some = {0, 5, 12, 24, 39, 44, used // 3, used // 2, used - 2, used - 1}
    return sorted(at for at in some if 0 <= at < used)


def one_flip(kept, tmp_path, name, at):
    directory = kept.copy(tmp_path / f"{name.replace('/', '_')}-{at}")
    server = Millrace(directory)
    try:
        spoilt(directory / name, at)
        refused = outcome(server)
        if not refused:
            check(server, spoilt_records="segments/" in name)
            return None
        assert "--" in refused or "millrace " in refused, f"names no remedy: {refused}"
        spoilt(directory / name, at)
        assert outcome(server) == "", "put right, it does not start"
        check(server)
    except AssertionError as e:
        return f"{name} at {at}: {e}"
    finally:
        if server.process.poll() is None:
            server.kill()
        shutil.rmtree(directory)
    return None


def test_a_flipped_bit_in_any_file_is_refused_or_costs_nothing(kept, tmp_path):
    data = kept.directory / "data"
    names = [str(p.relative_to(data)) for p in data.rglob("*") if p.is_file() and not p.is_symlink()]
    names = [n for n in names if not n.startswith(("objects/", "functions/"))]
    cases = [(n, at) for n in sorted(names) for at in places(data / n)]
    assert any("MANIFEST" in n for n, _ in cases) and any(n.endswith(".sst") for n, _ in cases)
    with concurrent.futures.ThreadPoolExecutor(WORKERS) as pool:
        wrong = [w for w in pool.map(lambda c: one_flip(kept, tmp_path, *c), cases) if w]
    assert not wrong, f"{len(wrong)} of {len(cases)}:\n" + "\n".join(wrong)


def findings(server):
    answer = subprocess.run(
        [server.binary, "doctor", "--format", "json", "--data-dir", server.data_dir], capture_output=True, text=True
    )
    return [f["id"] for f in json.loads(answer.stdout)["findings"]]


def metric(server, name):
    lines = server.raw("GET", "/metrics").body.decode().splitlines()
    return sum(float(line.split()[-1]) for line in lines if line.startswith(name))


def answers_of(server):
    """What clients get of each object and of the function's archive: the bytes, or a status that is no success."""
    for key, data in OBJECTS.items():
        answer = server.raw("GET", f"/bucket/{key}")
        assert answer.status == 500 or (answer.status == 200 and answer.body == data), key
        yield answer
    link = json.loads(server.raw("GET", "/2015-03-31/functions/f", LAMBDA).body)["Code"]["Location"]
    answer = server.raw("GET", link[link.index("/", len("https://")) :])
    assert answer.status == 500 or (answer.status == 200 and answer.body == ARCHIVE), answer
    yield answer


def one_flip_of_what_clients_read(kept, tmp_path, name, at):
    directory = kept.copy(tmp_path / f"{name.replace('/', '_')}-{at}")
    server = Millrace(directory)
    try:
        spoilt(directory / name, at)
        assert outcome(server) == "", "what a client may ask for stops no start"
        refused = [a for a in answers_of(server) if a.status == 500]
        assert len(refused) == 1, "it is refused"
        assert b"<Code>InternalError</Code>" in refused[0].body or name.startswith("functions/"), refused[0].body
        list(answers_of(server))
        assert server.log().count("object_damaged") == 1, "it is logged once"
        assert metric(server, "millrace_objects_damaged_total") == 1
        assert findings(server).count("object_damaged") == 1
    except AssertionError as e:
        return f"{name} at {at}: {e}"
    finally:
        if server.process.poll() is None:
            server.kill()
        shutil.rmtree(directory)
    return None


def test_a_flipped_bit_of_an_object_or_an_archive_is_never_answered_with_success(kept, tmp_path):
    data = kept.directory / "data"
    names = [str(p.relative_to(data)) for p in data.rglob("*") if p.is_file() and not p.is_symlink()]
    names = [n for n in names if n.startswith(("objects/", "functions/archives/"))]
    cases = [(n, at) for n in sorted(names) for at in places(data / n)]
    assert len({n for n, _ in cases}) == len([d for d in OBJECTS.values() if d]) + 1, names
    with concurrent.futures.ThreadPoolExecutor(WORKERS) as pool:
        wrong = [w for w in pool.map(lambda c: one_flip_of_what_clients_read(kept, tmp_path, *c), cases) if w]
    assert not wrong, f"{len(wrong)} of {len(cases)}:\n" + "\n".join(wrong)


def test_data_loss_is_accepted_only_by_a_flag_and_the_damaged_file_is_kept(kept, tmp_path):
    directory = kept.copy(tmp_path / "data")
    segment = directory / "log/segments" / kept.last_segment().name
    size = segment.stat().st_size
    damage = os.urandom(1 << 20)
    with open(segment, "r+b") as file:
        file.write(damage)
        file.truncate(size)
    server = Millrace(directory)
    refused = outcome(server)
    assert "the header is damaged" in refused and "--accept-data-loss" in refused, refused
    assert segment.read_bytes()[: len(damage)] == damage
    server.args = ["--accept-data-loss"]
    assert outcome(server) == ""
    assert "log_corrupted" in server.log()
    assert (directory / "log/damaged" / segment.name).read_bytes()[: len(damage)] == damage
    raw = JsonClient(server)
    assert raw.ok("ListStreams")["StreamNames"] == ["s"], "what the index knew is there"
    raw.ok("PutRecord", StreamName="s", PartitionKey="k", Data="YQ==")
    server.kill()
    server.args = []
    assert outcome(server) == "", "it was accepted once"
    assert server.stop() == 0
