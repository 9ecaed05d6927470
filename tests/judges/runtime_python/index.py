import os


def handler(event, context):
    print("seen by", context.function_name)
    if event.get("fail"):
        raise ValueError(event["fail"])
    if "Records" in event:
        with open(os.environ["SEEN"], "a") as out:
            out.writelines(r["kinesis"]["data"] + "\n" for r in event["Records"])
    return {
        "event": event,
        "request": context.aws_request_id,
        "arn": context.invoked_function_arn,
        "memory": context.memory_limit_in_mb,
        "left": context.get_remaining_time_in_millis(),
    }
