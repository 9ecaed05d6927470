"""tools/build, on a small project that precompiles its headers as Millrace does."""

import os
import pathlib
import re
import shutil
import subprocess

ROOT = pathlib.Path(__file__).resolve().parents[3]

PROJECT = """
cmake_minimum_required(VERSION 3.25)
project(small LANGUAGES CXX)
add_library(base STATIC base.cpp)
target_include_directories(base SYSTEM PUBLIC {system})
target_include_directories(base PUBLIC ${{CMAKE_SOURCE_DIR}})
{settings}
target_precompile_headers(base PRIVATE /proc/self/cwd/source/net/precompiled.h)
"""


def build(project, **environment):
    return subprocess.run(["tools/build", "release"], cwd=project, env=os.environ | environment, capture_output=True,
                          text=True, timeout=120)


def write_project(project, system):
    (project / "tools").mkdir(parents=True)
    shutil.copy(ROOT / "tools/build", project / "tools/build")
    (project / "tools/format").write_text("#!/bin/sh\n")
    (project / "tools/format").chmod(0o755)
    shutil.copy(ROOT / "CMakePresets.json", project)
    settings = re.search(r"file\(CREATE_LINK.*?-fno-pch-timestamp\"\)", (ROOT / "CMakeLists.txt").read_text(),
                         re.DOTALL).group(0)
    (project / "CMakeLists.txt").write_text(PROJECT.format(settings=settings, system=system))
    (project / "net").mkdir()
    (project / "net/precompiled.h").write_text('#include <header.h>\n#include "own/a.h"\n')
    (project / "own").mkdir()
    (project / "own/a.h").write_text('#pragma once\n#include "own/b.h"\n')
    (project / "own/b.h").write_text("#pragma once\ninline int own() { return 1; }\n")
    (project / "base.cpp").write_text('#include <header.h>\n#include "own/b.h"\nint base() { return value() + own(); }\n')


def write_header(system, value):
    """As a package's upgrade does it: the file is dated back to when the package was made."""
    fresh = system / "header.new"
    fresh.write_text(f"#pragma once\ninline int value() {{ return {value}; }}\n")
    os.utime(fresh, (1577836800, 1577836800))
    fresh.rename(system / "header.h")


def test_a_system_header_of_an_upgraded_package_is_precompiled_again(tmp_path):
    project, system = tmp_path / "project", tmp_path / "system"
    system.mkdir()
    write_project(project, system)
    source = project / "base.cpp"
    write_header(system, 1)
    first = build(project)
    assert first.returncode == 0, first.stdout + first.stderr
    for value in (100, 200):  # of another size, and of the same
        write_header(system, value)
        source.write_text(source.read_text() + "\n")
        again = build(project)
        assert again.returncode == 0, again.stdout + again.stderr
        assert "cmake_pch" in again.stdout, again.stdout
    idle = build(project)
    assert "no work to do" in idle.stdout, idle.stdout
    (project / "own/b.h").write_text("#pragma once\ninline int own() { return 200; }\n")
    changed = build(project)
    assert changed.returncode == 0 and "base.cpp" in changed.stdout, changed.stdout + changed.stderr


def test_what_a_clone_compiled_serves_another_once_the_first_is_gone(tmp_path):
    system, cache = tmp_path / "system", str(tmp_path / "cache")
    system.mkdir()
    write_header(system, 1)
    for name in ("first", "second", "third"):
        write_project(tmp_path / name, system)
        if name == "third":  # the precompiled header is read only where something is compiled
            (tmp_path / name / "base.cpp").write_text("#include <header.h>\nint base() { return value() + own() + 1; }\n")
        built = build(tmp_path / name, CCACHE_DIR=cache)
        assert built.returncode == 0, built.stdout + built.stderr
        shutil.rmtree(tmp_path / name)
    statistics = subprocess.run(["ccache", "--print-stats"], env=os.environ | {"CCACHE_DIR": cache},
                                capture_output=True, text=True, check=True).stdout
    counted = dict(line.split("\t") for line in statistics.splitlines())
    hits = int(counted["direct_cache_hit"]) + int(counted["preprocessed_cache_hit"])
    assert (hits, int(counted["cache_miss"])) == (3, 3), statistics
