"""Puts objects into S3, MinIO or Millrace's own store: Signature Version 4 with the standard library alone.

Where to and as whom comes from the environment that Lambda gives a function: AWS_ENDPOINT_URL_S3 or AWS_ENDPOINT_URL
(else AWS itself), AWS_REGION, AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and AWS_SESSION_TOKEN.
"""

import datetime
import hashlib
import hmac
import http.client
import os
import time
import urllib.parse

ATTEMPTS = 4
TIMEOUT_SECONDS = 10
TRANSIENT = {408, 429, 500, 502, 503, 504}


class PutFailed(Exception):
    """The object is not there, or nobody can say whether it is."""


class Bucket:
    def __init__(self, name, environment=os.environ):
        self._environment = environment
        region = environment.get("AWS_REGION") or environment.get("AWS_DEFAULT_REGION") or "us-east-1"
        endpoint = (environment.get("AWS_ENDPOINT_URL_S3") or environment.get("AWS_ENDPOINT_URL")
                    or f"https://s3.{region}.amazonaws.com")
        url = urllib.parse.urlsplit(endpoint)
        if url.scheme not in ("http", "https") or not url.hostname:
            raise ValueError(f"not an S3 endpoint: {endpoint!r}")
        kind = http.client.HTTPSConnection if url.scheme == "https" else http.client.HTTPConnection
        self._connection = kind(url.hostname, url.port, timeout=TIMEOUT_SECONDS)
        self._host = url.netloc.rpartition("@")[2]
        self._path = f"{url.path.rstrip('/')}/{name}/"
        self._region = region

    def put(self, key, body):
        """Writes the whole object or none of it. Tries again what may pass; raises PutFailed when it does not."""
        path = urllib.parse.quote(self._path + key, safe="/-_.~")
        for attempt in range(1, ATTEMPTS + 1):
            try:
                self._connection.request("PUT", path, body, self._signed_headers(path, body))
                response = self._connection.getresponse()
                answer = response.read()
                if response.status == 200:
                    return
                problem = f"{response.status} {answer[:300].decode('utf-8', 'replace')}"
                if response.status not in TRANSIENT:
                    raise PutFailed(f"PUT {path}: {problem}")
            except (OSError, http.client.HTTPException) as e:
                problem = f"{type(e).__name__}: {e}"
                self._connection.close()  # the next request opens a new one
            if attempt < ATTEMPTS:
                time.sleep(0.1 * 2**attempt)
        raise PutFailed(f"PUT {path}, {ATTEMPTS} times: {problem}")

    # Source: Signature Version 4, "Create a signed AWS API request", with S3's rules: the path is encoded once.
    def _signed_headers(self, path, body):
        now = datetime.datetime.now(datetime.timezone.utc).strftime("%Y%m%dT%H%M%SZ")
        content_hash = hashlib.sha256(body).hexdigest()
        headers = {"host": self._host, "x-amz-content-sha256": content_hash, "x-amz-date": now}
        if self._environment.get("AWS_SESSION_TOKEN"):
            headers["x-amz-security-token"] = self._environment["AWS_SESSION_TOKEN"]
        names = ";".join(sorted(headers))
        lines = "".join(f"{name}:{headers[name]}\n" for name in sorted(headers))
        request = "\n".join(["PUT", path, "", lines, names, content_hash])
        scope = f"{now[:8]}/{self._region}/s3/aws4_request"
        text = "\n".join(["AWS4-HMAC-SHA256", now, scope, hashlib.sha256(request.encode()).hexdigest()])
        signing_key = ("AWS4" + self._environment.get("AWS_SECRET_ACCESS_KEY", "")).encode()
        for part in scope.split("/"):
            signing_key = hmac.digest(signing_key, part.encode(), "sha256")
        signature = hmac.digest(signing_key, text.encode(), "sha256").hex()
        user = self._environment.get("AWS_ACCESS_KEY_ID", "")
        headers["authorization"] = (f"AWS4-HMAC-SHA256 Credential={user}/{scope}, SignedHeaders={names}, "
                                    f"Signature={signature}")
        headers["content-type"] = "application/x-ndjson"
        return headers
