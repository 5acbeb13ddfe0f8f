// Plans in a SQL database.
#ifndef VALUELOOP_STRATEGY_STORE_SQL_PLAN_STORE_H_
#define VALUELOOP_STRATEGY_STORE_SQL_PLAN_STORE_H_

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/sql/database.h"
#include "strategy/store/plan_store.h"

namespace valueloop::strategy {

class SqlPlanStore : public PlanStore {
 public:
  // `database` outlives the store and has this folder's migrations. `new_epoch` names the database
  // in cursors if it has no name yet: a text that no other database ever had.
  static absl::StatusOr<std::unique_ptr<SqlPlanStore>> Open(sql::Database& database,
                                                            std::string_view new_epoch);

  absl::StatusOr<PlanVersion> Import(const PlanImport& import, const RequestKey& request) override;
  absl::StatusOr<PlanVersion> MarkValidated(const PlanVersion& read, const PlanFacts& facts,
                                            int64_t now) override;
  absl::StatusOr<PlanVersion> Publish(const PlanVersion& read, const PlanFacts& facts,
                                      std::string_view payload, int64_t now,
                                      const RequestKey& request) override;
  absl::StatusOr<std::optional<PlanVersion>> FindRequest(std::string_view workspace,
                                                         const RequestKey& request) override;
  absl::StatusOr<PlanVersion> Get(std::string_view workspace, std::string_view plan,
                                  int64_t version) override;
  absl::StatusOr<PlanSource> GetSource(std::string_view workspace, std::string_view plan,
                                       int64_t version) override;
  absl::StatusOr<std::vector<PlanVersion>> List(std::string_view workspace, std::string_view after,
                                                int limit) override;
  absl::StatusOr<StoredPublication> GetPublication(std::string_view workspace,
                                                   std::string_view plan, int64_t version) override;
  absl::StatusOr<std::vector<StoredPublication>> ListPublications(std::string_view workspace,
                                                                  int64_t after_sequence,
                                                                  int limit) override;
  const std::string& epoch() const override { return epoch_; }
  PublicationSignal& signal() override { return signal_; }

 private:
  SqlPlanStore(sql::Database& database, std::string epoch)
      : database_(database), epoch_(std::move(epoch)) {}

  sql::Database& database_;
  const std::string epoch_;
  PublicationSignal signal_;
};

}  // namespace valueloop::strategy

#endif  // VALUELOOP_STRATEGY_STORE_SQL_PLAN_STORE_H_
