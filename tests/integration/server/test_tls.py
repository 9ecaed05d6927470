"""TLS: the certificates, both HTTP versions and plain HTTP on one port, and peers that do it wrong."""

import http.client
import os
import re
import shutil
import signal
import socket
import ssl
import stat
import subprocess

import boto3
import pytest

from support.millrace import Millrace, default_binary, wait_until
from support.raw_http import head

HEALTH = b"GET /health/live HTTP/1.1\r\nHost: x\r\n\r\n"


def run(*command, **options):
    return subprocess.run(command, capture_output=True, text=True, errors="replace", timeout=60, **options)


@pytest.fixture(scope="module")
def tls_server(tmp_path_factory):
    millrace = Millrace(tmp_path_factory.mktemp("tls") / "data", args=["--tls", "self-signed"]).start()
    yield millrace
    assert millrace.stop() == 0, millrace.log()


def certificate_of(server):
    return server.data_dir / "tls" / "certificate.pem"


def context_of(server, protocols=()):
    context = ssl.create_default_context(cafile=certificate_of(server))
    if protocols:
        context.set_alpn_protocols(protocols)
    return context


def secure_connection(server, protocols=(), context=None):
    plain = socket.create_connection(("127.0.0.1", server.port), timeout=30)
    return (context or context_of(server, protocols)).wrap_socket(plain, server_hostname="localhost")


def read_to_end(connection):
    data = b""
    while part := connection.recv(1 << 16):
        data += part
    return data


def test_boto3_over_https_trusts_the_certificate(tls_server):
    kinesis = boto3.client(
        "kinesis", endpoint_url=f"https://127.0.0.1:{tls_server.port}", region_name="us-east-1",
        aws_access_key_id="AKIAIOSFODNN7EXAMPLE", aws_secret_access_key="secret",
        verify=str(certificate_of(tls_server)),
    )  # fmt: skip
    kinesis.create_stream(StreamName="secured", ShardCount=1)
    put = kinesis.put_record(StreamName="secured", PartitionKey="k", Data=b"d" * ((1 << 20) - 1))
    at = kinesis.get_shard_iterator(
        StreamName="secured", ShardId=put["ShardId"], ShardIteratorType="TRIM_HORIZON"
    )["ShardIterator"]
    assert kinesis.get_records(ShardIterator=at)["Records"][0]["Data"] == b"d" * ((1 << 20) - 1)


def test_files_and_large_bodies_pass_whole(tls_server):
    s3 = boto3.client(
        "s3", endpoint_url=f"https://localhost:{tls_server.port}", region_name="us-east-1",
        aws_access_key_id="AKIAIOSFODNN7EXAMPLE", aws_secret_access_key="secret",
        verify=str(certificate_of(tls_server)), config=boto3.session.Config(s3={"addressing_style": "path"}),
    )  # fmt: skip
    s3.create_bucket(Bucket="secured")
    data = os.urandom(20 << 20)
    s3.put_object(Bucket="secured", Key="big", Body=data)
    assert s3.get_object(Bucket="secured", Key="big")["Body"].read() == data
    part = s3.get_object(Bucket="secured", Key="big", Range="bytes=1000000-3000000")["Body"].read()
    assert part == data[1000000:3000001]


def test_plain_http_is_served_on_the_same_port(tls_server):
    assert tls_server.raw("GET", "/health/live").body == b"alive\n"
    assert run(default_binary(), "health", "--listen", f"127.0.0.1:{tls_server.port}").returncode == 0


@pytest.mark.parametrize("name", ["localhost", "127.0.0.1", "::1"])
def test_the_certificate_names_this_machine(tls_server, name):
    context = context_of(tls_server)
    plain = socket.create_connection(("127.0.0.1", tls_server.port), timeout=30)
    with context.wrap_socket(plain, server_hostname=name) as connection:
        connection.sendall(HEALTH)
        assert connection.recv(1 << 16).startswith(b"HTTP/1.1 200 ")


def test_the_certificate_is_made_once_and_its_key_is_private(tmp_path):
    server = Millrace(tmp_path / "data", args=["--tls", "self-signed", "--public-url", "http://streams.example:99"])
    server.start()
    certificate, key = certificate_of(server), server.data_dir / "tls" / "key.pem"
    first = certificate.read_bytes()
    assert stat.S_IMODE(key.stat().st_mode) == 0o600
    assert str(certificate) in server.log()
    described = run("openssl", "x509", "-in", str(certificate), "-noout", "-text").stdout
    for name in ("DNS:streams.example", "DNS:localhost", "IP Address:127.0.0.1", "IP Address:0:0:0:0:0:0:0:1"):
        assert name in described
    assert server.stop() == 0
    server.args = ["--tls", "self-signed", "--public-url", "http://other.example"]
    server.start()
    assert certificate.read_bytes() == first
    assert "tls_certificate_lacks_host" in server.log() and "other.example" in server.log()
    assert server.stop() == 0


def test_an_expired_certificate_of_ours_is_made_anew(tmp_path):
    server = Millrace(tmp_path / "data", args=["--tls", "self-signed"])
    directory = server.data_dir / "tls"
    directory.mkdir(parents=True)
    (tmp_path / "index").write_text("")
    (tmp_path / "configuration").write_text(
        "[ca]\ndefault_ca=d\n[d]\nnew_certs_dir=.\ndatabase=index\nserial=serial\ndefault_md=sha256\npolicy=p\n"
        "[p]\ncommonName=supplied\n"
    )
    for command in (
        "req -newkey rsa:2048 -nodes -subj /CN=old -keyout data/tls/key.pem -out old.csr",
        "ca -config configuration -create_serial -selfsign -batch -notext -keyfile data/tls/key.pem -in old.csr "
        "-out data/tls/certificate.pem -startdate 20200101000000Z -enddate 20200102000000Z",
    ):
        done = run("openssl", *command.split(), cwd=tmp_path)
        assert done.returncode == 0, done.stderr
    server.start()
    with secure_connection(server) as connection:
        connection.sendall(HEALTH)
        assert connection.recv(1 << 16).startswith(b"HTTP/1.1 200 ")
    assert server.stop() == 0


@pytest.fixture(scope="module")
def authority(tmp_path_factory):
    """A directory with an authority's certificate and two of servers that it signed, and their keys."""
    directory = tmp_path_factory.mktemp("authority")
    (directory / "extensions").write_text("subjectAltName=DNS:localhost\n")
    for command in (
        "req -x509 -newkey rsa:2048 -nodes -subj /CN=Authority -days 30 -keyout ca.key -out ca.pem",
        "req -newkey rsa:2048 -nodes -subj /CN=localhost -keyout server.key -out server.csr",
        "x509 -req -in server.csr -CA ca.pem -CAkey ca.key -CAcreateserial -extfile extensions -out server.pem",
        "req -newkey rsa:2048 -nodes -subj /CN=renewed -keyout renewed.key -out renewed.csr",
        "x509 -req -in renewed.csr -CA ca.pem -CAkey ca.key -CAcreateserial -extfile extensions -out renewed.pem",
        "req -newkey rsa:2048 -nodes -subj /CN=alice -keyout alice.key -out alice.csr",
        "x509 -req -in alice.csr -CA ca.pem -CAkey ca.key -CAcreateserial -out alice.pem",
        "req -x509 -newkey rsa:2048 -nodes -subj /CN=Other -days 30 -keyout other.key -out other.pem",
        "genrsa -aes128 -passout pass:secret -out locked.key 2048",
    ):
        done = run("openssl", *command.split(), cwd=directory)
        assert done.returncode == 0, done.stderr
    return directory


def test_given_certificates_are_served(tmp_path, authority):
    files = ["--tls-certificate", str(authority / "server.pem"), "--tls-key", str(authority / "server.key")]
    server = Millrace(tmp_path / "data", args=files).start()
    context = ssl.create_default_context(cafile=authority / "ca.pem")
    with secure_connection(server, context=context) as connection:
        connection.sendall(HEALTH)
        assert connection.recv(1 << 16).startswith(b"HTTP/1.1 200 ")
    assert not (server.data_dir / "tls").exists()
    assert server.stop() == 0


class Renewable:
    """A server whose certificate files a test replaces."""

    def __init__(self, directory, authority):
        self.authority = authority
        self.certificate, self.key = directory / "live.pem", directory / "live.key"
        self.place("server")
        args = ["--tls-certificate", str(self.certificate), "--tls-key", str(self.key)]
        self.server = Millrace(directory / "data", args=args).start()

    def place(self, name, files=("pem", "key")):
        """Puts the authority's files of that name where the server reads them; each appears whole."""
        for ending, to in (("pem", self.certificate), ("key", self.key)):
            if ending in files:
                new = to.with_suffix(".new")
                shutil.copy(self.authority / f"{name}.{ending}", new)
                new.replace(to)

    def connect(self):
        context = ssl.create_default_context(cafile=self.authority / "ca.pem")
        return secure_connection(self.server, context=context)

    def served(self):
        """The common name in the certificate of a new connection."""
        with self.connect() as connection:
            return dict(pair[0] for pair in connection.getpeercert()["subject"])["commonName"]

    def hang_up(self):
        self.server.process.send_signal(signal.SIGHUP)

    def events(self, name):
        return [line for line in self.server.log().splitlines() if name in line]


@pytest.fixture
def renewable(tmp_path, authority):
    renewable = Renewable(tmp_path, authority)
    yield renewable
    assert renewable.server.stop() == 0, renewable.server.log()


def alive(connection):
    connection.sendall(HEALTH)
    return connection.recv(1 << 16).startswith(b"HTTP/1.1 200 ")


def test_changed_files_are_used_for_new_connections(renewable):
    assert renewable.served() == "localhost"
    with renewable.connect() as old:
        assert alive(old)
        renewable.place("renewed")
        wait_until(lambda: renewable.served() == "renewed", "the new certificate is served")
        assert alive(old)
    assert renewable.events("tls_certificate_reloaded")


def test_sighup_reloads_the_certificate(renewable):
    with renewable.connect() as old:
        renewable.hang_up()
        wait_until(lambda: renewable.events("tls_certificate_reloaded"), "the reload is in the log")
        renewable.place("renewed")
        renewable.hang_up()
        wait_until(lambda: renewable.served() == "renewed", "the new certificate is served")
        assert alive(old)


def test_a_handshake_that_began_before_the_reload_is_finished(renewable):
    with socket.create_connection(("127.0.0.1", renewable.server.port), timeout=30) as plain:
        context = ssl.create_default_context(cafile=renewable.authority / "ca.pem")
        incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        tls = context.wrap_bio(incoming, outgoing, server_hostname="localhost")
        with pytest.raises(ssl.SSLWantReadError):
            tls.do_handshake()
        hello = outgoing.read()
        plain.sendall(hello[:20])
        renewable.place("renewed")
        wait_until(lambda: renewable.served() == "renewed", "the new certificate is served")
        plain.sendall(hello[20:])
        for _ in range(10):
            incoming.write(plain.recv(1 << 16))
            try:
                tls.do_handshake()
                break
            except ssl.SSLWantReadError:
                pass
        assert tls.version() == "TLSv1.3"


def test_a_pair_that_is_written_halfway_is_reported_and_the_old_one_stays(renewable):
    renewable.place("renewed", files=["pem"])
    wait_until(lambda: renewable.events("tls_reload_failed"), "the failure is in the log")
    (failure,) = renewable.events("tls_reload_failed")
    assert str(renewable.key) in failure and "belongs to the certificate" in failure
    assert renewable.served() == "localhost"
    renewable.place("renewed", files=["key"])
    wait_until(lambda: renewable.served() == "renewed", "the whole pair is served")
    assert len(renewable.events("tls_reload_failed")) == 1


@pytest.mark.parametrize("damage", ["missing", "empty", "cut", "garbage"])
def test_a_broken_certificate_is_reported_and_the_old_one_stays(renewable, damage):
    whole = renewable.certificate.read_bytes()
    with renewable.connect() as old:
        if damage == "missing":
            renewable.certificate.unlink()
        else:
            broken = {"empty": b"", "cut": whole[: len(whole) // 2], "garbage": os.urandom(5000)}[damage]
            renewable.certificate.write_bytes(broken)
        renewable.hang_up()
        wait_until(lambda: renewable.events("tls_reload_failed"), "the failure is in the log")
        assert str(renewable.certificate) in renewable.events("tls_reload_failed")[0]
        assert renewable.served() == "localhost" and alive(old)
    renewable.certificate.write_bytes(whole)
    wait_until(lambda: renewable.events("tls_certificate_reloaded"), "the corrected file is read")
    assert renewable.served() == "localhost"


def test_sighup_without_tls_changes_nothing(tmp_path):
    server = Millrace(tmp_path / "data").start()
    server.process.send_signal(signal.SIGHUP)
    assert server.raw("GET", "/health/live").status == 200
    assert server.stop() == 0


@pytest.mark.parametrize(
    ("flags", "words"),
    [
        (["--tls-certificate", "{0}/none.pem", "--tls-key", "{0}/server.key"], "--tls-certificate: {0}/none.pem"),
        (["--tls-certificate", "{0}/server.key", "--tls-key", "{0}/server.key"], "--tls-certificate: {0}/server.key"),
        (["--tls-certificate", "{0}/server.pem", "--tls-key", "{0}/none.key"], "--tls-key: {0}/none.key"),
        (["--tls-certificate", "{0}/server.pem", "--tls-key", "{0}/ca.key"], "--tls-key: {0}/ca.key"),
        (["--tls-certificate", "{0}/server.pem", "--tls-key", "{0}/locked.key"], "--tls-key: {0}/locked.key"),
        (["--tls-certificate", "{0}/server.pem"], "--tls-certificate and --tls-key must be set together"),
        (["--tls", "self-signed", "--tls-key", "{0}/server.key"], "--tls self-signed cannot be combined"),
        (["--tls", "self-signed", "--tls-client-ca", "{0}/server.key"], "--tls-client-ca: {0}/server.key"),
        (["--tls", "self-signed", "--tls-client-ca", "{0}/none"], "--tls-client-ca: {0}/none"),
        (["--tls-client-ca", "{0}/ca.pem"], "--tls-client-ca requires "),
        (["--tls", "on"], "--tls: "),
    ],
)
def test_a_wrong_setting_stops_the_start_and_is_named(tmp_path, authority, flags, words):
    flags = [flag.format(authority) for flag in flags]
    command = [default_binary(), "serve", "--listen", "127.0.0.1:0", "--data-dir", str(tmp_path / "data"), *flags]
    done = run(*command, stdin=subprocess.DEVNULL)
    assert done.returncode != 0
    assert words.format(authority) in done.stderr + done.stdout


@pytest.fixture
def mutual(tmp_path, authority):
    """A server that asks clients for a certificate, and the file of the authorities that may sign it."""
    authorities = tmp_path / "authorities.pem"
    shutil.copy(authority / "ca.pem", authorities)
    server = Millrace(tmp_path / "data", args=["--tls", "self-signed", "--tls-client-ca", str(authorities)]).start()
    yield server, authorities
    assert server.stop() == 0, server.log()


def served_with(server, authority, name=None):
    """Whether a client with that certificate is answered."""
    context = context_of(server)
    if name:
        context.load_cert_chain(authority / f"{name}.pem", authority / f"{name}.key")
    try:
        with secure_connection(server, context=context) as connection:
            return alive(connection)
    except (ssl.SSLError, ConnectionResetError):
        return False


def test_clients_need_a_certificate_of_the_authority(mutual, authority):
    server, _ = mutual
    assert served_with(server, authority, "alice")
    assert not served_with(server, authority)
    assert not served_with(server, authority, "other")
    assert server.raw("GET", "/health/live").status == 200  # plain HTTP


def test_sessions_are_resumed_with_the_certificate(mutual, authority):
    server, _ = mutual
    context = context_of(server)
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    context.load_cert_chain(authority / "alice.pem", authority / "alice.key")
    with secure_connection(server, context=context) as first:
        assert alive(first)
        session = first.session
    plain = socket.create_connection(("127.0.0.1", server.port), timeout=30)
    with context.wrap_socket(plain, server_hostname="localhost", session=session) as second:
        assert alive(second) and second.session_reused


def test_changed_authorities_are_used_for_new_connections(mutual, authority):
    server, authorities = mutual
    context = context_of(server)
    context.load_cert_chain(authority / "alice.pem", authority / "alice.key")
    with secure_connection(server, context=context) as old:
        assert alive(old)
        shutil.copy(authority / "other.pem", authorities)
        wait_until(lambda: served_with(server, authority, "other"), "the new authority is used")
        assert not served_with(server, authority, "alice")
        assert alive(old)


def test_a_key_that_nobody_can_write_stops_the_start(tmp_path):
    data = tmp_path / "data"
    data.mkdir()
    (data / "tls").write_text("a file, where the directory should be")
    command = [default_binary(), "serve", "--listen", "127.0.0.1:0", "--data-dir", str(data), "--tls", "self-signed"]
    done = run(*command)
    assert done.returncode != 0
    assert "--tls self-signed: " in done.stderr + done.stdout and str(data / "tls") in done.stderr + done.stdout


@pytest.mark.parametrize(
    ("offered", "chosen"),
    [(["h2", "http/1.1"], "h2"), (["http/1.1", "h2"], "h2"), (["http/1.1"], "http/1.1"), ([], None)],
)
def test_alpn_chooses_the_version(tls_server, offered, chosen):
    with secure_connection(tls_server, offered) as connection:
        assert connection.selected_alpn_protocol() == chosen
        assert connection.version() == "TLSv1.3"
        if chosen != "h2":
            connection.sendall(HEALTH)
            assert connection.recv(1 << 16).startswith(b"HTTP/1.1 200 ")


def test_alpn_without_a_version_of_ours_is_refused(tls_server):
    with pytest.raises(ssl.SSLError, match="(?i)no application protocol"):
        secure_connection(tls_server, ["spdy/3"])


def test_tls_1_2_is_spoken_and_older_ones_are_not(tls_server):
    target = f"127.0.0.1:{tls_server.port}"
    new = run("openssl", "s_client", "-connect", target, "-tls1_2", "-alpn", "h2,http/1.1", stdin=subprocess.DEVNULL)
    assert "ALPN protocol: h2" in new.stdout and re.search(r"Cipher is ECDHE-\S*(GCM|POLY1305)", new.stdout), new.stdout
    weak = ["-tls1_1", "-cipher", "DEFAULT@SECLEVEL=0"]  # as far as the client is concerned
    old = run("openssl", "s_client", "-connect", target, *weak, stdin=subprocess.DEVNULL)
    assert old.returncode != 0 and "Cipher is (NONE)" in old.stdout


def test_a_client_that_does_not_trust_leaves_the_server_well(tls_server):
    with pytest.raises(ssl.SSLCertVerificationError):
        secure_connection(tls_server, context=ssl.create_default_context())
    assert tls_server.raw("GET", "/health/live").status == 200


def test_garbage_instead_of_a_handshake_ends_the_connection(tls_server):
    wrong_hello, alert = b"\x16\x03\x01\x02\x00" + b"\xff" * 600, b"\x15\x03\x03\x00\x02\x02\x28"
    for garbage in (b"\x16", wrong_hello, b"\x16" + os.urandom(20000), alert):
        with socket.create_connection(("127.0.0.1", tls_server.port), timeout=30) as connection:
            try:
                connection.sendall(garbage)
                connection.shutdown(socket.SHUT_WR)
                read_to_end(connection)
            except OSError:
                pass
    assert tls_server.raw("GET", "/health/live").status == 200


def test_handshakes_that_stall_are_closed(tmp_path):
    server = Millrace(tmp_path / "data", args=["--tls", "self-signed", "--idle-timeout-s", "1"]).start()
    with socket.create_connection(("127.0.0.1", server.port), timeout=30) as silent:
        silent.sendall(b"\x16\x03\x01\x02\x00\x01")
        assert read_to_end(silent) == b""
    with secure_connection(server) as idle:
        assert read_to_end(idle) == b""
    assert server.stop() == 0


def test_a_stop_does_not_wait_for_handshakes_and_idle_connections(tmp_path):
    server = Millrace(tmp_path / "data", args=["--tls", "self-signed"]).start()
    with socket.create_connection(("127.0.0.1", server.port), timeout=30) as stalled, secure_connection(server) as idle:
        stalled.sendall(b"\x16\x03\x01")
        idle.sendall(HEALTH)
        assert idle.recv(1 << 16).endswith(b"alive\n")
        server.process.terminate()
        assert server.process.wait(20) == 0


def test_the_end_of_a_connection_is_said(tls_server):
    request = HEALTH.replace(b"HTTP/1.1", b"HTTP/1.0")
    plain = socket.create_connection(("127.0.0.1", tls_server.port), timeout=30)
    # So that an end without TLS's own farewell, which anybody on the way could forge, is an error.
    context = context_of(tls_server)
    with context.wrap_socket(plain, server_hostname="localhost", suppress_ragged_eofs=False) as connection:
        connection.sendall(request)
        assert read_to_end(connection).endswith(b"alive\n")


def test_requests_are_read_in_whatever_pieces_they_come(tls_server):
    with secure_connection(tls_server) as connection:
        for byte in HEALTH:
            connection.send(bytes([byte]))
        assert connection.recv(1 << 16).startswith(b"HTTP/1.1 200 ")
        body = b'{"Limit":3}'
        connection.sendall((head(Content_Length=len(body)) + body) * 50)
        answers = b""
        while answers.count(b'"StreamNames"') < 50:
            answers += connection.recv(1 << 16)
    assert answers.count(b"HTTP/1.1 200 ") == 50


def test_https_of_the_standard_library_and_curl(tls_server):
    connection = http.client.HTTPSConnection("localhost", tls_server.port, context=context_of(tls_server), timeout=30)
    for _ in range(3):
        connection.request("GET", "/health/ready")
        assert connection.getresponse().read() == b"ready\n"
    url = f"https://127.0.0.1:{tls_server.port}/health/ready"
    for version in ("--http1.1", "--http1.0"):
        done = run("curl", "-sS", version, "--cacert", str(certificate_of(tls_server)), url)
        assert (done.stdout, done.stderr) == ("ready\n", "")
