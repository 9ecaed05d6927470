"""What a function sees of the machine: its code, its layers, a /tmp of its own, and nobody else."""

import concurrent.futures
import os
import pathlib
import re
import shutil
import tempfile

import pytest
from support.functions import create_function, invoke
from support.millrace import Millrace, default_binary

NOBODY = 65534

TRY = """
import errno, os

def handler(event, context):
    try:
        return globals()[event["do"]](event.get("path"))
    except OSError as e:
        return errno.errorcode[e.errno]

def read(path):
    return open(path).read()

def write(path):
    open(path, "w").write("written")
    return "written"

def names(path):
    return sorted(os.listdir(path))

def self(_):
    return {"cwd": os.getcwd(), "uid": os.getuid(), "gid": os.getgid(), "groups": os.getgroups(), "pid": os.getpid(),
            "pids": [p for p in os.listdir("/proc") if p.isdigit()],
            "variables": {k: v for k, v in os.environ.items() if k in ("TMPDIR", "HOME", "LAMBDA_TASK_ROOT")}}
"""


@pytest.fixture(scope="module")
def limits(server):
    """Which of the limits the server's log says are active."""
    line = next(line for line in server.log().splitlines() if "isolation_status" in line)
    return dict(re.findall(r'(\w+)="?(\w+)"?', line.split("isolation_status")[1]))


@pytest.fixture(autouse=True)
def sandboxed(limits):
    # Where the system has no namespaces for the server, the log must say so, and none of this holds.
    if limits["sandbox"] != "true":
        pytest.fail("this system refuses sandboxes: run the tests as root, or where user namespaces are allowed")


def needs_root(why):
    if os.geteuid() != 0:
        pytest.fail(f"this test needs root, since {why}: run the tests as root")


@pytest.fixture
def attempt(functions, make):
    name = make(TRY)
    return lambda do, path=None: invoke(functions, name, {"do": do, "path": path})[0]


def test_it_sees_the_paths_of_lambda(attempt):
    seen = attempt("self")
    assert seen["cwd"] == "/var/task"
    assert seen["variables"] == {"TMPDIR": "/tmp", "HOME": "/tmp", "LAMBDA_TASK_ROOT": "/var/task"}
    assert attempt("names", "/var/task") == ["index.py"]
    assert attempt("names", "/opt") == []
    assert attempt("names", "/tmp") == []
    assert attempt("read", "/etc/passwd").startswith("root:")


def test_it_writes_to_its_tmp_alone(attempt):
    assert attempt("write", "/tmp/mine") == "written"
    assert attempt("read", "/tmp/mine") == "written"
    for path in ("/var/task/x", "/opt/x", "/etc/x", "/usr/x", "/x", "/var/x", "/dev/x", "/var/runtime/bootstrap.py"):
        assert attempt("write", path) in ("EROFS", "EACCES"), path
    assert attempt("write", "/dev/null") == "written"


def test_the_data_directory_is_not_there(server, attempt):
    assert pathlib.Path(server.data_dir, "VERSION").exists()
    assert attempt("read", f"{server.data_dir}/VERSION") == "ENOENT"
    assert attempt("names", str(server.data_dir)) == "ENOENT"
    for link in ("root", "cwd"):
        assert attempt("names", f"/proc/{server.process.pid}/{link}") == "ENOENT"
    assert attempt("names", f"/proc/self/root{server.data_dir}") == "ENOENT"


def test_it_sees_its_own_processes_alone(attempt):
    seen = attempt("self")
    assert seen["pids"] == [str(seen["pid"])]


def test_each_function_has_a_tmp_and_where_it_can_be_a_user_of_its_own(limits, functions, make):
    first, second = make(TRY), make(TRY)
    assert invoke(functions, first, {"do": "write", "path": "/tmp/mine"})[0] == "written"
    assert invoke(functions, second, {"do": "names", "path": "/tmp"})[0] == []
    one, other = (invoke(functions, name, {"do": "self"})[0] for name in (first, second))
    assert limits["user_of_each_function"] == ("true" if os.geteuid() == 0 else "false")
    if os.geteuid() == 0:
        assert len({one["uid"], other["uid"], 0}) == 3
        assert one["gid"] == one["uid"] and one["groups"] == []
    else:
        assert one["uid"] == other["uid"] == os.geteuid()


def test_the_runtime_api_of_another_function_is_not_to_be_had(functions, make):
    needs_root("an ordinary user's functions are all of that user")
    victim = make("import os\ndef handler(event, context):\n    return os.environ['AWS_LAMBDA_RUNTIME_API']\n")
    thief = make(
        "import http.client\n"
        "def handler(event, context):\n"
        "    connection = http.client.HTTPConnection(event, timeout=5)\n"
        "    try:\n"
        "        connection.request('GET', '/2018-06-01/runtime/invocation/next')\n"
        "        return connection.getresponse().status\n"
        "    except (OSError, http.client.HTTPException) as e:\n"
        "        return type(e).__name__\n",
        Timeout=20,
    )
    api = invoke(functions, victim)[0]
    assert invoke(functions, thief, api)[0] in ("ConnectionResetError", "RemoteDisconnected", "BrokenPipeError")
    assert invoke(functions, victim)[0] == api  # and it goes on


def test_nor_by_a_connection_that_is_reset_at_once(functions, make):
    """Its bytes arrive, while the kernel does not know any more whose they were."""
    needs_root("an ordinary user's functions are all of that user")
    victim = make("import os\ndef handler(event, context):\n    return os.environ['AWS_LAMBDA_RUNTIME_API']\n")
    functions.put_function_concurrency(FunctionName=victim, ReservedConcurrentExecutions=1)  # one worker, however slow
    attacker = make(
        "import socket, struct, time\n"
        "def handler(event, context):\n"
        "    host, port = event.split(':')\n"
        "    error = '{\"errorType\": \"Forged\"}'\n"
        "    requests = ['GET /2018-06-01/runtime/invocation/next HTTP/1.1\\r\\nHost: x\\r\\n\\r\\n',\n"
        "                f'POST /2018-06-01/runtime/init/error HTTP/1.1\\r\\nHost: x\\r\\nContent-Length: {len(error)}\\r\\n\\r\\n{error}']\n"
        "    end, tries = time.monotonic() + 3, 0\n"
        "    while time.monotonic() < end:\n"
        "        for request in requests:\n"
        "            with socket.socket() as s:\n"
        "                s.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack('ii', 1, 0))\n"
        "                try:\n"
        "                    s.connect((host, int(port)))\n"
        "                    s.sendall(request.encode())\n"
        "                    tries += 1\n"
        "                except OSError:\n"
        "                    pass\n"
        "    return tries\n",
        Timeout=30,
    )
    api = invoke(functions, victim)[0]
    with concurrent.futures.ThreadPoolExecutor(1) as pool:
        attack = pool.submit(invoke, functions, attacker, api)
        answers = []
        while not attack.done():
            answers.append(invoke(functions, victim)[0])
        assert attack.result()[0] > 10
    assert set(answers) == {api}  # of the same worker, each time


def test_control_groups_where_the_log_says_so(limits, attempt):
    groups = attempt("read", "/proc/self/cgroup")
    assert ("millrace-" in groups) == (limits["control_groups"] != "none")


def test_without_a_sandbox_functions_run_all_the_same(tmp_path):
    server = Millrace(tmp_path / "data", args=["--sandbox", "off"]).start()
    try:
        functions = server.client("lambda")
        name = create_function(functions, TRY)
        seen = invoke(functions, name, {"do": "self"})[0]
        assert seen["cwd"].startswith(str(server.data_dir))
        assert seen["variables"]["TMPDIR"].startswith(str(server.data_dir))
        assert 'reason="--sandbox off"' in server.log()
    finally:
        assert server.stop() == 0, server.log()


def as_nobody(directory):
    """A program that starts the server as an ordinary user, who owns the directory."""
    binary = shutil.copy(default_binary(), directory)
    os.chown(directory, NOBODY, NOBODY)
    script = pathlib.Path(directory, "as-nobody")
    script.write_text(f'#!/bin/sh\nexec setpriv --reuid {NOBODY} --regid {NOBODY} --clear-groups {binary} "$@"\n')
    script.chmod(0o755)
    return str(script)


def test_a_server_of_an_ordinary_user_has_sandboxes_too():
    needs_root("it starts a server as another user")
    with tempfile.TemporaryDirectory(dir="/var/tmp") as directory:
        server = Millrace(pathlib.Path(directory, "data"), binary=as_nobody(directory)).start()
        try:
            assert 'sandbox=true user_of_each_function=false' in server.log()
            functions = server.client("lambda")
            name = create_function(functions, TRY)
            seen = invoke(functions, name, {"do": "self"})[0]
            assert (seen["uid"], seen["pids"]) == (NOBODY, [str(seen["pid"])])
            assert invoke(functions, name, {"do": "write", "path": "/tmp/x"})[0] == "written"
            assert invoke(functions, name, {"do": "write", "path": "/var/task/x"})[0] == "EROFS"
            assert invoke(functions, name, {"do": "read", "path": f"{directory}/data/VERSION"})[0] == "ENOENT"
        finally:
            assert server.stop() == 0, server.log()


def test_memory_files_and_buffers_of_sockets_count_where_no_control_group_does():
    needs_root("it starts a server as another user, who may not make control groups")
    with tempfile.TemporaryDirectory(dir="/var/tmp") as directory:
        server = Millrace(pathlib.Path(directory, "data"), binary=as_nobody(directory)).start()
        try:
            assert 'control_groups="none"' in server.log()
            functions = server.client("lambda")
            name = create_function(
                functions,
                "import os, time\n"
                "def handler(event, context):\n"
                "    fds = [os.memfd_create('hoard') for _ in range(4)]\n"
                "    for fd in fds:\n"
                "        for _ in range(100):\n"
                "            os.write(fd, b'x' * (1 << 20))\n"
                "    time.sleep(60)\n",
                MemorySize=128,
                Timeout=70,
            )
            assert invoke(functions, name)[0]["errorType"] == "Runtime.OutOfMemory"
            name = create_function(
                functions,
                "import socket, time\n"
                "def handler(event, context):\n"
                "    pairs = [socket.socketpair() for _ in range(480)]\n"
                "    for pair in pairs:\n"
                "        for one in pair:\n"
                "            one.setblocking(False)\n"
                "            try:\n"
                "                while one.send(b'x' * 65536):\n"
                "                    pass\n"
                "            except BlockingIOError:\n"
                "                pass\n"
                "    time.sleep(60)\n",
                MemorySize=128,
                Timeout=70,
            )
            assert invoke(functions, name)[0]["errorType"] == "Runtime.OutOfMemory"
        finally:
            assert server.stop() == 0, server.log()


def test_a_key_in_the_systems_directories_is_not_to_be_read(tmp_path):
    with_key = pathlib.Path("/etc/millrace-test-key")
    needs_root("it writes a file into /etc")
    with_key.write_bytes(b"0" * 32)
    try:
        server = Millrace(tmp_path / "data", args=["--master-key-file", str(with_key)]).start()
        try:
            functions = server.client("lambda")
            name = create_function(functions, TRY)
            assert invoke(functions, name, {"do": "read", "path": str(with_key)})[0] == ""
        finally:
            assert server.stop() == 0, server.log()
    finally:
        with_key.unlink()


def test_required_is_taken_and_a_shared_tmp_is_refused(tmp_path):
    server = Millrace(tmp_path / "data", args=["--sandbox", "required"]).start()
    assert server.stop() == 0, server.log()
    refused = Millrace(tmp_path / "other", args=["--function-directories", "/tmp"])
    with pytest.raises(AssertionError, match="its own /tmp"):
        refused.start()
