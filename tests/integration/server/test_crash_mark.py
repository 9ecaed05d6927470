"""What the next start knows of how the last server ended."""

import signal

from support.millrace import Millrace


def test_a_fault_of_the_server_is_told_by_the_next_start_and_a_kill_is_not(tmp_path):
    server = Millrace(tmp_path / "data").start()
    server.kill()
    server.start()
    assert "crash_detected" not in server.log()
    for fault in (signal.SIGSEGV, signal.SIGABRT):
        server.process.send_signal(fault)
        assert server.process.wait(60) != 0
        server.start()
        assert server.log().count("crash_detected") == 1
        assert f"crash_detected signal={int(fault)}" in server.log().replace('"', "")
        server.log_path.write_text("")
    assert server.stop() == 0
    server.start()
    assert "crash_detected" not in server.log()
    server.kill()
