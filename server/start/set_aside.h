// What the services set aside at a start, or while they ran: rows that cannot be decoded, events whose run
// the server did not survive. It stays in the data directory, is reported, and holds up nothing else.
#pragma once

#include "api/auth/identities/identities.h"
#include "api/dynamodb/service.h"
#include "api/kinesis/service.h"
#include "api/kms/service.h"
#include "api/lambda/mappings/crashed_records.h"
#include "api/lambda/service.h"
#include "server/doctor/health.h"
#include "storage/files/store.h"

namespace millrace {

// Whose rows they are.
struct RowOwners {
  const kinesis::Kinesis& kinesis;
  const lambda::Lambda& lambda;
  const lambda::CrashedRecords& crashed;
  const dynamodb::DynamoDb& dynamodb;
  const auth::Identities& identities;
  const kms::Kms& kms;
};

// An error of the log for each row that this start could not decode.
void log_unreadable_rows(const RowOwners& owners);
// Likewise for one of the object store's, which are decoded as they are needed.
void log_unreadable_row(const char* what, const UnreadableRow& row);

// A finding for each of those rows, and for each checkpoint, event and record that is set aside.
void check_set_aside(Health& health, const RowOwners& owners, storage::FileStore& files);

}  // namespace millrace
