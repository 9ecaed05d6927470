#include "server/start/set_aside.h"

#include "server/log.h"

namespace millrace {

namespace {

template <class F>
void for_each_unreadable_row(const RowOwners& owners, F&& f) {
  for (const UnreadableRow& row : owners.crashed.unreadable()) f("crashed record", row);
  for (const UnreadableRow& row : owners.kinesis.streams.unreadable()) f("stream", row);
  for (const UnreadableRow& row : owners.lambda.functions.unreadable()) f("function", row);
  for (const UnreadableRow& row : owners.lambda.layers.unreadable()) f("layer", row);
  for (const UnreadableRow& row : owners.lambda.mappings.unreadable()) f("event source mapping", row);
  for (const UnreadableRow& row : owners.lambda.events.unreadable()) f("event", row);
  for (const UnreadableRow& row : owners.dynamodb.store.unreadable()) f("table", row);
  for (const UnreadableRow& row : owners.identities.unreadable()) f("identity", row);
  for (const UnreadableRow& row : owners.kms.store.unreadable()) f("key, alias or grant", row);
}

}  // namespace

void log_unreadable_rows(const RowOwners& owners) { for_each_unreadable_row(owners, log_unreadable_row); }

void log_unreadable_row(const char* what, const UnreadableRow& row) {
  log::error("row_unreadable", {{"what", what}, {"key", row.key}, {"reason", row.reason}});
}

void check_set_aside(Health& health, const RowOwners& owners, storage::FileStore& files) {
  for_each_unreadable_row(owners, [&](const char* what, const UnreadableRow& row) {
    health.findings.push_back({"row_unreadable",
                               "The row " + row.key + " of a " + what + " cannot be decoded: " + row.reason +
                                   ". The row is not used and was not changed.",
                               "Start the version of Millrace that wrote it, or restore a backup. Until "
                               "then, its name stays reserved.",
                               {{"key", row.key}, {"reason", row.reason}}});
  });
  for (const UnreadableRow& row : files.unreadable())
    health.findings.push_back(
        {"row_unreadable",
         "The row " + row.key + " of the object store cannot be decoded: " + row.reason +
             ". Lists do not contain it.",
         "Create the bucket again, which restores its objects; set the bucket's setting again; or put or "
         "delete the object or part. Alternatively, restore a backup.",
         {{"key", row.key}, {"reason", row.reason}}});
  for (const lambda::SetAsideCheckpoint& checkpoint : owners.lambda.mappings.set_aside()) {
    const std::string shard = kinesis::shard_id(checkpoint.shard);
    health.findings.push_back(
        {"checkpoint_set_aside",
         "The checkpoint of " + shard + " of the event source mapping " + checkpoint.uuid +
             " could not be decoded: " + checkpoint.reason +
             ". The mapping reads the shard again from its starting position.",
         "The function receives records again that it has processed. To skip them, delete the mapping and "
         "create one with StartingPosition AT_TIMESTAMP. Deleting the mapping removes this entry.",
         {{"mapping", checkpoint.uuid}, {"shard", shard}, {"reason", checkpoint.reason}}});
  }
  for (const lambda::CrashedRecord& record : owners.crashed.passed_over()) {
    const lambda::MappingPtr mapping = owners.lambda.mappings.find(record.uuid);
    if (!mapping) continue;
    const std::string shard = kinesis::shard_id(record.shard), index = std::to_string(record.index.value);
    health.findings.push_back({"record_set_aside",
                               "The server crashed " + std::to_string(record.crashes) +
                                   " times while the event source mapping " + record.uuid +
                                   " decoded or filtered record " + index + " of " + shard + " of stream " +
                                   mapping->stream + ". The mapping skips the record.",
                               "Report the fault. Other consumers can read the record from the stream. "
                               "Deleting the mapping removes "
                               "this entry.",
                               {{"mapping", record.uuid}, {"shard", shard}, {"record", index}}});
  }
  for (const lambda::SetAsideEvent& event : owners.lambda.events.set_aside())
    health.findings.push_back(
        {"event_set_aside",
         "The asynchronous invocation " + event.request_id + " of " + event.function_arn +
             " was set aside and is not run: " + event.reason + ".",
         "Stop the server with SIGTERM and start it to run the event again. To drop the event, delete the "
         "function first.",
         {{"function", event.function_arn}, {"request_id", event.request_id}, {"reason", event.reason}}});
}

}  // namespace millrace
