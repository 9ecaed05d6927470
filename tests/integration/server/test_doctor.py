"""`millrace doctor`: what is wrong with a running server."""

import json
import subprocess

from support.functions import zip_of
from support.millrace import Millrace, default_binary


def doctor(data_dir, *args):
    return subprocess.run(
        [default_binary(), "doctor", "--data-dir", str(data_dir), *args], capture_output=True, text=True, timeout=60
    )


def test_a_healthy_server_has_no_findings(server):
    report = doctor(server.data_dir)
    assert report.returncode == 0, report.stdout + report.stderr
    assert str(server.data_dir) in report.stdout
    assert "No problems found." in report.stdout
    document = json.loads(doctor(server.data_dir, "--format", "json").stdout)
    assert document["findings"] == []
    assert document["facts"]["data directory"] == str(server.data_dir)
    assert document["facts"]["writes"] == "accepted"


def test_no_server_is_an_exit_code_of_its_own(tmp_path):
    report = doctor(tmp_path)
    assert report.returncode == 2
    assert "no server is running on" in report.stderr and "millrace serve" in report.stderr
    document = json.loads(doctor(tmp_path, "--format", "json").stdout)
    assert "no server is running on" in document["error"]
    assert doctor(tmp_path / "nowhere").returncode == 2


def test_many_may_ask_at_once(server):
    asked = [
        subprocess.Popen([default_binary(), "doctor", "--data-dir", str(server.data_dir)], stdout=subprocess.DEVNULL)
        for _ in range(8)
    ]
    assert [one.wait(60) for one in asked] == [0] * len(asked)


def test_an_archive_that_is_missing_is_told(tmp_path):
    server = Millrace(tmp_path / "data")
    server.start()
    try:
        code = zip_of({"index.py": "def handler(event, context): return 1"})
        functions = server.client("lambda")
        functions.create_function(FunctionName="f", Runtime="python3.11", Handler="index.handler",
                                  Role="arn:aws:iam::000000000000:role/r", Code={"ZipFile": code})
        layer = functions.publish_layer_version(LayerName="l", Content={"ZipFile": zip_of({"python/x.py": ""})})
        assert layer["Version"] == 1
        server.stop()
        archives = list((server.data_dir / "functions" / "archives").rglob("*.zip"))
        assert len(archives) == 2
        for archive in archives:
            archive.rename(archive.with_suffix(".away"))
        server.start()
        assert server.log().count("object_damaged") == 2
        findings = json.loads(doctor(server.data_dir, "--format", "json").stdout)["findings"]
        assert [f["id"] for f in findings] == ["object_damaged"] * 2
        assert all("is missing" in f["what"] for f in findings)
        archives[0].write_bytes(b"damaged")
        for archive in archives:
            aside = archive.with_suffix(".away")
            unused = server.data_dir / "functions" / "archives.unused" / aside.parent.name / aside.name
            (aside if aside.exists() else unused).rename(archive)
        assert "No problems found." in doctor(server.data_dir).stdout
    finally:
        server.stop()
