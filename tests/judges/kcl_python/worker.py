"""One worker of amazon_kclpy: `worker.py polling|fan_out APPLICATION STREAM WORKER FILE`.

It becomes the library's daemon, which starts processor.py for each shard."""

import os
import pathlib
import sys

import amazon_kclpy

SETTINGS = """\
executableName = {python} -B {processor}
applicationName = {application}
streamName = {stream}
workerId = {worker}
retrievalMode = {retrieval}
AwsCredentialsProvider = DefaultCredentialsProvider
processingLanguage = python
regionName = {region}
initialPositionInStream = TRIM_HORIZON
failoverTimeMillis = 3000
shardSyncIntervalMillis = 2000
parentShardPollIntervalMillis = 500
idleTimeBetweenReadsInMillis = 250
cleanupLeasesUponShardCompletion = false
# The server does not implement CloudWatch's metrics.
metricsLevel = NONE
"""


def main():
    retrieval, application, stream, worker, notes = sys.argv[1:]
    properties = pathlib.Path(notes).with_suffix(".properties")
    settings = SETTINGS.format(
        python=sys.executable,
        processor=pathlib.Path(__file__).resolve().parent / "processor.py",
        application=application,
        stream=stream,
        worker=worker,
        retrieval={"polling": "POLLING", "fan_out": "FANOUT"}[retrieval],
        region=os.environ["AWS_REGION"],
    )
    properties.write_text(settings)
    jars = pathlib.Path(amazon_kclpy.__file__).parent / "jars"
    command = ["java", "-Xmx256m", "-XX:TieredStopAtLevel=1", "-cp", f"{jars}/*"]
    command += ["software.amazon.kinesis.multilang.MultiLangDaemon", "--properties-file", str(properties)]
    os.environ["AWS_ENDPOINT_URL"] = os.environ["JUDGE_ENDPOINT"]
    os.environ["JUDGE_NOTES"] = notes
    os.execvp("java", command)


main()
