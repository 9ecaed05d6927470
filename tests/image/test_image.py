"""The container image, built of docker/Dockerfile around the binary of build/release, and run as the README's command
runs it: as the image's user, without capabilities, namespaces refused. Functions do not reach the server's data there.

No engine is needed: buildah builds in a chroot, on a base that debootstrap makes, and the server runs in one.
"""

import json
import os
import pathlib
import shutil
import subprocess
import sys

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))

from support import without_namespaces  # noqa: E402
from support.functions import create_function, invoke, zip_of  # noqa: E402
from support.intruder import INTRUDER  # noqa: E402
from support.millrace import ROOT, Millrace, default_binary, free_port, wait_until  # noqa: E402

BASE = "docker.io/library/debian:12-slim"


def run(*command, **options):
    done = subprocess.run([str(c) for c in command], capture_output=True, text=True, **options)
    assert done.returncode == 0, f"{command}:\n{done.stdout[-4000:]}{done.stderr[-4000:]}"
    return done.stdout


class Buildah:
    def __init__(self, directory):
        self.store = ["--root", directory / "store", "--runroot", directory / "run", "--storage-driver", "vfs"]

    def __call__(self, *command):
        return run("buildah", *self.store, *command).strip()


def mirror():
    """Of Debian 12, as this machine is configured."""
    found = run("apt-get", "indextargets", "--format", "$(REPO_URI)", "Codename: bookworm", "Component: main").split()
    assert found, "apt knows no mirror of Debian 12"
    return found[0]


def make_base(buildah, directory):
    """What `FROM debian:12-slim` names, as the Dockerfile needs it."""
    base = directory / "base"
    run("debootstrap", "--variant=minbase", "bookworm", base, mirror())
    for settings in pathlib.Path("/etc/apt/apt.conf.d").iterdir():
        if "proxy" in settings.read_text(errors="replace").lower():
            shutil.copy(settings, base / "etc/apt/apt.conf.d")
    container = buildah("from", "scratch")
    buildah("add", "--quiet", container, base, "/")
    buildah("commit", "--quiet", "--rm", container, BASE)
    run("rm", "-rf", base)


@pytest.fixture(scope="module")
def image(tmp_path_factory):
    """Its configuration, and the directory of its file system."""
    if os.geteuid() != 0:
        pytest.fail("this test needs root, since it builds an image in a chroot: run the tests as root")
    directory = tmp_path_factory.mktemp("image")
    directory.chmod(0o755)
    for parent in (directory.parent, directory.parent.parent):
        parent.chmod(0o755)  # the image's user walks through them
    buildah = Buildah(directory)
    make_base(buildah, directory)
    run(ROOT / "docker/collect", default_binary(), directory / "built/out")  # in place of the stage that compiles
    (directory / "nothing").mkdir()
    buildah("build", "--isolation", "chroot", "--pull-never", "--build-context", f"build={directory / 'built'}",
            "--file", ROOT / "docker/Dockerfile", "--tag", "millrace", directory / "nothing")
    container = buildah("from", "--pull-never", "millrace")
    config = json.loads(buildah("inspect", container))["OCIv1"]["config"]
    yield config, pathlib.Path(buildah("mount", container))
    shutil.rmtree(directory)


@pytest.fixture(scope="module")
def server(image, tmp_path_factory):
    config, root = image
    assert config["Entrypoint"] == ["millrace", "serve"] and config["User"] == "millrace"
    entry = next(line for line in (root / "etc/passwd").read_text().splitlines() if line.startswith("millrace:"))
    user = entry.split(":")[2]
    shutil.copy(without_namespaces.__file__, root / "without_namespaces.py")
    (root / "etc/hosts").write_text("127.0.0.1 localhost\n")  # as an engine does
    millrace = Millrace(tmp_path_factory.mktemp("container") / "data", port=free_port())
    # /proc and /dev, as an engine mounts them; the volume is the directory that the image has.
    script = (
        f"mount --rbind /proc {root}/proc && mount --rbind /dev {root}/dev && "
        f"exec chroot {root} setpriv --reuid {user} --regid {user} --clear-groups --inh-caps=-all "
        f"--bounding-set=-all env -i PATH=/usr/local/bin:/usr/bin:/bin {' '.join(config['Env'])} "
        f"MILLRACE_LISTEN=127.0.0.1:{millrace.port} "
        "/usr/bin/python3 /without_namespaces.py /usr/local/bin/millrace serve"
    )
    with open(millrace.log_path, "ab") as log:
        millrace.process = subprocess.Popen(["unshare", "--mount", "--propagation", "private", "sh", "-c", script],
                                            stdout=log, stderr=log, stdin=subprocess.DEVNULL)

    def ready():
        assert millrace.process.poll() is None, f"the server ended at once:\n{millrace.log()}"
        try:
            return millrace.raw("GET", "/health/ready").status == 200
        except OSError:
            return False

    wait_until(ready, "the server in the image answers /health/ready", 60)
    yield millrace
    assert millrace.stop() == 0, millrace.log()


@pytest.fixture(scope="module")
def attempt(server):
    client = server.client("lambda")
    name = create_function(client, INTRUDER)

    def do(what, *given):
        return invoke(client, name, {"do": what, "with": list(given)})[0]

    return do


def test_landlock_is_active_and_the_log_says_so(server):
    line = next(line for line in server.log().splitlines() if "isolation_status" in line)
    assert " sandbox=false " in line
    assert int(line.split("landlock=")[1].split()[0]) >= 1, "this kernel has no Landlock: run the tests where it is on"


def test_functions_work(server, attempt):
    assert attempt("work") == ["\nimpo", "child\n", 4, 80]
    client = server.client("lambda")
    node = create_function(client, Runtime="nodejs18.x", Code={"ZipFile": zip_of(
        {"index.mjs": "export const handler = async (event) => process.version.startsWith('v') && event;\n"})})
    assert invoke(client, node, "node")[0] == "node"


def test_the_key_and_the_data_are_out_of_reach(image, attempt):
    root = image[1]
    assert (root / "data/keys/master").exists()
    key = (root / "data/keys/master").read_bytes()
    assert attempt("read", "/data/keys/master") == "EACCES"
    assert attempt("read", "/data/VERSION") == "EACCES"
    assert attempt("names", "/data") == "EACCES"
    assert attempt("names", "/data/functions/code") == "EACCES"
    for do in ("write", "remove", "truncate", "change_mode"):
        assert attempt(do, "/data/keys/master") in ("EACCES", "EPERM"), do
    assert attempt("change_mode", "/data") == "EPERM"
    for directory in ("/data", "/data/log", "/tmp", "/var/tmp", "/"):
        assert attempt("write", directory + "/x") == "EACCES", directory
    assert (root / "data/keys/master").read_bytes() == key


def test_the_server_is_out_of_reach(server, attempt):
    line = next(line for line in server.log().splitlines() if "isolation_status" in line)
    for name in ("environ", "mem", "maps"):
        assert attempt("read", f"/proc/{server.process.pid}/{name}") in ("EACCES", "EPERM"), name
    assert attempt("names", f"/proc/{server.process.pid}/root/data") in ("EACCES", "EPERM")
    assert attempt("attach", server.process.pid) == "EPERM"
    if int(line.split("landlock=")[1].split()[0]) >= 6:
        assert attempt("send", server.process.pid, 15) == "EPERM"
