"""Event source mappings with several batches of a shard at a time."""

import hashlib

from support.millrace import Millrace, wait_until

from .recorder import RECORDER, Function, OwnPipeline, put, wait_for_state

# Takes a while over each batch, and writes down when it was done.
SLOW = RECORDER + """
def decide(records, seen):
    time.sleep(0.2)
    with open(os.environ["SEEN"] + ".ended", "a") as out:
        out.write(json.dumps({"data": seen, "time": time.time()}) + "\\n")
"""
FAILS_ON_BAD = RECORDER + """
def decide(records, seen):
    if any(s.startswith("bad") for s in seen):
        raise ValueError("bad")
"""


def texts_of(keys, count):
    """Records whose partition keys, their first eight letters, are these; of each key in order."""
    return [f"{key:8}{i}" for i in range(count) for key in keys]


def at_a_time(began, ended):
    """How many ran at a time at most."""
    changes = sorted([(t, 1) for t in began] + [(t, -1) for t in ended])
    running = most = 0
    for _, change in changes:
        running += change
        most = max(most, running)
    return most


def test_several_batches_run_at_a_time_and_keep_the_order_of_a_key(kinesis, source, function, mapped):
    name, arn = source
    function.deploy(SLOW, Timeout=30)
    keys = [f"k{i}" for i in range(8)]
    put(kinesis, name, *texts_of(keys, 3))
    mapped(function, arn, BatchSize=1, ParallelizationFactor=4)
    ended = Function(function.server)
    ended.path = function.path.with_name("seen.ended")
    wait_until(lambda: len(ended.invocations()) >= 24, "all records came", 60)
    for key in keys:
        assert [d for d in function.data() if d.startswith(f"{key:8}")] == texts_of([key], 3)
    most = at_a_time([i["time"] for i in function.invocations()], [i["time"] for i in ended.invocations()])
    assert 2 <= most <= 4


def test_a_key_that_fails_does_not_stop_the_others(kinesis, source, function, mapped, lambdas):
    name, arn = source
    function.deploy(FAILS_ON_BAD)
    # Enough keys that some have another lane than the one that fails.
    keys = [f"k{i}" for i in range(40)]
    put(kinesis, name, "bad", *texts_of(keys, 2))
    uuid = mapped(function, arn, BatchSize=10, ParallelizationFactor=10)["UUID"]
    wait_until(lambda: len(set(function.data())) > 50, "other lanes went on")
    assert lambdas.get_event_source_mapping(UUID=uuid)["ParallelizationFactor"] == 10
    lambdas.update_event_source_mapping(UUID=uuid, MaximumRetryAttempts=0)
    wait_until(lambda: set(function.data()) == {"bad", *texts_of(keys, 2)}, "all records came")


def lane(text, lanes):
    """Of a record with this text: see key_hash in api/lambda/shard_progress.h."""
    return int.from_bytes(hashlib.md5(text[:8].encode()).digest()[8:], "big") % lanes


def test_what_a_lane_settled_does_not_come_again_after_a_kill(tmp_path):
    server = Millrace(tmp_path / "data").start()
    try:
        texts = texts_of([f"k{i}" for i in range(40)], 2)
        own = OwnPipeline(server, FAILS_ON_BAD, "bad", *texts, BatchSize=100, ParallelizationFactor=4)
        others = [t for t in texts if lane(t, 4) != lane("bad", 4)]
        wait_until(lambda: set(others) <= set(own.function.data()), "other lanes went on")
        # A lane's checkpoint is written before its next batch begins.
        marks = [m for m in (f"mark{i}" for i in range(40)) if lane(m, 4) != lane("bad", 4)]
        put(own.kinesis, "s", *marks)
        wait_until(lambda: set(marks) <= set(own.function.data()), "they go on")
        server.kill()
        server.start()
        own.lambdas.update_event_source_mapping(UUID=own.uuid, MaximumRetryAttempts=0)
        wait_until(lambda: set(own.function.data()) == {"bad", *texts, *marks}, "all records came")
        assert [own.function.data().count(d) for d in others] == [1] * len(others)
    finally:
        server.kill()


def test_their_number_may_change(kinesis, source, function, mapped, lambdas):
    name, arn = source
    function.deploy()
    uuid = mapped(function, arn, BatchSize=3, ParallelizationFactor=3)["UUID"]
    keys = [f"k{i}" for i in range(10)]
    sent = []
    for round_number, factor in enumerate((1, 10, 2)):
        texts = [f"{key:8}{round_number}-{i}" for i in range(4) for key in keys]
        sent += texts
        put(kinesis, name, *texts)
        lambdas.update_event_source_mapping(UUID=uuid, ParallelizationFactor=factor)
        wait_for_state(lambdas, uuid, "Enabled")
    wait_until(lambda: set(function.data()) == set(sent), "all records came")
    assert lambdas.get_event_source_mapping(UUID=uuid)["ParallelizationFactor"] == 2
    for key in keys:
        came = [d for d in dict.fromkeys(function.data()) if d.startswith(f"{key:8}")]
        assert came == [t for t in sent if t.startswith(f"{key:8}")]
