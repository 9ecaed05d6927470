"""CloudWatch Logs through boto3 and the AWS CLI (Debian's, since version 1 cannot tail): what functions wrote."""

import os
import subprocess
import time

import pytest
from support.functions import create_function, error_of, invoke
from support.millrace import Millrace, wait_until

SAYS = "def handler(event, context):\n    print('said', event)\n    print('two\\rlines', flush=True)\n"


@pytest.fixture(scope="module")
def logs(server):
    return server.client("logs")


@pytest.fixture(scope="module")
def function(server):
    """A function that was invoked three times, and its log group."""
    functions = server.client("lambda")
    name = create_function(functions, SAYS)
    for i in range(3):
        invoke(functions, name, i)
    yield name, f"/aws/lambda/{name}"
    functions.delete_function(FunctionName=name)


def said(events):
    return [e["message"] for e in events if e["message"].startswith("said")]


def test_groups_and_streams(logs, function):
    _, group = function
    (found,) = logs.describe_log_groups(logGroupNamePrefix=group)["logGroups"]
    assert found["logGroupName"] == group
    assert found["arn"] == f"arn:aws:logs:us-east-1:000000000000:log-group:{group}:*"
    assert found["storedBytes"] > 0
    now = time.time() * 1000
    assert now - 600_000 < found["creationTime"] <= now
    (stream,) = logs.describe_log_streams(logGroupName=group)["logStreams"]
    assert "[$LATEST]" in stream["logStreamName"]
    assert stream["firstEventTimestamp"] <= stream["lastEventTimestamp"] <= now
    pages = logs.get_paginator("describe_log_groups").paginate(PaginationConfig={"PageSize": 1})
    assert group in [g["logGroupName"] for p in pages for g in p["logGroups"]]


def test_a_group_is_named_by_an_arn_of_its_owner_alone(logs, function):
    _, group = function
    arn = f"arn:aws:logs:us-east-1:000000000000:log-group:{group}"
    for identifier in (group, arn):
        assert logs.describe_log_streams(logGroupIdentifier=identifier)["logStreams"], identifier
    for foreign in (
        arn.replace("us-east-1", "eu-west-1"),
        arn.replace("000000000000", "111122223333"),
        arn.replace("arn:aws:", "arn:aws-cn:"),
        arn.replace(":logs:", ":s3:"),
        arn + ":x",
    ):
        for call in (logs.describe_log_streams, logs.filter_log_events):
            with pytest.raises(logs.exceptions.ResourceNotFoundException):
                call(logGroupIdentifier=foreign)


def test_the_events_of_a_stream_forwards_and_backwards(logs, function):
    _, group = function
    stream = logs.describe_log_streams(logGroupName=group)["logStreams"][0]["logStreamName"]
    everything = logs.get_log_events(logGroupName=group, logStreamName=stream, startFromHead=True)["events"]
    assert said(everything) == ["said 0", "said 1", "said 2"]
    assert "two\rlines" in [e["message"] for e in everything]
    assert [e["message"].split(" ")[0].split("\t")[0] for e in everything if "RequestId" in e["message"]][-3:] == [
        "START",
        "END",
        "REPORT",
    ]
    for from_head in (True, False):
        collected, token = [], None
        while True:
            page = logs.get_log_events(
                logGroupName=group,
                logStreamName=stream,
                startFromHead=from_head,
                limit=4,
                **({"nextToken": token} if token else {}),
            )
            collected = collected + page["events"] if from_head else page["events"] + collected
            following = page["nextForwardToken" if from_head else "nextBackwardToken"]
            if following == token:
                break
            token = following
        assert collected == everything


def test_filters(logs, function):
    _, group = function
    events = logs.filter_log_events(logGroupName=group, filterPattern="said")["events"]
    assert said(events) == ["said 0", "said 1", "said 2"]
    assert len({e["eventId"] for e in events}) == 3
    pages = logs.get_paginator("filter_log_events").paginate(
        logGroupName=group, filterPattern='?"said 0" ?"said 2"', PaginationConfig={"PageSize": 1}
    )
    assert [m for p in pages for m in said(p["events"])] == ["said 0", "said 2"]
    assert said(logs.filter_log_events(logGroupName=group, filterPattern="said -1")["events"]) == ["said 0", "said 2"]
    assert logs.filter_log_events(logGroupName=group, startTime=int(time.time() * 1000) + 60_000)["events"] == []
    assert logs.filter_log_events(logGroupName=group, endTime=1)["events"] == []
    stream = events[0]["logStreamName"]
    assert len(logs.filter_log_events(logGroupName=group, logStreamNames=[stream])["events"]) > 3
    assert logs.filter_log_events(logGroupName=group, logStreamNamePrefix="none")["events"] == []


def test_errors(logs, function, server):
    _, group = function
    none = "/aws/lambda/none"
    for call in (logs.describe_log_streams, logs.filter_log_events):
        assert error_of(call, logGroupName=none)[0] == "ResourceNotFoundException"
    assert error_of(logs.get_log_events, logGroupName=group, logStreamName="x")[0] == "ResourceNotFoundException"
    assert error_of(logs.filter_log_events, logGroupName=group, filterPattern="{ $.a = 1 }")[0] == (
        "InvalidParameterException"
    )
    assert error_of(logs.filter_log_events, logGroupName=group, nextToken="x")[0] == "InvalidParameterException"
    assert error_of(logs.filter_log_events, logGroupName="/aws/lambda/../x")[0] == "ResourceNotFoundException"
    other = server.client("logs", access_key="123456789012")
    assert other.describe_log_groups()["logGroups"] == []
    assert error_of(other.filter_log_events, logGroupName=group)[0] == "ResourceNotFoundException"


def test_parameters_that_exclude_each_other(logs, function):
    _, group = function
    both = {"logGroupName": group, "logGroupIdentifier": group}
    exclusive = ("ValidationException", "LogGroup name and LogGroup ARN are mutually exclusive parameters.")
    for call in (logs.describe_log_streams, logs.filter_log_events):
        assert error_of(call, **both) == exclusive
    assert error_of(logs.get_log_events, logStreamName="x", **both) == exclusive
    assert error_of(logs.describe_log_groups, logGroupNamePrefix="a", logGroupNamePattern="b") == (
        "InvalidParameterException",
        "LogGroup name prefix and LogGroup name pattern are mutually exclusive parameters.",
    )
    assert error_of(logs.describe_log_streams, logGroupName=group, logStreamNamePrefix="2", orderBy="LastEventTime") == (
        "InvalidParameterException",
        "Cannot order by LastEventTime with a logStreamNamePrefix.",
    )
    assert error_of(logs.filter_log_events, logGroupName=group, logStreamNamePrefix="2", logStreamNames=["3"])[0] == (
        "InvalidParameterException"
    )


def test_a_violated_constraint_is_an_invalid_parameter(logs, function):
    _, group = function
    assert error_of(logs.get_log_events, logGroupName=group, logStreamName="x", limit=10001) == (
        "InvalidParameterException",
        "1 validation error detected: Value '10001' at 'limit' failed to satisfy constraint: Member must have value less "
        "than or equal to 10000",
    )
    assert error_of(logs.describe_log_groups, logGroupNamePrefix="?")[0] == "InvalidParameterException"


def test_aws_logs_tail_follows(server, function):
    name, group = function
    environment = {
        **os.environ,
        "AWS_ACCESS_KEY_ID": "000000000000",
        "AWS_SECRET_ACCESS_KEY": "secret",
        "AWS_DEFAULT_REGION": "us-east-1",
    }
    command = ["/usr/bin/aws", "--endpoint-url", server.url, "logs", "tail", group, "--follow", "--since", "1h"]
    tail = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    try:
        lines = iter(tail.stdout.readline, "")
        assert any(line.rstrip().endswith("said 2") for line in lines)
        invoke(server.client("lambda"), name, "later")
        assert any(line.rstrip().endswith("said later") for line in lines)
    finally:
        tail.terminate()
        tail.wait()


def test_they_are_there_after_a_kill(tmp_path):
    server = Millrace(tmp_path / "data").start()
    try:
        functions = server.client("lambda")
        name = create_function(functions, SAYS)
        logs = server.client("logs")
        group = f"/aws/lambda/{name}"

        def lines():
            return said(logs.filter_log_events(logGroupName=group)["events"])

        invoke(functions, name, 1)
        # Logs are written after the answer.
        wait_until(lambda: len(lines()) == 1, "it was written")
        server.kill()
        server.start()
        invoke(functions, name, 2)
        wait_until(lambda: len(lines()) == 2, "both are there")
        assert len(logs.describe_log_streams(logGroupName=group)["logStreams"]) == 2
    finally:
        server.kill()


def test_retention_is_put_shown_kept_and_deleted(logs, function):
    _, group = function

    def shown():
        return logs.describe_log_groups(logGroupNamePrefix=group)["logGroups"][0].get("retentionInDays")

    assert shown() is None
    logs.put_retention_policy(logGroupName=group, retentionInDays=7)
    assert shown() == 7
    assert len(said(logs.filter_log_events(logGroupName=group)["events"])) >= 3
    code, message = error_of(logs.put_retention_policy, logGroupName=group, retentionInDays=2)
    assert code == "InvalidParameterException"
    assert "1, 3, 5, 7" in message
    assert shown() == 7
    logs.delete_retention_policy(logGroupName=group)
    assert shown() is None
    for call, more in ((logs.put_retention_policy, {"retentionInDays": 1}), (logs.delete_retention_policy, {})):
        assert error_of(call, logGroupName="/aws/lambda/none", **more)[0] == "ResourceNotFoundException"


def test_what_has_expired_is_not_shown_and_goes(tmp_path):
    server = Millrace(tmp_path / "data").start()
    file = tmp_path / "data/functions/logs/000000000000/us-east-1/f.log"
    group = "/aws/lambda/f"

    def restart_later(days):
        """As if the days had passed since."""
        server.kill()
        lines = [line.split(b"\t", 1) for line in file.read_bytes().split(b"\n") if line]
        file.write_bytes(b"".join(b"%d\t%s\n" % (int(ms) - days * 86_400_000, rest) for ms, rest in lines))
        os.utime(file, (file.stat().st_mtime - days * 86_400,) * 2)
        server.start()
        return server.client("lambda"), server.client("logs")

    try:
        functions, logs = server.client("lambda"), server.client("logs")
        create_function(functions, SAYS, "f")
        invoke(functions, "f", "old")
        logs.put_retention_policy(logGroupName=group, retentionInDays=3)
        functions, logs = restart_later(2)
        invoke(functions, "f", "new")
        assert said(logs.filter_log_events(logGroupName=group)["events"]) == ["said old", "said new"]
        functions, logs = restart_later(2)
        (found,) = logs.describe_log_groups()["logGroups"]
        assert found["retentionInDays"] == 3
        assert said(logs.filter_log_events(logGroupName=group)["events"]) == ["said new"]
        arguments = [server.binary, "logs", "f", "--data-dir", str(server.data_dir)]
        printed = subprocess.run(arguments, capture_output=True, text=True, timeout=30, check=True).stdout
        assert "said new" in printed and "said old" not in printed
        functions, logs = restart_later(4)
        wait_until(lambda: file.stat().st_size == 0, "the file is emptied")
        assert logs.filter_log_events(logGroupName=group)["events"] == []
        invoke(functions, "f", "again")
        assert said(logs.filter_log_events(logGroupName=group)["events"]) == ["said again"]
    finally:
        assert server.stop() == 0, server.log()
