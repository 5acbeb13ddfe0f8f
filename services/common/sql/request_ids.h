// Idempotency of mutations: a request that carries an id is answered once and then repeated.
//
// Inside the write that makes the change:
//   const RequestKey key{.workspace = w, .id = request_id, .method = "SetCustomer", .body = body};
//   VL_ASSIGN_OR_RETURN(const std::optional<std::string> before, FindRequest(session, key));
//   if (before.has_value()) { response = *before; return absl::OkStatus(); }
//   ... make the change ...
//   return SaveRequest(session, key, response);
#ifndef VALUELOOP_COMMON_SQL_REQUEST_IDS_H_
#define VALUELOOP_COMMON_SQL_REQUEST_IDS_H_

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "common/sql/database.h"
#include "common/sql/session.h"

namespace valueloop::sql {

inline constexpr absl::Duration kRequestRetention = absl::Hours(7 * 24);
// How often programs call PurgeAllRequests.
inline constexpr absl::Duration kRequestPurgeInterval = absl::Hours(1);

struct RequestKey {
  std::string_view workspace;
  std::string_view id;  // The client's; not empty.
  std::string_view method;
  std::string_view body;  // The request in a deterministic serialization; only its hash is kept.
};

// The answer given before; empty if the id is new. INVALID_ARGUMENT, field request_id, if the id
// came with another method or body.
absl::StatusOr<std::optional<std::string>> FindRequest(Session& session, const RequestKey& key);

// Keeps `response` (text, such as proto JSON) for the next time; at most 64 KB, INVALID_ARGUMENT
// above.
absl::Status SaveRequest(Session& session, const RequestKey& key, std::string_view response);

// Deletes at most `limit` of those older than the retention; returns how many.
absl::StatusOr<int64_t> PurgeRequests(Session& session, int limit);
// All of them, a chunk per write, so that no other write waits long. A failure is logged; the next
// call tries again.
void PurgeAllRequests(Database& database);

}  // namespace valueloop::sql

#endif  // VALUELOOP_COMMON_SQL_REQUEST_IDS_H_
