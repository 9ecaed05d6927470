import { appendFileSync } from "node:fs";

export async function handler(event, context) {
  console.log(`seen by ${context.functionName}`);
  if (event.fail) throw new RangeError(event.fail);
  if (event.Records) {
    appendFileSync(process.env.SEEN, event.Records.map((r) => r.kinesis.data + "\n").join(""));
  }
  return {
    event,
    request: context.awsRequestId,
    arn: context.invokedFunctionArn,
    memory: context.memoryLimitInMB,
    left: context.getRemainingTimeInMillis(),
  };
}
