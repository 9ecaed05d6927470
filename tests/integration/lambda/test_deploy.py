"""`millrace functions deploy` and `millrace logs`: a function out of a plain directory, and what it prints."""

import os
import subprocess

import pytest
from support.functions import invoke, new_name
from support.millrace import default_binary, wait_until

SAYS = "import os\n\ndef handler(event, context):\n    print('said {0}')\n    return ['{0}', os.environ.get('KEY')]\n"


@pytest.fixture
def directory(tmp_path):
    path = tmp_path / new_name("deployed")
    (path / "__pycache__").mkdir(parents=True)
    (path / "__pycache__" / "index.pyc").write_bytes(b"\0")
    (path / "index.py").write_text(SAYS.format("one"))
    return path


@pytest.fixture
def deploy(server, functions, directory):
    environment = {**os.environ, "AWS_ENDPOINT_URL": server.url}
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_REGION"):
        environment.pop(name, None)

    def run(*arguments, start=subprocess.run, **options):
        command = [default_binary(), "functions", "deploy", *map(str, arguments)]
        return start(command, env=environment, text=True, **options)

    yield run
    try:
        functions.delete_function(FunctionName=directory.name)
    except functions.exceptions.ResourceNotFoundException:
        pass


def test_a_directory_becomes_a_function_and_is_updated(deploy, directory, functions):
    made = deploy(directory, "--env", "KEY=a=b", "--timeout", "7", capture_output=True)
    assert made.returncode == 0, made.stderr
    assert made.stdout.startswith(f"created {directory.name}: 1 files, ")
    assert invoke(functions, directory.name)[0] == ["one", "a=b"]
    configuration = functions.get_function_configuration(FunctionName=directory.name)
    assert (configuration["Runtime"], configuration["Handler"]) == ("python3.11", "index.handler")
    assert (configuration["Timeout"], configuration["MemorySize"]) == (7, 128)
    (directory / "index.py").write_text(SAYS.format("two"))
    updated = deploy(directory, "--memory", "256", capture_output=True)
    assert updated.stdout.startswith(f"updated {directory.name}: "), updated.stderr
    assert invoke(functions, directory.name)[0] == ["two", "a=b"]
    configuration = functions.get_function_configuration(FunctionName=directory.name)
    assert (configuration["Timeout"], configuration["MemorySize"]) == (7, 256)


def test_files_keep_their_folders_and_modes(deploy, directory, functions):
    (directory / "package").mkdir()
    (directory / "package" / "tool").write_text("#!/bin/sh\necho tool\n")
    (directory / "package" / "tool").chmod(0o755)
    (directory / "lambda_function.py").write_text(
        "import subprocess\ndef lambda_handler(event, context):\n"
        "    return subprocess.run(['package/tool'], capture_output=True, text=True).stdout\n"
    )
    assert deploy(directory).returncode == 0
    assert invoke(functions, directory.name)[0] == "tool\n"


def test_watch_deploys_what_changes(deploy, directory, functions):
    watching = deploy(directory, "--watch", start=subprocess.Popen, stdout=subprocess.PIPE)
    try:
        assert watching.stdout.readline().startswith("created ")
        (directory / "index.py").write_text(SAYS.format("two"))
        wait_until(lambda: invoke(functions, directory.name)[0][0] == "two", "the change was deployed")
        (directory / "more.py").write_text("")
        wait_until(lambda: ": 2 files" in watching.stdout.readline(), "so was the new file")
        assert watching.poll() is None
    finally:
        watching.terminate()
        watching.wait()


@pytest.mark.parametrize(
    "arguments, words",
    [
        (["/no/such/directory"], "is not a directory"),
        (["{directory}", "--url", "http://127.0.0.1:1"], "no response from http://127.0.0.1:1"),
        (["{directory}", "--env", "nothing"], "--env nothing: not of the form NAME=value"),
        (["{directory}", "--runtime", "cobol"], "answered 400: Value cobol at 'runtime'"),
    ],
)
def test_what_fails_says_why(deploy, directory, arguments, words):
    failed = deploy(*[a.format(directory=directory) for a in arguments], capture_output=True)
    assert failed.returncode == 1
    assert words in failed.stderr


def test_logs_follow(deploy, directory, functions, server):
    assert deploy(directory).returncode == 0
    invoke(functions, directory.name)
    command = [default_binary(), "logs", "-f", directory.name, "--data-dir", str(server.data_dir)]
    following = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    try:
        lines = iter(following.stdout.readline, "")
        assert any(line == "said one\n" for line in lines)
        assert any(line.startswith("REPORT") for line in lines)
        invoke(functions, directory.name)
        assert any(line == "said one\n" for line in lines)
    finally:
        following.terminate()
        following.wait()
    once = subprocess.run([*command[:2], *command[3:]], capture_output=True, text=True)
    assert once.stdout.count("said one\n") == 2
    assert once.returncode == 0
