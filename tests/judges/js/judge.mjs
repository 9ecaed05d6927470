// The AWS SDK for JavaScript v3 judges a Kinesis server: the default client, HTTP/2. See ../README.md.

import { createHash, randomBytes } from "node:crypto";
import * as k from "@aws-sdk/client-kinesis";
import { check, checkNow, deadlineSeconds, equal, fails, newName, runCases, topOfHashKeys, waitUntil } from "./judging.mjs";

const client = new k.KinesisClient({ endpoint: process.env.JUDGE_ENDPOINT });
const waiting = { client, minDelay: 1, maxDelay: 2, maxWaitTime: deadlineSeconds };
const firstShard = "shardId-000000000000";

// call("PutRecord", {...}) sends a PutRecordCommand.
const call = (operation, input = {}) => client.send(new k[`${operation}Command`](input));
const bytes = (text) => new TextEncoder().encode(text);
const texts = (records) => records.map((r) => new TextDecoder().decode(r.Data));
const digit = (shardId) => shardId?.at(-1) ?? "";

async function summary(StreamName) {
  return (await call("DescribeStreamSummary", { StreamName })).StreamDescriptionSummary;
}

async function active(name) {
  const isActive = async () => {
    const found = await summary(name);
    return found.StreamStatus === "ACTIVE" && found;
  };
  return waitUntil(isActive, `${name} is ACTIVE`);
}

async function withStream(settings, action) {
  const StreamName = newName("js");
  await call("CreateStream", { StreamName, ...settings });
  await k.waitUntilStreamExists(waiting, { StreamName });
  try {
    await action(StreamName);
  } finally {
    await call("DeleteStream", { StreamName, EnforceConsumerDeletion: true });
  }
}

// Puts each of the texts and returns the sequence numbers.
async function put(StreamName, data, settings = {}) {
  const numbers = [];
  for (const text of data) {
    const answer = await call("PutRecord", { StreamName, PartitionKey: "key", Data: bytes(text), ...settings });
    numbers.push(answer.SequenceNumber);
  }
  return numbers;
}

async function iterator(StreamName, ShardIteratorType, settings = {}) {
  const answer = await call("GetShardIterator", { StreamName, ShardId: firstShard, ShardIteratorType, ...settings });
  return answer.ShardIterator;
}

// `count` records from an iterator on, and the answer that held the last.
async function read(at, count) {
  const records = [];
  const more = async () => {
    const answer = await call("GetRecords", { ShardIterator: at });
    records.push(...answer.Records);
    at = answer.NextShardIterator;
    return (records.length >= count || !at) && answer;
  };
  const answer = await waitUntil(more, `${count} records`);
  equal(records.length, count, "the number of records");
  return { records, answer };
}

async function consumer(StreamARN) {
  const { Consumer } = await call("RegisterStreamConsumer", { StreamARN, ConsumerName: newName("consumer") });
  const isActive = async () => {
    const found = await call("DescribeStreamConsumer", { ConsumerARN: Consumer.ConsumerARN });
    return found.ConsumerDescription.ConsumerStatus === "ACTIVE";
  };
  await waitUntil(isActive, "the consumer is ACTIVE");
  return Consumer;
}

const newConsumer = async (name) => consumer((await summary(name)).StreamARN);

// The events of a new subscription; `next` gives one within the deadline and undefined at the end.
async function subscribe({ ConsumerARN }, Type, position = {}, ShardId = firstShard) {
  const { EventStream } = await call("SubscribeToShard", { ConsumerARN, ShardId, StartingPosition: { Type, ...position } });
  const events = EventStream[Symbol.asyncIterator]();
  const next = async () => {
    let timer;
    const late = new Promise((_, reject) => {
      timer = setTimeout(() => reject(new Error("the subscription is silent")), deadlineSeconds * 1000);
    });
    const { value, done } = await Promise.race([events.next(), late]).finally(() => clearTimeout(timer));
    if (done) return undefined;
    const event = value.SubscribeToShardEvent;
    check(event, `an odd event: ${Object.keys(value)}`);
    // Only the last event of a closed shard cannot be gone on from.
    const goesOn = /^\d+$/.test(event.ContinuationSequenceNumber);
    check(goesOn !== event.ChildShards?.length > 0, "an event with neither a continuation nor children, or with both");
    return event;
  };
  return { next, close: () => events.return() };
}

// `count` records of a subscription, and the event that held the last.
async function take(subscription, count) {
  const records = [];
  for (const end = Date.now() + deadlineSeconds * 1000; Date.now() < end; ) {
    const event = await subscription.next();
    check(event, `the subscription ended after ${records.length} records of ${count}`);
    records.push(...event.Records);
    if (records.length >= count) {
      equal(records.length, count, "the number of records");
      return { records, event };
    }
  }
  throw new Error(`${records.length} records of ${count} within ${deadlineSeconds} s`);
}

const cases = {
  async life_cycle() {
    const names = [0, 1, 2].map(() => newName("js-life"));
    for (const StreamName of names) await call("CreateStream", { StreamName, ShardCount: 2 });
    for (const StreamName of names) await k.waitUntilStreamExists(waiting, { StreamName });
    const described = (await call("DescribeStream", { StreamName: names[0] })).StreamDescription;
    equal([described.StreamStatus, described.StreamName], ["ACTIVE", names[0]], "the stream");
    equal(described.Shards[1].HashKeyRange.EndingHashKey, `${topOfHashKeys}`, "the last hash key");
    equal((await summary(names[0])).OpenShardCount, 2, "the number of open shards");
    await fails(k.ResourceInUseException, names[0], () => call("CreateStream", { StreamName: names[0], ShardCount: 1 }));
    const listed = [];
    for (let page, NextToken; !page || page.HasMoreStreams; NextToken = page.NextToken) {
      page = await call("ListStreams", { Limit: 1, NextToken });
      listed.push(...page.StreamNames);
    }
    equal(listed.filter((name) => names.includes(name)), names, "the listed streams");
    for (const StreamName of names) await call("DeleteStream", { StreamName });
    for (const StreamName of names) await k.waitUntilStreamNotExists(waiting, { StreamName });
  },

  round_trip: () =>
    withStream({ ShardCount: 1 }, async (StreamName) => {
      const PartitionKey = "clé-ключ-鍵-🔑";
      const everyByte = Uint8Array.from({ length: 256 }, (_, i) => i);
      const largest = new Uint8Array(randomBytes(2 ** 20 - bytes(PartitionKey).length));
      const numbers = [];
      for (const Data of [everyByte, new Uint8Array(), largest]) {
        numbers.push((await call("PutRecord", { StreamName, PartitionKey, Data })).SequenceNumber);
      }
      const { records, answer } = await read(await iterator(StreamName, "TRIM_HORIZON"), 3);
      const same = (a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)) === 0;
      check(same(records[0].Data, everyByte), "the record of every byte came back differently");
      equal(records[1].Data.length, 0, "the length of the empty record");
      check(same(records[2].Data, largest), "the largest record came back differently");
      equal(records.map((r) => r.PartitionKey), Array(3).fill(PartitionKey), "the keys");
      equal(records.map((r) => r.SequenceNumber), numbers, "the sequence numbers");
      equal(answer.MillisBehindLatest, 0, "MillisBehindLatest at the tip");
    }),

  put_records_500: () =>
    withStream({ ShardCount: 2 }, async (StreamName) => {
      const Records = Array.from({ length: 500 }, (_, i) => ({ PartitionKey: `key-${i % 50}`, Data: bytes(`${i}`) }));
      const answer = await call("PutRecords", { StreamName, Records });
      equal(answer.FailedRecordCount, 0, "FailedRecordCount");
      const expected = { 0: [], 1: [] };
      Records.forEach(({ PartitionKey, Data }, i) => {
        const shard = createHash("md5").update(PartitionKey).digest()[0] >> 7;
        equal(digit(answer.Records[i].ShardId), `${shard}`, `the shard of ${PartitionKey}`);
        expected[shard].push(new TextDecoder().decode(Data));
      });
      for (const [shard, data] of Object.entries(expected)) {
        const at = await iterator(StreamName, "TRIM_HORIZON", { ShardId: `shardId-00000000000${shard}` });
        equal(texts((await read(at, data.length)).records), data, `the records of shard ${shard}`);
      }
    }),

  // Many requests at a time, each of which the default client gives a connection of its own.
  concurrent_puts: () =>
    withStream({ ShardCount: 2 }, async (StreamName) => {
      const put = (i) => call("PutRecord", { StreamName, PartitionKey: `${i}`, Data: bytes("x".repeat(10_000) + i) });
      const answers = await Promise.all(Array.from({ length: 50 }, (_, i) => put(i)));
      equal(new Set(answers.map((a) => a.SequenceNumber)).size, 50, "the number of sequence numbers");
    }),

  iterators: () =>
    withStream({ ShardCount: 1 }, async (name) => {
      const latest = await iterator(name, "LATEST");
      const data = ["0", "1", "2", "3", "4"];
      const numbers = await put(name, data);
      const found = async (kind, count, settings) => texts((await read(await iterator(name, kind, settings), count)).records);
      equal(texts((await read(latest, 5)).records), data, "LATEST");
      const StartingSequenceNumber = numbers[2];
      equal(await found("AT_SEQUENCE_NUMBER", 3, { StartingSequenceNumber }), data.slice(2), "AT_SEQUENCE_NUMBER");
      equal(await found("AFTER_SEQUENCE_NUMBER", 2, { StartingSequenceNumber }), data.slice(3), "AFTER_SEQUENCE_NUMBER");
      const { records } = await read(await iterator(name, "TRIM_HORIZON"), 5);
      equal(texts(records), data, "TRIM_HORIZON");
      const Timestamp = records[2].ApproximateArrivalTimestamp;
      const since = texts(records.filter((r) => r.ApproximateArrivalTimestamp >= Timestamp));
      equal(await found("AT_TIMESTAMP", since.length, { Timestamp }), since, "AT_TIMESTAMP");
    }),

  async typed_errors() {
    const missing = newName("missing");
    await fails(k.ResourceNotFoundException, `Stream ${missing} under account `, () => summary(missing));
    await fails(k.InvalidArgumentException, "Invalid ShardIterator", () => call("GetRecords", { ShardIterator: "AAAA" }));
    await fails(k.ValidationException, "1 validation error detected", () => summary("no spaces here"));
    await withStream({ ShardCount: 1 }, (name) =>
      fails(k.ResourceNotFoundException, "shardId-000000000007", () =>
        iterator(name, "LATEST", { ShardId: "shardId-000000000007" }),
      ),
    );
  },

  tags: () =>
    withStream({ ShardCount: 1, Tags: { born: "with" } }, async (StreamName) => {
      await call("AddTagsToStream", { StreamName, Tags: { team: "données" } });
      const { Tags } = await call("ListTagsForStream", { StreamName });
      equal(Tags.map((t) => `${t.Key}=${t.Value}`).sort(), ["born=with", "team=données"], "the tags");
      await call("RemoveTagsFromStream", { StreamName, TagKeys: ["team"] });
      const ResourceARN = (await summary(StreamName)).StreamARN;
      await call("TagResource", { ResourceARN, Tags: { by: "arn" } });
      const byArn = await call("ListTagsForResource", { ResourceARN });
      equal(byArn.Tags.map((t) => t.Key).sort(), ["born", "by"], "the tags by ARN");
    }),

  retention: () =>
    withStream({ ShardCount: 1 }, async (StreamName) => {
      await call("IncreaseStreamRetentionPeriod", { StreamName, RetentionPeriodHours: 48 });
      equal((await active(StreamName)).RetentionPeriodHours, 48, "the increased retention");
      await call("DecreaseStreamRetentionPeriod", { StreamName, RetentionPeriodHours: 24 });
      equal((await active(StreamName)).RetentionPeriodHours, 24, "the decreased retention");
    }),

  resharding: () =>
    withStream({ ShardCount: 2 }, async (StreamName) => {
      await put(StreamName, ["before"], { ExplicitHashKey: "0" });
      const NewStartingHashKey = `${2n ** 126n}`;
      await call("SplitShard", { StreamName, ShardToSplit: firstShard, NewStartingHashKey });
      await active(StreamName);
      const ShardToMerge = "shardId-000000000003";
      await call("MergeShards", { StreamName, ShardToMerge, AdjacentShardToMerge: "shardId-000000000001" });
      equal((await active(StreamName)).OpenShardCount, 2, "the number of open shards");
      const { Shards } = await call("ListShards", { StreamName });
      const lineage = Shards.map((s) => [s.ShardId, s.ParentShardId, s.AdjacentParentShardId].map(digit).join("-"));
      equal(lineage, ["0--", "1--", "2-0-", "3-0-", "4-3-1"], "the shards and their parents");
      const closed = Shards.filter((s) => s.SequenceNumberRange.EndingSequenceNumber).map((s) => digit(s.ShardId));
      equal(closed, ["0", "1", "3"], "the closed shards");

      let { records, answer } = await read(await iterator(StreamName, "TRIM_HORIZON"), 1);
      while (answer.NextShardIterator) answer = await call("GetRecords", { ShardIterator: answer.NextShardIterator });
      equal(texts(records), ["before"], "the parent's records");
      equal(answer.ChildShards.map((c) => digit(c.ShardId)).sort(), ["2", "3"], "the children");
      await fails(k.InvalidArgumentException, "StartingHashKey", () =>
        call("SplitShard", { StreamName, ShardToSplit: "shardId-000000000002", NewStartingHashKey: `${2n ** 127n}` }),
      );
    }),

  update_shard_count: () =>
    withStream({ ShardCount: 2 }, async (StreamName) => {
      const answer = await call("UpdateShardCount", { StreamName, TargetShardCount: 4, ScalingType: "UNIFORM_SCALING" });
      equal([answer.CurrentShardCount, answer.TargetShardCount], [2, 4], "the counts");
      equal((await active(StreamName)).OpenShardCount, 4, "the number of open shards");
    }),

  list_shards: () =>
    withStream({ ShardCount: 3 }, async (StreamName) => {
      const first = await call("ListShards", { StreamName, MaxResults: 2 });
      const rest = await call("ListShards", { NextToken: first.NextToken });
      equal([first, rest].map((page) => page.Shards.map((s) => digit(s.ShardId)).join("")), ["01", "2"], "the pages");
      const NewStartingHashKey = `${2n ** 127n}`;
      await call("SplitShard", { StreamName, ShardToSplit: "shardId-000000000001", NewStartingHashKey });
      const Timestamp = (await active(StreamName)).StreamCreationTimestamp;
      const filtered = async (ShardFilter) => {
        const { Shards } = await call("ListShards", { StreamName, ShardFilter });
        return Shards.map((s) => digit(s.ShardId)).join("");
      };
      equal(await filtered({ Type: "AT_LATEST" }), "0234", "AT_LATEST");
      equal(await filtered({ Type: "AT_TRIM_HORIZON" }), "012", "AT_TRIM_HORIZON");
      equal(await filtered({ Type: "AFTER_SHARD_ID", ShardId: "shardId-000000000002" }), "34", "AFTER_SHARD_ID");
      equal(await filtered({ Type: "FROM_TIMESTAMP", Timestamp }), "01234", "FROM_TIMESTAMP");
    }),

  consumers: () =>
    withStream({ ShardCount: 1 }, async (name) => {
      const { StreamARN } = await summary(name);
      const made = [await consumer(StreamARN), await consumer(StreamARN)];
      const names = made.map((c) => c.ConsumerName).sort();
      const ConsumerName = names[0];
      const listed = [];
      for (const page of [1, 2]) {
        const answer = await call("ListStreamConsumers", { StreamARN, MaxResults: 1, NextToken: listed.at(-1)?.NextToken });
        equal(answer.Consumers.length, 1, `the consumers of page ${page}`);
        listed.push(answer);
      }
      equal(listed.map((page) => page.Consumers[0].ConsumerName).sort(), names, "the listed consumers");
      await fails(k.ResourceInUseException, ConsumerName, () => call("RegisterStreamConsumer", { StreamARN, ConsumerName }));
      await call("DeregisterStreamConsumer", { StreamARN, ConsumerName });
      const gone = () =>
        call("DescribeStreamConsumer", { StreamARN, ConsumerName }).then(
          () => false,
          (error) => error instanceof k.ResourceNotFoundException,
        );
      await waitUntil(gone, "the consumer is gone");
    }),

  subscribe_trim_horizon: () =>
    withStream({ ShardCount: 1 }, async (name) => {
      const made = await newConsumer(name);
      await put(name, ["before 1", "before 2"]);
      const subscription = await subscribe(made, "TRIM_HORIZON");
      equal(texts((await take(subscription, 2)).records), ["before 1", "before 2"], "the records before");
      const numbers = await put(name, ["after 1", "after 2"]);
      const { records } = await take(subscription, 2);
      equal(texts(records), ["after 1", "after 2"], "the records after");
      equal(records.map((r) => r.SequenceNumber), numbers, "the sequence numbers");
      checkNow(records[0].ApproximateArrivalTimestamp, "the arrival");
      let idle;
      do idle = await subscription.next();
      while (idle.Records.length);
      equal(idle.MillisBehindLatest, 0, "MillisBehindLatest of an event without records");
      await subscription.close();
    }),

  subscribe_latest: () =>
    withStream({ ShardCount: 1 }, async (name) => {
      const made = await newConsumer(name);
      await put(name, ["before"]);
      const subscription = await subscribe(made, "LATEST");
      await put(name, ["after 1", "after 2"]);
      equal(texts((await take(subscription, 2)).records), ["after 1", "after 2"], "the records");
      await subscription.close();
    }),

  subscribe_at_sequence_number: () =>
    withStream({ ShardCount: 1 }, async (name) => {
      const numbers = await put(name, ["0", "1", "2"]);
      let subscription = await subscribe(await newConsumer(name), "AT_SEQUENCE_NUMBER", { SequenceNumber: numbers[1] });
      const { records, event } = await take(subscription, 2);
      equal(texts(records), ["1", "2"], "the records");
      await subscription.close();
      await put(name, ["3"]);
      const SequenceNumber = event.ContinuationSequenceNumber;
      subscription = await subscribe(await newConsumer(name), "AFTER_SEQUENCE_NUMBER", { SequenceNumber });
      equal(texts((await take(subscription, 1)).records), ["3"], "the records after ContinuationSequenceNumber");
      await subscription.close();
    }),

  subscribe_child_shards: () =>
    withStream({ ShardCount: 1 }, async (StreamName) => {
      const subscription = await subscribe(await newConsumer(StreamName), "LATEST");
      await put(StreamName, ["last"]);
      await call("SplitShard", { StreamName, ShardToSplit: firstShard, NewStartingHashKey: `${2n ** 127n}` });
      const seen = [];
      const children = [];
      for (let event; (event = await subscription.next()); ) {
        seen.push(...texts(event.Records));
        children.push(...(event.ChildShards ?? []).map((c) => digit(c.ShardId)));
      }
      equal([seen, children.sort()], [["last"], ["1", "2"]], "the records and the children");
    }),

  subscribe_errors: () =>
    withStream({ ShardCount: 1 }, async (name) => {
      const made = await newConsumer(name);
      const nobody = { ConsumerARN: `${(await summary(name)).StreamARN}/consumer/nobody:1700000000` };
      await fails(k.ResourceNotFoundException, "", () => subscribe(nobody, "LATEST"));
      const subscription = await subscribe(made, "LATEST");
      await fails(k.ResourceInUseException, "", () => subscribe(made, "LATEST"));
      await subscription.close();
    }),

  encryption: () =>
    withStream({ ShardCount: 1 }, async (StreamName) => {
      const key = { EncryptionType: "KMS", KeyId: "alias/aws/kinesis" };
      await call("StartStreamEncryption", { StreamName, ...key });
      const { EncryptionType, KeyId } = await active(StreamName);
      equal({ EncryptionType, KeyId }, key, "the encryption");
      await put(StreamName, ["secret"]);
      const { records } = await read(await iterator(StreamName, "TRIM_HORIZON"), 1);
      equal([texts(records), records[0].EncryptionType], [["secret"], "KMS"], "the record");
      await call("StopStreamEncryption", { StreamName, ...key });
      equal((await active(StreamName)).EncryptionType, "NONE", "the encryption after its end");
    }),

  stream_mode: () =>
    withStream({ StreamModeDetails: { StreamMode: "ON_DEMAND" } }, async (StreamName) => {
      const { StreamARN, OpenShardCount } = await summary(StreamName);
      equal(OpenShardCount, 4, "the shards of an on-demand stream");
      await call("UpdateStreamMode", { StreamARN, StreamModeDetails: { StreamMode: "PROVISIONED" } });
      equal((await active(StreamName)).StreamModeDetails, { StreamMode: "PROVISIONED" }, "the mode");
    }),

  timestamps: () =>
    withStream({ ShardCount: 1 }, async (StreamName) => {
      checkNow((await summary(StreamName)).StreamCreationTimestamp, "the stream's creation");
      checkNow((await newConsumer(StreamName)).ConsumerCreationTimestamp, "the consumer's creation");
      await put(StreamName, ["1"]);
      const Timestamp = new Date(Date.now() - 3_600_000);
      const { records } = await read(await iterator(StreamName, "AT_TIMESTAMP", { Timestamp }), 1);
      checkNow(records[0].ApproximateArrivalTimestamp, "the arrival");
      await fails(k.InvalidArgumentException, "timestampInMillis", () =>
        iterator(StreamName, "AT_TIMESTAMP", { Timestamp: new Date(Date.now() + 3_600_000) }),
      );
    }),
};

await runCases(cases);
