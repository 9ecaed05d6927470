"""/metrics, read as strictly as Prometheus reads it, and its figures after traffic that is known."""

import base64
import collections
import math
import re

from support.admin import hold
from support.json_client import JsonClient
from support.millrace import Millrace, wait_until

NAME = r"[a-zA-Z_:][a-zA-Z0-9_:]*"
LABEL = r'[a-zA-Z_][a-zA-Z0-9_]*="(?:[^"\\\n]|\\\\|\\"|\\n)*"'
SAMPLE = re.compile(rf"({NAME})(?:\{{({LABEL}(?:,{LABEL})*)\}})? (\S+)")


def parse(text):
    """{(name, frozenset of labels): value}; fails on anything that the text format 0.0.4 does not allow."""
    assert text.endswith("\n")
    samples, types, family = {}, {}, None
    for line in text[:-1].split("\n"):
        if line.startswith("# HELP "):
            family = re.fullmatch(rf"# HELP ({NAME}) (\S.*)", line)[1]
            assert family not in types, f"{family} comes twice"
        elif line.startswith("# TYPE "):
            name, kind = re.fullmatch(rf"# TYPE ({NAME}) (counter|gauge|histogram)", line).groups()
            assert name == family, line
            types[name] = kind
        else:
            name, labels, value = SAMPLE.fullmatch(line).groups()
            suffix = name[len(family) :]
            allowed = ("_bucket", "_sum", "_count") if types[family] == "histogram" else ("",)
            assert name.startswith(family) and suffix in allowed, line
            pairs = re.findall(r'(\w+)="((?:[^"\\]|\\.)*)"', labels or "")
            assert len(dict(pairs)) == len(pairs), line
            key = (name, frozenset(pairs))
            assert key not in samples, f"twice: {line}"
            samples[key] = float(value)
            if types[family] == "counter":
                assert float(value) >= 0 and value.isdigit(), line
    check_conventions(types)
    check_histograms(samples, types)
    return samples


def check_conventions(types):
    """What `promtool check metrics` minds: units, suffixes, prefixes."""
    for name, kind in types.items():
        assert name.startswith("millrace_") and name == name.lower(), name
        assert (kind == "counter") == name.endswith("_total"), name
        assert not re.search(r"_(milliseconds|millis|ms|minutes|kib|mib|kilobytes)(_|$)", name), name
        assert not name.endswith(("_count", "_sum", "_bucket", "_info")), name


def check_histograms(samples, types):
    buckets = collections.defaultdict(list)
    for (name, labels), value in samples.items():
        if name.endswith("_bucket") and types.get(name[:-7]) == "histogram":
            bound = next(v for k, v in labels if k == "le")
            buckets[(name[:-7], frozenset(p for p in labels if p[0] != "le"))].append((float(bound), value))
    for (name, labels), found in buckets.items():
        assert found == sorted(found), name
        assert found[-1][0] == math.inf and found[-1][1] == samples[(name + "_count", labels)], name
        assert [count for _, count in found] == sorted(count for _, count in found), name
        assert (name + "_sum", labels) in samples


def scrape(server):
    return parse(server.raw("GET", "/metrics").body.decode())


def of_stream(samples, stream):
    found = {name: value for (name, labels), value in samples.items() if ("stream", stream) in labels}
    return {name.removeprefix("millrace_kinesis_"): value for name, value in found.items()}


def test_figures_follow_known_traffic(tmp_path):
    server = Millrace(tmp_path / "data").start()
    raw = JsonClient(server)
    raw.ok("CreateStream", StreamName="counted", ShardCount=2)
    for _ in range(3):
        raw.ok("PutRecord", StreamName="counted", Data="YWJj", PartitionKey="key")
    raw.ok("PutRecords", StreamName="counted", Records=[{"Data": "YWJjZA==", "PartitionKey": "key"}] * 7)
    raw.error("PutRecord", StreamName="counted", Data="YWJj", PartitionKey="")
    raw.error("PutRecord", StreamName="nobody", Data="YWJj", PartitionKey="k")
    shard = raw.ok("PutRecord", StreamName="counted", Data="", PartitionKey="key")["ShardId"]
    start = raw.ok("GetShardIterator", StreamName="counted", ShardId=shard, ShardIteratorType="TRIM_HORIZON")
    assert len(raw.ok("GetRecords", **start)["Records"]) == 11
    assert len(raw.ok("GetRecords", **start, Limit=2)["Records"]) == 2
    samples = scrape(server)
    age = of_stream(samples, "counted").pop("get_records_iterator_age_seconds")
    assert 0 <= age < 60
    figures = of_stream(samples, "counted")
    del figures["get_records_iterator_age_seconds"]
    assert figures == {
        "incoming_records_total": 11,
        "incoming_bytes_total": 3 * 3 + 7 * 4,
        "put_record_success_total": 4,
        "put_record_bytes_total": 9,
        "put_records_success_total": 1,
        "put_records_records_total": 7,
        "put_records_bytes_total": 28,
        "get_records_success_total": 2,
        "get_records_records_total": 13,
        # keys and data
        "get_records_bytes_total": 11 * 3 + 37 + 2 * (3 + 3),
        "subscribe_to_shard_events_total": 0,
        "subscribe_to_shard_records_total": 0,
        "subscribe_to_shard_bytes_total": 0,
        "writes_throttled_total": 0,
        "reads_throttled_total": 0,
        "millrace_log_records_lost_total": 0,
    }

    def of_operation(name, operation, **labels):
        wanted = {"service": "kinesis", "operation": operation, **labels}
        return samples[(name, frozenset(wanted.items()))]

    assert of_operation("millrace_requests_total", "PutRecord", outcome="ok") == 4
    assert of_operation("millrace_requests_total", "PutRecord", outcome="client_error") == 2
    assert of_operation("millrace_requests_total", "PutRecord", outcome="server_error") == 0
    assert of_operation("millrace_request_seconds_count", "PutRecord") == 6
    assert 0 < of_operation("millrace_request_seconds_sum", "PutRecords") < 60
    plain = {name: value for (name, labels), value in samples.items() if not labels}
    assert plain["millrace_appended_records_total"] == 11
    assert plain["millrace_commit_seconds_count"] >= 5
    assert plain["millrace_commit_write_seconds_count"] >= 5
    assert plain["millrace_log_disk_bytes"] > 0
    assert plain["millrace_read_only"] == 0
    assert plain["millrace_commit_failures_total"] == 0
    assert plain["millrace_http_connections"] >= 1
    assert server.stop() == 0


def test_the_series_of_a_deleted_stream_go_with_it(tmp_path):
    server = Millrace(tmp_path / "data").start()
    raw = JsonClient(server)
    raw.ok("CreateStream", StreamName="kept", ShardCount=1)
    raw.ok("PutRecord", StreamName="kept", Data="YQ==", PartitionKey="k")
    for number in range(20):
        raw.ok("CreateStream", StreamName=f"short-{number}", ShardCount=1)
        raw.ok("PutRecord", StreamName=f"short-{number}", Data="YQ==", PartitionKey="k")
    before = scrape(server)
    assert of_stream(before, "short-7")["incoming_records_total"] == 1
    for number in range(20):
        raw.ok("DeleteStream", StreamName=f"short-{number}")

    def gone():
        samples = scrape(server)
        return not any(dict(labels).get("stream", "").startswith("short-") for _, labels in samples)

    wait_until(gone, "the series are gone")
    assert of_stream(scrape(server), "kept")["incoming_records_total"] == 1
    raw.ok("CreateStream", StreamName="short-7", ShardCount=1)
    raw.ok("PutRecord", StreamName="short-7", Data="YQ==", PartitionKey="k")
    assert of_stream(scrape(server), "short-7")["incoming_records_total"] == 1
    assert server.stop() == 0


def of_shard(server, stream, shard):
    wanted = {("stream", stream), ("shard", shard)}
    found = {name: value for (name, labels), value in scrape(server).items() if wanted <= labels}
    return {name.removeprefix("millrace_kinesis_shard_"): value for name, value in found.items()}


def test_metrics_of_shards_where_they_are_on(tmp_path):
    server = Millrace(tmp_path / "data", args=["--limits", "aws", "--test-clock"]).start()
    hold(server)
    raw = JsonClient(server)
    raw.ok("CreateStream", StreamName="s", ShardCount=2)
    first, second = "shardId-000000000000", "shardId-000000000001"
    halves = {first: "0", second: str(2**127)}

    def put(shard, data="YWJj"):
        return raw.ok("PutRecord", StreamName="s", Data=data, PartitionKey="key", ExplicitHashKey=halves[shard])

    put(first)
    assert of_shard(server, "s", first) == {}, "they are off"
    raw.ok("EnableEnhancedMonitoring", StreamName="s", ShardLevelMetrics=["IncomingRecords", "IncomingBytes"])
    put(first)
    records = [{"Data": "YWJj", "PartitionKey": "k", "ExplicitHashKey": halves[s]} for s in (first, second, second)]
    raw.ok("PutRecords", StreamName="s", Records=records)
    assert of_shard(server, "s", first) == {"incoming_records_total": 2, "incoming_bytes_total": 6}
    assert of_shard(server, "s", second) == {"incoming_records_total": 2, "incoming_bytes_total": 6}

    raw.ok("EnableEnhancedMonitoring", StreamName="s", ShardLevelMetrics=["ALL"])
    start = raw.ok("GetShardIterator", StreamName="s", ShardId=second, ShardIteratorType="TRIM_HORIZON")
    raw.ok("GetRecords", **start)
    large = base64.b64encode(b"x" * 600_000).decode()
    put(second, large)
    refused = raw.error("PutRecord", StreamName="s", Data=large, PartitionKey="key", ExplicitHashKey=halves[second])
    assert refused["__type"] == "ProvisionedThroughputExceededException"
    found = of_shard(server, "s", second)
    assert 0 <= found.pop("iterator_age_seconds") < 60
    assert found == {
        "incoming_records_total": 1,
        "incoming_bytes_total": 600_000,
        "outgoing_records_total": 2,
        "outgoing_bytes_total": 2 * (1 + 3),  # keys and data
        "writes_throttled_total": 1,
        "reads_throttled_total": 0,
    }
    raw.ok("DisableEnhancedMonitoring", StreamName="s", ShardLevelMetrics=["ALL"])
    put(first)
    assert of_shard(server, "s", first) == {} and of_shard(server, "s", second) == {}
    raw.ok("EnableEnhancedMonitoring", StreamName="s", ShardLevelMetrics=["IncomingRecords"])
    put(first)
    assert of_shard(server, "s", first) == {"incoming_records_total": 1}
    raw.ok("DeleteStream", StreamName="s")
    wait_until(lambda: of_shard(server, "s", first) == {}, "the series are gone")
    assert server.stop() == 0


def test_names_of_strangers_do_not_break_the_text(server):
    raw = JsonClient(server)
    raw.call("No\"such\\operation", "{}")
    server.raw("POST", "/", {"X-Amz-Target": 'Kinesis_20131202."\\', "Content-Type": "application/x-amz-json-1.1"}, "{}")
    scrape(server)
