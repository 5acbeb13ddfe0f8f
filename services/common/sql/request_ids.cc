#include "common/sql/request_ids.h"

#include <fmt/format.h>

#include <vector>

#include "common/log.h"
#include "common/sql/fingerprint.h"
#include "common/status.h"

namespace valueloop::sql {
namespace {

constexpr size_t kResponseLimit = 64 * 1024;
constexpr int kPurgeChunk = 1000;

}  // namespace

absl::StatusOr<std::optional<std::string>> FindRequest(Session& session, const RequestKey& key) {
  std::string method;
  std::string body_hash;
  std::string response;
  VL_ASSIGN_OR_RETURN(
      const bool found,
      session.QueryOne("SELECT method, body_hash, response FROM request_ids WHERE "
                       "workspace = :workspace AND id = :id",
                       {key.workspace, key.id},
                       [&](const std::string& a, const std::string& b, const std::string& c) {
                         method = a;
                         body_hash = b;
                         response = c;
                       }));
  if (!found) return std::nullopt;
  if (method != key.method || body_hash != Fingerprint(key.body)) {
    return InvalidField("request_id", key.id,
                        fmt::format("a new id: this one came with another {} before", method));
  }
  return response;
}

absl::Status SaveRequest(Session& session, const RequestKey& key, std::string_view response) {
  if (response.size() > kResponseLimit) {
    return absl::InvalidArgumentError(fmt::format(
        "response: got {} bytes, want at most {} to be kept", response.size(), kResponseLimit));
  }
  VL_ASSIGN_OR_RETURN(const int64_t now, session.NowMicros());
  return session
      .Execute(
          "INSERT INTO request_ids (workspace, id, method, body_hash, response, create_time) "
          "VALUES "
          "(:workspace, :id, :method, :body_hash, :response, :create_time)",
          {key.workspace, key.id, key.method, Fingerprint(key.body), response, now})
      .status();
}

absl::StatusOr<int64_t> PurgeRequests(Session& session, int limit) {
  VL_ASSIGN_OR_RETURN(const int64_t now, session.NowMicros());
  std::vector<std::pair<std::string, std::string>> keys;
  VL_RETURN_IF_ERROR(
      session.Query("SELECT workspace, id FROM request_ids WHERE create_time < :before ORDER BY "
                    "create_time LIMIT "
                    ":limit",
                    {now - absl::ToInt64Microseconds(kRequestRetention), limit},
                    [&](const std::string& workspace, const std::string& id) {
                      keys.emplace_back(workspace, id);
                    }));
  for (const auto& [workspace, id] : keys) {
    VL_RETURN_IF_ERROR(
        session
            .Execute("DELETE FROM request_ids WHERE workspace = :workspace AND id = :id",
                     {workspace, id})
            .status());
  }
  return static_cast<int64_t>(keys.size());
}

void PurgeAllRequests(Database& database) {
  absl::StatusOr<int64_t> count = kPurgeChunk;
  while (count.ok() && *count == kPurgeChunk) {
    count = database.Write([](Session& session) { return PurgeRequests(session, kPurgeChunk); });
  }
  if (!count.ok()) log::Warning("purge_failed", {{"error", MessageOf(count.status())}});
}

}  // namespace valueloop::sql
