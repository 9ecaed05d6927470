import itertools
import pathlib
import sys

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))

from support.millrace import Millrace  # noqa: E402

_numbers = itertools.count()


@pytest.fixture(scope="session")
def server(tmp_path_factory):
    """One server for all tests; each makes its own streams."""
    millrace = Millrace(tmp_path_factory.mktemp("server") / "data", args=["--allow-destinations", "127.0.0.0/8"]).start()
    yield millrace
    assert millrace.process.poll() is None, f"the server died:\n{millrace.log()}"
    assert millrace.stop() == 0, millrace.log()


@pytest.fixture(scope="session")
def kinesis(server):
    return server.client("kinesis")


@pytest.fixture
def stream(kinesis):
    """The name of a new stream of two shards."""
    name = f"stream-{next(_numbers)}"
    kinesis.create_stream(StreamName=name, ShardCount=2)
    yield name
    try:
        kinesis.delete_stream(StreamName=name)
    except kinesis.exceptions.ResourceNotFoundException:
        pass
