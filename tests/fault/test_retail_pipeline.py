"""No purchase is missing and none counts twice, whatever fails on the way from the stream to the objects."""

import collections
import concurrent.futures
import pathlib
import sys

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))

from support import retail as support  # noqa: E402
from support.millrace import Millrace, wait_until  # noqa: E402

BOUGHT = support.BOUGHT
# Small batches over the file's order, where every batch has all 18 months: many objects to fail between.
MAPPING = {"BatchSize": 500, "MaximumBatchingWindowInSeconds": 0}

FAULTY = '''
import os, process_retail_data, s3_object

invocations = 0
put = s3_object.Bucket.put

def fail():
    print("injected failure")
    raise RuntimeError("injected failure")

def end():
    print("injected failure", flush=True)
    os._exit(1)

def handler(event, context):
    global invocations
    invocations += 1
    turn, rest = divmod(invocations, int(os.environ["FAIL_EVERY"]))
    if rest:
        return process_retail_data.handler(event, context)
    if turn % 3 == 1:
        fail()
    written = []
    def put_some(bucket, key, body):
        put(bucket, key, body)
        written.append(key)
        if len(written) == 5:
            end() if turn % 3 == 0 else fail()
    s3_object.Bucket.put = put_some
    try:
        return process_retail_data.handler(event, context)
    finally:
        s3_object.Bucket.put = put
'''

INVALID = [
    (b"not a purchase", "not JSON"),
    (b'{"id":"x","customer":"00001","date":"1997-01-01","units":0,"dollars":"1.00"}', "units"),
    (b'{"id":"x","customer":"00001","date":"1997-01-01","units":1,"dollars":"-1.00"}', "dollars"),
    (b'{"id":"x","customer":"00001","date":"1997-02-29","units":1,"dollars":"1.00"}', "date"),
    (b'{"id":"x","customer":"","date":"1997-01-01","units":1,"dollars":"1.00"}', "customer"),
]


@pytest.fixture
def server(tmp_path):
    millrace = Millrace(tmp_path / "data").start()
    yield millrace
    if millrace.process.poll() is None:
        millrace.kill()


def objects(retail):
    pages = retail.s3.get_paginator("list_objects_v2").paginate(Bucket=support.pipeline.BUCKET)
    return sum(page["KeyCount"] for page in pages)


def kill_and_start(server):
    server.kill()
    server.start()


def test_the_server_is_killed_while_purchases_are_loaded(server):
    retail = support.make(server)
    retail.make_mapping(**MAPPING)
    loaded = [0]
    with concurrent.futures.ThreadPoolExecutor(1) as pool:
        load = pool.submit(support.loading.load, retail.kinesis, support.pipeline.STREAM, BOUGHT,
                           lambda done: loaded.__setitem__(0, done), 240)
        for count in (10_000, 25_000, 40_000, 60_000):
            wait_until(lambda: loaded[0] >= count or load.done(), f"{count} purchases are loaded", 120)
            assert not load.done(), load.result()
            kill_and_start(server)
        assert load.result(240) == len(BOUGHT)
    retail.wait_for(BOUGHT)
    support.assert_complete(server.url)


def test_the_server_is_killed_while_the_function_processes(server):
    retail = support.make(server)
    support.loading.load(retail.kinesis, support.pipeline.STREAM, BOUGHT)
    retail.make_mapping(**MAPPING)
    for count in (200, 500, 900, 1500):
        wait_until(lambda: objects(retail) >= count, f"{count} objects are written", 120)
        kill_and_start(server)
    retail.results.refresh()
    assert len(retail.results.purchases) < len(BOUGHT), "the function was faster than the kills"
    retail.wait_for(BOUGHT)
    support.assert_complete(server.url)


def test_the_function_fails_on_every_seventh_batch_and_some_purchases_are_invalid(server):
    files = {**support.pipeline.code(), "faulty.py": FAULTY}
    retail = support.make(server, files, "faulty.handler", FAIL_EVERY="7")
    retail.make_mapping(**MAPPING, BisectBatchOnFunctionError=True)
    for part in range(4):
        support.loading.load(retail.kinesis, support.pipeline.STREAM, BOUGHT[part::4])
        records = [{"Data": data, "PartitionKey": str(n)} for n in range(20) for data, _ in INVALID]
        assert retail.kinesis.put_records(
            StreamName=support.pipeline.STREAM, Records=records)["FailedRecordCount"] == 0
    retail.wait_for(BOUGHT)
    wait_until(lambda: len(retail.results.refresh().invalid) >= 400, "the last invalid purchases are dropped", 60)
    found = support.assert_complete(server.url)
    assert collections.Counter(found.invalid.values()) == {reason: 80 for _, reason in INVALID}
    assert found.copies > 0, "batches that failed half-way wrote some purchases before"
    assert support.function_log(server).count("injected failure\n") >= 10
