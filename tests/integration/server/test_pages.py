"""The documentation: its links lead somewhere, the files that it names exist, and it lists every setting and log event."""

import pathlib
import re
import subprocess

import pytest

from support.millrace import default_binary

ROOT = pathlib.Path(__file__).resolve().parents[3]
FOLDERS = ("server", "storage", "api", "tools", "docker", "tests", ".github")
PAGES = sorted([ROOT / "README.md", *(page for folder in FOLDERS for page in (ROOT / folder).rglob("*.md"))])
LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
FILE = re.compile(r"`((?:[\w.-]+/)+[\w.-]*|[\w-]+\.(?:h|cpp|py))`")


def text_of(page):
    """The page without its blocks of code."""
    return re.sub(r"^```.*?^```", "", page.read_text(), flags=re.DOTALL | re.MULTILINE)


def anchors_of(page):
    headings = re.findall(r"^#+ (.*)$", text_of(page), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def names_of(page):
    return str(page.relative_to(ROOT))


@pytest.mark.parametrize("page", PAGES, ids=names_of)
def test_links_lead_somewhere(page):
    for link in LINK.findall(text_of(page)):
        if "://" in link:
            continue
        path, _, anchor = link.partition("#")
        target = (page.parent / path).resolve() if path else page
        assert target.exists(), f"{link} does not exist"
        assert not anchor or anchor in anchors_of(target), f"{link} names no heading"


@pytest.mark.parametrize("page", PAGES, ids=names_of)
def test_named_files_exist(page):
    for name in FILE.findall(text_of(page)):
        first = name.split("/")[0]
        if "NAME" in name:
            continue  # stands for a name
        if "/" not in name:
            exists = any(next((ROOT / folder).rglob(name), None) for folder in FOLDERS)
        elif first in FOLDERS or (page.parent / first).is_dir():
            exists = (ROOT / name).exists() or (page.parent / name).exists()
        else:
            continue  # not of the repository: a path in the data directory, an object's key
        assert exists, f"{name} does not exist"


def test_the_readme_lists_every_setting():
    run = subprocess.run([default_binary(), "serve", "--help"], capture_output=True, text=True, timeout=30)
    settings = set(re.findall(r"^ +(?:-\w,)?(--[a-z0-9-]+)", run.stdout, re.MULTILINE)) - {"--help", "--config"}
    assert len(settings) > 30
    table = (ROOT / "README.md").read_text().partition("\n## Settings\n")[2].partition("\n## ")[0]
    listed = set(re.findall(r"`(--[a-z0-9-]+)`", "\n".join(row.split(" | ")[0] for row in table.splitlines())))
    assert listed == settings


def test_the_page_of_log_events_lists_every_event():
    named = re.compile(r'(?:log::(?:debug|info|warning|error)|options_\.report)\(\s*"([a-z_]+)"')
    sources = [file for folder in ("server", "api") for file in (ROOT / folder).rglob("*.cpp")]
    logged = {name for file in sources for name in named.findall(file.read_text())}
    assert len(logged) > 50
    rows = re.findall(r"^\| (`.*?`) \|", (ROOT / "server/LOG_EVENTS.md").read_text(), re.MULTILINE)
    assert set(re.findall(r"`([a-z_]+)`", "\n".join(rows))) == logged
