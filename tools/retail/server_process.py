"""The server of the quickstart: started in the background, found again by a later run, stopped."""

import contextlib
import http.client
import os
import pathlib
import signal
import socket
import subprocess
import time

FIRST_PORT, LAST_PORT = 4567, 4599
HOST = "127.0.0.1"


class CannotStart(Exception):
    """The text says what the user can do."""


class Server:
    """One millrace over one data directory. `DATA.pid` beside it holds the process and the port, `DATA.log` its log."""

    def __init__(self, binary, data):
        self.binary, self.data = pathlib.Path(binary), pathlib.Path(data)
        self._pid_file = self.data.with_name(self.data.name + ".pid")
        self.log = self.data.with_name(self.data.name + ".log")
        self.pid = self.port = None

    @property
    def url(self):
        return f"http://{HOST}:{self.port}"

    def find(self):
        """True when a server that an earlier run left is running over this directory, and is this build."""
        try:
            pid, port = map(int, self._pid_file.read_text().split())
            if str(self.data.resolve()).encode() not in _arguments(pid):
                return False  # it ended, and the number may be another process's by now
            program = os.readlink(f"/proc/{pid}/exe")
        except (OSError, ValueError):
            return False
        if program != str(self.binary.resolve()):
            raise CannotStart(f"an older build of Millrace is running on {self.data} (process {pid}).\n"
                              f"Stop it with kill {pid}, then run this again")
        self.pid, self.port = pid, port
        self._wait_ready(lambda: _arguments(pid))
        return True

    def start(self, say):
        self.port = self._free_port(say)
        self.data.parent.mkdir(parents=True, exist_ok=True)
        command = [str(self.binary), "serve", "--listen", f"{HOST}:{self.port}", "--data-dir",
                   str(self.data.resolve()), "--python", "/usr/bin/python3"]
        with open(self.log, "ab") as log:
            # A session of its own: it outlives this program and the terminal.
            process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                                       start_new_session=True)
        self.pid = process.pid
        self._pid_file.write_text(f"{process.pid} {self.port}\n")
        self._wait_ready(lambda: process.poll() is None)

    def _free_port(self, say):
        for port in range(FIRST_PORT, LAST_PORT + 1):
            with socket.socket() as probe:
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                try:
                    probe.bind((HOST, port))
                    return port
                except OSError:
                    who = "another Millrace with different data" if _is_millrace(port) else "another program"
                    say(f"Port {port} is in use by {who}; trying the next one")
        raise CannotStart(f"no port from {FIRST_PORT} to {LAST_PORT} is free")

    def _wait_ready(self, alive, seconds=30):
        deadline = time.monotonic() + seconds
        while True:
            running = alive()  # asked before the port, so that a last answer is not missed
            if _get(self.port, "/health/ready")[0] == 200:
                return
            if not running or time.monotonic() > deadline:
                what = f"was not ready within {seconds} s" if running else "ended at once"
                raise CannotStart(f"the server {what}. The end of {self.log}:\n{self.last_lines()}")
            time.sleep(0.02)

    def last_lines(self, count=15):
        try:
            return "\n".join(self.log.read_text(errors="replace").splitlines()[-count:])
        except OSError:
            return ""

    def stop(self, seconds=60):
        with contextlib.suppress(ProcessLookupError):  # it may have ended by itself
            os.kill(self.pid, signal.SIGTERM)
        deadline = time.monotonic() + seconds
        while not _ended(self.pid):
            if time.monotonic() > deadline:
                raise CannotStart(f"the server (process {self.pid}) did not stop within {seconds} s; see {self.log}")
            time.sleep(0.02)
        self._pid_file.unlink(missing_ok=True)


def _ended(pid):
    try:
        return os.waitpid(pid, os.WNOHANG)[0] == pid
    except ChildProcessError:  # an earlier run's
        return not _arguments(pid)


def _arguments(pid):
    """The process's command line; empty when it has ended, whether or not its parent has asked how."""
    try:
        return [a for a in pathlib.Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0") if a]
    except OSError:
        return []


def _get(port, path):
    connection = http.client.HTTPConnection(HOST, port, timeout=2)
    try:
        connection.request("GET", path)
        response = connection.getresponse()
        return response.status, response.read()
    except (OSError, http.client.HTTPException):
        return None, b""
    finally:
        connection.close()


def _is_millrace(port):
    return b"\nmillrace_" in _get(port, "/metrics")[1]
