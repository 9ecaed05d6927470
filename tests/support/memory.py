"""The memory of a server's process."""


def status_kib(server, what):
    with open(f"/proc/{server.process.pid}/status") as status:
        return next(int(line.split()[1]) for line in status if line.startswith(what + ":"))


def memory_mib(server, what="VmRSS"):
    return status_kib(server, what) >> 10


def assert_peak(server, mib):
    """The server's peak memory is at most `mib`. A sanitizer's build keeps what was freed for a while, and a shadow of
    terabytes: of that build nothing can be told, and the other builds' tests tell it."""
    sanitized = status_kib(server, "VmSize") >> 30 > 0
    assert sanitized or memory_mib(server, "VmHWM") <= mib
