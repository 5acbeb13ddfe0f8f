#include "common/sql/session_peer.h"

#include <fmt/format.h>

#include "common/sql/connection.h"
#include "common/status.h"

namespace valueloop::sql {

absl::Status SessionPeer::InWriteTransaction(Session& session,
                                             absl::FunctionRef<absl::Status()> body) {
  VL_RETURN_IF_ERROR(session.BeginWrite());
  absl::Status status = body();
  if (status.ok()) status = session.Commit();
  if (!status.ok()) session.Rollback();
  return status;
}

absl::StatusOr<bool> SessionPeer::HasNoTables(Session& session) {
  VL_ASSIGN_OR_RETURN(const std::string count,
                      session.connection_->TextOf("SELECT COUNT(*) FROM sqlite_master"));
  return count == "0";
}

absl::Status SessionPeer::Checkpoint(Session& session) {
  VL_ASSIGN_OR_RETURN(const std::string busy,
                      session.connection_->TextOf("PRAGMA wal_checkpoint(TRUNCATE)"));
  // The pages in memory go too: they may hold what the file was cleaned of (clean_vfs.h), and would
  // take it into the log again with the next change beside it.
  if (busy == "0") return session.connection_->RunText("PRAGMA shrink_memory");
  return WithRetryAfter(absl::UnavailableError("checkpoint: a read is still using the log"),
                        absl::Milliseconds(100));
}

absl::Status SessionPeer::CheckIntegrity(Session& session, bool thorough) {
  VL_ASSIGN_OR_RETURN(
      const std::string result,
      session.connection_->TextOf(thorough ? "PRAGMA quick_check(1)" : "PRAGMA schema_version"));
  if (!thorough || result == "ok") return absl::OkStatus();
  return WithReason(absl::DataLossError(fmt::format("the file is damaged: {}", Printable(result))),
                    "DATABASE_DAMAGED");
}

}  // namespace valueloop::sql
