// SegmentService.GetLift: who among the customers of a view did something afterwards.
#ifndef VALUELOOP_SCORING_RPC_LIFT_ANSWER_H_
#define VALUELOOP_SCORING_RPC_LIFT_ANSWER_H_

#include <array>
#include <optional>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/civil_time.h"
#include "common/workspace/workspace_store.h"
#include "scoring/domain/event.h"
#include "scoring/domain/lift.h"
#include "scoring/domain/segment.h"
#include "scoring/rpc/segment_answers.h"
#include "scoring/store/ledger_store.h"
#include "scoring/store/portfolio_view.h"
#include "valueloop/scoring/v1/segment.pb.h"

namespace valueloop::scoring {

// What is to happen, checked.
struct LiftEvent {
  EventKind kind = EventKind::kPurchase;
  std::string product;  // Empty: any.
  absl::CivilDay first_day;
  absl::CivilDay last_day;
  std::array<bool, 7> weekdays{};  // From Monday on.
  std::optional<int> first_hour;   // Both or neither.
  std::optional<int> last_hour;

  bool CountsOn(absl::CivilDay day) const;
  bool CountsAt(int hour) const;
  // Whether a customer's day totals cannot tell.
  bool needs_events() const { return !product.empty() || first_hour.has_value(); }
};

// INVALID_ARGUMENT names the field, such as event.last_day.
absl::StatusOr<LiftEvent> LiftEventFromProto(const v1::LiftEvent& in, absl::CivilDay today);
absl::StatusOr<LiftOptions> LiftOptionsFromProto(const v1::GetLiftRequest& request);

// `view` is as of the day before the event's window.
absl::Status AnswerLift(const LiftEvent& event, const LiftOptions& options,
                        const CompiledSegmentation& segmentation, const PortfolioView& view,
                        LedgerStore& ledger, const Workspace& workspace, Stop stop,
                        v1::LiftTable& out);

}  // namespace valueloop::scoring

#endif  // VALUELOOP_SCORING_RPC_LIFT_ANSWER_H_
