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
    with pytest.raises(Exception) as raised:
        make(Code={"ZipFile": bytes(archive)})
    error = raised.value.response["Error"]
    assert error["Code"] == "InvalidParameterValueException"
    assert 'entry "index.py" is damaged' in error["Message"]


def test_an_archive_that_leads_out(functions, make):
    with pytest.raises(Exception) as raised:
        make(Code={"ZipFile": zip_of({"../../../../../../tmp/millrace-escaped": "x", "index.py": ""})})
    error = raised.value.response["Error"]
    assert error["Code"] == "InvalidParameterValueException"
    assert "has a path that leads out of the archive" in error["Message"]
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
    "name, x86_64, aarch64, arguments, error",
    [
        ("ptrace", 101, 117, [0, 0, 0, 0], "EPERM"),
        ("process_vm_readv", 310, 270, [1, 0, 0, 0, 0, 0], "EPERM"),
        ("mount", 165, 40, [0, 0, 0, 0, 0], "EPERM"),
        ("unshare", 272, 97, [0x20000], "EPERM"),
        ("bpf", 321, 280, [0, 0, 0], "EPERM"),
        ("settimeofday", 164, 170, [0, 0], "EPERM"),
        ("io_uring_setup", 425, 425, [1, 0], "EPERM"),
        ("name_to_handle_at", 303, 264, [-100, 0, 0, 0, 0], "EPERM"),
        ("open_by_handle_at", 304, 265, [-1, 0, 0], "EPERM"),
        ("mbind", 237, 235, [0, 0, 0, 0, 0, 0], "EPERM"),
        ("keyctl", 250, 219, [0, 0, 0, 0, 0], "EPERM"),
        ("userfaultfd", 323, 282, [0], "EPERM"),
        ("perf_event_open", 298, 241, [0, 0, 0, 0, 0], "EPERM"),
        ("personality: no randomized addresses", 135, 92, [0x0040000], "EPERM"),
        ("personality: the present one", 135, 92, [0xFFFFFFFF], 0),
        ("socket: AF_VSOCK", 41, 198, [40, 1, 0], "EPERM"),
        ("socket: AF_PACKET", 41, 198, [17, 3, 0], "EPERM"),
        ("socket: AF_ALG", 41, 198, [38, 5, 0], "EPERM"),
        ("socket: netfilter", 41, 198, [16, 3, 12], "EPERM"),
        ("socket: sock_diag", 41, 198, [16, 3, 4], "EPERM"),
        ("socket: routes", 41, 198, [16, 3, 0], 0),
        ("socket: AF_UNIX", 41, 198, [1, 1, 0], 0),
        ("clone3", 435, 435, [0, 0], "ENOSYS"),
        ("one that is not there yet", 1000, 1000, [0], "ENOSYS"),
        ("x32's getpid", 0x40000027, 0x40000027, [0], "EPERM"),
    ],
)
def test_system_calls_that_no_function_needs_are_refused(functions, make, name, x86_64, aarch64, arguments, error):
    function = make(SYSTEM_CALL)
    assert invoke(functions, function, {"x86_64": x86_64, "aarch64": aarch64, "arguments": arguments})[0] == error


@pytest.mark.parametrize(
    "namespace, flag",
    {"mount": 0x20000, "cgroup": 0x02000000, "uts": 0x04000000, "ipc": 0x08000000, "user": 0x10000000,
     "pid": 0x20000000, "network": 0x40000000, "user and network": 0x50000000}.items(),
)
def test_clone_makes_no_namespace(functions, make, namespace, flag):
    function = make(SYSTEM_CALL)
    event = {"x86_64": 56, "aarch64": 220, "arguments": [flag | 17, 0, 0, 0, 0]}
    assert invoke(functions, function, event)[0] == "EPERM"


def test_programs_of_32_bits_get_nowhere(functions, make):
    """int 0x80 is the way into the kernel that a filter of 64 bits' numbers would misread."""
    if os.uname().machine != "x86_64":
        return  # the way is x86's
    function = make(
        "import ctypes, mmap\n"
        "def handler(event, context):\n"
        "    page = mmap.mmap(-1, 4096, prot=mmap.PROT_READ | mmap.PROT_WRITE | mmap.PROT_EXEC)\n"
        "    page.write(bytes.fromhex('b814000000cd80c3'))  # mov eax, 20 (getpid); int 0x80; ret\n"
        "    address = ctypes.addressof(ctypes.c_char.from_buffer(page))\n"
        "    return ctypes.CFUNCTYPE(ctypes.c_int)(address)()\n"
    )
    assert invoke(functions, function)[0] == -1  # -EPERM


def test_what_libraries_need_goes_on(functions, make):
    function = make(
        "import concurrent.futures, multiprocessing, os, socket, subprocess, threading\n"
        "def handler(event, context):\n"
        "    with concurrent.futures.ThreadPoolExecutor(8) as pool:\n"
        "        squares = list(pool.map(lambda n: n * n, range(8)))\n"
        "    return {'squares': squares,\n"
        "            'address': socket.getaddrinfo('localhost', 80)[0][4][1],\n"
        "            'interfaces': bool(socket.if_nameindex()),\n"
        "            'program': subprocess.run(['sh', '-c', 'echo child | cat'], capture_output=True).stdout.decode(),\n"
        "            'cores': len(os.sched_getaffinity(0)) > 0}\n"
    )
    assert invoke(functions, function)[0] == {
        "squares": [n * n for n in range(8)], "address": 80, "interfaces": True, "program": "child\n", "cores": True
    }
    node = make(
        Runtime="nodejs18.x",
        Code={"ZipFile": zip_of({"index.mjs": "import os from 'os'; import { execFileSync } from 'child_process';\n"
              "export const handler = async () => [Object.keys(os.networkInterfaces()).length > 0,\n"
              "  execFileSync('echo', ['child']).toString()];\n"})},
    )
    assert invoke(functions, node)[0] == [True, "child\n"]


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


# What a function may have of processes and threads: it cannot make more even before the watchdog looks.
def test_more_processes_than_a_function_may_have_are_not_made(functions, make):
    function = make("import resource\ndef handler(event, context):\n    return resource.getrlimit(resource.RLIMIT_NPROC)\n")
    soft, hard = invoke(functions, function)[0]
    assert 1024 <= soft == hard <= 4096


def test_nothing_of_it_runs_between_invocations(functions, make, shared):
    """As on AWS: what a function has started, and its own threads, are frozen until its next invocation."""
    function = make(
        "import os, subprocess, threading, time\n"
        "def tick(name):\n"
        "    while True:\n"
        "        with open(os.environ['SHARED'] + '/' + name, 'a') as f: f.write('.')\n"
        "        time.sleep(0.01)\n"
        "def handler(event, context):\n"
        "    if event == 'start':\n"
        "        threading.Thread(target=tick, args=('thread',), daemon=True).start()\n"
        "        for name, session in (('child', False), ('daemon', True)):\n"
        "            script = 'while sleep 0.01; do printf . >> $SHARED/' + name + '; done'\n"
        "            subprocess.Popen(['sh', '-c', script], start_new_session=session)\n"
        "    time.sleep(0.5)\n"
        "    return sorted(os.listdir(os.environ['SHARED']))\n",
        Timeout=20,
        Environment={"Variables": {"SHARED": str(shared)}},
    )
    names = ["child", "daemon", "thread"]

    def ticks():
        return [(shared / name).stat().st_size for name in names]

    assert invoke(functions, function, "start")[0] == names
    frozen = wait_until(lambda: (before := ticks(), time.sleep(0.5)) and before == ticks() and before, "all is frozen")
    for _ in range(3):
        time.sleep(0.3)
        assert ticks() == frozen
        invoke(functions, function, "go on")
        thawed = ticks()
        assert all(now > then for now, then in zip(thawed, frozen)), (frozen, thawed)
        frozen = wait_until(lambda: (before := ticks(), time.sleep(0.5)) and before == ticks() and before, "all is frozen")
