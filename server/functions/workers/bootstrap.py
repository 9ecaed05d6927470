# The Python runtime of Millrace: loads a handler and feeds it from the Lambda Runtime API.
# Standard library only. Speaks what the AWS runtime interface client for Python speaks, and words errors and
# log lines as it does.
#
# A function waits for all that is imported here before its first event, so modules that not all need come later.
import importlib
import json
import os
import re
import socket
import sys
import time

API = "/2018-06-01/runtime"


class _Identity:
    def __init__(self, values):
        self.cognito_identity_id = values.get("cognitoIdentityId")
        self.cognito_identity_pool_id = values.get("cognitoIdentityPoolId")


class _Client:
    FIELDS = ("installation_id", "app_title", "app_version_name", "app_version_code", "app_package_name")

    def __init__(self, values):
        for name in self.FIELDS:
            setattr(self, name, values.get(name))


class _ClientContext:
    def __init__(self, values):
        self.client = _Client(values.get("client") or {})
        self.custom = values.get("custom")
        self.env = values.get("env")


class LambdaContext:
    """What handlers receive as their second argument."""

    def __init__(self, headers):
        self.aws_request_id = headers["lambda-runtime-aws-request-id"]
        self.log_group_name = os.environ.get("AWS_LAMBDA_LOG_GROUP_NAME")
        self.log_stream_name = os.environ.get("AWS_LAMBDA_LOG_STREAM_NAME")
        self.function_name = os.environ.get("AWS_LAMBDA_FUNCTION_NAME")
        self.memory_limit_in_mb = os.environ.get("AWS_LAMBDA_FUNCTION_MEMORY_SIZE")
        self.function_version = os.environ.get("AWS_LAMBDA_FUNCTION_VERSION")
        self.invoked_function_arn = headers.get("lambda-runtime-invoked-function-arn")
        self.tenant_id = headers.get("lambda-runtime-aws-tenant-id")
        client = headers.get("lambda-runtime-client-context")
        self.client_context = _ClientContext(json.loads(client)) if client else None
        identity = headers.get("lambda-runtime-cognito-identity")
        self.identity = _Identity(json.loads(identity) if identity else {})
        self._deadline_ms = int(headers.get("lambda-runtime-deadline-ms") or 0)

    def get_remaining_time_in_millis(self):
        return max(0, self._deadline_ms - int(time.time() * 1000))

    def log(self, message):
        sys.stdout.write(str(message))

    def __repr__(self):
        return "LambdaContext(%s)" % ",".join("%s=%r" % item for item in sorted(vars(self).items()))


class _RuntimeApi:
    """One kept-alive connection to the server; it lives as long as the process. Written by hand, since the standard
    library's client takes longer over a request than the server and many a handler."""

    def __init__(self, address):
        self._address = address
        self._socket = None

    def _connect(self):
        host, _, port = self._address.rpartition(":")
        self._socket = socket.create_connection((host, int(port)))
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def _request(self, method, path, body=b"", headers=""):
        head = "%s %s%s HTTP/1.1\r\nHost: %s\r\nContent-Length: %d\r\n%s\r\n" % (
            method, API, path, self._address, len(body), headers)
        for last in (False, True):
            try:
                if self._socket is None:
                    self._connect()
                self._socket.sendall(head.encode("latin-1") + body)
                return self._answer()
            except (ConnectionError, EOFError):
                self._socket = None
                if last:
                    raise

    def _answer(self):
        """The status, the headers by their names in lower case, and the body."""
        received = self._socket.recv(65536)
        while b"\r\n\r\n" not in received:
            more = self._socket.recv(65536)
            if not more:
                raise EOFError("the server closed the connection")
            received += more
        head, _, body = received.partition(b"\r\n\r\n")
        status, *lines = head.decode("latin-1").split("\r\n")
        headers = {}
        for line in lines:
            name, _, value = line.partition(":")
            headers[name.lower()] = value.strip()
        length = int(headers.get("content-length", 0))
        if len(body) < length:
            whole = bytearray(length)
            whole[:len(body)] = body
            view, at = memoryview(whole), len(body)
            while at < length:
                count = self._socket.recv_into(view[at:])
                if not count:
                    raise EOFError("the server closed the connection")
                at += count
            body = whole
        return int(status.split(" ")[1]), headers, body

    def next(self):
        status, headers, body = self._request("GET", "/invocation/next")
        if status != 200:
            raise SystemExit("the server refused the next invocation: %d" % status)
        return headers, body

    def respond(self, request_id, body, content_type):
        self._request("POST", "/invocation/%s/response" % request_id, body, "Content-Type: %s\r\n" % content_type)

    def fail(self, path, error):
        body = json.dumps(error, ensure_ascii=False, default=str).encode("utf-8", "replace")
        headers = "Content-Type: application/json\r\n"
        if re.fullmatch(r"(Runtime|Function)\.[A-Za-z]+", error["errorType"]):
            headers += "Lambda-Runtime-Function-Error-Type: %s\r\n" % error["errorType"]
        self._request("POST", path, body, headers)


class _Failure(Exception):
    """A failure that has a name of its own in Lambda."""

    def __init__(self, error_type, message, stack=()):
        super().__init__(message)
        self.error_type = error_type
        self.stack = list(stack)


def _error(error_type, message, request_id, stack):
    return {"errorMessage": message, "errorType": error_type, "requestId": request_id, "stackTrace": stack}


def _print_error(error):
    # Carriage returns keep a traceback one event of the log.
    text = "[ERROR] %s" % error["errorType"]
    if error["errorMessage"]:
        text += ": %s" % error["errorMessage"]
    if error["stackTrace"]:
        text += "\nTraceback (most recent call last):\n" + "".join(error["stackTrace"])
    try:
        sys.stdout.write(text.rstrip("\n").replace("\n", "\r") + "\n")
        sys.stdout.flush()
    except (OSError, ValueError):
        pass  # the function has closed its output


def _stack_of(exception):
    import traceback

    ours = (os.path.abspath(__file__), importlib.__file__)
    frames = traceback.extract_tb(exception.__traceback__)
    kept = [f for f in frames if f.filename not in ours and not f.filename.startswith("<frozen importlib")]
    return traceback.format_list(kept)


def _load(handler):
    module_name, dot, function_name = handler.rpartition(".")
    if not dot or not module_name or not function_name:
        raise _Failure("Runtime.MalformedHandlerName",
                       "Bad handler '%s': not enough values to unpack (expected 2, got 1)" % handler)
    module_name = module_name.replace("/", ".")
    if module_name.split(".")[0] in sys.builtin_module_names:
        raise _Failure("Runtime.BuiltInModuleConflict",
                       "Cannot use built-in module %s as a handler module" % module_name)
    if module_name.startswith("."):
        raise _Failure("Runtime.ImportModuleError",
                       "Unable to import module '%s': relative names are not of this package" % module_name)
    try:
        module = importlib.import_module(module_name)
    except ImportError as e:
        raise _Failure("Runtime.ImportModuleError", "Unable to import module '%s': %s" % (module_name, e))
    except SyntaxError as e:
        line = ['  File "%s" Line %s\n    %s\n' % (e.filename, e.lineno, (e.text or "").strip())]
        raise _Failure("Runtime.UserCodeSyntaxError",
                       "Syntax error in module '%s': %s" % (module_name, e), line)
    function = getattr(module, function_name, None)
    if function is None:
        raise _Failure("Runtime.HandlerNotFound", "Handler '%s' missing on module '%s'" %
                       (function_name, module_name))
    return function


def _json_default(value):
    decimal = sys.modules.get("decimal")  # else there are none
    if decimal and isinstance(value, decimal.Decimal):
        return float(value)
    raise TypeError("Object of type %s is not JSON serializable" % type(value).__name__)


def _marshal(result):
    if isinstance(result, bytes):
        return result, "application/octet-stream"
    try:
        return json.dumps(result, ensure_ascii=False, default=_json_default).encode("utf-8"), "application/json"
    except Exception as e:
        raise _Failure("Runtime.MarshalError", "Unable to marshal response: %s" % e)


class _RequestId:
    """Of the invocation that runs, for log lines."""

    now = ""


def _set_up_logging(logging):
    class Formatter(logging.Formatter):
        converter = time.gmtime
        default_msec_format = "%s.%03d"

    def add_request_id(record):
        record.aws_request_id = _RequestId.now
        return True

    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(Formatter("[%(levelname)s]\t%(asctime)s.%(msecs)03dZ\t%(aws_request_id)s\t%(message)s",
                                   "%Y-%m-%dT%H:%M:%S"))
    handler.addFilter(add_request_id)
    logging.getLogger().addHandler(handler)


def _invoke(api, handler, headers, body):
    request_id = headers["lambda-runtime-aws-request-id"]
    _RequestId.now = request_id
    trace = headers.get("lambda-runtime-trace-id")
    if trace:
        os.environ["_X_AMZN_TRACE_ID"] = trace
    try:
        try:
            event = json.loads(body.decode("utf-8"))
        except ValueError as e:
            raise _Failure("Runtime.UnmarshalError", "Unable to unmarshal input: %s" % e)
        payload, content_type = _marshal(handler(event, LambdaContext(headers)))
    except _Failure as e:
        error = _error(e.error_type, str(e), request_id, e.stack)
    except Exception as e:
        error = _error(type(e).__name__, str(e), request_id, _stack_of(e))
    else:
        _flush()
        api.respond(request_id, payload, content_type)
        return
    _print_error(error)
    api.fail("/invocation/%s/error" % request_id, error)


def _flush():
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except (OSError, ValueError):
            pass


class _Finder:
    """Completes modules when a handler imports them, so that those who do not pay nothing: logging writes as Lambda's
    does, and botocore older than 1.31, which does not know AWS_ENDPOINT_URL (Debian 12's does not), heeds it."""

    def __init__(self):
        self._completions = {"logging": _set_up_logging, "botocore.session": _complete_session}

    def find_spec(self, name, path=None, target=None):
        complete = self._completions.pop(name, None)
        if complete is None:
            return None
        import importlib.util

        spec = importlib.util.find_spec(name)
        if spec and spec.loader:
            load = spec.loader.exec_module

            def exec_module(module):
                load(module)
                complete(module)

            spec.loader.exec_module = exec_module
        return spec


def _complete_session(module):
    if _version_of(sys.modules["botocore"]) < (1, 31):
        _heed_endpoints(module.Session)


def _version_of(module):
    return tuple(int(n) for n in module.__version__.split(".")[:2])


def _heed_endpoints(session):
    create = session.create_client
    given = 4  # how many arguments stand between the service's name and endpoint_url

    def create_client(self, service_name, *args, **kwargs):
        if len(args) <= given and kwargs.get("endpoint_url") is None:
            own = os.environ.get("AWS_ENDPOINT_URL_" + service_name.upper().replace("-", "_"))
            kwargs["endpoint_url"] = own or os.environ.get("AWS_ENDPOINT_URL")
        return create(self, service_name, *args, **kwargs)

    session.create_client = create_client


def main():
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(line_buffering=True, encoding="utf-8", errors="backslashreplace")
    root = os.environ["LAMBDA_TASK_ROOT"]
    sys.path[0] = root
    sys.meta_path.insert(0, _Finder())
    if "logging" in sys.modules:
        _set_up_logging(sys.modules["logging"])
    api = _RuntimeApi(os.environ["AWS_LAMBDA_RUNTIME_API"])
    try:
        handler = _load(os.environ["_HANDLER"])
    except _Failure as e:
        error = _error(e.error_type, str(e), "", e.stack)
    except Exception as e:
        error = _error(type(e).__name__, str(e), "", _stack_of(e))
    else:
        while True:
            headers, body = api.next()
            _invoke(api, handler, headers, body)
            _flush()
    _print_error(error)
    api.fail("/init/error", error)
    sys.exit(1)


if __name__ == "__main__":
    main()
