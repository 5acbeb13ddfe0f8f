#include "strategy/store/request_rows.h"

#include "common/sql/request_ids.h"

namespace valueloop::strategy {
namespace {

sql::RequestKey KeyOf(std::string_view workspace, const RequestKey& request) {
  return {.workspace = workspace, .id = request.id, .method = request.method, .body = request.body};
}

}  // namespace

absl::StatusOr<std::optional<std::string>> FindAnswer(sql::Session& session,
                                                      std::string_view workspace,
                                                      const RequestKey& request) {
  if (request.id.empty()) return std::nullopt;
  return sql::FindRequest(session, KeyOf(workspace, request));
}

absl::Status RememberRequest(sql::Session& session, std::string_view workspace,
                             const RequestKey& request, std::string_view answer) {
  if (request.id.empty()) return absl::OkStatus();
  return sql::SaveRequest(session, KeyOf(workspace, request), answer);
}

}  // namespace valueloop::strategy
