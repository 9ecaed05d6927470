"""A function's /tmp: bounded in bytes and entries, whatever the function does there, and no burden to the server."""

import base64
import os
import subprocess

import pytest
from support.functions import create_function, invoke
from support.memory import memory_mib
from support.millrace import Millrace, wait_until

SIZE = 512  # MB, the smallest and the default
ENTRIES = SIZE * 64  # one for each 16 KiB

# Each does as much as it can, and answers how much that was.
GREEDY = """
import errno, os

CHUNK = b"x" * (1 << 20)
files = []  # that stay open

def handler(event, context):
    os.chdir(os.environ["TMPDIR"])
    return globals()[event["do"]](event.get("n"))

def levels(n):
    for i in range(n):
        os.mkdir("d")
        os.chdir("d")
    return n

def until_full(step):
    done = 0
    try:
        while True:
            step(done)
            done += 1
    except OSError as e:
        return done, errno.errorcode[e.errno]

def megabytes(n):
    def write(i):
        with open(str(i // 100), "ab") as f:
            f.write(CHUNK)
    return until_full(write)

def deleted(n):
    def write(i):
        if i % 100 == 0:
            files.append(open("f", "wb", buffering=0))
            os.unlink("f")
        files[-1].write(CHUNK)
    return until_full(write)

def far_away(n):
    for _ in range(20):
        os.mkdir("d" * 255)
        os.chdir("d" * 255)
    return megabytes(n)

def empty_files(n):
    def make(i):
        os.close(os.open(str(i), os.O_CREAT | os.O_EXCL | os.O_WRONLY))
        if i == n:
            raise OSError(0, "")
    return until_full(make)

def wait(n):
    import time
    time.sleep(n)
"""


@pytest.fixture
def greedy(functions, make):
    """A new function each time, since a worker keeps its /tmp."""

    def do(what, n=None):
        return invoke(functions, make(GREEDY, Timeout=120, MemorySize=128), {"do": what, "n": n})[0]

    return do


def descriptors(server):
    return len(os.listdir(f"/proc/{server.process.pid}/fd"))


@pytest.mark.parametrize("do", ["megabytes", "deleted", "far_away"])
def test_all_of_it_can_be_used_and_no_more(greedy, do):
    done, error = greedy(do)
    assert error == "ENOSPC"
    assert SIZE - 2 <= done <= SIZE + 1


def test_a_million_files_are_too_many(greedy):
    done, error = greedy("empty_files", 1_000_000)
    assert (error, done) == ("ENOSPC", ENTRIES)


def test_any_depth_costs_the_server_nothing(server, functions, make, greedy):
    innocent = make()
    before, memory = descriptors(server), memory_mib(server)
    assert greedy("levels", 20_000) == 20_000
    assert invoke(functions, innocent, "served")[0] == "served"
    assert descriptors(server) <= before + 20
    assert memory_mib(server) <= memory + 50


def deep_directory(top, levels):
    """Made by another process: the path would be too long for this one's directory."""
    script = "import os, sys\nos.chdir(sys.argv[1])\nfor i in range(int(sys.argv[2])):\n    os.mkdir('d'); os.chdir('d')\n"
    subprocess.run(["/usr/bin/python3", "-c", script, str(top), str(levels)], check=True)


@pytest.mark.parametrize("args", [[], ["--sandbox", "off"]])
def test_what_an_earlier_server_left_does_not_stop_a_start(tmp_path, args):
    data = tmp_path / "data"
    server = Millrace(data, args=args).start()
    server.kill()
    for name, levels in (("1", 20_000), ("2", 3_000)):
        (data / "functions/tmp" / name).mkdir(parents=True)
        deep_directory(data / "functions/tmp" / name, levels)
    (data / "functions/tmp/1/locked").mkdir(mode=0)
    for i in range(2_000):
        (data / "functions/tmp/2" / str(i)).touch()
    script = tmp_path / "few-descriptors"
    script.write_text(f'#!/bin/sh\nulimit -n 1000\nexec {server.binary} "$@"\n')
    script.chmod(0o755)
    again = Millrace(data, binary=str(script), args=args).start()
    try:
        client = again.client("lambda")
        name = create_function(client)
        assert invoke(client, name, "runs")[0] == "runs"
        trash = data / "functions/trash"
        wait_until(lambda: not os.listdir(trash), "what was left is removed", 120)
        assert descriptors(again) < 200
    finally:
        assert again.stop() == 0, again.log()
    assert "scratch_removal_failed" not in again.log()


@pytest.fixture(scope="module")
def unsandboxed(tmp_path_factory):
    server = Millrace(tmp_path_factory.mktemp("unsandboxed") / "data", args=["--sandbox", "off"]).start()
    yield server
    assert server.stop() == 0, server.log()


@pytest.mark.parametrize(
    "do, n", [("levels", 20_000), ("megabytes", None), ("deleted", None), ("far_away", None), ("empty_files", 1_000_000)]
)
def test_without_a_sandbox_it_is_watched(unsandboxed, do, n):
    """The function is killed for it, at the latest a while after; the server goes on."""
    client = unsandboxed.client("lambda")
    source = GREEDY.replace("return globals()", "answer = globals()") + "\n"
    source = source.replace('(event.get("n"))\n', '(event.get("n"))\n    wait(event["wait"])\n    return answer\n', 1)
    if do in ("megabytes", "far_away", "deleted"):
        source = source.replace("while True:", f"while done < {SIZE + 100}:") + "\n"
        source = source.replace("    except OSError as e:\n        return done", "        return done, ''\n    except OSError as e:\n        return done", 1)
    name = create_function(client, source, Timeout=120, MemorySize=256)
    innocent = create_function(client)
    answer, raw = invoke(client, name, {"do": do, "n": n, "wait": 100}, LogType="Tail")
    assert raw.get("FunctionError") == "Unhandled", answer
    assert "Killed: the function used more space in /tmp than its 512 MB" in base64.b64decode(raw["LogResult"]).decode()
    assert invoke(client, innocent, "served")[0] == "served"
    assert descriptors(unsandboxed) < 500
    client.delete_function(FunctionName=name)
    trash = unsandboxed.data_dir / "functions/trash"
    wait_until(lambda: not os.listdir(trash), "its files are removed", 120)
