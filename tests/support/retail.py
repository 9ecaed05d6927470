"""The retail pipeline of tools/retail as tests run it, and what must come out of it."""

import pathlib
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tools/retail"))

import loading  # noqa: E402,F401
import pipeline  # noqa: E402
import purchases  # noqa: E402
import results  # noqa: E402

RUNTIME = f"python3.{sys.version_info.minor}"
BOUGHT = purchases.read()
MONTHS = [f"1997-{m:02}" for m in range(1, 13)] + [f"1998-{m:02}" for m in range(1, 7)]


def make(server, files=None, handler="process_retail_data.handler", **environment):
    """The pipeline on a running server, all but the mapping."""
    retail = pipeline.Pipeline(server.url)
    retail.make_bucket()
    retail.make_function(RUNTIME, files, handler, **environment)
    retail.make_stream()
    return retail


def assert_complete(url):
    """Every purchase of the file once, to the cent, read anew. Returns what was found."""
    found = results.Results(pipeline.Pipeline(url).s3, pipeline.BUCKET).refresh()
    assert len(BOUGHT) == 69_659
    assert found.purchases == {p.id: p for p in BOUGHT}
    months = purchases.by_month(found.purchases.values())
    assert months == purchases.by_month(BOUGHT)
    assert [sum(column) for column in zip(*months.values())] == [69_659, 167_881, 250_031_563]
    assert list(months) == MONTHS == sorted(found.partitions)
    return found


def function_log(server):
    command = [server.binary, "logs", pipeline.FUNCTION, "--data-dir", str(server.data_dir)]
    return subprocess.run(command, check=True, capture_output=True, text=True, timeout=60).stdout
