// Cases by name, told one line each, and what the cases check with.

export const deadlineSeconds = 60;
export const topOfHashKeys = 2n ** 128n - 1n;

let number = 0;
const run = `${process.pid.toString(16)}-${Math.floor(Date.now() / 1000).toString(16)}`;
export const newName = (what) => `${what}-${run}-${number++}`;

export function check(condition, why) {
  if (!condition) throw new Error(why);
}

const shown = (value) =>
  JSON.stringify(value, (_, v) => (typeof v === "bigint" ? `${v}` : v instanceof Uint8Array ? [...v] : v)) ?? "undefined";

export function equal(found, expected, what) {
  const [f, e] = [shown(found), shown(expected)];
  check(f === e, `${what} is ${f.slice(0, 300)}, not ${e.slice(0, 300)}`);
}

export function checkNow(time, what) {
  check(time instanceof Date, `${what} is no time: ${time}`);
  check(Math.abs(Date.now() - time) < 60_000, `${what} is ${time.toISOString()}, now is ${new Date().toISOString()}`);
}

// Polls `condition` until it is true and returns its value.
export async function waitUntil(condition, what) {
  for (const end = Date.now() + deadlineSeconds * 1000; Date.now() < end; ) {
    const value = await condition();
    if (value) return value;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(`not within ${deadlineSeconds} s: ${what}`);
}

// Runs what must throw an error of the class, whose message holds the text.
export async function fails(errorClass, text, action) {
  try {
    await action();
  } catch (error) {
    check(error instanceof errorClass, `${error?.name}: ${error?.message} is no ${errorClass.name}`);
    check(error.message.includes(text), `no '${text}' in '${error.message}'`);
    check(error.$metadata.requestId, "the error has no request id");
    return;
  }
  throw new Error(`no ${errorClass.name}`);
}

// Runs the cases named on the command line, else all of `cases` ({name: function}).
export async function runCases(cases) {
  let failed = 0;
  for (const name of process.argv.length > 2 ? process.argv.slice(2) : Object.keys(cases)) {
    try {
      check(Object.hasOwn(cases, name), "there is no such case");
      await cases[name]();
      console.log(`case ${name} ok`);
    } catch (error) {
      failed++;
      console.log(`case ${name} failed: ${error?.name}: ${error?.message}`.replace(/\s+/g, " "));
      console.error(error);
    }
  }
  process.exit(failed ? 1 : 0);
}
