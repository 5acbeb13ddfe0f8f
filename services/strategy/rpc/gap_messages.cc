#include "strategy/rpc/gap_messages.h"

#include <cmath>
#include <optional>
#include <string>
#include <utility>

#include "absl/time/civil_time.h"
#include "common/day.h"
#include "common/ids.h"
#include "common/status.h"
#include "fmt/format.h"
#include "strategy/rpc/plan_names.h"

namespace valueloop::strategy {
namespace {

constexpr size_t kMaxReasonBytes = 1000;
constexpr int kMaxEvidenceCount = 100;

absl::Status ValidateNumber(std::string_view field, double value) {
  if (std::isfinite(value)) return absl::OkStatus();
  return InvalidField(field, fmt::format("{}", value), "a finite number");
}

absl::StatusOr<GapOrigin> ParseOrigin(v1::Gap::Origin origin) {
  switch (origin) {
    case v1::Gap::ORIGIN_UNSPECIFIED:
    case v1::Gap::ORIGIN_MANUAL:
      return GapOrigin::kManual;
    case v1::Gap::ORIGIN_PERFORMANCE:
      return GapOrigin::kPerformance;
    default:
      return InvalidField("gap.origin", fmt::format("{}", static_cast<int>(origin)),
                          "MANUAL or PERFORMANCE");
  }
}

void SetEvidence(const GapEvidence& evidence, v1::GapEvidence& message) {
  message.set_as_of(evidence.as_of);
  message.set_reason(evidence.reason);
  if (evidence.forecast) message.set_forecast(*evidence.forecast);
  if (evidence.floor) message.set_floor(*evidence.floor);
  if (evidence.target) message.set_target(*evidence.target);
  if (evidence.actual_to_date) message.set_actual_to_date(*evidence.actual_to_date);
  if (evidence.score) message.set_score(*evidence.score);
  SetTime(evidence.record_time, *message.mutable_record_time());
}

}  // namespace

absl::Status ValidateReason(std::string_view field, std::string_view reason) {
  if (!reason.empty() && reason.size() <= kMaxReasonBytes) return absl::OkStatus();
  return InvalidField(field, reason, fmt::format("1 to {} bytes", kMaxReasonBytes));
}

absl::StatusOr<GapEvidence> ParseEvidence(std::string_view field, const v1::GapEvidence& message,
                                          int64_t now) {
  VL_RETURN_IF_ERROR(ParseDay(fmt::format("{}.as_of", field), message.as_of()).status());
  VL_RETURN_IF_ERROR(ValidateReason(fmt::format("{}.reason", field), message.reason()));
  GapEvidence evidence{.as_of = message.as_of(), .reason = message.reason(), .record_time = now};
  const auto take = [&](const char* name, bool given, double value,
                        std::optional<double>& out) -> absl::Status {
    if (!given) return absl::OkStatus();
    VL_RETURN_IF_ERROR(ValidateNumber(fmt::format("{}.{}", field, name), value));
    out = value;
    return absl::OkStatus();
  };
  VL_RETURN_IF_ERROR(
      take("forecast", message.has_forecast(), message.forecast(), evidence.forecast));
  VL_RETURN_IF_ERROR(take("floor", message.has_floor(), message.floor(), evidence.floor));
  VL_RETURN_IF_ERROR(take("target", message.has_target(), message.target(), evidence.target));
  VL_RETURN_IF_ERROR(take("actual_to_date", message.has_actual_to_date(), message.actual_to_date(),
                          evidence.actual_to_date));
  VL_RETURN_IF_ERROR(take("score", message.has_score(), message.score(), evidence.score));
  return evidence;
}

absl::StatusOr<GapRecord> ParseGap(const v1::Gap& message, int64_t now) {
  VL_RETURN_IF_ERROR(ValidateKpiId("gap.kpi", message.kpi()));
  if (!message.org_unit().empty()) {
    VL_RETURN_IF_ERROR(ValidatePlanId("gap.org_unit", message.org_unit()));
  }
  VL_RETURN_IF_ERROR(ValidateReason("gap.reason", message.reason()));
  VL_RETURN_IF_ERROR(ValidateNumber("gap.expected", message.expected()));
  VL_RETURN_IF_ERROR(ValidateNumber("gap.actual", message.actual()));
  VL_RETURN_IF_ERROR(ValidateNumber("gap.amount", message.amount()));
  if (message.amount() <= 0) {
    return InvalidField("gap.amount", fmt::format("{}", message.amount()), "above 0");
  }
  if (message.evidence_size() > kMaxEvidenceCount) {
    return InvalidField("gap.evidence", fmt::format("{} entries", message.evidence_size()),
                        fmt::format("at most {}", kMaxEvidenceCount));
  }
  GapRecord gap{.kpi = message.kpi(),
                .org_unit = message.org_unit(),
                .reason = message.reason(),
                .expected = message.expected(),
                .actual = message.actual(),
                .amount = message.amount(),
                .open_time = now};
  VL_ASSIGN_OR_RETURN(gap.origin, ParseOrigin(message.origin()));
  for (int i = 0; i < message.evidence_size(); ++i) {
    VL_ASSIGN_OR_RETURN(GapEvidence evidence, ParseEvidence(fmt::format("gap.evidence[{}]", i),
                                                            message.evidence(i), now));
    gap.evidence.push_back(std::move(evidence));
  }
  return gap;
}

void SetGap(const GapRecord& gap, v1::Gap& message) {
  message.set_name(fmt::format("workspaces/{}/plans/{}/gaps/{}", gap.workspace, gap.plan, gap.id));
  message.set_plan_version(
      FormatPlanName({.workspace = gap.workspace, .plan = gap.plan, .version = gap.version}));
  message.set_kpi(gap.kpi);
  message.set_org_unit(gap.org_unit);
  message.set_origin(gap.origin == GapOrigin::kPerformance ? v1::Gap::ORIGIN_PERFORMANCE
                                                           : v1::Gap::ORIGIN_MANUAL);
  message.set_state(gap.state == GapState::kOpen ? v1::Gap::STATE_OPEN : v1::Gap::STATE_CLOSED);
  message.set_reason(gap.reason);
  message.set_expected(gap.expected);
  message.set_actual(gap.actual);
  message.set_amount(gap.amount);
  message.set_opening_number(static_cast<int>(gap.opening_number));
  for (const GapEvidence& evidence : gap.evidence) SetEvidence(evidence, *message.add_evidence());
  SetTime(gap.open_time, *message.mutable_open_time());
  if (gap.close_time) SetTime(*gap.close_time, *message.mutable_close_time());
  message.set_close_reason(gap.close_reason);
}

}  // namespace valueloop::strategy
