"""A function that tries what the event asks of it, and answers what came of it or the error's name."""

INTRUDER = """
import ctypes, errno, os, pathlib, resource, shutil, signal, socket, subprocess, sys, tempfile

libc = ctypes.CDLL(None, use_errno=True)

def handler(event, context):
    try:
        return globals()[event["do"]](*event.get("with", []))
    except OSError as e:
        return errno.errorcode[e.errno]

def called(result):
    if result < 0:
        raise OSError(ctypes.get_errno(), "")
    return "done"

def read(path):
    with open(path, "rb") as f:
        return len(f.read(1))

def write(path):
    pathlib.Path(path).write_text("written")
    return "written"

def names(path):
    return sorted(os.listdir(path))

def make_directory(path):
    os.mkdir(path)
    return "made"

def remove(path):
    os.unlink(path)
    return "removed"

def move(path, to):
    os.rename(path, to)
    return "moved"

def link(path, to):
    os.link(path, to)
    return "linked"

def truncate(path):
    os.truncate(path, 0)
    return "truncated"

def change_mode(path):
    os.chmod(path, 0o700)
    return "changed"

def send(pid, number):
    os.kill(pid, number)
    return "sent"

def limit(pid):
    resource.prlimit(pid, resource.RLIMIT_NOFILE, (10, 10))
    return "limited"

def slow_down(pid):
    os.setpriority(os.PRIO_PROCESS, pid, 19)
    return "slowed"

def attach(pid):
    return called(libc.ptrace(16, pid, 0, 0))

def ask(path, line):
    with socket.socket(socket.AF_UNIX) as s:
        s.connect(path)
        s.sendall(line.encode() + b"\\n")
        return s.recv(1000).decode()

def self():
    return {"code": os.environ["LAMBDA_TASK_ROOT"], "tmp": os.environ["TMPDIR"], "pid": os.getpid(), "uid": os.getuid(),
            "api": os.environ["AWS_LAMBDA_RUNTIME_API"]}

def steal(api):
    import http.client
    connection = http.client.HTTPConnection(api, timeout=5)
    try:
        connection.request("GET", "/2018-06-01/runtime/invocation/next")
        return connection.getresponse().status
    except (OSError, http.client.HTTPException) as e:
        return type(e).__name__

def work():
    with tempfile.TemporaryDirectory() as directory:
        a, b = pathlib.Path(directory, "a"), pathlib.Path(directory, "below/b")
        b.parent.mkdir()
        shutil.copyfile(__file__, a)
        os.rename(a, b)
        os.truncate(b, 5)
        os.chmod(b, 0o640)
        os.chdir(directory)
        os.chmod("below", 0o750)
        shutil.copy("below/b", "c")  # with its mode
        assert [oct(os.stat(p).st_mode & 0o7777) for p in (b, "below", "c")] == ["0o640", "0o750", "0o640"]
        os.chdir("/")
        os.symlink(b, a)
        text = a.read_text()
    child = subprocess.run([sys.executable, "-c", "print('child')"], capture_output=True).stdout.decode()
    open("/dev/null", "w").write("x")
    return [text, child, len(os.urandom(4)), socket.getaddrinfo("localhost", 80)[0][4][1]]
"""
