"""A Millrace server as a test starts, kills and stops it."""

import http.client
import os
import pathlib
import signal
import socket
import subprocess
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]


def default_binary():
    return os.environ.get("MILLRACE_BINARY", str(ROOT / "build/release/bin/millrace"))


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def wait_until(condition, what, seconds=30):
    """Polls `condition` until it is true; fails with `what` at the deadline."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        result = condition()
        if result:
            return result
        time.sleep(0.005)
    raise AssertionError(f"not within {seconds} s: {what}")


# What functions share with the tests, beside what they answer: they see nothing else that a test sees.
_SHARED = tempfile.TemporaryDirectory(prefix="millrace-tests-", dir="/var/tmp")
os.chmod(_SHARED.name, 0o755)


def shared_directory():
    """A new directory that functions can write to."""
    path = pathlib.Path(tempfile.mkdtemp(dir=_SHARED.name))
    path.chmod(0o777)
    return path


class Millrace:
    def __init__(self, data_dir, binary=None, port=None, args=(), env=None):
        self.binary = binary or default_binary()
        self.data_dir = pathlib.Path(data_dir)
        self.port = port or free_port()
        self.args = list(args)
        self.env = env or {}
        self.url = f"http://127.0.0.1:{self.port}"
        self.log_path = self.data_dir.parent / (self.data_dir.name + ".log")
        self.process = None

    def start(self, seconds=30, health="/health/ready"):
        command = [self.binary, "serve", "--listen", f"127.0.0.1:{self.port}", "--data-dir", str(self.data_dir),
                   "--function-directories", _SHARED.name + ":rw"]
        with open(self.log_path, "ab") as log:
            self.process = subprocess.Popen(
                command + self.args, stderr=log, stdout=log, stdin=subprocess.DEVNULL, env={**os.environ, **self.env}
            )

        def ready():
            assert self.process.poll() is None, f"the server ended at once:\n{self.log()}"
            try:
                return self.raw("GET", health).status == 200
            except OSError:
                return False

        wait_until(ready, f"the server answers {health}", seconds)
        return self

    def log(self):
        return self.log_path.read_text(errors="replace") if self.log_path.exists() else ""

    def kill(self):
        """kill -9."""
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    def stop(self, seconds=60):
        """SIGTERM; returns the exit code."""
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(seconds)

    def raw(self, method, path, headers=None, body=None, timeout=30):
        """One request without an SDK; the answer has its body in `.body`."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=timeout)
        try:
            connection.request(method, path, body=body, headers=headers or {})
            response = connection.getresponse()
            response.body = response.read()
            return response
        finally:
            connection.close()

    def client(self, service, access_key="AKIAIOSFODNN7EXAMPLE", region="us-east-1", secret="secret", token=None,
               **options):
        import boto3
        from botocore.config import Config

        options.setdefault("retries", {"max_attempts": 0})
        options.setdefault("parameter_validation", False)
        return boto3.client(
            service,
            endpoint_url=self.url,
            region_name=region,
            aws_access_key_id=access_key,
            aws_secret_access_key=secret,
            aws_session_token=token,
            config=Config(s3={"addressing_style": "path"}, **options),
        )
