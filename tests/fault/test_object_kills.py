"""kill -9 while objects are written: what was acknowledged is there, whole, and nothing else takes space."""

import hashlib
import os
import pathlib
import random
import sys
import threading
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))

from support.millrace import Millrace, wait_until  # noqa: E402

KILLS = int(os.environ.get("MILLRACE_OBJECT_KILLS", "8"))


class Writer(threading.Thread):
    """Puts, replaces and deletes its own keys until the server goes away; remembers what was acknowledged."""

    def __init__(self, server, name, known):
        super().__init__()
        self.server, self.known, self.random = server, known, random.Random(name)
        self.name = name
        self.acknowledged = 0
        self.unsure = {}  # key -> what it may be besides what is known

    def run(self):
        try:
            while True:
                self.change_one()
        except OSError:
            pass

    def change_one(self):
        key = f"{self.name}-{self.random.randrange(12)}"
        if self.random.random() < 0.2:
            self.unsure[key] = None
            assert self.server.raw("DELETE", f"/kills/{key}").status == 204
            self.known.pop(key, None)
        else:
            body = self.random.randbytes(self.random.choice([0, 10, 5000, 300_000]))
            digest = hashlib.md5(body).hexdigest()
            self.unsure[key] = digest
            answer = self.server.raw("PUT", f"/kills/{key}", body=body)
            assert answer.status == 200, answer.body
            self.known[key] = digest
        del self.unsure[key]
        self.acknowledged += 1


def read_all(s3):
    found = {}
    for page in s3.get_paginator("list_objects_v2").paginate(Bucket="kills"):
        for entry in page.get("Contents", []):
            body = s3.get_object(Bucket="kills", Key=entry["Key"])["Body"].read()
            assert len(body) == entry["Size"]
            found[entry["Key"]] = hashlib.md5(body).hexdigest()
            assert entry["ETag"] == f'"{found[entry["Key"]]}"'
    return found


def files_in(directory):
    return [p for p in directory.rglob("*") if p.is_file()]


def test_acknowledged_objects_survive_kills(tmp_path):
    server = Millrace(tmp_path / "data").start()
    server.client("s3").create_bucket(Bucket="kills")
    known = [{} for _ in range(4)]
    moment = random.Random(1)
    for _ in range(KILLS):
        writers = [Writer(server, f"w{i}", known[i]) for i in range(4)]
        for writer in writers:
            writer.start()
        target = moment.randrange(20, 200)
        wait_until(lambda: sum(w.acknowledged for w in writers) >= target, "the writers write")
        server.kill()
        for writer in writers:
            writer.join()
        begin = time.monotonic()
        server.start()
        assert time.monotonic() - begin < 20
        found = read_all(server.client("s3"))
        for writer in writers:
            mine = {k: v for k, v in found.items() if k.startswith(writer.name + "-")}
            for key in set(mine) | set(writer.known):
                allowed = {writer.known.get(key)}
                if key in writer.unsure:
                    allowed.add(writer.unsure[key])
                assert mine.get(key) in allowed, key
            writer.known.clear()
            writer.known.update(mine)
    total = sum(len(k) for k in known)
    assert server.stop() == 0
    # A stop waits for the sweep; what is on disk then is what is referred to.
    server.start()
    assert server.stop() == 0
    assert len(files_in(tmp_path / "data" / "objects")) == total
