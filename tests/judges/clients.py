"""How the judges are built, once for each state of their sources, into build/judges/NAME."""

import fcntl
import hashlib
import os
import pathlib
import shutil
import subprocess

import pytest

HERE = pathlib.Path(__file__).resolve().parent
BUILD = HERE.parents[1] / "build/judges"
BUILD_SECONDS = 900
TRIES = 3  # of commands that download; each goes on from what it has


class Judges:
    """A folder of judges that one toolchain builds with one list of commands."""

    def __init__(self, name, tools, commands, products, environment=None, prepare=lambda folder: None):
        self.name = name
        self.tools = tools
        self.commands = commands
        self.products = products  # paths that are there when it is built
        self.environment = environment or {}
        self.prepare = prepare
        self.folder = BUILD / name

    def build(self):
        """Returns the folder of the built judges. Of several processes, one builds them."""
        BUILD.mkdir(parents=True, exist_ok=True)
        with open(BUILD / f"{self.name}.lock", "w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            return self._build()

    def _build(self):
        for tool in self.tools:
            if not shutil.which(tool):
                pytest.fail(f"the judges in {self.name}/ need `{tool}`, which is not there: run tools/setup")
        stamp = self.folder / ".built"
        if stamp.exists() and stamp.read_text() == self._state() and all((self.folder / p).exists() for p in self.products):
            return self.folder
        stamp.unlink(missing_ok=True)
        for command in self._copy_and_list_commands():
            self._run(command)
        stamp.write_text(self._state())
        return self.folder

    def _copy_and_list_commands(self):
        # Old sources go, what was built from them stays: toolchains build what changed.
        shutil.copytree(HERE / self.name, self.folder, dirs_exist_ok=True, ignore=shutil.ignore_patterns("__pycache__"))
        self.prepare(self.folder)
        return self.commands

    def _run(self, command):
        for _ in range(TRIES):
            done = subprocess.run(
                command,
                cwd=self.folder,
                env={**os.environ, **self.environment},
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
                errors="replace",
                timeout=BUILD_SECONDS,
            )
            if done.returncode == 0:
                return
        pytest.fail(f"`{' '.join(command)}` in {self.folder} ended with {done.returncode}:\n{done.stdout[-4000:]}")

    def _state(self):
        """Sources and toolchain, as one hash."""
        state = hashlib.sha256()
        for path in sorted(p for p in (HERE / self.name).rglob("*") if p.is_file() and "__pycache__" not in p.parts):
            state.update(f"{path.relative_to(HERE)}\0".encode() + path.read_bytes() + b"\0")
        for tool in self.tools:
            state.update(os.path.realpath(shutil.which(tool)).encode() + b"\0")
        return state.hexdigest()


def complete_cargo_lock(folder):
    """Cargo.lock is kept without the address of the registry, which Cargo itself knows and adds here."""
    lock = folder / "Cargo.lock"
    pinned = lock.read_text()
    lock.unlink()
    subprocess.run(["cargo", "generate-lockfile", "--quiet"], cwd=folder, check=True, timeout=BUILD_SECONDS)
    source = next(line for line in lock.read_text().splitlines() if line.startswith("source = "))
    lock.write_text(pinned.replace("\nchecksum = ", f"\n{source}\nchecksum = "))


PYTHON = Judges(
    "python",
    ["/usr/bin/python3"],
    [
        ["/usr/bin/python3", "-m", "venv", "--clear", "venv"],
        ["venv/bin/pip", "install", "--quiet", "--disable-pip-version-check", "--no-deps", "-r", "requirements.txt"],
    ],
    ["venv/bin/aws"],
)
JS = Judges("js", ["node", "npm"], [["npm", "ci", "--no-audit", "--no-fund"]], ["node_modules"])
JAVA = Judges("java", ["java", "javac", "mvn"], [["mvn", "-q", "-B", "process-classes"]], ["target/classpath"])
KCL_JAVA = Judges(
    "kcl_java",
    ["java", "javac", "mvn"],
    [["mvn", "-q", "-B", f"-Dkcl={version}", "process-classes"] for version in (1, 2, 3)],
    [f"target/kcl{version}/classpath" for version in (1, 2, 3)],
)
KCL_PYTHON = Judges(
    "kcl_python",
    ["/usr/bin/python3", "java"],
    [
        ["/usr/bin/python3", "-m", "venv", "--clear", "venv"],
        ["venv/bin/pip", "install", "--quiet", "--disable-pip-version-check", "--no-deps", "-r", "requirements.txt"],
    ],
    ["venv/bin/amazon_kclpy_helper.py"],
)
GO = Judges(
    "go",
    ["go"],
    [["go", "build", "-buildvcs=false", "-o", "judge", "."]],
    ["judge"],
    {"GOTOOLCHAIN": "local", "CGO_ENABLED": "0", "GOFLAGS": ""},
)
RUST = Judges(
    "rust",
    ["cargo"],
    [["cargo", "build", "--quiet", "--locked"]],
    ["target/debug/judge"],
    {"CARGO_TARGET_DIR": "target"},
    complete_cargo_lock,
)
ENCRYPTION_SDK_PYTHON = Judges(
    "encryption_sdk_python",
    ["/usr/bin/python3"],
    [
        ["/usr/bin/python3", "-m", "venv", "--clear", "venv"],
        ["venv/bin/pip", "install", "--quiet", "--disable-pip-version-check", "--no-deps", "-r", "requirements.txt"],
    ],
    ["venv/bin/python"],
)
RUNTIME_PYTHON = Judges(
    "runtime_python",
    ["/usr/bin/python3"],
    [
        ["/usr/bin/python3", "-m", "venv", "--clear", "venv"],
        ["venv/bin/pip", "install", "--quiet", "--disable-pip-version-check", "--no-deps", "-r", "requirements.txt"],
    ],
    ["venv/bin/python"],
)
RUNTIME_JAVA = Judges(
    "runtime_java", ["java", "javac", "mvn"], [["mvn", "-q", "-B", "process-classes"]], ["target/lib"]
)
# Its native part is compiled at the installation.
RUNTIME_JS = Judges(
    "runtime_js", ["node", "npm", "cmake", "make", "g++"], [["npm", "ci", "--no-audit", "--no-fund"]], ["node_modules"]
)
