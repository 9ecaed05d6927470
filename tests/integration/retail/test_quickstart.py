"""tools/quickstart after setup and build: it verifies, goes on where it was, and its advice works."""

import pathlib
import re
import subprocess
import sys

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2]))

from support import retail as support  # noqa: E402
from support.millrace import Millrace, default_binary, wait_until  # noqa: E402


def quickstart(data, *arguments):
    command = ["/usr/bin/python3", "-B", str(support.ROOT / "tools/retail/quickstart.py"), "--data-dir", str(data),
               "--binary", default_binary(), *arguments]
    return subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=300,
                          cwd=support.ROOT)


def run(data, *arguments):
    done = quickstart(data, *arguments)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    return tmp_path_factory.mktemp("quickstart") / "data"


@pytest.fixture(scope="module")
def once(data):
    """What a whole first run printed."""
    return run(data, "--once")


def test_the_whole_pipeline_over_all_purchases(once, data):
    assert re.search(r"total +69,659 +167,881 +2,500,315.63\n", once)
    assert "in 18 partitions" in once and "The server has stopped." in once
    assert not data.with_name("data.pid").exists()
    server = Millrace(data).start()
    try:
        found = support.assert_complete(server.url)
        assert found.copies == 0 and found.invalid == {}
    finally:
        assert server.stop() == 0


def test_it_goes_on_where_it_was_and_what_it_advises_works(once, data):
    again = run(data)
    pid, url = re.search(r"process (\d+), log", again)[1], re.search(r"Metrics +(\S+)/metrics", again)[1]
    try:
        assert "69,659 purchases are in the bucket from an earlier run" in again and "Verified" in again
        assert "Millrace is still running from an earlier run" in run(data)
        advice = again.split("Try next:\n")[1].splitlines()
        export, ls, logs, put = (line.strip() for line in advice[:4])

        def shell(command):
            done = subprocess.run(["bash", "-c", f"{export}\n{command}"], capture_output=True, text=True, timeout=60,
                                  cwd=support.ROOT)
            assert done.returncode == 0, f"{command}\n{done.stderr}"
            return done.stdout

        assert "year=1998/month=06/shardId-00000000000" in shell(ls)
        assert '"event": "batch"' in shell(logs)
        assert "SequenceNumber" in shell(put)
        results = support.results.Results(support.pipeline.Pipeline(url).s3, support.pipeline.BUCKET)
        wait_until(lambda: "1998-07" in results.refresh().partitions, "the purchase of July is processed")
        assert "not in the file, and not in the table: 1\n" in run(data)
    finally:
        subprocess.run(["bash", "-c", advice_to_stop(again)], check=True)
        wait_until(lambda: ended(pid), "the server has stopped")


def ended(pid):
    try:
        return not pathlib.Path(f"/proc/{pid}/cmdline").read_bytes()  # empty: only its parent has not asked yet
    except FileNotFoundError:
        return True


def advice_to_stop(output):
    return re.search(r"Stop it +(kill \d+)", output)[1]


def test_a_server_that_does_not_start_is_explained(tmp_path):
    in_use = Millrace(tmp_path / "data").start()
    try:
        done = quickstart(tmp_path / "data", "--once")
        assert done.returncode == 1 and "is in use by another server" in done.stderr
        assert "Traceback" not in done.stderr
    finally:
        in_use.stop()
