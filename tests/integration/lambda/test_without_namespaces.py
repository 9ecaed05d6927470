"""A server whose system refuses namespaces, as a container's engine does by default: Landlock keeps functions from it.

It runs as an ordinary user, and so do its functions: all of its files are that user's.
"""

import os
import pathlib
import shutil
import tempfile

import pytest
from support import without_namespaces
from support.functions import create_function, error_of, invoke, zip_of
from support.intruder import INTRUDER
from support.millrace import Millrace, default_binary

NOBODY = 65534


def attempts_of(client, name):
    """What the function answers to (what, with what...)."""
    def attempt(do, *given):
        given = [value if isinstance(value, int) else str(value) for value in given]
        return invoke(client, name, {"do": do, "with": given})[0]

    return attempt


def as_nobody(directory, *arguments):
    """A program that starts the server as an ordinary user without namespaces."""
    binary = shutil.copy(default_binary(), directory)
    wrapper = shutil.copy(without_namespaces.__file__, directory)
    os.chown(directory, NOBODY, NOBODY)
    script = pathlib.Path(directory, "as-nobody")
    command = ["/usr/bin/python3", wrapper, *arguments, binary]
    script.write_text(
        f'#!/bin/sh\nexec setpriv --reuid {NOBODY} --regid {NOBODY} --clear-groups {" ".join(command)} "$@"\n')
    script.chmod(0o755)
    return str(script)


@pytest.fixture(scope="module")
def nobodys():
    if os.geteuid() != 0:
        pytest.fail("this test needs root, since it starts a server as another user: run the tests as root")
    with tempfile.TemporaryDirectory(dir="/var/tmp") as directory:
        server = Millrace(pathlib.Path(directory, "data"), binary=as_nobody(directory)).start()
        yield server
        assert server.stop() == 0, server.log()


@pytest.fixture(scope="module")
def version(nobodys):
    """Of the kernel's Landlock."""
    line = next(line for line in nobodys.log().splitlines() if "isolation_status" in line)
    assert " sandbox=false " in line
    number = int(line.split("landlock=")[1].split()[0])
    if number == 0:
        pytest.fail("this kernel has no Landlock: run the tests where it is on")
    assert "isolation_reduced" in nobodys.log()
    return number


@pytest.fixture(scope="module")
def other(nobodys, version):
    """Another function, and where its things are."""
    client = nobodys.client("lambda")
    name = create_function(client, INTRUDER)
    place = invoke(client, name, {"do": "self"})[0]
    assert invoke(client, name, {"do": "write", "with": [place["tmp"] + "/secret"]})[0] == "written"
    return place


@pytest.fixture(scope="module")
def attempt(nobodys, other):
    client = nobodys.client("lambda")
    name = create_function(client, INTRUDER + "\n# not the other one\n")
    return attempts_of(client, name)


def test_functions_work(attempt):
    assert attempt("self")["uid"] == NOBODY
    assert attempt("work") == ["\nimpo", "child\n", 4, 80]


def test_other_runtimes_work(nobodys, version):
    client = nobodys.client("lambda")
    node = create_function(
        client, Runtime="nodejs18.x",
        Code={"ZipFile": zip_of({"index.mjs": "import fs from 'fs'; import os from 'os';\n"
              "export const handler = async () => { const f = os.tmpdir() + '/x'; fs.writeFileSync(f, 'node');\n"
              "  return fs.readFileSync(f, 'utf8'); };\n"})})
    answer, raw = invoke(client, node)
    assert answer == "node", (raw, nobodys.log()[-2000:])


def test_the_servers_files_are_out_of_reach(nobodys, attempt):
    data = nobodys.data_dir
    assert (data / "keys/master").exists() and (data / "VERSION").exists()
    for path in (data / "keys/master", data / "VERSION", data / "control.key", nobodys.log_path, nobodys.binary):
        assert attempt("read", path) == "EACCES", path
    for path in (data, data / "log", data / "keys", data / "functions", data.parent, "/", "/root", "/var", "/home"):
        assert attempt("names", path) in ("EACCES", "EPERM"), path


def test_nothing_can_be_written_elsewhere(nobodys, attempt):
    data = nobodys.data_dir
    for directory in (data, data / "log", data / "functions", data.parent, "/tmp", "/var/tmp", "/dev/shm"):
        assert attempt("write", f"{directory}/x") == "EACCES", directory
        assert attempt("make_directory", f"{directory}/y") == "EACCES", directory
    for path in (data / "VERSION", data / "keys/master"):
        before = path.read_bytes()
        assert attempt("write", path) == "EACCES"
        assert attempt("remove", path) == "EACCES"
        assert attempt("truncate", path) in ("EACCES", "EPERM")
        assert attempt("change_mode", path) == "EPERM"
        own = attempt("self")["tmp"]
        assert attempt("move", path, own + "/moved") in ("EACCES", "EXDEV")
        assert attempt("link", path, own + "/linked") in ("EACCES", "EXDEV", "EPERM")
        assert path.read_bytes() == before
    assert attempt("change_mode", data) == "EPERM"
    own = attempt("self")
    assert attempt("write", own["tmp"] + "/x") == "written"
    assert attempt("write", own["code"] + "/index.py") == "EACCES"
    assert attempt("write", own["code"] + "/x") == "EACCES"


def test_other_functions_are_out_of_reach(attempt, other):
    assert attempt("read", other["code"] + "/index.py") == "EACCES"
    assert attempt("names", other["code"]) == "EACCES"
    assert attempt("read", other["tmp"] + "/secret") == "EACCES"
    assert attempt("names", other["tmp"]) == "EACCES"
    assert attempt("read", f"/proc/{other['pid']}/environ") == "EACCES"
    assert attempt("steal", other["api"]) in ("ConnectionResetError", "RemoteDisconnected", "BrokenPipeError")


def test_the_servers_process_is_out_of_reach(nobodys, version, attempt, other):
    server = nobodys.process.pid
    for name in ("environ", "mem", "maps", "auxv"):
        assert attempt("read", f"/proc/{server}/{name}") in ("EACCES", "EPERM"), name
    for descriptor in range(3, 20):
        assert attempt("read", f"/proc/{server}/fd/{descriptor}") in ("EACCES", "EPERM", "ENOENT"), descriptor
    for name in ("root", "cwd", f"root{nobodys.data_dir}"):
        assert attempt("names", f"/proc/{server}/{name}") in ("EACCES", "EPERM"), name
    assert attempt("attach", server) == "EPERM"
    assert attempt("limit", server) == "EPERM"
    assert attempt("slow_down", server) == "EPERM"
    if version >= 6:  # else the log says that signals are not held back
        for pid in (server, other["pid"]):
            assert attempt("send", pid, 0) == "EPERM"
            assert attempt("send", pid, 15) == "EPERM"
    else:
        assert "signals_not_isolated" in nobodys.log()


def test_its_control_socket_takes_no_orders(nobodys, attempt):
    own = attempt("self")["tmp"]
    socket = nobodys.data_dir / "control.sock"
    for line in (f"backup {own}/all", f"{'0' * 64} backup {own}/all"):
        assert attempt("ask", socket, line) in ("", "EACCES")
    assert "all" not in attempt("names", own)


def test_without_landlock_functions_are_refused_and_all_else_is_served(tmp_path):
    with tempfile.TemporaryDirectory(dir="/var/tmp") as directory:
        data, binary = pathlib.Path(directory, "data"), as_nobody(directory, "--without-landlock")
        server = Millrace(data, binary=binary).start()
        try:
            refusal = next(line for line in server.log().splitlines() if "isolation_unavailable" in line)
            assert "the kernel does not support Landlock" in refusal and "--sandbox off" in refusal
            client = server.client("lambda")
            name = create_function(client, INTRUDER)
            code, message = error_of(client.invoke, FunctionName=name)
            assert code == "ServiceException"
            assert "cannot isolate functions" in message and "--sandbox off" in message, message
            server.client("kinesis").create_stream(StreamName="served", ShardCount=1)
        finally:
            assert server.stop() == 0, server.log()
        server = Millrace(data, binary=binary, args=["--sandbox", "off"]).start()
        try:
            assert invoke(server.client("lambda"), name, {"do": "self"})[0]["uid"] == NOBODY
        finally:
            assert server.stop() == 0, server.log()
