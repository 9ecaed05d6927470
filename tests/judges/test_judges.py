"""Unmodified clients of the Kinesis API judge the server; README.md says which, and what they look at."""

import os
import subprocess

import clients
import pytest

CASES = [
    "life_cycle",
    "round_trip",
    "put_records_500",
    "iterators",
    "typed_errors",
    "tags",
    "retention",
    "resharding",
    "update_shard_count",
    "list_shards",
    "consumers",
    "subscribe_trim_horizon",
    "subscribe_latest",
    "subscribe_at_sequence_number",
    "subscribe_child_shards",
    "subscribe_errors",
    "encryption",
    "stream_mode",
    "timestamps",
]
NOT_IN_RUST = {"tags", "update_shard_count", "list_shards", "subscribe_at_sequence_number", "encryption", "stream_mode"}
CASES_OF = {
    "boto3": [*CASES, "monitoring", "resource_policy", "large_records"],
    "js": [*CASES, "concurrent_puts"],
    "java": [*CASES, "async_round_trip", "monitoring"],
    "go": CASES,
    "rust": [case for case in CASES if case not in NOT_IN_RUST],
}
CLI_CASES = ["life_cycle", "round_trip", "settings", "resharding", "consumers"]
SECONDS = 300


def environment(account, url, **more):
    """Credentials and region; nothing else of this machine's settings for AWS."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    return {
        **kept,
        "AWS_ACCESS_KEY_ID": f"{account:012}",
        "AWS_SECRET_ACCESS_KEY": "secret",
        "AWS_REGION": "us-east-1",
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_EC2_METADATA_DISABLED": "true",
        "JUDGE_ENDPOINT": url,
        **more,
    }


def hear(command, cases, tmp_path, variables):
    """Runs a judge and checks that it found every one of `cases` right."""
    with open(tmp_path / "errors", "wb") as errors:
        run = subprocess.run(
            [*map(str, command), *cases],
            env=variables,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=errors,
            text=True,
            timeout=SECONDS,
        )
    verdicts = {}
    for line in run.stdout.splitlines():
        if line.startswith("case "):
            _, case, verdict = line.split(" ", 2)
            verdicts[case] = verdict
    if verdicts != dict.fromkeys(cases, "ok") or run.returncode != 0:
        wrong = [f"{case}: {verdicts.get(case, 'not heard of')}" for case in cases if verdicts.get(case) != "ok"]
        told = [*wrong, f"exit code {run.returncode}", (tmp_path / "errors").read_text()[-4000:]]
        pytest.fail("\n".join(told), pytrace=False)


def trust_store(certificate, folder):
    """Java takes certificates from a store of its own."""
    store = folder / "trust.p12"
    command = ["keytool", "-importcert", "-noprompt", "-alias", "millrace", "-storetype", "PKCS12", "-storepass", "changeit"]
    command += ["-file", certificate, "-keystore", store]
    subprocess.run(command, check=True, capture_output=True, timeout=120)
    return [f"-Djavax.net.ssl.trustStore={store}", "-Djavax.net.ssl.trustStorePassword=changeit"]


def java(judge, *options):
    folder = clients.JAVA.build()
    classpath = f"{folder / 'target/classes'}:{(folder / 'target/classpath').read_text().strip()}"
    return ["java", *options, "-cp", classpath, f"judges.{judge}"]


def python(script):
    folder = clients.PYTHON.build()
    return [folder / "venv/bin/python", "-B", folder / script]


@pytest.fixture(params=["plain", "tls"])
def reached(request, server):
    """The server's URL, the variables by which clients learn its certificate, and the certificate."""
    if request.param == "plain":
        return server.url, {}, None
    certificate = str(server.data_dir / "tls/certificate.pem")
    names = ("AWS_CA_BUNDLE", "NODE_EXTRA_CA_CERTS", "SSL_CERT_FILE")
    return f"https://127.0.0.1:{server.port}", dict.fromkeys(names, certificate), certificate


def test_boto3(reached, tmp_path):
    url, trust, _ = reached
    hear(python("judge_boto3.py"), CASES_OF["boto3"], tmp_path, environment(1, url, **trust))


def test_aws_sdk_for_javascript(reached, tmp_path):
    url, trust, _ = reached
    command = ["node", clients.JS.build() / "judge.mjs"]
    hear(command, CASES_OF["js"], tmp_path, environment(2, url, **trust))


def test_aws_sdk_for_java(reached, tmp_path):
    url, trust, certificate = reached
    command = java("SdkJudge", *(trust_store(certificate, tmp_path) if certificate else []))
    hear(command, CASES_OF["java"], tmp_path, environment(3, url, **trust))


def test_aws_sdk_for_go(reached, tmp_path):
    url, trust, _ = reached
    hear([clients.GO.build() / "judge"], CASES_OF["go"], tmp_path, environment(4, url, **trust))


def test_aws_sdk_for_rust(reached, tmp_path):
    url, trust, _ = reached
    hear([clients.RUST.build() / "target/debug/judge"], CASES_OF["rust"], tmp_path, environment(5, url, **trust))


# A call of the CLI takes a second of a processor: the newest version 1 looks at less than Debian's version 2.
@pytest.mark.parametrize("aws, cases", [("debian", CLI_CASES), ("newest", ["life_cycle", "round_trip", "consumers"])])
def test_aws_cli(server, aws, cases, tmp_path):
    program = "/usr/bin/aws" if aws == "debian" else str(clients.PYTHON.build() / "venv/bin/aws")
    hear(python("judge_cli.py"), cases, tmp_path, environment(6, server.url, JUDGE_AWS=program))


def test_aws_cli_over_tls(server, tmp_path):
    trust = {"AWS_CA_BUNDLE": str(server.data_dir / "tls/certificate.pem")}
    url = f"https://127.0.0.1:{server.port}"
    hear(python("judge_cli.py"), ["round_trip"], tmp_path, environment(6, url, JUDGE_AWS="/usr/bin/aws", **trust))


@pytest.mark.parametrize("case", ["kcl_polling", "kcl_fan_out"])
def test_kinesis_client_library(server, case, tmp_path):
    hear(java("KclJudge"), [case], tmp_path, environment(7, server.url))
