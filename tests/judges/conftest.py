import pathlib
import subprocess
import sys

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))

import clients  # noqa: E402
from support.millrace import Millrace, free_port, wait_until  # noqa: E402


@pytest.fixture(scope="session")
def server(tmp_path_factory):
    """One server for all judges, each of which has an account of its own; its port speaks plain HTTP and TLS."""
    data_dir = tmp_path_factory.mktemp("server") / "data"
    millrace = Millrace(data_dir, args=["--tls", "self-signed"]).start()
    yield millrace
    assert millrace.process.poll() is None, f"the server died:\n{millrace.log()}"
    assert millrace.stop() == 0, millrace.log()


@pytest.fixture(scope="session")
def leases(tmp_path_factory):
    """The URL of a DynamoDB that keeps the lease tables of the Kinesis Client Library: moto's, in memory."""
    port = free_port()
    log_path = tmp_path_factory.mktemp("leases") / "log"
    command = [clients.PYTHON.build() / "venv/bin/moto_server", "-H", "127.0.0.1", "-p", str(port)]
    with open(log_path, "wb") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log, stdin=subprocess.DEVNULL)

    def answers():
        assert process.poll() is None, f"moto ended at once:\n{log_path.read_text()}"
        return Millrace("", port=port).raw("GET", "/").status == 200

    def answers_soon():
        try:
            return answers()
        except OSError:
            return False

    wait_until(answers_soon, "moto answers", 60)
    yield f"http://127.0.0.1:{port}"
    process.kill()
    process.wait()
