// The Node.js runtime of Millrace: loads a handler and feeds it from the Lambda Runtime API. No dependencies.
// Speaks what the AWS runtime interface client for Node.js speaks, and words errors and log lines as it does.
import fs from "node:fs";
import http from "node:http";
import path from "node:path";
import util from "node:util";
import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";

const API = "/2018-06-01/runtime";
const [HOST, PORT] = process.env.AWS_LAMBDA_RUNTIME_API.split(":");
const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });

let requestId = "undefined"; // as AWS prints it outside an invocation
let stage = "init"; // then "busy" and "idle" in turn

function request(method, where, body, headers = {}, through = agent) {
  return new Promise((resolve, reject) => {
    const length = body === undefined ? {} : { "Content-Length": Buffer.byteLength(body) };
    const call = http.request(
      { host: HOST, port: PORT, method, path: API + where, agent: through, headers: { ...headers, ...length } },
      (response) => {
        const parts = [];
        response.on("data", (part) => parts.push(part));
        response.on("end", () =>
          resolve({ status: response.statusCode, headers: response.headers, body: Buffer.concat(parts) }));
        response.on("error", reject);
      });
    call.setNoDelay(true);
    call.on("error", reject);
    call.end(body);
  });
}

class Failure extends Error {
  constructor(name, message, stack) {
    super(message);
    this.name = name;
    if (stack) this.stack = `${name}: ${message}\n${stack}`;
  }
}

function errorObject(error) {
  if (util.types.isNativeError(error) || (error && error.name && error.message !== undefined && error.stack)) {
    return {
      errorType: error.name?.replace(/\x7F/g, "%7F"),
      errorMessage: error.message?.replace(/\x7F/g, "%7F"),
      trace: String(error.stack).replace(/\x7F/g, "%7F").split("\n"),
    };
  }
  return { errorType: typeof error, errorMessage: String(error), trace: [] };
}

// One line an event of the log: line breaks inside become carriage returns.
function logLine(level, text) {
  const line = `${new Date().toISOString()}\t${requestId}\t${level}\t${text}`;
  writeAll(line.replace(/\n/g, "\r") + "\n");
}

// Written before the function goes on: what it printed is in the log even if it dies at once.
function writeAll(text) {
  let rest = Buffer.from(text);
  while (rest.length > 0) {
    try {
      rest = rest.subarray(fs.writeSync(1, rest));
    } catch (e) {
      if (e.code !== "EAGAIN") return;
    }
  }
}

function patchConsole() {
  const levels = { log: "INFO", info: "INFO", debug: "DEBUG", warn: "WARN", error: "ERROR", trace: "TRACE" };
  for (const [method, level] of Object.entries(levels))
    console[method] = (...parts) => logLine(level, util.format(...parts));
}

async function fail(where, error, through = agent) {
  const object = errorObject(error);
  const headers = { "Content-Type": "application/json" };
  if (/^(Runtime|Function)\.[A-Z][a-zA-Z]+$/.test(object.errorType))
    headers["Lambda-Runtime-Function-Error-Type"] = object.errorType;
  await request("POST", where, JSON.stringify(object), headers, through);
}

function isModulePackage(directory, root) {
  for (;;) {
    const file = path.join(directory, "package.json");
    if (fs.existsSync(file)) {
      try {
        return JSON.parse(fs.readFileSync(file, "utf8")).type === "module";
      } catch {
        return false;
      }
    }
    if (directory === root || directory === path.dirname(directory)) return false;
    directory = path.dirname(directory);
  }
}

async function loadModule(root, module) {
  const base = path.resolve(root, module);
  const require = createRequire(path.join(root, "index.js"));
  if (fs.existsSync(base) && fs.statSync(base).isFile()) return require(base);
  if (fs.existsSync(base + ".js")) {
    if (isModulePackage(path.dirname(base), root)) return import(pathToFileURL(base + ".js").href);
    return require(base + ".js");
  }
  if (fs.existsSync(base + ".mjs")) return import(pathToFileURL(base + ".mjs").href);
  if (fs.existsSync(base + ".cjs")) return require(base + ".cjs");
  return require(require.resolve(module, { paths: [root, path.dirname(base)] }));
}

async function load(root, handler) {
  if (handler.includes(".."))
    throw new Failure("Runtime.MalformedHandlerName", `'${handler}' is not a valid handler name. Use absolute paths when specifying root directories in handler names.`);
  const name = path.basename(handler);
  const match = /^([^.]*)\.(.*)$/.exec(name);
  if (!match) throw new Failure("Runtime.MalformedHandlerName", "Bad handler");
  const directory = handler.slice(0, handler.length - name.length);
  let module;
  try {
    module = await loadModule(root, path.join(directory, match[1]));
  } catch (e) {
    if (e instanceof SyntaxError) throw new Failure("Runtime.UserCodeSyntaxError", String(e), e.stack);
    if (e?.code === "MODULE_NOT_FOUND" || e?.code === "ERR_MODULE_NOT_FOUND")
      throw new Failure("Runtime.ImportModuleError", String(e), e.stack);
    throw e;
  }
  const find = (from) => match[2].split(".").reduce((object, key) => object?.[key], from);
  const found = find(module) ?? find(module?.default);
  if (found === undefined) throw new Failure("Runtime.HandlerNotFound", `${handler} is undefined or not exported`);
  if (typeof found !== "function") throw new Failure("Runtime.HandlerNotFound", `${handler} is not a function`);
  return found;
}

function contextOf(headers, settle) {
  const deadline = Number(headers["lambda-runtime-deadline-ms"]);
  const parsed = (name) => (headers[name] ? JSON.parse(headers[name]) : undefined);
  return {
    callbackWaitsForEmptyEventLoop: true,
    functionName: process.env.AWS_LAMBDA_FUNCTION_NAME,
    functionVersion: process.env.AWS_LAMBDA_FUNCTION_VERSION,
    memoryLimitInMB: process.env.AWS_LAMBDA_FUNCTION_MEMORY_SIZE,
    logGroupName: process.env.AWS_LAMBDA_LOG_GROUP_NAME,
    logStreamName: process.env.AWS_LAMBDA_LOG_STREAM_NAME,
    clientContext: parsed("lambda-runtime-client-context"),
    identity: parsed("lambda-runtime-cognito-identity"),
    invokedFunctionArn: headers["lambda-runtime-invoked-function-arn"],
    awsRequestId: headers["lambda-runtime-aws-request-id"],
    tenantId: headers["lambda-runtime-aws-tenant-id"],
    getRemainingTimeInMillis: () => Math.max(0, deadline - Date.now()),
    done: (error, result) => settle(error, result),
    succeed: (result) => settle(null, result),
    fail: (error) => settle(error ?? "handled"),
  };
}

// Runs the handler in whichever style it is written: promise, callback, context.succeed, or a plain value of
// an async function.
function run(handler, event, headers) {
  return new Promise((resolve, reject) => {
    let settled = false;
    const finish = (error, result) => (error !== null && error !== undefined ? reject(error) : resolve(result));
    const context = contextOf(headers, settle);
    function settle(error, result) {
      if (settled) return;
      settled = true;
      stopWatching();
      if (!context.callbackWaitsForEmptyEventLoop || (error !== null && error !== undefined))
        return finish(error, result);
      whenLoopIsEmpty(() => finish(null, result));
    }
    // A callback-style handler that never calls back ends with `null` once nothing is left to do.
    const stopWatching = onEmptyLoop(() => {
      if (!settled) {
        settled = true;
        finish(null, null);
      }
    });
    let returned;
    try {
      returned = handler(event, context, settle);
    } catch (error) {
      settled = true;
      stopWatching();
      return reject(error ?? new Error("handled"));
    }
    if (returned && typeof returned.then === "function") {
      returned.then(
        (value) => { if (!settled) { settled = true; stopWatching(); resolve(value); } },
        (error) => { if (!settled) { settled = true; stopWatching(); reject(error ?? new Error("handled")); } });
    }
  });
}

function onEmptyLoop(callback) {
  process.once("beforeExit", callback);
  return () => process.removeListener("beforeExit", callback);
}

const whenLoopIsEmpty = onEmptyLoop;

function marshal(result) {
  try {
    return JSON.stringify(result === undefined ? null : result) ?? "null";
  } catch (e) {
    throw new Failure("Runtime.MarshalError", `Unable to stringify response body: ${e.message}`, e.stack);
  }
}

async function invoke(handler, { headers, body }) {
  requestId = headers["lambda-runtime-aws-request-id"];
  if (headers["lambda-runtime-trace-id"]) process.env._X_AMZN_TRACE_ID = headers["lambda-runtime-trace-id"];
  const where = `/invocation/${requestId}`;
  let answer;
  try {
    answer = marshal(await run(handler, JSON.parse(body.toString("utf8")), headers));
  } catch (e) {
    logLine("ERROR", `Invoke Error \t${JSON.stringify(errorObject(e))}`);
    await fail(`${where}/error`, e);
    return;
  }
  await request("POST", `${where}/response`, answer, { "Content-Type": "application/json" });
}

// Ends the process as AWS's client does, after telling the server why.
async function die(what, error, exitCode) {
  logLine("ERROR", `${what} \t${JSON.stringify(errorObject(error))}`);
  const where = { init: "/init/error", busy: `/invocation/${requestId}/error` }[stage];
  try {
    // Not through the agent: its one connection may be waiting for the next event.
    if (where) await fail(where, error, false);
  } finally {
    process.exit(exitCode);
  }
}

patchConsole();
process.on("unhandledRejection", (reason) =>
  die("Unhandled Promise Rejection", new Failure("Runtime.UnhandledPromiseRejection", String(reason), reason?.stack), 128));
process.on("uncaughtException", (error) => die("Uncaught Exception", error, 129));

let handler;
try {
  handler = await load(process.env.LAMBDA_TASK_ROOT, process.env._HANDLER);
} catch (e) {
  logLine("ERROR", `Uncaught Exception \t${JSON.stringify(errorObject(e))}`);
  await fail("/init/error", e);
  process.exit(1);
}
for (;;) {
  stage = "idle";
  const event = await request("GET", "/invocation/next");
  if (event.status !== 200) process.exit(1);
  stage = "busy";
  await invoke(handler, event);
}
