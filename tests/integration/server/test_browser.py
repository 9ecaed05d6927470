"""A real browser that shows a page of another origin: each way by which such a page could use the server, and the ways
that are open."""

import http.client
import http.server
import json
import shutil
import subprocess
import threading

import pytest
from support.functions import create_function
from support.millrace import Millrace, free_port, shared_directory, wait_until

# Runs what its host's name says, tells its own server what came of it, and goes on to the next page.
PAGE = """<!doctype html><script>
const setup = SETUP;
const signature = service => "X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=AKIAIOSFODNN7EXAMPLE/20260101/us-east-1/"
  + service + "/aws4_request&X-Amz-Date=20260101T000000Z&X-Amz-Expires=60&X-Amz-SignedHeaders=host&X-Amz-Signature=00";
const signed = {"Content-Type": "application/x-amz-json-1.1", "X-Amz-Target": "Kinesis_20131202.ListStreams",
  "X-Amz-Date": "20260101T000000Z", "Authorization": "AWS4-HMAC-SHA256 Credential=" +
  "AKIAIOSFODNN7EXAMPLE/20260101/us-east-1/kinesis/aws4_request, SignedHeaders=host, Signature=00"};
const invocation = "/2015-03-31/functions/" + setup.function + "/invocations?" + signature("lambda");
const ask = async (url, options) => {
  try {
    const answer = await fetch(url, options);
    return answer.type == "opaque" ? "opaque" : answer.status + " " + (await answer.text()).slice(0, 400);
  } catch (e) { return "blocked"; }
};
const image = url => new Promise(done => {
  const i = new Image();
  i.onload = () => done("loaded");
  i.onerror = () => done("blocked");
  i.src = url;
});
const form = url => new Promise(done => {
  document.body.innerHTML = '<iframe name=f></iframe><form method=post target=f enctype="text/plain" action="' + url +
    '"><input name="{}" value=""></form>';
  document.querySelector("iframe").onload = () => done("sent");
  document.forms[0].submit();
});
const pages = {
  "evil.example": async () => ({
    preflighted: await ask(setup.server, {method: "POST", headers: signed, body: "{}"}),
    simple: await ask(setup.server + invocation, {method: "POST", body: "{}"}),
    unread: await ask(setup.server + invocation, {method: "POST", body: "{}", mode: "no-cors"}),
    form: await form(setup.server + invocation),
    image: await image(setup.server + "/bucket/image.svg"),
    metrics: await ask(setup.server + "/metrics"),
    closed_url: await ask(setup.closed_url),
    open_url: await ask(setup.open_url, {method: "PUT", headers: {"x-token": "t"}, body: "b"}),
  }),
  "rebound.example": async () => ({
    streams: await ask("/", {method: "POST", headers: signed, body: "{}"}),
    invoked: await ask(invocation, {method: "POST", body: "{}"}),
    url: await ask(new URL(setup.open_url).pathname),
  }),
  "localhost": async () => ({
    streams: await ask(setup.server, {method: "POST", headers: signed, body: "{}"}),
    image: await image(setup.server + "/bucket/image.svg"),
  }),
};
onload = async () => {
  const host = location.hostname;
  const found = await pages[host]();
  await fetch("/report", {method: "POST", body: JSON.stringify({host, found})});
  const next = setup.next[host];
  if (next) location = next;
};
</script><body>"""
MARK = """
import os
def handler(event, context):
    with open(os.environ["MARK"], "a") as out:
        out.write("ran\\n")
    return {"statusCode": 200, "body": "ran"}
"""


class Site(http.server.ThreadingHTTPServer):
    """The page, and behind a name that was rebound, the server: what a page gets whose DNS name leads to it by then."""

    def __init__(self, server):
        super().__init__(("127.0.0.1", free_port()), Visit)
        self.millrace, self.reports, self.page = server, {}, ""
        threading.Thread(target=self.serve_forever, daemon=True).start()


class Visit(http.server.BaseHTTPRequestHandler):
    def do(self):
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        if self.path == "/page":
            return self.answer(200, self.server.page.encode(), "text/html")
        if self.path == "/report":
            report = json.loads(body)
            self.server.reports[report["host"]] = report["found"]
            return self.answer(200, b"")
        if not self.headers["Host"].startswith("rebound.example"):
            return self.answer(404, b"")
        connection = http.client.HTTPConnection("127.0.0.1", self.server.millrace.port, timeout=60)
        connection.putrequest(self.command, self.path, skip_host=True, skip_accept_encoding=True)
        for name, value in self.headers.items():
            connection.putheader(name, value)
        connection.endheaders(body)
        answer = connection.getresponse()
        return self.answer(answer.status, answer.read())

    do_GET = do_POST = do_PUT = do_OPTIONS = do

    def answer(self, status, body, kind="text/plain"):
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *arguments):
        pass


@pytest.fixture(scope="module")
def visited(tmp_path_factory):
    """What the three pages found, and how often functions ran."""
    assert shutil.which("chromium"), "this test needs Debian's chromium; tools/setup installs it"
    path = tmp_path_factory.mktemp("browser")
    server = Millrace(path / "data").start()
    site = Site(server)
    browser = None
    try:
        functions, s3 = server.client("lambda"), server.client("s3")
        s3.create_bucket(Bucket="bucket")
        s3.put_object(Bucket="bucket", Key="image.svg", ContentType="image/svg+xml",
                      Body=b'<svg xmlns="http://www.w3.org/2000/svg" width="1" height="1"/>')
        mark = shared_directory() / "ran"
        evil = f"http://evil.example:{site.server_port}"

        def make(name, **config):
            create_function(functions, MARK, name, Environment={"Variables": {"MARK": str(mark)}})
            return functions.create_function_url_config(FunctionName=name, AuthType="NONE", **config)["FunctionUrl"]

        cors = {"AllowOrigins": [evil], "AllowMethods": ["PUT"], "AllowHeaders": ["x-token"]}
        setup = {
            "server": server.url,
            "function": "closed",
            "closed_url": make("closed"),
            "open_url": make("open", Cors=cors),
            "next": {"evil.example": f"http://rebound.example:{site.server_port}/page",
                     "rebound.example": f"http://localhost:{site.server_port}/page"},
        }
        site.page = PAGE.replace("SETUP", json.dumps(setup))
        browser = subprocess.Popen(
            ["chromium", "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
             "--disable-background-networking", "--disable-component-update", "--disable-sync",
             "--disable-dev-shm-usage", f"--user-data-dir={path / 'profile'}", "--remote-debugging-port=0",
             "--host-resolver-rules=MAP evil.example 127.0.0.1, MAP rebound.example 127.0.0.1", evil + "/page"],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=open(path / "chromium.log", "wb"))

        def all_told():
            assert browser.poll() is None, (path / "chromium.log").read_text()
            return len(site.reports) == 3

        wait_until(all_told, f"three pages tell what they found ({site.reports})", 240)
        site.reports["runs"] = mark.read_text().count("ran") if mark.exists() else 0
        yield site.reports
    finally:
        if browser:
            browser.kill()
            browser.wait()
        site.shutdown()
        server.kill()


def test_a_page_of_another_origin_reads_and_changes_nothing(visited):
    assert visited["evil.example"] | {"open_url": None} == {
        "preflighted": "blocked",
        "simple": "blocked",
        "unread": "opaque",
        "form": "sent",
        "image": "blocked",
        "metrics": "blocked",
        "closed_url": "blocked",
        "open_url": None,
    }


def test_a_function_ran_only_where_its_cors_allows_the_page(visited):
    assert visited["evil.example"]["open_url"] == "200 ran"
    assert visited["runs"] == 1


def test_a_rebound_name_is_refused(visited):
    for what, answer in visited["rebound.example"].items():
        assert answer.startswith("403 ") and "--allow-hosts rebound.example" in answer, what


def test_pages_of_this_machine_may_use_the_server(visited):
    assert visited["localhost"]["streams"].startswith("200 {")
    assert visited["localhost"]["image"] == "loaded"
