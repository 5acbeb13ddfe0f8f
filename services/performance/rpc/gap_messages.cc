#include "performance/rpc/gap_messages.h"

#include <algorithm>
#include <cmath>

#include "common/sql/fingerprint.h"
#include "common/status.h"
#include "fmt/format.h"
#include "google/protobuf/util/json_util.h"
#include "performance/rpc/evaluation_messages.h"

namespace valueloop::performance {
namespace {

namespace sv1 = ::valueloop::strategy::v1;

constexpr GapAction kActions[] = {GapAction::kOpen, GapAction::kAddEvidence, GapAction::kClose};

// What was expected, what came or is to come, and how much is missing, in the KPI's unit.
void SetAmounts(const KpiBinding& binding, const GapEvidence& evidence, sv1::Gap& gap) {
  if (evidence.reason == GapReason::kForecastBelowFloor && evidence.forecast) {
    gap.set_actual(*evidence.forecast);
    gap.set_expected(evidence.year_target.value_or(evidence.floor.value_or(0)));
  } else {
    gap.set_actual(evidence.actual_to_date.value_or(0));
    gap.set_expected(binding.range
                         ? std::clamp(gap.actual(), binding.range->low, binding.range->high)
                         : evidence.target_to_date.value_or(0));
  }
  gap.set_amount(std::abs(gap.expected() - gap.actual()));
}

void SetEvidence(const KpiBinding& binding, const GapEvidence& from, sv1::GapEvidence& evidence) {
  evidence.set_as_of(FormatDay(binding.calendar.End(from.period)));
  evidence.set_reason(std::string(GapReasonName(from.reason)));
  if (from.forecast) evidence.set_forecast(*from.forecast);
  if (from.floor) evidence.set_floor(*from.floor);
  if (from.year_target) evidence.set_target(*from.year_target);
  if (from.actual_to_date) evidence.set_actual_to_date(*from.actual_to_date);
  if (from.score) evidence.set_score(*from.score);
}

std::string ToJson(const google::protobuf::Message& message) {
  std::string json;
  // Fails only for types it does not know, and these are compiled in.
  (void)google::protobuf::util::MessageToJsonString(message, &json).ok();
  return json;
}

}  // namespace

GapMessage MakeGapMessage(const BoundPlan& plan, const KpiBinding& binding,
                          const GapDecision& decision) {
  GapMessage message{.action = decision.action};
  message.request.set_parent(plan.VersionName());
  sv1::Gap& gap = *message.request.mutable_gap();
  gap.set_kpi(binding.kpi);
  gap.set_org_unit(binding.unit);
  gap.set_origin(sv1::Gap::ORIGIN_PERFORMANCE);
  gap.set_opening_number(decision.opening_number);
  std::string identity = fmt::format("{}\n{}\n{}\n{}", plan.VersionName(), binding.kpi,
                                     binding.unit, decision.opening_number);
  if (decision.evidence) {
    gap.set_reason(std::string(GapReasonName(decision.evidence->reason)));
    SetAmounts(binding, *decision.evidence, gap);
    SetEvidence(binding, *decision.evidence, *gap.add_evidence());
  }
  if (decision.action == GapAction::kAddEvidence) identity += "\n" + ToJson(gap.evidence(0));
  if (decision.action == GapAction::kClose) {
    gap.set_close_reason("GREEN at two consecutive period ends");
    identity += "\nclose";
  }
  message.request.set_request_id("performance-" + sql::Fingerprint(identity));
  return message;
}

std::string WriteGapMessage(const GapMessage& message) {
  return fmt::format("{} {}", GapActionName(message.action), ToJson(message.request));
}

absl::StatusOr<GapMessage> ReadGapMessage(std::string_view text) {
  const size_t space = std::min(text.find(' '), text.size());
  const std::string_view name = text.substr(0, space);
  const auto* const action =
      std::find_if(std::begin(kActions), std::end(kActions),
                   [name](GapAction each) { return GapActionName(each) == name; });
  const std::string_view json = text.substr(std::min(space + 1, text.size()));
  GapMessage message;
  if (action == std::end(kActions) ||
      !google::protobuf::util::JsonStringToMessage({json.data(), json.size()}, &message.request)
           .ok()) {
    return InvalidField("payload", text, "a message about a gap");
  }
  message.action = *action;
  return message;
}

}  // namespace valueloop::performance
