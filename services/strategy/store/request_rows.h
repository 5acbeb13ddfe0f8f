// Request ids inside a transaction: what an earlier, equal call wrote.
#ifndef VALUELOOP_STRATEGY_STORE_REQUEST_ROWS_H_
#define VALUELOOP_STRATEGY_STORE_REQUEST_ROWS_H_

#include <optional>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/sql/session.h"
#include "strategy/store/request_key.h"

namespace valueloop::strategy {

// The answer kept with RememberRequest; empty if there is none, or the key has no id.
// INVALID_ARGUMENT if the id was used with another method or body.
absl::StatusOr<std::optional<std::string>> FindAnswer(sql::Session& session,
                                                      std::string_view workspace,
                                                      const RequestKey& request);

// Keeps the answer for 7 days; nothing if the key has no id.
absl::Status RememberRequest(sql::Session& session, std::string_view workspace,
                             const RequestKey& request, std::string_view answer);

}  // namespace valueloop::strategy

#endif  // VALUELOOP_STRATEGY_STORE_REQUEST_ROWS_H_
