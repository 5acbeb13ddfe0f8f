// PerformanceStore in SQL.
#ifndef VALUELOOP_PERFORMANCE_STORE_SQL_PERFORMANCE_STORE_H_
#define VALUELOOP_PERFORMANCE_STORE_SQL_PERFORMANCE_STORE_H_

#include <string>
#include <string_view>
#include <vector>

#include "common/clock.h"
#include "common/sql/database.h"
#include "common/sql/migrations.h"
#include "common/sql/outbox.h"
#include "performance/store/performance_store.h"

namespace valueloop::performance {

// To pass to sql::Database::Open after sql::CommonMigrations().
sql::MigrationSet PerformanceMigrations();

// `database`, `outbox` and `clock` must outlive the store. Messages about gaps go to the outbox,
// topic kGapTopic; who sends them is the outbox's owner's to say.
class SqlPerformanceStore : public PerformanceStore {
 public:
  SqlPerformanceStore(sql::Database& database, sql::Outbox& outbox, const Clock& clock)
      : database_(database), outbox_(outbox), clock_(clock) {}

  absl::StatusOr<bool> Bind(const BoundPlan& plan, std::string_view payload,
                            const FollowCursor& cursor) override;
  absl::StatusOr<PlanVersion> FindPlan(const PlanKey& key, std::optional<int64_t> version,
                                       absl::Time known_at) override;
  absl::StatusOr<std::vector<PlanKey>> ListPlans() override;
  absl::StatusOr<std::optional<PlanVersion>> NewestPlan(std::string_view workspace) override;
  absl::StatusOr<RecordResult> Record(const RecordCommand& command) override;
  absl::StatusOr<PlanHistory> ReadHistory(const PlanKey& key, int64_t version) override;
  absl::StatusOr<std::vector<ListedObservation>> ListObservations(const PlanKey& key,
                                                                  std::string_view kpi,
                                                                  const ObservationPlace& after,
                                                                  int limit) override;
  absl::StatusOr<FollowCursor> GetCursor(std::string_view workspace,
                                         std::string_view service) override;
  absl::Status SaveCursor(const FollowCursor& cursor, std::optional<int64_t> bound_count) override;
  absl::StatusOr<int64_t> BoundCount(std::string_view workspace) override;
  absl::StatusOr<std::string> GapName(const PlanKey& key, std::string_view kpi,
                                      std::string_view unit, int64_t opening_number) override;
  absl::Status SaveGapName(const PlanKey& key, std::string_view kpi, std::string_view unit,
                           int64_t opening_number, std::string_view name) override;

 private:
  sql::Database& database_;
  sql::Outbox& outbox_;
  const Clock& clock_;
};

}  // namespace valueloop::performance

#endif  // VALUELOOP_PERFORMANCE_STORE_SQL_PERFORMANCE_STORE_H_
