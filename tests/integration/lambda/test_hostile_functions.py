"""Functions that fail in every way they can: the caller hears why, and the server serves on."""

import base64
import os
import pathlib
import time

import pytest

from support.functions import invoke, python_zip, zip_of
from support.millrace import wait_until


@pytest.fixture(autouse=True)
def serves_on(functions, make):
    """After each of them the server is well and runs an innocent function."""
    innocent = make()
    yield
    assert invoke(functions, innocent, "still here")[0] == "still here"


def failure(functions, name, event=None, **arguments):
    payload, answer = invoke(functions, name, event, **arguments)
    assert (answer["StatusCode"], answer["FunctionError"]) == (200, "Unhandled")
    return payload["errorType"], payload["errorMessage"], answer


def test_a_module_that_does_not_exist(functions, make):
    kind, text, _ = failure(functions, make(Handler="nowhere.handler"))
    assert kind == "Runtime.ImportModuleError"
    assert "nowhere" in text


def test_a_handler_that_does_not_exist(functions, make):
    kind, text, _ = failure(functions, make(Handler="index.nothing"))
    assert kind == "Runtime.HandlerNotFound"
    assert "nothing" in text


def test_a_handler_without_a_dot(functions, make):
    assert failure(functions, make(Handler="handler"))[0] == "Runtime.MalformedHandlerName"


def test_code_that_does_not_parse(functions, make):
    assert failure(functions, make("def handler(:"))[0] == "Runtime.UserCodeSyntaxError"


def test_an_archive_without_the_bootstrap(functions, make):
    kind, text, answer = failure(functions, make(Runtime="provided.al2023"))
    assert kind == "Runtime.InvalidEntrypoint"
    request_id = answer["ResponseMetadata"]["RequestId"]
    assert text == f"RequestId: {request_id} Error: Couldn't find valid bootstrap(s): [/var/task/bootstrap /opt/bootstrap]"


def test_one_that_never_returns_is_killed_at_its_timeout(functions, make):
    name = make("def handler(event, context):\n    while True: pass\n", Timeout=1)
    began = time.monotonic()
    kind, text, answer = failure(functions, name)
    assert time.monotonic() - began < 10
    assert kind == "Sandbox.Timedout"
    request_id = answer["ResponseMetadata"]["RequestId"]
    assert text == f"RequestId: {request_id} Error: Task timed out after 1.00 seconds"


def test_one_that_exits(functions, make):
    name = make("import os\ndef handler(event, context): os._exit(event)")
    kind, text, answer = failure(functions, name, 7)
    request_id = answer["ResponseMetadata"]["RequestId"]
    assert (kind, text) == (
        "Runtime.ExitError",
        f"RequestId: {request_id} Error: Runtime exited with error: exit status 7",
    )
    assert failure(functions, name, 0)[1].endswith("Runtime exited without providing a reason")


def test_one_that_prints_without_end(server, functions, make):
    name = make(
        """
import sys
def handler(event, context):
    line = "x" * 1023 + "\\n"
    for _ in range(1024 * 1024):
        sys.stdout.write(line)
    return "done"
""",
        Timeout=60,
    )
    payload, answer = invoke(functions, name, LogType="Tail")
    assert payload == "done"
    assert len(base64.b64decode(answer["LogResult"])) <= 4096
    logs = server.data_dir / "functions" / "logs"
    size = sum(f.stat().st_size for f in logs.rglob(f"{name}.log*"))
    assert size < 16 << 20


def children_with(mark):
    found = []
    for process in pathlib.Path("/proc").iterdir():
        if process.name.isdigit():
            try:
                if mark.encode() in (process / "cmdline").read_bytes():
                    found.append(int(process.name))
            except OSError:
                pass
    return found


def test_one_that_forks_leaves_nothing_behind(functions, make):
    mark = f"millrace-test-{os.getpid()}-forked"
    name = make(
        f"""
import os, subprocess, sys
def handler(event, context):
    for _ in range(5):
        subprocess.Popen([sys.executable, "-c", "import os, time; os.setsid(); time.sleep(600)", {mark!r}])
    while True: pass
""",
        Timeout=2,
    )
    assert failure(functions, name)[0] == "Sandbox.Timedout"
    wait_until(lambda: not children_with(mark), "what the function started is gone", 20)


def test_a_fork_bomb_is_bounded(functions, make):
    name = make(
        """
import os, time
def handler(event, context):
    made = 0
    try:
        while made < 100000:
            if os.fork() == 0:
                time.sleep(600)
                os._exit(0)
            made += 1
    except OSError:
        pass
    return made
""",
        Timeout=20,
        MemorySize=512,
    )
    payload, answer = invoke(functions, name)
    # Either the limit stopped it, or its memory or time did; the machine is well in each case.
    assert "FunctionError" in answer or payload < 1000


def test_one_that_takes_all_memory(functions, make):
    name = make(
        "def handler(event, context):\n    kept = []\n    while True: kept.append(bytearray(b'x') * (8 << 20))\n",
        MemorySize=128,
        Timeout=30,
    )
    payload, answer = invoke(functions, name)
    assert answer["FunctionError"] == "Unhandled"
    assert payload["errorType"] in ("Runtime.ExitError", "Runtime.OutOfMemory", "MemoryError")


def test_an_archive_that_is_damaged_inside(functions, make):
    archive = bytearray(python_zip("x = 1\n" * 1000))
    for at in range(45, 60):
        archive[at] ^= 0xFF
    name = make(Code={"ZipFile": bytes(archive)})
    with pytest.raises(Exception) as raised:
        invoke(functions, name)
    assert raised.value.response["Error"]["Code"] == "InvalidZipFileException"


def test_an_archive_that_leads_out(functions, make):
    name = make(Code={"ZipFile": zip_of({"../../../../../../tmp/millrace-escaped": "x", "index.py": ""})})
    with pytest.raises(Exception) as raised:
        invoke(functions, name)
    assert raised.value.response["Error"]["Code"] == "InvalidZipFileException"
    assert not pathlib.Path("/tmp/millrace-escaped").exists()


def test_a_handler_that_names_a_path(functions, make):
    kind, _, _ = failure(functions, make(Handler="../../etc/passwd.handler"))
    assert kind.startswith("Runtime.")


# Calls the kernel by number, and answers 0 or the error's name.
SYSTEM_CALL = """
import ctypes, errno, os
libc = ctypes.CDLL(None, use_errno=True)

def handler(event, context):
    numbers = {"x86_64": event["x86_64"], "aarch64": event["aarch64"]}
    result = libc.syscall(numbers[os.uname().machine], *event.get("arguments", [0, 0, 0, 0]))
    return 0 if result >= 0 else errno.errorcode[ctypes.get_errno()]
"""


@pytest.mark.parametrize(
    "name, x86_64, aarch64, arguments",
    [
        ("ptrace", 101, 117, [0, 0, 0, 0]),
        ("process_vm_readv", 310, 270, [1, 0, 0, 0, 0, 0]),
        ("mount", 165, 40, [0, 0, 0, 0, 0]),
        ("unshare", 272, 97, [0x20000]),
        ("bpf", 321, 280, [0, 0, 0]),
        ("settimeofday", 164, 170, [0, 0]),
        ("io_uring_setup", 425, 425, [1, 0]),
    ],
)
def test_system_calls_that_no_function_needs_are_refused(functions, make, name, x86_64, aarch64, arguments):
    function = make(SYSTEM_CALL)
    assert invoke(functions, function, {"x86_64": x86_64, "aarch64": aarch64, "arguments": arguments})[0] == "EPERM"


def test_nothing_can_be_gained(functions, make):
    status, _ = invoke(
        functions, make("def handler(event, context):\n    return open('/proc/self/status').read().splitlines()\n")
    )
    fields = dict(line.split(":\t", 1) for line in status if ":\t" in line)
    assert fields["NoNewPrivs"] == "1"
    assert fields["Seccomp"] == "2"
    for capabilities in ("CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb"):
        assert int(fields[capabilities], 16) == 0 or capabilities == "CapBnd" and os.geteuid() != 0


def test_another_process_cannot_be_looked_into(functions, make):
    function = make(
        "import os\n"
        "def handler(event, context):\n"
        "    try:\n"
        "        with open(f'/proc/{os.getppid()}/mem', 'rb') as f:\n"
        "            f.seek(event)\n"
        "            return len(f.read(1))\n"
        "    except OSError as e:\n"
        "        return type(e).__name__\n"
    )
    assert invoke(functions, function, 4096)[0] in ("FileNotFoundError", "PermissionError")


def test_one_that_fills_its_tmp_is_killed(functions, make):
    function = make(
        "import time\n"
        "def handler(event, context):\n"
        "    for i in range(event):\n"
        "        with open(f'/tmp/{i}', 'wb') as f:\n"
        "            for _ in range(200):\n"
        "                f.write(b'x' * (1 << 20))\n"
        "    time.sleep(60 if event > 2 else 0)\n",
        Timeout=60,
        EphemeralStorage={"Size": 512},
    )
    assert invoke(functions, function, 2)[1].get("FunctionError") is None
    kind, _, answer = failure(functions, function, 4, LogType="Tail")
    assert kind == "Runtime.ExitError"
    assert "Killed: more in /tmp than the function's 512 MB" in base64.b64decode(answer["LogResult"]).decode()
    assert invoke(functions, function, 0)[1].get("FunctionError") is None  # with a new /tmp


def test_one_that_leaks_descriptors_reaches_its_own_limit(functions, make):
    function = make(
        "import errno, os\n"
        "kept = []\n"
        "def handler(event, context):\n"
        "    before = sorted(int(fd) for fd in os.listdir('/proc/self/fd'))\n"
        "    try:\n"
        "        while True: kept.append(open('/dev/null'))\n"
        "    except OSError as e:\n"
        "        return before, len(kept), errno.errorcode[e.errno]\n"
    )
    before, opened, error = invoke(functions, function)[0]
    # Input, output twice, the Runtime API, and the directory that is listed: nothing of the server's.
    assert before[:3] == [0, 1, 2] and len(before) <= 5
    assert 1000 < opened < 1024 and error == "EMFILE"


def test_one_that_ignores_sigterm_ends_with_its_function(functions, make):
    mark = f"millrace-test-{os.getpid()}-stays"
    function = make(
        "import signal, subprocess\n"
        "def handler(event, context):\n"
        "    for s in set(signal.valid_signals()) - {signal.SIGKILL, signal.SIGSTOP, signal.SIGCHLD}:\n"
        "        signal.signal(s, signal.SIG_IGN)\n"
        f"    subprocess.Popen(['sh', '-c', 'sleep 600; true', {mark!r}], start_new_session=True)\n"
    )
    invoke(functions, function)
    assert children_with(mark)
    functions.delete_function(FunctionName=function)
    wait_until(lambda: not children_with(mark), "all that it started is gone")
