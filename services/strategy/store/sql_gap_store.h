// Gaps in a SQL database.
#ifndef VALUELOOP_STRATEGY_STORE_SQL_GAP_STORE_H_
#define VALUELOOP_STRATEGY_STORE_SQL_GAP_STORE_H_

#include <optional>
#include <string_view>
#include <vector>

#include "common/sql/database.h"
#include "strategy/store/gap_store.h"

namespace valueloop::strategy {

class SqlGapStore : public GapStore {
 public:
  // `database` outlives the store and has this folder's migrations.
  explicit SqlGapStore(sql::Database& database) : database_(database) {}

  absl::StatusOr<GapRecord> Open(const GapRecord& gap, const RequestKey& request) override;
  absl::StatusOr<GapRecord> AddEvidence(const GapKey& key, const GapEvidence& evidence,
                                        const RequestKey& request) override;
  absl::StatusOr<GapRecord> Close(const GapKey& key, std::string_view reason, int64_t now,
                                  const RequestKey& request) override;
  absl::StatusOr<GapRecord> Get(const GapKey& key) override;
  absl::StatusOr<std::vector<GapRecord>> List(std::string_view workspace, std::string_view plan,
                                              std::optional<GapState> state,
                                              const GapPosition& after, int limit) override;
  absl::StatusOr<int64_t> CountOpen() override;

 private:
  sql::Database& database_;
};

}  // namespace valueloop::strategy

#endif  // VALUELOOP_STRATEGY_STORE_SQL_GAP_STORE_H_
