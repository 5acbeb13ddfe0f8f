// Where gaps beside published plans are kept.
#ifndef VALUELOOP_STRATEGY_STORE_GAP_STORE_H_
#define VALUELOOP_STRATEGY_STORE_GAP_STORE_H_

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "strategy/domain/enums.h"
#include "strategy/store/request_key.h"

namespace valueloop::strategy {

enum class GapState { kOpen, kClosed };

// What an evaluation said of the breach; numbers in the KPI's unit, the score 0..120.
struct GapEvidence {
  std::string as_of;  // YYYY-MM-DD.
  std::string reason;
  std::optional<double> forecast;
  std::optional<double> floor;
  std::optional<double> target;
  std::optional<double> actual_to_date;
  std::optional<double> score;
  int64_t record_time = 0;  // UTC micros.

  friend bool operator==(const GapEvidence&, const GapEvidence&) = default;
};

struct GapRecord {
  std::string workspace;
  std::string plan;
  std::string id;       // "{kpi}.{opening}" or "{kpi}.{unit}.{opening}".
  int64_t version = 0;  // The version it was opened on.
  std::string kpi;
  std::string org_unit;  // Empty: the KPI as a whole.
  GapOrigin origin = GapOrigin::kManual;
  GapState state = GapState::kOpen;
  std::string reason;
  double expected = 0;
  double actual = 0;
  double amount = 0;
  int64_t opening_number = 0;         // Of this KPI and unit on the plan, from 1.
  std::vector<GapEvidence> evidence;  // By day.
  int64_t open_time = 0;              // UTC micros.
  std::optional<int64_t> close_time;
  std::string close_reason;
  int64_t sequence = 0;  // Among the gaps of the plan, from 1.

  friend bool operator==(const GapRecord&, const GapRecord&) = default;
};

struct GapKey {
  std::string workspace;
  std::string plan;
  std::string id;
};

// Lists start after this gap; the default starts with the newest.
struct GapPosition {
  int64_t open_time = INT64_MAX;
  std::string plan;
  int64_t sequence = 0;
};

// Thread-safe; as PlanStore.
class GapStore {
 public:
  virtual ~GapStore() = default;

  // Opens `gap`, whose id, state, opening number and sequence are set here. ALREADY_EXISTS
  // (GAP_OPEN) if one is open for its KPI and unit; NOT_FOUND if there is no such plan.
  virtual absl::StatusOr<GapRecord> Open(const GapRecord& gap, const RequestKey& request) = 0;

  // Adds evidence, or replaces that of the same day. FAILED_PRECONDITION (GAP_CLOSED) if it is
  // closed; NOT_FOUND.
  virtual absl::StatusOr<GapRecord> AddEvidence(const GapKey& key, const GapEvidence& evidence,
                                                const RequestKey& request) = 0;

  // A closed one stays as it is. NOT_FOUND.
  virtual absl::StatusOr<GapRecord> Close(const GapKey& key, std::string_view reason, int64_t now,
                                          const RequestKey& request) = 0;

  virtual absl::StatusOr<GapRecord> Get(const GapKey& key) = 0;

  // Newest first; of every plan if `plan` is empty, in every state if `state` is.
  virtual absl::StatusOr<std::vector<GapRecord>> List(std::string_view workspace,
                                                      std::string_view plan,
                                                      std::optional<GapState> state,
                                                      const GapPosition& after, int limit) = 0;

  // Over all workspaces.
  virtual absl::StatusOr<int64_t> CountOpen() = 0;
};

}  // namespace valueloop::strategy

#endif  // VALUELOOP_STRATEGY_STORE_GAP_STORE_H_
