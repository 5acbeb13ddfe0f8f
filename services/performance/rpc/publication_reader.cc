#include "performance/rpc/publication_reader.h"

#include <optional>
#include <utility>

#include "absl/time/civil_time.h"
#include "common/day.h"
#include "common/ids.h"
#include "common/status.h"
#include "fmt/format.h"
#include "google/protobuf/util/json_util.h"

namespace valueloop::performance {
namespace {

namespace sv1 = ::valueloop::strategy::v1;

absl::StatusOr<Polarity> ReadPolarity(sv1::Polarity polarity) {
  switch (polarity) {
    case sv1::POLARITY_HIGHER:
      return Polarity::kHigher;
    case sv1::POLARITY_LOWER:
      return Polarity::kLower;
    case sv1::POLARITY_RANGE:
      return Polarity::kRange;
    case sv1::POLARITY_MILESTONE:
      return Polarity::kMilestone;
    default:
      return InvalidField("polarity", fmt::format("{}", static_cast<int>(polarity)), "a known one");
  }
}

absl::StatusOr<Aggregation> ReadAggregation(sv1::Aggregation aggregation) {
  switch (aggregation) {
    case sv1::AGGREGATION_SUM:
      return Aggregation::kSum;
    case sv1::AGGREGATION_AVG:
      return Aggregation::kAvg;
    case sv1::AGGREGATION_LAST:
      return Aggregation::kLast;
    case sv1::AGGREGATION_RATIO:
      return Aggregation::kRatio;
    default:
      return InvalidField("aggregation", fmt::format("{}", static_cast<int>(aggregation)),
                          "a known one");
  }
}

absl::StatusOr<Frequency> ReadFrequency(sv1::Frequency frequency) {
  // By name, so that a frequency the contract grows by needs no change here.
  std::string name = sv1::Frequency_Name(frequency);
  constexpr std::string_view kPrefix = "FREQUENCY_";
  if (name.starts_with(kPrefix)) name.erase(0, kPrefix.size());
  return ParseFrequency(name);
}

// A method's name; `unset` where the publication has none.
absl::StatusOr<AchievementMethod> ReadMethod(const std::string& name, AchievementMethod unset) {
  if (name.empty()) return unset;
  return ParseAchievementMethod(name);
}

absl::StatusOr<ThresholdMethod> ReadMethod(const std::string& name, ThresholdMethod unset) {
  if (name.empty()) return unset;
  return ParseThresholdMethod(name);
}

absl::StatusOr<Policy> ReadPolicy(const sv1::MeasurementPlan& measurement) {
  Policy policy;
  if (!measurement.has_policy()) return policy;
  const sv1::EvaluationPolicy& from = measurement.policy();
  policy.score_curve = {.below_floor = from.score_below_floor(),
                        .floor = from.score_floor(),
                        .target = from.score_target(),
                        .stretch = from.score_stretch()};
  policy.rag = {.green = from.rag_green(), .amber = from.rag_amber()};
  VL_ASSIGN_OR_RETURN(policy.achievement_higher,
                      ReadMethod(from.achievement_higher(), policy.achievement_higher));
  VL_ASSIGN_OR_RETURN(policy.achievement_lower,
                      ReadMethod(from.achievement_lower(), policy.achievement_lower));
  VL_ASSIGN_OR_RETURN(policy.thresholds_sum,
                      ReadMethod(from.threshold_sum(), policy.thresholds_sum));
  VL_ASSIGN_OR_RETURN(policy.thresholds_avg,
                      ReadMethod(from.threshold_avg(), policy.thresholds_avg));
  VL_ASSIGN_OR_RETURN(policy.thresholds_last,
                      ReadMethod(from.threshold_last(), policy.thresholds_last));
  VL_ASSIGN_OR_RETURN(policy.thresholds_ratio,
                      ReadMethod(from.threshold_ratio(), policy.thresholds_ratio));
  policy.stale_periods = from.stale_periods();
  VL_RETURN_IF_ERROR(ValidatePolicy(policy));
  return policy;
}

void ReadThresholds(const sv1::KpiDefinition& from, int fiscal_year, KpiBinding& binding) {
  if (from.has_baseline()) binding.baseline = from.baseline();
  if (from.has_floor()) binding.floor = from.floor();
  if (from.has_stretch()) binding.stretch = from.stretch();
  for (const sv1::YearTarget& target : from.targets()) {
    if (target.year() == fiscal_year) binding.year_target = target.target();
  }
  if (from.has_range()) {
    binding.range = Range{.low = from.range().low(),
                          .high = from.range().high(),
                          .tolerance = from.range().tolerance()};
  }
  binding.period_targets.assign(from.phased_targets().begin(), from.phased_targets().end());
}

absl::StatusOr<KpiBinding> ReadKpi(const sv1::KpiDefinition& from, const FiscalCalendar& calendar,
                                   int fiscal_year) {
  KpiBinding binding;
  VL_RETURN_IF_ERROR(ValidateKpiId("kpi", from.kpi()));
  binding.kpi = from.kpi();
  binding.name_zh = from.name();
  binding.measure = from.unit();
  VL_ASSIGN_OR_RETURN(binding.polarity, ReadPolarity(from.polarity()));
  VL_ASSIGN_OR_RETURN(binding.aggregation, ReadAggregation(from.aggregation()));
  VL_ASSIGN_OR_RETURN(binding.frequency, ReadFrequency(from.frequency()));
  binding.formula = from.formula();
  binding.source = {.service = from.source().service(),
                    .metric = from.source().metric(),
                    .customer_class = from.source().customer_class()};
  binding.owner = from.owner();
  binding.org = from.org_unit();
  binding.weight = from.global_weight();
  binding.scale = DefaultScale(from.unit());
  binding.calendar = calendar;
  binding.fiscal_year = fiscal_year;
  ReadThresholds(from, fiscal_year, binding);
  if (!from.due_day().empty()) {
    VL_ASSIGN_OR_RETURN(binding.due, ParseDay("due_day", from.due_day()));
  }
  if (from.grace_days() > 0) binding.grace_days = from.grace_days();
  VL_RETURN_IF_ERROR(ValidateBinding(binding));
  return binding;
}

// The cell of a unit: the KPI with a target of its own, whose thresholds the cascade does not give.
KpiBinding CellOf(const KpiBinding& kpi, const sv1::UnitTarget& target) {
  KpiBinding cell = kpi;
  cell.unit = target.org_unit();
  cell.org = target.org_unit();
  cell.weight = 0;
  cell.baseline.reset();
  cell.floor.reset();
  cell.stretch.reset();
  cell.period_targets.clear();
  cell.year_target = target.target();
  return cell;
}

}  // namespace

absl::StatusOr<PublicationReading> ReadPublication(const sv1::Publication& publication) {
  VL_ASSIGN_OR_RETURN(const std::vector<std::string> ids,
                      ParseResourceName("plan_version", "workspaces/*/plans/*/versions/*",
                                        publication.plan_version()));
  VL_RETURN_IF_ERROR(ValidatePlanId("plan_version", ids[1]));
  if (publication.version() < 1 || ids[2] != fmt::format("{}", publication.version())) {
    return InvalidField("version", fmt::format("{}", publication.version()),
                        fmt::format("{}, as in plan_version", Printable(ids[2])));
  }
  const sv1::MeasurementPlan& measurement = publication.measurement();
  VL_ASSIGN_OR_RETURN(const absl::CivilDay start,
                      ParseDay("fiscal_start", measurement.fiscal_start()));
  const int fiscal_year = measurement.fiscal_year();
  VL_ASSIGN_OR_RETURN(const FiscalCalendar calendar,
                      FiscalCalendar::FromYearStart(fiscal_year, start));
  VL_ASSIGN_OR_RETURN(const Policy policy, ReadPolicy(measurement));

  PublicationReading reading{.plan =
                                 BoundPlan({.workspace = ids[0], .plan = ids[1]},
                                           publication.version(), fiscal_year, calendar, policy)};
  for (const sv1::OrgUnit& unit : measurement.org_units()) reading.plan.AddOrgUnit(unit.id());
  for (const sv1::KpiDefinition& definition : measurement.kpis()) {
    absl::StatusOr<KpiBinding> binding = ReadKpi(definition, calendar, fiscal_year);
    if (binding.ok()) {
      reading.plan.Add(*std::move(binding));
    } else {
      reading.left_out.push_back(Annotate(std::move(binding).status(),
                                          fmt::format("kpi {}", Printable(definition.kpi()))));
    }
  }
  for (const sv1::UnitTarget& target : measurement.unit_targets()) {
    const KpiBinding* kpi = reading.plan.Find(target.kpi(), "");
    if (kpi == nullptr || target.org_unit().empty() || target.year() != fiscal_year) continue;
    KpiBinding cell = CellOf(*kpi, target);
    absl::Status valid = ValidateBinding(cell);
    if (valid.ok()) {
      reading.plan.Add(std::move(cell));
    } else {
      reading.left_out.push_back(
          Annotate(std::move(valid), fmt::format("kpi {} of {}", cell.kpi, Printable(cell.unit))));
    }
  }
  return reading;
}

absl::StatusOr<std::string> WritePayload(const sv1::Publication& publication) {
  std::string payload;
  const auto status = google::protobuf::util::MessageToJsonString(publication, &payload);
  if (status.ok()) return payload;
  return absl::InvalidArgumentError(
      fmt::format("publication: got one without a text form: {}", status.ToString()));
}

absl::StatusOr<sv1::Publication> ReadPayload(std::string_view payload) {
  sv1::Publication publication;
  google::protobuf::util::JsonParseOptions options;
  options.ignore_unknown_fields = true;  // Written by a newer release, before a step back.
  const auto status = google::protobuf::util::JsonStringToMessage({payload.data(), payload.size()},
                                                                  &publication, options);
  if (status.ok()) return publication;
  return absl::DataLossError(
      fmt::format("plan_versions.payload: got no publication: {}", status.ToString()));
}

}  // namespace valueloop::performance
