// What this folder's own files may do with a Session and its users may not. Internal.
#ifndef VALUELOOP_COMMON_SQL_SESSION_PEER_H_
#define VALUELOOP_COMMON_SQL_SESSION_PEER_H_

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/sql/session.h"

namespace valueloop::sql {

class SessionPeer {
 public:
  static absl::Status InWriteTransaction(Session& session, absl::FunctionRef<absl::Status()> body);
  static absl::StatusOr<bool> HasNoTables(Session& session);
  // Moves the write-ahead log into the file. Outside a transaction only.
  static absl::Status Checkpoint(Session& session);
  // DATA_LOSS if the file is damaged. `thorough` reads all of it.
  static absl::Status CheckIntegrity(Session& session, bool thorough);
};

}  // namespace valueloop::sql

#endif  // VALUELOOP_COMMON_SQL_SESSION_PEER_H_
