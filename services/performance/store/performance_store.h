// What performance keeps: the plans it follows, observations, the state of gaps, and how far it has
// followed the other services.
//
// Thread-safe; calls block on the database. Errors of every function, beside those named: those of
// sql::Database (UNAVAILABLE, RESOURCE_EXHAUSTED with a retry delay, DATA_LOSS, ...).
#ifndef VALUELOOP_PERFORMANCE_STORE_PERFORMANCE_STORE_H_
#define VALUELOOP_PERFORMANCE_STORE_PERFORMANCE_STORE_H_

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "performance/domain/gap_trigger.h"
#include "performance/domain/kpi.h"
#include "performance/domain/observation.h"
#include "performance/store/bound_plan.h"
#include "performance/store/plan_history.h"

namespace valueloop::performance {

inline constexpr std::string_view kStrategyService = "strategy";
inline constexpr std::string_view kScoringService = "scoring";
// The workspace of a cursor that is about all of them.
inline constexpr std::string_view kAllWorkspaces = "-";
// Of the outbox messages that a Record makes.
inline constexpr std::string_view kGapTopic = "gaps";

// How far `service` has been followed.
struct FollowCursor {
  std::string workspace;
  std::string service;
  std::string cursor;    // Empty: from the start.
  std::string position;  // The name of what came last, for people.
};

// A bound version as it is kept.
struct PlanVersion {
  PlanKey key;
  int64_t version = 0;
  std::string payload;  // The publication's text form.
  absl::Time bind_time;
};

struct RecordedObservation {
  Observation observation;
  std::string scoring_versions;  // Source SCORING: the versions it was computed with.
};

// The text of a message to strategy about a gap.
using GapMessageWriter =
    std::function<std::string(const KpiBinding& binding, const GapDecision& decision)>;

struct RecordCounts {
  int accepted_count = 0;
  int duplicate_count = 0;
};

// A request that may come again: the same id and body get the same response.
struct RepeatableRequest {
  std::string id;
  std::string method;
  std::string body;
  std::function<std::string(const RecordCounts&)> write_response;
};

struct RecordCommand {
  const BoundPlan* plan = nullptr;
  // Valid for their bindings in `plan`; recorded_time and revision are the store's to give.
  std::vector<RecordedObservation> observations;
  std::vector<SeriesSetting> settings;
  GapMessageWriter write_gap_message;
  std::optional<RepeatableRequest> request;
};

struct RecordResult {
  RecordCounts counts;
  // The response given when the request came before; nothing was done now.
  std::optional<std::string> earlier_response;
};

// After which row a page begins; an empty kpi: from the first.
struct ObservationPlace {
  std::string kpi;
  std::string unit;
  std::string period;
  int64_t revision = 0;
};

struct ListedObservation {
  RecordedObservation recorded;
  std::string period;  // Canonical text.
};

class PerformanceStore {
 public:
  virtual ~PerformanceStore() = default;

  // Keeps a published version, and with it moves `cursor`; every portfolio of the workspace will be
  // read again. Observations stay with (plan, kpi, unit), unless the binding has changed so that
  // they mean something else (SplitsSeries). False if the version was bound before.
  virtual absl::StatusOr<bool> Bind(const BoundPlan& plan, std::string_view payload,
                                    const FollowCursor& cursor) = 0;

  // The named version; without a number the one bound last at `known_at`, or the first one if none
  // was bound by then. NOT_FOUND, reason PLAN_NOT_BOUND.
  virtual absl::StatusOr<PlanVersion> FindPlan(const PlanKey& key, std::optional<int64_t> version,
                                               absl::Time known_at = absl::InfiniteFuture()) = 0;

  // Every plan with a bound version, by workspace and plan.
  virtual absl::StatusOr<std::vector<PlanKey>> ListPlans() = 0;

  // The version bound last in the workspace, as its name and number; empty if there is none.
  virtual absl::StatusOr<std::optional<PlanVersion>> NewestPlan(std::string_view workspace) = 0;

  // Keeps what is new among the observations and settings, in one transaction with the decisions
  // about gaps that follow from it and their messages. An observation with the content of its
  // period's latest one is a duplicate. FAILED_PRECONDITION, reason STALE_BINDING, if a newer
  // version of the plan is bound.
  virtual absl::StatusOr<RecordResult> Record(const RecordCommand& command) = 0;

  // What counts for a version of the plan.
  virtual absl::StatusOr<PlanHistory> ReadHistory(const PlanKey& key, int64_t version) = 0;

  // At most `limit` observations of any version after `after`, by kpi, unit, period and revision;
  // of one KPI if `kpi` is not empty.
  virtual absl::StatusOr<std::vector<ListedObservation>> ListObservations(
      const PlanKey& key, std::string_view kpi, const ObservationPlace& after, int limit) = 0;

  // Without a cursor: the one from the start.
  virtual absl::StatusOr<FollowCursor> GetCursor(std::string_view workspace,
                                                 std::string_view service) = 0;
  // With `bound_count`: only if as many versions are bound in the cursor's workspace as then, so
  // that what was done for fewer plans does not count for all.
  virtual absl::Status SaveCursor(const FollowCursor& cursor,
                                  std::optional<int64_t> bound_count = std::nullopt) = 0;

  // How many plan versions are bound in the workspace.
  virtual absl::StatusOr<int64_t> BoundCount(std::string_view workspace) = 0;

  // The name strategy gave to the gap of an opening; empty if it is not known.
  virtual absl::StatusOr<std::string> GapName(const PlanKey& key, std::string_view kpi,
                                              std::string_view unit, int64_t opening_number) = 0;
  virtual absl::Status SaveGapName(const PlanKey& key, std::string_view kpi, std::string_view unit,
                                   int64_t opening_number, std::string_view name) = 0;
};

}  // namespace valueloop::performance

#endif  // VALUELOOP_PERFORMANCE_STORE_PERFORMANCE_STORE_H_
