"""`aws s3` against the server."""

import os
import shutil
import subprocess

import pytest

AWS = next((p for p in ("/usr/bin/aws", shutil.which("aws")) if p and os.path.exists(p)), None)
pytestmark = pytest.mark.skipif(AWS is None, reason="the AWS CLI is not installed")


@pytest.fixture
def aws(server, tmp_path):
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": str(tmp_path),
        "AWS_ACCESS_KEY_ID": "AKIAIOSFODNN7EXAMPLE",
        "AWS_SECRET_ACCESS_KEY": "secret",
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_EC2_METADATA_DISABLED": "true",
    }

    def call(*arguments, status=0, stdin=None):
        done = subprocess.run(
            [AWS, "--endpoint-url", server.url, "s3", *map(str, arguments)],
            env=environment,
            input=stdin,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            timeout=120,
        )
        assert done.returncode in (status if isinstance(status, tuple) else (status,)), done.stdout.decode()
        return done.stdout

    return call


def test_the_usual_commands(aws, tmp_path, s3):
    tree = tmp_path / "tree"
    (tree / "sub dir").mkdir(parents=True)
    (tree / "a.txt").write_text("a")
    (tree / "sub dir" / "b.json").write_text("{}")
    (tree / "big").write_bytes(os.urandom(17 << 20))
    aws("mb", "s3://cli-bucket")
    assert b"cli-bucket" in aws("ls")
    aws("sync", tree, "s3://cli-bucket/tree")
    assert s3.head_object(Bucket="cli-bucket", Key="tree/a.txt")["ContentType"] == "text/plain"
    assert s3.head_object(Bucket="cli-bucket", Key="tree/big")["ETag"].endswith('-3"')
    assert aws("sync", tree, "s3://cli-bucket/tree") == b"", "nothing has changed"
    listed = aws("ls", "s3://cli-bucket/tree/").decode()
    assert "PRE sub dir/" in listed and "a.txt" in listed and str(17 << 20) in listed
    assert "sub dir/b.json" in aws("ls", "--recursive", "s3://cli-bucket").decode()
    aws("cp", "s3://cli-bucket/tree/big", tmp_path / "back")
    assert (tmp_path / "back").read_bytes() == (tree / "big").read_bytes()
    aws("cp", "s3://cli-bucket/tree/big", "s3://cli-bucket/copy")
    aws("cp", "-", "s3://cli-bucket/from-stdin", stdin=b"piped")
    assert aws("cp", "s3://cli-bucket/from-stdin", "-") == b"piped"
    aws("mv", "s3://cli-bucket/from-stdin", "s3://cli-bucket/moved")
    aws("sync", "s3://cli-bucket/tree", tmp_path / "mirror")
    assert (tmp_path / "mirror" / "sub dir" / "b.json").read_text() == "{}"
    aws("rm", "s3://cli-bucket/tree/a.txt")
    assert b"BucketNotEmpty" in aws("rb", "s3://cli-bucket", status=1)
    aws("rm", "--recursive", "s3://cli-bucket/tree")
    aws("rb", "--force", "s3://cli-bucket")
    assert b"cli-bucket" not in aws("ls")
    assert b"NoSuchBucket" in aws("ls", "s3://cli-bucket", status=(254, 255))  # version 2, version 1
