import pathlib
import sys

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))

from support.millrace import Millrace  # noqa: E402


@pytest.fixture(scope="session")
def server(tmp_path_factory):
    """One server for all judges, each of which has an account of its own; its port speaks plain HTTP and TLS."""
    data_dir = tmp_path_factory.mktemp("server") / "data"
    millrace = Millrace(data_dir, args=["--tls", "self-signed"]).start()
    yield millrace
    assert millrace.process.poll() is None, f"the server died:\n{millrace.log()}"
    assert millrace.stop() == 0, millrace.log()
