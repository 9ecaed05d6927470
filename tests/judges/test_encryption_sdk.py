"""The AWS Encryption SDK for Python, unmodified, encrypts and decrypts with the server's keys."""

import subprocess

import clients
from test_judges import environment

CASES = ["sizes", "old_suites", "several_keys", "discovery", "alias", "streams", "rotation", "damage", "states"]
SECONDS = 120


def test_round_trips_of_the_encryption_sdk(server):
    folder = clients.ENCRYPTION_SDK_PYTHON.build()
    run = subprocess.run(
        [folder / "venv/bin/python", folder / "judge.py"],
        env=environment(616263646566, server.url, AWS_ENDPOINT_URL=server.url),
        capture_output=True,
        text=True,
        timeout=SECONDS,
    )
    assert run.returncode == 0, run.stdout + run.stderr
    assert run.stdout.split("\n")[:-1] == [f"{case} ok" for case in CASES]
