"""Event source mappings with tumbling windows: a state goes from batch to batch."""

import time

from support.millrace import Millrace, wait_until

from .recorder import OwnPipeline, put

# Adds up the numbers in the records.
SUM = """
import base64, json, os

def handler(event, context):
    state = event["state"]
    state["sum"] = state.get("sum", 0) + sum(int(base64.b64decode(r["kinesis"]["data"])) for r in event["Records"])
    with open(os.environ["SEEN"], "a") as out:
        out.write(json.dumps({"state": state, **{k: event[k] for k in event if k not in ("Records", "state")},
                              "records": len(event["Records"])}) + "\\n")
    return {"state": state}
"""


def finals(function):
    return [i for i in function.invocations() if i["isFinalInvokeForWindow"]]


def test_the_state_of_a_window_ends_with_it(kinesis, source, function, mapped, lambdas):
    name, arn = source
    function.deploy(SUM)
    mapping = mapped(function, arn, TumblingWindowInSeconds=2, BatchSize=5)
    assert mapping["TumblingWindowInSeconds"] == 2
    for i in range(1, 31):
        put(kinesis, name, str(i))
    wait_until(lambda: sum(f["state"]["sum"] for f in finals(function)) >= 465, "the windows ended")
    assert sum(f["state"]["sum"] for f in finals(function)) == 465
    for final in finals(function):
        assert final["records"] == 0
        assert not final["isWindowTerminatedEarly"]
        assert final["shardId"] == "shardId-000000000000"
        assert final["eventSourceARN"] == arn
        start, end = (time.strptime(final["window"][k], "%Y-%m-%dT%H:%M:%SZ") for k in ("start", "end"))
        assert time.mktime(end) - time.mktime(start) == 2
    wait_until(lambda: lambdas.get_event_source_mapping(UUID=mapping["UUID"])["LastProcessingResult"] == "OK", "OK")


def test_a_killed_server_goes_on_with_the_state(tmp_path):
    server = Millrace(tmp_path / "data").start()
    try:
        numbers = [str(i) for i in range(1, 11)]
        own = OwnPipeline(server, SUM, *numbers, TumblingWindowInSeconds=900, BatchSize=10)
        wait_until(own.function.invocations, "the function was invoked")
        put(own.kinesis, "s", "0")
        # The state of a batch is on the disk before the next one begins.
        wait_until(lambda: len(own.function.invocations()) >= 2, "the next one begins")
        server.kill()
        server.start()
        put(own.kinesis, "s", "100")
        wait_until(lambda: sum(i["records"] for i in own.function.invocations()) >= 12, "the mapping goes on")
        # Another length ends the window now.
        own.lambdas.update_event_source_mapping(UUID=own.uuid, TumblingWindowInSeconds=0)
        wait_until(lambda: finals(own.function), "the window ended")
        assert sum(f["state"]["sum"] for f in finals(own.function)) == 155
    finally:
        server.kill()
