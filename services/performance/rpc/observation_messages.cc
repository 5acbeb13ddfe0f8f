#include "performance/rpc/observation_messages.h"

#include <optional>
#include <utility>

#include "absl/time/time.h"
#include "common/status.h"
#include "fmt/format.h"
#include "google/protobuf/util/time_util.h"

namespace valueloop::performance {
namespace {

constexpr size_t kMaxSourceBytes = 64;

// Of the KPI as a whole, or of the unit's cell.
absl::StatusOr<const KpiBinding*> FindBinding(const BoundPlan& plan, const std::string& kpi,
                                              const std::string& org_unit) {
  if (plan.Find(kpi, "") == nullptr) {
    return InvalidField("kpi", kpi, fmt::format("a KPI of plan {}", plan.key().plan));
  }
  const KpiBinding* binding = plan.Find(kpi, org_unit);
  if (binding == nullptr) {
    return InvalidField("org_unit", org_unit,
                        fmt::format("none, or a unit with a target of its own for {}", kpi));
  }
  return binding;
}

}  // namespace

absl::StatusOr<Period> ParsePeriod(const BoundPlan& plan, std::string_view text,
                                   Frequency frequency) {
  std::string canonical(text);
  if (canonical.size() == 7 && canonical[4] == '-' &&
      (canonical[5] == 'Q' || canonical[5] == 'H')) {
    canonical.erase(4, 1);
  }
  absl::StatusOr<Period> period = plan.calendar().Parse(canonical, frequency);
  if (period.ok()) return period;
  return InvalidField("period", text,
                      fmt::format("a {} period such as {}", FrequencyName(frequency),
                                  plan.calendar().Format({frequency, plan.fiscal_year(), 1})));
}

absl::StatusOr<RecordedObservation> ReadObservation(const BoundPlan& plan,
                                                    const v1::Observation& message) {
  VL_ASSIGN_OR_RETURN(const KpiBinding* const binding,
                      FindBinding(plan, message.kpi(), message.org_unit()));
  RecordedObservation recorded;
  Observation& observation = recorded.observation;
  observation.kpi = message.kpi();
  observation.unit = message.org_unit();
  VL_ASSIGN_OR_RETURN(observation.period, ParsePeriod(plan, message.period(), binding->frequency));
  if (message.has_value()) observation.value = message.value();
  if (message.has_numerator()) observation.numerator = message.numerator();
  if (message.has_denominator()) observation.denominator = message.denominator();
  if (message.has_target_to_date()) observation.target_to_date = message.target_to_date();
  observation.source = message.source().empty() ? kManualSource : message.source();
  if (observation.source.size() > kMaxSourceBytes) {
    return InvalidField("source", observation.source, "at most 64 bytes");
  }
  VL_RETURN_IF_ERROR(ValidateObservation(observation, *binding));
  return recorded;
}

void SetObservation(const ListedObservation& listed, v1::Observation& message) {
  const Observation& observation = listed.recorded.observation;
  message.set_kpi(observation.kpi);
  message.set_org_unit(observation.unit);
  message.set_period(listed.period);
  if (observation.value) message.set_value(*observation.value);
  if (observation.numerator) message.set_numerator(*observation.numerator);
  if (observation.denominator) message.set_denominator(*observation.denominator);
  if (observation.target_to_date) message.set_target_to_date(*observation.target_to_date);
  message.set_source(observation.source);
  message.set_revision(static_cast<int32_t>(observation.revision));
  *message.mutable_record_time() = google::protobuf::util::TimeUtil::MicrosecondsToTimestamp(
      absl::ToUnixMicros(observation.recorded_time));
  message.set_scoring_versions(listed.recorded.scoring_versions);
}

absl::StatusOr<std::vector<SeriesSetting>> ReadSettings(
    const BoundPlan& plan, const google::protobuf::RepeatedPtrField<v1::SeriesSetting>& messages) {
  std::vector<SeriesSetting> settings;
  for (int i = 0; i < messages.size(); ++i) {
    const v1::SeriesSetting& message = messages[i];
    const std::string place = fmt::format("settings[{}]", i);
    absl::StatusOr<const KpiBinding*> binding =
        FindBinding(plan, message.kpi(), message.org_unit());
    if (!binding.ok()) return Annotate(std::move(binding).status(), place);
    SeriesSetting setting{.kpi = message.kpi(), .unit = message.org_unit()};
    if (message.has_ratio_scale()) setting.ratio_scale = message.ratio_scale();
    setting.phased_targets.assign(message.phased_targets().begin(), message.phased_targets().end());
    const auto period_count = static_cast<size_t>(PeriodsPerYear((*binding)->frequency));
    if (!setting.phased_targets.empty() && setting.phased_targets.size() != period_count) {
      return InvalidField(place + ".phased_targets",
                          fmt::format("{} targets", setting.phased_targets.size()),
                          fmt::format("{}, one per period of the fiscal year", period_count));
    }
    absl::Status valid =
        ValidateBinding(Effective(**binding, {&setting, 1}, absl::InfiniteFuture()));
    if (!valid.ok()) return Annotate(std::move(valid), place);
    settings.push_back(std::move(setting));
  }
  return settings;
}

}  // namespace valueloop::performance
