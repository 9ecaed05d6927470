"""Managed runtimes other than Python's and Node's, and what is said where an interpreter is not there."""

import base64

import pytest
from support.functions import ECHO, create_function, error_of, invoke, zip_of
from support.millrace import Millrace

RUBY = """
require 'json'

def handler(event:, context:)
  puts "seen by #{context.function_name}"
  raise ArgumentError, event['fail'] if event.is_a?(Hash) && event['fail']

  { event: event, request: context.aws_request_id, left: context.get_remaining_time_in_millis,
    arn: context.invoked_function_arn, tmp: Dir.tmpdir_or_env }
end

def Dir.tmpdir_or_env
  ENV['TMPDIR']
end

module Shop
  class Till
    def self.process(event:, context:)
      event.sum
    end
  end
end
"""


@pytest.fixture
def ruby(make):
    def make_function(handler="index.handler", source=RUBY, **settings):
        return make(Runtime="ruby3.3", Handler=handler, Code={"ZipFile": zip_of({"index.rb": source})}, **settings)

    return make_function


def test_ruby_runs_a_method_of_a_file_or_a_class(functions, ruby):
    name = ruby(Timeout=20)
    answer, raw = invoke(functions, name, {"n": [1, "é\u2028"]}, LogType="Tail")
    assert answer["event"] == {"n": [1, "é\u2028"]}
    assert answer["request"] == raw["ResponseMetadata"]["RequestId"]
    assert 0 < answer["left"] <= 20000
    assert answer["arn"].endswith(f":function:{name}")
    assert f"seen by {name}\n" in base64.b64decode(raw["LogResult"]).decode()
    assert invoke(functions, ruby("index.Shop::Till.process"), [1, 2, 3])[0] == 6


def test_errors_of_ruby(functions, ruby):
    name = ruby()
    failed, raw = invoke(functions, name, {"fail": "as told"}, LogType="Tail")
    assert raw["FunctionError"] == "Unhandled"
    assert (failed["errorType"], failed["errorMessage"]) == ("Function<ArgumentError>", "as told")
    assert failed["stackTrace"][0].startswith("/var/task/index.rb:6:in `handler'")
    assert "Function<ArgumentError>: as told\r" in base64.b64decode(raw["LogResult"]).decode()
    assert invoke(functions, name, {})[1].get("FunctionError") is None  # it goes on
    for handler, source, error in (
        ("index.none", RUBY, "Runtime.HandlerNotFound"),
        ("none.handler", RUBY, "Runtime.ImportModuleError"),
        ("handler", RUBY, "Runtime.MalformedHandlerName"),
        ("index.handler", "def handler(", "Runtime.UserCodeSyntaxError"),
    ):
        failed, raw = invoke(functions, ruby(handler, source), {})
        assert raw["FunctionError"] == "Unhandled"
        assert failed["errorType"] == error, failed


def test_a_ruby_layer(functions, ruby):
    layer = functions.publish_layer_version(
        LayerName="ruby-words", Content={"ZipFile": zip_of({"ruby/lib/words.rb": "WORD = 'from the layer'\n"})}
    )
    source = "require 'words'\ndef handler(event:, context:)\n  WORD\nend\n"
    assert invoke(functions, ruby(source=source, Layers=[layer["LayerVersionArn"]]))[0] == "from the layer"


def test_an_interpreter_that_is_not_there_is_named_in_the_log(tmp_path):
    server = Millrace(tmp_path / "data", args=["--ruby", "no-such-ruby", "--python", "/bin/true"]).start()
    try:
        functions = server.client("lambda")
        wanted = {
            "ruby3.3": 'runtime ruby3.3 requires "no-such-ruby", which is not in the server\'s PATH or is not ruby; set --ruby',
            "python3.12": 'runtime python3.12 requires "/bin/true", which is not in the server\'s PATH or is not python',
            "java25": "runtime java25 requires Java 25 or newer",
            "java17": "runtime java17 requires the jars of AWS's aws-lambda-java-runtime-interface-client",
        }
        for runtime, text in wanted.items():
            name = create_function(functions, ECHO, Runtime=runtime)
            code, message = error_of(functions.invoke, FunctionName=name)
            assert (code, message) == (
                "ServiceException", "The function could not be started; see the server's log."
            )
            assert text in server.log().replace('\\"', '"'), server.log()
    finally:
        assert server.stop() == 0, server.log()
