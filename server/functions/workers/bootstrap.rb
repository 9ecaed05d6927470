# The Ruby runtime of Millrace: loads a handler and feeds it from the Lambda Runtime API.
# Standard library only. Words errors and log lines as AWS's runtime interface client for Ruby does.
require 'json'
require 'net/http'
require 'stringio'

$stdout.sync = true
$stderr.sync = true

# What handlers receive as their context.
class LambdaContext
  attr_reader :aws_request_id, :invoked_function_arn, :log_group_name, :log_stream_name, :function_name,
              :memory_limit_in_mb, :function_version, :identity, :client_context, :deadline_ms

  def initialize(headers)
    @aws_request_id = headers['Lambda-Runtime-Aws-Request-Id']
    @invoked_function_arn = headers['Lambda-Runtime-Invoked-Function-Arn']
    @deadline_ms = headers['Lambda-Runtime-Deadline-Ms'].to_i
    @identity = parsed(headers['Lambda-Runtime-Cognito-Identity'])
    @client_context = parsed(headers['Lambda-Runtime-Client-Context'])
    @log_group_name = ENV['AWS_LAMBDA_LOG_GROUP_NAME']
    @log_stream_name = ENV['AWS_LAMBDA_LOG_STREAM_NAME']
    @function_name = ENV['AWS_LAMBDA_FUNCTION_NAME']
    @memory_limit_in_mb = ENV['AWS_LAMBDA_FUNCTION_MEMORY_SIZE']
    @function_version = ENV['AWS_LAMBDA_FUNCTION_VERSION']
  end

  def get_remaining_time_in_millis
    [0, @deadline_ms - (Time.now.to_f * 1000).to_i].max
  end

  def log_message(message)
    puts message
  end

  private

  def parsed(text)
    text && JSON.parse(text)
  end
end

# One kept-alive connection to the server; it lives as long as the process.
class RuntimeApi
  PATH = '/2018-06-01/runtime'.freeze

  def initialize(address)
    host, port = address.split(':')
    @http = Net::HTTP.new(host, port.to_i, nil)
    @http.read_timeout = nil
    @http.keep_alive_timeout = 1 << 30
    @http.start
  end

  def next
    response = @http.get("#{PATH}/invocation/next")
    abort "the server refused the next invocation: #{response.code}" unless response.code == '200'
    response
  end

  def respond(request_id, body, type)
    @http.post("#{PATH}/invocation/#{request_id}/response", body, 'Content-Type' => type)
  end

  def fail(path, error)
    @http.post("#{PATH}#{path}", JSON.generate(error), 'Content-Type' => 'application/json',
                                                       'Lambda-Runtime-Function-Error-Type' => error[:errorType])
  end
end

# A failure that has a name of its own in Lambda.
class NamedFailure < StandardError
  attr_reader :type

  def initialize(type, message)
    super(message)
    @type = type
  end
end

def error_of(failure)
  return { errorMessage: failure.message, errorType: failure.type, stackTrace: [] } if failure.is_a?(NamedFailure)

  frames = (failure.backtrace || []).reject { |line| line.start_with?(__FILE__) || line.include?('<internal:') }
  { errorMessage: failure.message, errorType: "Function<#{failure.class}>", stackTrace: frames }
end

# Carriage returns keep a stack one event of the log.
def print_error(error)
  lines = ["#{error[:errorType]}: #{error[:errorMessage]}"] + error[:stackTrace].map { |frame| "\t#{frame}" }
  puts lines.join("\r").tr("\n", "\r")
rescue IOError, SystemCallError
  nil # the function has closed its output
end

# "file.method" or "file.Module::Class.method"
def load_handler(name)
  file, *path = name.split('.')
  unless file && [1, 2].include?(path.size)
    raise NamedFailure.new('Runtime.MalformedHandlerName',
                           "Invalid handler #{name}, must be of form FILENAME.METHOD or FILENAME.CLASS.METHOD where " \
                           'FILENAME corresponds with an existing Ruby source file FILENAME.rb, CLASS is an optional ' \
                           'module/class namespace and METHOD is a callable method.')
  end
  begin
    require File.join(ENV.fetch('LAMBDA_TASK_ROOT'), file)
  rescue SyntaxError => e
    raise NamedFailure.new('Runtime.UserCodeSyntaxError', e.message)
  end
  method_name = path.pop.to_sym
  owner = path.empty? ? nil : Kernel.const_get(path.first)
  found = owner ? owner.respond_to?(method_name) : Kernel.respond_to?(method_name, true)
  raise NamedFailure.new('Runtime.HandlerNotFound', "undefined method '#{method_name}' of #{name}") unless found

  ->(event, context) { (owner || Kernel).send(method_name, event: event, context: context) }
end

# The answer of a handler and its type.
def marshal(result)
  return [result, 'application/unknown'] if result.is_a?(StringIO)

  [JSON.generate(result), 'application/json']
rescue StandardError => e
  raise NamedFailure.new('Runtime.MarshalError', "Unable to marshal response: #{e.message}")
end

def invoke(api, handler, response)
  id = response['Lambda-Runtime-Aws-Request-Id']
  ENV['_X_AMZN_TRACE_ID'] = response['Lambda-Runtime-Trace-Id'] if response['Lambda-Runtime-Trace-Id']
  body, type = marshal(handler.call(JSON.parse(response.body.force_encoding('UTF-8')), LambdaContext.new(response)))
  api.respond(id, body.respond_to?(:read) ? body.read : body, type)
rescue NoMemoryError, SystemExit, SignalException
  raise
rescue Exception => e # rubocop:disable Lint/RescueException -- what a handler raises is its answer
  error = error_of(e)
  print_error(error)
  api.fail("/invocation/#{id}/error", error)
end

api = RuntimeApi.new(ENV.fetch('AWS_LAMBDA_RUNTIME_API'))
begin
  handler = load_handler(ENV.fetch('_HANDLER'))
rescue LoadError, StandardError => e
  error = error_of(e.is_a?(LoadError) ? NamedFailure.new('Runtime.ImportModuleError', e.message) : e)
  print_error(error)
  api.fail('/init/error', error)
  exit 1
end
loop { invoke(api, handler, api.next) }
