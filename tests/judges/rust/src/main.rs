//! The AWS SDK for Rust judges a Kinesis server: the default client; HTTP/1.1, over TLS HTTP/2. See ../README.md.

mod judging;

use aws_sdk_kinesis::config::{BehaviorVersion, Credentials, Region};
use aws_sdk_kinesis::error::ProvideErrorMetadata;
use aws_sdk_kinesis::operation::get_records::GetRecordsOutput;
use aws_sdk_kinesis::operation::subscribe_to_shard::SubscribeToShardOutput;
use aws_sdk_kinesis::primitives::{Blob, DateTime};
use aws_sdk_kinesis::types::*;
use aws_sdk_kinesis::Client;
use judging::{check, check_now, equal, fail, new_name, told, Outcome, DEADLINE};
use std::time::{Duration, Instant, SystemTime};

const FIRST_SHARD: &str = "shardId-000000000000";

#[tokio::main]
async fn main() {
    let variable = |name| std::env::var(name).unwrap_or_else(|_| panic!("{name} is not set"));
    let credentials = Credentials::new(
        variable("AWS_ACCESS_KEY_ID"),
        variable("AWS_SECRET_ACCESS_KEY"),
        None,
        None,
        "environment",
    );
    let settings = aws_sdk_kinesis::Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new(variable("AWS_REGION")))
        .credentials_provider(credentials)
        .endpoint_url(variable("JUDGE_ENDPOINT"))
        .build();
    let k = &Client::from_conf(settings);
    let all = [
        "life_cycle",
        "round_trip",
        "put_records_500",
        "iterators",
        "typed_errors",
        "retention",
        "resharding",
        "consumers",
        "subscribe_trim_horizon",
        "subscribe_latest",
        "subscribe_child_shards",
        "subscribe_errors",
        "timestamps",
    ];
    let named: Vec<String> = std::env::args().skip(1).collect();
    let chosen = if named.is_empty() { all.map(String::from).to_vec() } else { named };
    let mut failed = false;
    for name in chosen {
        let outcome = match name.as_str() {
            "life_cycle" => life_cycle(k).await,
            "round_trip" => round_trip(k).await,
            "put_records_500" => put_records_500(k).await,
            "iterators" => iterators(k).await,
            "typed_errors" => typed_errors(k).await,
            "retention" => retention(k).await,
            "resharding" => resharding(k).await,
            "consumers" => consumers(k).await,
            "subscribe_trim_horizon" => subscribe_trim_horizon(k).await,
            "subscribe_latest" => subscribe_latest(k).await,
            "subscribe_child_shards" => subscribe_child_shards(k).await,
            "subscribe_errors" => subscribe_errors(k).await,
            "timestamps" => timestamps(k).await,
            _ => fail("there is no such case"),
        };
        failed |= !told(&name, outcome);
    }
    std::process::exit(failed.into());
}

async fn summary(k: &Client, name: &str) -> Outcome<StreamDescriptionSummary> {
    let answer = k.describe_stream_summary().stream_name(name).send().await?;
    Ok(answer.stream_description_summary.ok_or("no StreamDescriptionSummary")?)
}

async fn active(k: &Client, name: &str) -> Outcome<StreamDescriptionSummary> {
    let start = Instant::now();
    while start.elapsed() < DEADLINE {
        let found = summary(k, name).await?;
        if found.stream_status == StreamStatus::Active {
            return Ok(found);
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    fail(format!("{name} does not become ACTIVE"))
}

/// A new stream, which stays: the server ends with the tests.
async fn new_stream(k: &Client, shards: i32) -> Outcome<String> {
    let name = new_name("rust");
    k.create_stream().stream_name(&name).shard_count(shards).send().await?;
    active(k, &name).await?;
    Ok(name)
}

/// Puts each of the texts and returns the sequence numbers.
async fn put(k: &Client, name: &str, texts: &[&str]) -> Outcome<Vec<String>> {
    let mut numbers = vec![];
    for text in texts {
        let request = k.put_record().stream_name(name).partition_key("key").data(Blob::new(*text));
        numbers.push(request.send().await?.sequence_number);
    }
    Ok(numbers)
}

async fn iterator(
    k: &Client,
    name: &str,
    shard: &str,
    kind: ShardIteratorType,
    number: Option<&String>,
) -> Outcome<String> {
    let request = k.get_shard_iterator().stream_name(name).shard_id(shard).shard_iterator_type(kind);
    let answer = request.set_starting_sequence_number(number.cloned()).send().await?;
    Ok(answer.shard_iterator.ok_or("no ShardIterator")?)
}

/// `count` records from an iterator on, and the answer that held the last.
async fn read(k: &Client, at: String, count: usize) -> Outcome<(Vec<Record>, GetRecordsOutput)> {
    let (start, mut at, mut records) = (Instant::now(), Some(at), vec![]);
    while start.elapsed() < DEADLINE {
        let answer = k.get_records().set_shard_iterator(at).send().await?;
        records.extend_from_slice(answer.records());
        if records.len() >= count || answer.next_shard_iterator.is_none() {
            equal(&records.len(), &count, "the number of records")?;
            return Ok((records, answer));
        }
        at = answer.next_shard_iterator;
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    fail(format!("{} records of {count} in time", records.len()))
}

async fn read_all(k: &Client, name: &str, shard: &str, count: usize) -> Outcome<(Vec<Record>, GetRecordsOutput)> {
    read(k, iterator(k, name, shard, ShardIteratorType::TrimHorizon, None).await?, count).await
}

fn texts(records: &[Record]) -> Vec<String> {
    records.iter().map(|r| String::from_utf8_lossy(r.data.as_ref()).into_owned()).collect()
}

fn time_of(time: Option<DateTime>) -> Outcome<SystemTime> {
    Ok(SystemTime::try_from(time.ok_or("no time")?)?)
}

async fn life_cycle(k: &Client) -> Outcome<()> {
    let names = [new_stream(k, 2).await?, new_stream(k, 2).await?];
    let described = k.describe_stream().stream_name(&names[0]).send().await?;
    let shards = described.stream_description.ok_or("no StreamDescription")?.shards;
    let top = shards[1].hash_key_range.as_ref().map(|r| r.ending_hash_key.clone());
    equal(&top, &Some(u128::MAX.to_string()), "the last hash key")?;
    let again = k.create_stream().stream_name(&names[0]).shard_count(1).send().await;
    check(
        again.is_err_and(|e| e.into_service_error().is_resource_in_use_exception()),
        "no ResourceInUseException",
    )?;
    let mut listed = vec![];
    let mut pages = k.list_streams().limit(1).into_paginator().send();
    while let Some(page) = pages.next().await {
        listed.extend(page?.stream_names.into_iter().filter(|n| names.contains(n)));
    }
    equal(&listed, &names.to_vec(), "the listed streams")?;
    for name in &names {
        k.delete_stream().stream_name(name).send().await?;
    }
    let start = Instant::now();
    while start.elapsed() < DEADLINE {
        match k.describe_stream_summary().stream_name(&names[1]).send().await {
            Err(e) if e.as_service_error().is_some_and(|e| e.is_resource_not_found_exception()) => return Ok(()),
            _ => tokio::time::sleep(Duration::from_millis(50)).await,
        }
    }
    fail("the deleted stream stays")
}

async fn round_trip(k: &Client) -> Outcome<()> {
    let name = new_stream(k, 1).await?;
    let key = "clé-ключ-鍵-🔑";
    let largest: Vec<u8> = (0..(1 << 20) - key.len()).map(|i| (i * 31 % 251) as u8).collect();
    let datas = [(0..=255).collect::<Vec<u8>>(), vec![], largest];
    for data in &datas {
        let request = k.put_record().stream_name(&name).partition_key(key);
        request.data(Blob::new(data.clone())).send().await?;
    }
    let (records, answer) = read_all(k, &name, FIRST_SHARD, 3).await?;
    for (record, data) in records.iter().zip(&datas) {
        check(record.data.as_ref() == data, "a record came back differently")?;
        equal(&record.partition_key.as_str(), &key, "the key")?;
    }
    equal(&answer.millis_behind_latest, &Some(0), "MillisBehindLatest at the tip")
}

async fn put_records_500(k: &Client) -> Outcome<()> {
    let name = new_stream(k, 2).await?;
    let mut request = k.put_records().stream_name(&name);
    for i in 0..500 {
        let entry = PutRecordsRequestEntry::builder().partition_key(format!("key-{}", i % 50));
        request = request.records(entry.data(Blob::new(i.to_string())).build()?);
    }
    let answer = request.send().await?;
    equal(&answer.failed_record_count, &Some(0), "FailedRecordCount")?;
    for shard in [FIRST_SHARD, "shardId-000000000001"] {
        let expected: Vec<String> = (0..500)
            .filter(|i| answer.records[*i].shard_id.as_deref() == Some(shard))
            .map(|i| i.to_string())
            .collect();
        let (records, _) = read_all(k, &name, shard, expected.len()).await?;
        equal(&texts(&records), &expected, shard)?;
    }
    Ok(())
}

async fn iterators(k: &Client) -> Outcome<()> {
    let name = new_stream(k, 1).await?;
    let latest = iterator(k, &name, FIRST_SHARD, ShardIteratorType::Latest, None).await?;
    let all = ["0", "1", "2", "3", "4"];
    let numbers = put(k, &name, &all).await?;
    equal(&texts(&read(k, latest, 5).await?.0), &all.map(String::from).to_vec(), "LATEST")?;
    for (kind, first) in [(ShardIteratorType::AtSequenceNumber, 2), (ShardIteratorType::AfterSequenceNumber, 3)] {
        let at = iterator(k, &name, FIRST_SHARD, kind, Some(&numbers[2])).await?;
        let (records, _) = read(k, at, 5 - first).await?;
        equal(&texts(&records).join(""), &all[first..].join(""), "from a sequence number on")?;
    }
    let third = read_all(k, &name, FIRST_SHARD, 5).await?.0[2].approximate_arrival_timestamp;
    let request = k.get_shard_iterator().stream_name(&name).shard_id(FIRST_SHARD);
    let request = request.shard_iterator_type(ShardIteratorType::AtTimestamp).set_timestamp(third);
    let at = request.send().await?.shard_iterator.ok_or("no ShardIterator")?;
    let since = k.get_records().shard_iterator(at).send().await?.records;
    check(texts(&since).contains(&"2".into()), "AT_TIMESTAMP leaves the record of that time out")
}

async fn typed_errors(k: &Client) -> Outcome<()> {
    let missing = k.describe_stream_summary().stream_name(new_name("missing")).send().await;
    let error = missing.err().ok_or("no error")?.into_service_error();
    check(error.is_resource_not_found_exception(), "no ResourceNotFoundException")?;
    check(error.message().is_some_and(|m| m.contains("not found")), "an odd message")?;
    let error = k.get_records().shard_iterator("AAAA").send().await.err().ok_or("no error")?;
    let error = error.into_service_error();
    check(error.is_invalid_argument_exception(), "no InvalidArgumentException")?;
    equal(&error.message(), &Some("Invalid ShardIterator."), "the message")
}

async fn retention(k: &Client) -> Outcome<()> {
    let name = new_stream(k, 1).await?;
    k.increase_stream_retention_period().stream_name(&name).retention_period_hours(48).send().await?;
    equal(&active(k, &name).await?.retention_period_hours, &48, "the retention")
}

async fn split(k: &Client, name: &str, shard: &str, exponent: u32) -> Outcome<()> {
    let at = (1u128 << exponent).to_string();
    k.split_shard().stream_name(name).shard_to_split(shard).new_starting_hash_key(at).send().await?;
    Ok(())
}

async fn resharding(k: &Client) -> Outcome<()> {
    let name = new_stream(k, 2).await?;
    split(k, &name, FIRST_SHARD, 126).await?;
    active(k, &name).await?;
    let request = k.merge_shards().stream_name(&name).shard_to_merge("shardId-000000000003");
    request.adjacent_shard_to_merge("shardId-000000000001").send().await?;
    equal(&active(k, &name).await?.open_shard_count, &2, "the number of open shards")?;
    let shards = k.list_shards().stream_name(&name).send().await?.shards.ok_or("no Shards")?;
    let digit = |id: &Option<String>| id.as_ref().map_or(String::new(), |id| id[id.len() - 1..].to_string());
    let lineage: Vec<String> =
        shards.iter().map(|s| digit(&s.parent_shard_id) + &digit(&s.adjacent_parent_shard_id)).collect();
    equal(&lineage.join(" ").as_str(), &"  0 0 31", "the parents")?;
    let (_, mut answer) = read_all(k, &name, FIRST_SHARD, 0).await?;
    while let Some(at) = answer.next_shard_iterator {
        answer = k.get_records().shard_iterator(at).send().await?;
    }
    equal(&answer.child_shards().len(), &2, "the number of children")
}

async fn new_consumer(k: &Client, name: &str) -> Outcome<Consumer> {
    let arn = summary(k, name).await?.stream_arn;
    let request = k.register_stream_consumer().stream_arn(arn).consumer_name(new_name("consumer"));
    let made = request.send().await?.consumer.ok_or("no Consumer")?;
    let start = Instant::now();
    while start.elapsed() < DEADLINE {
        let answer = k.describe_stream_consumer().consumer_arn(&made.consumer_arn).send().await?;
        if answer.consumer_description.is_some_and(|c| c.consumer_status == ConsumerStatus::Active) {
            return Ok(made);
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    fail("the consumer does not become ACTIVE")
}

async fn consumers(k: &Client) -> Outcome<()> {
    let name = new_stream(k, 1).await?;
    let made = new_consumer(k, &name).await?;
    let arn = summary(k, &name).await?.stream_arn;
    let listed = k.list_stream_consumers().stream_arn(&arn).send().await?.consumers.unwrap_or_default();
    equal(&listed.len(), &1, "the number of consumers")?;
    equal(&listed[0].consumer_arn, &made.consumer_arn, "the consumer's ARN")?;
    k.deregister_stream_consumer().consumer_arn(&made.consumer_arn).send().await?;
    Ok(())
}

async fn subscribe(k: &Client, arn: &str, kind: ShardIteratorType) -> Outcome<SubscribeToShardOutput> {
    let position = StartingPosition::builder().r#type(kind).build()?;
    let request = k.subscribe_to_shard().consumer_arn(arn).shard_id(FIRST_SHARD);
    Ok(request.starting_position(position).send().await?)
}

/// The next event; none when the subscription ended in order.
async fn next(subscription: &mut SubscribeToShardOutput) -> Outcome<Option<SubscribeToShardEvent>> {
    match tokio::time::timeout(DEADLINE, subscription.event_stream.recv()).await?? {
        None => Ok(None),
        Some(SubscribeToShardEventStream::SubscribeToShardEvent(event)) => {
            // Only the last event of a closed shard cannot be gone on from.
            let goes_on = !event.continuation_sequence_number.is_empty();
            check(goes_on == event.child_shards().is_empty(), "neither a continuation nor children, or both")?;
            Ok(Some(event))
        }
        Some(other) => fail(format!("an odd event: {other:?}")),
    }
}

async fn take(subscription: &mut SubscribeToShardOutput, count: usize) -> Outcome<Vec<Record>> {
    let (start, mut records) = (Instant::now(), vec![]);
    while records.len() < count {
        check(start.elapsed() < DEADLINE, "the records do not come in time")?;
        records.extend(next(subscription).await?.ok_or("the subscription ended early")?.records);
    }
    Ok(records)
}

async fn subscribe_trim_horizon(k: &Client) -> Outcome<()> {
    let name = new_stream(k, 1).await?;
    put(k, &name, &["before"]).await?;
    let made = new_consumer(k, &name).await?;
    let mut subscription = subscribe(k, &made.consumer_arn, ShardIteratorType::TrimHorizon).await?;
    equal(&texts(&take(&mut subscription, 1).await?), &vec!["before".to_string()], "the record before")?;
    put(k, &name, &["after 1", "after 2"]).await?;
    let records = take(&mut subscription, 2).await?;
    equal(&texts(&records).join(", ").as_str(), &"after 1, after 2", "the records after")?;
    check_now(time_of(records[0].approximate_arrival_timestamp)?, "the arrival")?;
    loop {
        let event = next(&mut subscription).await?.ok_or("the subscription ended early")?;
        if event.records.is_empty() {
            return equal(&event.millis_behind_latest, &0, "MillisBehindLatest of an event without records");
        }
    }
}

async fn subscribe_latest(k: &Client) -> Outcome<()> {
    let name = new_stream(k, 1).await?;
    put(k, &name, &["before"]).await?;
    let made = new_consumer(k, &name).await?;
    let mut subscription = subscribe(k, &made.consumer_arn, ShardIteratorType::Latest).await?;
    put(k, &name, &["after"]).await?;
    equal(&texts(&take(&mut subscription, 1).await?), &vec!["after".to_string()], "the records")
}

async fn subscribe_child_shards(k: &Client) -> Outcome<()> {
    let name = new_stream(k, 1).await?;
    let made = new_consumer(k, &name).await?;
    let mut subscription = subscribe(k, &made.consumer_arn, ShardIteratorType::Latest).await?;
    put(k, &name, &["last"]).await?;
    split(k, &name, FIRST_SHARD, 127).await?;
    let (mut seen, mut children) = (vec![], 0);
    while let Some(event) = next(&mut subscription).await? {
        children += event.child_shards().len();
        seen.extend(texts(&event.records));
    }
    equal(&(seen, children), &(vec!["last".to_string()], 2), "the records and the number of children")
}

async fn subscribe_errors(k: &Client) -> Outcome<()> {
    let name = new_stream(k, 1).await?;
    let arn = new_consumer(k, &name).await?.consumer_arn;
    let _first = subscribe(k, &arn, ShardIteratorType::Latest).await?;
    let position = StartingPosition::builder().r#type(ShardIteratorType::Latest).build()?;
    let request = k.subscribe_to_shard().consumer_arn(&arn).shard_id(FIRST_SHARD);
    let second = request.starting_position(position).send().await;
    let in_use = second.is_err_and(|e| e.into_service_error().is_resource_in_use_exception());
    check(in_use, "no ResourceInUseException")
}

async fn timestamps(k: &Client) -> Outcome<()> {
    let name = new_stream(k, 1).await?;
    check_now(time_of(Some(summary(k, &name).await?.stream_creation_timestamp))?, "the stream's creation")?;
    let made = new_consumer(k, &name).await?;
    check_now(time_of(Some(made.consumer_creation_timestamp))?, "the consumer's creation")?;
    put(k, &name, &["1"]).await?;
    let (records, _) = read_all(k, &name, FIRST_SHARD, 1).await?;
    check_now(time_of(records[0].approximate_arrival_timestamp)?, "the arrival")
}
