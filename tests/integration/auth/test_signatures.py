"""Signatures are verified: who has no key, or a wrong one, does nothing, and learns why in AWS's words."""

import datetime
import http.client
import os
import subprocess

import boto3
import pytest
from botocore import UNSIGNED
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.config import Config
from botocore.credentials import Credentials
from support.functions import error_of
from support.millrace import default_binary, free_port, wait_until

from .conftest import ROOT_KEY, ROOT_SECRET, start

CALLS = {
    "kinesis": lambda c: c.list_streams,
    "dynamodb": lambda c: c.list_tables,
    "logs": lambda c: c.describe_log_groups,
    "lambda": lambda c: c.list_functions,
    "iam": lambda c: c.list_users,
    "sts": lambda c: c.get_caller_identity,
    "s3": lambda c: c.list_buckets,
}


@pytest.mark.parametrize("service", CALLS)
def test_the_administrator_may_do_everything(root, service):
    CALLS[service](root(service))()


@pytest.mark.parametrize(
    "service, code",
    [
        ("kinesis", "MissingAuthenticationTokenException"),
        ("dynamodb", "MissingAuthenticationTokenException"),
        ("logs", "MissingAuthenticationTokenException"),
        ("lambda", "MissingAuthenticationTokenException"),
        ("iam", "MissingAuthenticationToken"),
        ("sts", "MissingAuthenticationToken"),
        ("s3", "AccessDenied"),
    ],
)
def test_a_request_without_a_signature_is_rejected(server, service, code):
    client = boto3.client(service, endpoint_url=server.url, region_name="us-east-1",
                          config=Config(signature_version=UNSIGNED, retries={"max_attempts": 0}))
    assert error_of(CALLS[service](client))[0] == code


@pytest.mark.parametrize(
    "service, code",
    [
        ("kinesis", "InvalidSignatureException"),
        ("dynamodb", "InvalidSignatureException"),
        ("logs", "InvalidSignatureException"),
        ("lambda", "InvalidSignatureException"),
        ("iam", "SignatureDoesNotMatch"),
        ("sts", "SignatureDoesNotMatch"),
        ("s3", "SignatureDoesNotMatch"),
    ],
)
def test_a_wrong_secret_is_rejected(server, service, code):
    client = server.client(service, ROOT_KEY, secret=ROOT_SECRET[::-1])
    got, message = error_of(CALLS[service](client))
    assert got == code
    assert message.startswith("The request signature we calculated does not match the signature you provided.")


@pytest.mark.parametrize(
    "service, code",
    [
        ("kinesis", "UnrecognizedClientException"),
        ("lambda", "UnrecognizedClientException"),
        ("iam", "InvalidClientTokenId"),
        ("s3", "InvalidAccessKeyId"),
    ],
)
def test_an_unknown_key_is_rejected(server, service, code):
    assert error_of(CALLS[service](server.client(service, "AKIANOBODYNOBODYNOBO")))[0] == code


def signed(server, body, when=None, target="Kinesis_20131202.CreateStream"):
    """A request as a client of Kinesis signs it, at another time if asked."""
    request = AWSRequest("POST", server.url + "/", data=body, headers={
        "Host": f"127.0.0.1:{server.port}", "Content-Type": "application/x-amz-json-1.1", "X-Amz-Target": target})
    signer = SigV4Auth(Credentials(ROOT_KEY, ROOT_SECRET), "kinesis", "us-east-1")
    if when is None:
        signer.add_auth(request)
    else:
        request.context["timestamp"] = when.strftime("%Y%m%dT%H%M%SZ")
        signer._modify_request_before_signing(request)
        canonical = signer.canonical_request(request)
        signature = signer.signature(signer.string_to_sign(request, canonical), request)
        signer._inject_signature_to_request(request, signature)
    return dict(request.headers.items())


def post(server, headers, body):
    return server.raw("POST", "/", headers=headers, body=body)


def test_a_body_that_was_not_signed_is_rejected_and_does_nothing(server, root):
    headers = signed(server, b'{"StreamName":"honest","ShardCount":1}')
    answer = post(server, headers, b'{"StreamName":"forged","ShardCount":1}')
    assert answer.status == 400 and b"InvalidSignatureException" in answer.body
    assert post(server, headers, b'{"StreamName":"honest","ShardCount":1}').status == 200
    names = root("kinesis").list_streams()["StreamNames"]
    assert "honest" in names and "forged" not in names


def test_an_operation_that_was_not_signed_is_rejected(server):
    body = b'{"StreamName":"honest-2","ShardCount":1}'
    headers = signed(server, body)
    headers["X-Amz-Target"] = "Kinesis_20131202.DeleteStream"
    assert post(server, headers, body).status == 400


@pytest.mark.parametrize("minutes", [-6, 6])
def test_the_time_of_a_signature_is_at_most_five_minutes_off(server, minutes):
    body = b"{}"
    when = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(minutes=minutes)
    answer = post(server, signed(server, body, when, "Kinesis_20131202.ListStreams"), body)
    assert answer.status == 400, answer.body
    assert (b"Signature expired: " if minutes < 0 else b"Signature not yet current: ") in answer.body, answer.body


def test_presigned_urls_work_and_cannot_be_changed(server, root):
    s3 = root("s3", signature_version="s3v4")
    s3.create_bucket(Bucket="presigned")
    s3.put_object(Bucket="presigned", Key="a", Body=b"of a")
    s3.put_object(Bucket="presigned", Key="b", Body=b"of b")
    url = s3.generate_presigned_url("get_object", Params={"Bucket": "presigned", "Key": "a"})
    path = url[len(server.url):]
    assert server.raw("GET", path).body == b"of a"
    changed = server.raw("GET", path.replace("/presigned/a", "/presigned/b"))
    assert changed.status == 403 and b"SignatureDoesNotMatch" in changed.body


@pytest.mark.parametrize("size", [0, 1, 100_000, 9 << 20])
def test_uploads_in_every_form_arrive(root, size):
    s3 = root("s3")
    s3.create_bucket(Bucket=f"uploads-{size}")
    body = bytes(range(256)) * (size // 256) + b"x" * (size % 256)
    s3.put_object(Bucket=f"uploads-{size}", Key="plain", Body=body)
    assert s3.get_object(Bucket=f"uploads-{size}", Key="plain")["Body"].read() == body


def test_a_changed_object_is_rejected(server, root):
    root("s3").create_bucket(Bucket="changed")
    request = AWSRequest("PUT", server.url + "/changed/key", data=b"what was signed",
                         headers={"Host": f"127.0.0.1:{server.port}"})
    from botocore.auth import S3SigV4Auth

    S3SigV4Auth(Credentials(ROOT_KEY, ROOT_SECRET), "s3", "us-east-1").add_auth(request)
    headers = dict(request.headers.items())
    if headers.get("X-Amz-Content-SHA256", headers.get("x-amz-content-sha256")) == "UNSIGNED-PAYLOAD":
        pytest.fail("the client did not sign the body")
    answer = server.raw("PUT", "/changed/key", headers=headers, body=b"what is sent!!!")
    assert answer.status == 400 and b"XAmzContentSHA256Mismatch" in answer.body, answer.body
    assert "Contents" not in root("s3").list_objects_v2(Bucket="changed")


def test_nothing_but_health_and_metrics_is_open(server):
    for path, status in (("/health", 200), ("/health/ready", 200), ("/metrics", 200), ("/", 403)):
        assert server.raw("GET", path).status == status, path


def test_the_first_key_is_created_and_printed_once(tmp_path):
    server = start(tmp_path, env={})
    try:
        wait_until(lambda: "secret access key" in server.log(), "the key is printed")
        key, secret = [line.split()[-1] for line in server.log().splitlines() if "access key" in line and "  " in line]
        assert server.client("sts", key, secret=secret).get_caller_identity()["Arn"] == "arn:aws:iam::000000000000:root"
        assert server.stop() == 0
        server.log_path.unlink()
        server.start()
        assert "AKIA" not in server.log() and secret not in server.log()
        server.client("kinesis", key, secret=secret).list_streams()
    finally:
        assert server.stop() == 0


def test_a_port_that_others_reach_needs_enforcement_or_the_word_insecure(tmp_path):
    command = [default_binary(), "serve", "--listen", f"0.0.0.0:{free_port()}", "--data-dir", str(tmp_path / "data")]
    ended = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert ended.returncode != 0
    assert "--auth enforce" in ended.stderr and "--insecure" in ended.stderr, ended.stderr
    assert not (tmp_path / "data" / "log").exists(), "the start changed nothing"


@pytest.mark.parametrize(
    "key, secret, words",
    [
        ("AKIAROOTROOTROOTROOT", "", "must be set together"),
        ("short", "x" * 40, "MILLRACE_ROOT_ACCESS_KEY_ID is not an access key id"),
        ("has space/has space/", "x" * 40, "MILLRACE_ROOT_ACCESS_KEY_ID is not an access key id"),
        ("AKIAROOTROOTROOTROOT", "short", "MILLRACE_ROOT_SECRET_ACCESS_KEY is too short"),
    ],
)
def test_a_roots_key_that_cannot_be_used_stops_the_start(tmp_path, key, secret, words):
    command = [default_binary(), "serve", "--auth", "enforce", "--listen", f"127.0.0.1:{free_port()}", "--data-dir",
               str(tmp_path / "data")]
    variables = {"MILLRACE_ROOT_ACCESS_KEY_ID": key, "MILLRACE_ROOT_SECRET_ACCESS_KEY": secret}
    ended = subprocess.run(command, capture_output=True, text=True, timeout=60, env={**os.environ, **variables})
    assert ended.returncode == 1 and words in ended.stderr, ended.stderr


def test_another_master_key_stops_the_start_and_makes_no_administrator(tmp_path):
    server = start(tmp_path, env={})
    wait_until(lambda: "secret access key" in server.log(), "the key is printed")
    assert server.stop() == 0
    key = server.data_dir / "keys" / "master"
    right = key.read_bytes()
    for wrong in (None, b"x" * 32):
        key.unlink()
        if wrong:
            key.write_bytes(wrong)
        command = [server.binary, "serve", "--auth", "enforce", "--listen", f"127.0.0.1:{free_port()}", "--data-dir",
                   str(server.data_dir)]
        ended = subprocess.run(command, capture_output=True, text=True, timeout=60)
        assert ended.returncode == 1 and "does not decrypt the secrets of the access keys" in ended.stderr, ended.stderr
        assert "secret access key" not in ended.stdout
        key.write_bytes(right)


def test_http_connections_survive_a_rejection(server):
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=30)
    for _ in range(3):
        connection.request("POST", "/", body=b"{}", headers={"X-Amz-Target": "Kinesis_20131202.ListStreams"})
        response = connection.getresponse()
        assert response.status == 400 and b"MissingAuthenticationToken" in response.read()
    connection.close()
