#include <numeric>
#include <string>
#include <vector>

#include "fmt/format.h"
#include "strategy/domain/compare.h"
#include "strategy/domain/passes.h"

namespace valueloop::strategy {
namespace {

bool HasTargets(const Kpi& kpi) {
  return kpi.polarity == Polarity::kHigher || kpi.polarity == Polarity::kLower;
}

// True if `b` is no worse than `a`.
bool NoWorse(Polarity polarity, double a, double b) {
  return polarity == Polarity::kLower ? AtMost(b, a) : AtLeast(b, a);
}

// A unit that says the KPI is a share or a rate, which cannot be added over periods.
bool IsRatioUnit(const std::string& unit) {
  return unit == "PERCENT" || unit == "%" || unit == "RATIO" || unit.starts_with("PER_");
}

// A RANGE KPI has its range, a MILESTONE its day, all others a target for each year of the horizon.
void CheckTargetsGiven(const Meta& meta, const Kpi& kpi, Findings& findings) {
  if (kpi.polarity == Polarity::kRange && !kpi.range) {
    findings.Add(Code::kTargetMissing, kpi, kpi.place, "range: {low, high, tolerance}", "none");
  }
  if (kpi.polarity == Polarity::kMilestone && !kpi.due) {
    findings.Add(Code::kTargetMissing, kpi, kpi.place, "due: YYYY-MM-DD", "none");
  }
  if (!HasTargets(kpi)) return;
  for (const int year : meta.horizon) {
    if (kpi.TargetOf(year)) continue;
    findings.Add(Code::kTargetMissing, kpi, kpi.At("targets"), fmt::format("a target for {}", year),
                 "none");
  }
}

void CheckThresholds(const Meta& meta, const Kpi& kpi, Findings& findings) {
  if (kpi.range) {
    if (!AtMost(kpi.range->low, kpi.range->high) || kpi.range->tolerance <= 0) {
      findings.Add(Code::kThresholdOrder, kpi, kpi.At("range"), "low <= high, tolerance > 0",
                   fmt::format("low {}, high {}, tolerance {}", Number(kpi.range->low),
                               Number(kpi.range->high), Number(kpi.range->tolerance)));
    }
  }
  if (!HasTargets(kpi)) return;
  const std::string_view order = kpi.polarity == Polarity::kLower ? "floor >= target >= stretch"
                                                                  : "floor <= target <= stretch";
  const std::optional<double> target = kpi.TargetOf(meta.fiscal_year);
  const auto check = [&](std::string_view field, std::optional<double> worse,
                         std::optional<double> better) {
    if (!worse || !better || NoWorse(kpi.polarity, *worse, *better)) return false;
    findings.Add(
        Code::kThresholdOrder, kpi, kpi.At(field), std::string(order),
        fmt::format("floor {}, target {}, stretch {}", kpi.floor ? Number(*kpi.floor) : "-",
                    target ? Number(*target) : "-", kpi.stretch ? Number(*kpi.stretch) : "-"));
    return true;
  };
  if (check("floor", kpi.floor, target) || check("stretch", target, kpi.stretch)) return;
  check("stretch", kpi.floor, kpi.stretch);
}

}  // namespace

void CheckKpiDefinitions(const ResolvedPlan& resolved, Findings& findings) {
  for (const Kpi& kpi : resolved.plan.kpis) {
    if (kpi.owner.empty()) {
      findings.Add(Code::kKpiNoOwner, kpi, kpi.place, "a person", "owner: none");
    }
    if (kpi.csf.empty()) findings.Add(Code::kKpiNoCsf, kpi, kpi.place, "a CSF", "csf: none");
    if (!kpi.source) {
      findings.Add(Code::kKpiNoSource, kpi, kpi.place, "a service", "source: none");
    }
    if (kpi.aggregation == Aggregation::kSum && IsRatioUnit(kpi.unit)) {
      findings.Add(Code::kAggregationInvalid, kpi, kpi.At("aggregation"), "RATIO, AVG or LAST",
                   fmt::format("SUM of {}", kpi.unit));
    }
  }
}

// B2: relevance, measurability, controllability and stimulus, weighted, must pass; none may fail.
void CheckKpiSelection(const ResolvedPlan& resolved, Findings& findings) {
  const SelectionPolicy& policy = resolved.policy.kpi_selection;
  const std::vector<double> weights = {policy.relevance, policy.measurability,
                                       policy.controllability, policy.stimulus};
  for (const Kpi& kpi : resolved.plan.kpis) {
    const Place place = kpi.At("selection");
    if (kpi.selection.size() != weights.size()) {
      findings.Add(Code::kKpiSelection, kpi, place, "4 ratings",
                   fmt::format("{}", kpi.selection.size()));
      continue;
    }
    const double total = std::accumulate(weights.begin(), weights.end(), 0.0);
    const double score =
        std::inner_product(weights.begin(), weights.end(), kpi.selection.begin(), 0.0) /
        (total > 0 ? total : 1);
    const double least = *std::min_element(kpi.selection.begin(), kpi.selection.end());
    if (AtLeast(score, policy.pass) && AtLeast(least, policy.min_each)) continue;
    findings.Add(
        Code::kKpiSelection, kpi, place,
        fmt::format("score >= {}, each >= {}", Number(policy.pass), Number(policy.min_each)),
        fmt::format("score {}, least {}", Number(score), Number(least)));
  }
}

void CheckLeadLag(const ResolvedPlan& resolved, Findings& findings) {
  const std::vector<Kpi>& kpis = resolved.plan.kpis;
  if (kpis.empty()) return;
  const auto leading = std::count_if(kpis.begin(), kpis.end(), [](const Kpi& kpi) {
    return kpi.ipooc == Ipooc::kInput || kpi.ipooc == Ipooc::kProcess;
  });
  const double share = static_cast<double>(leading) / static_cast<double>(kpis.size());
  const Bounds& bounds = resolved.policy.lead_share;
  if (Within(share, bounds.min, bounds.max)) return;
  findings.Add(Code::kLeadLagImbalance, {"kpis"}, resolved.plan.At("kpis"),
               fmt::format("INPUT + PROCESS {}..{}", Number(bounds.min), Number(bounds.max)),
               fmt::format("{} of {} = {}", leading, kpis.size(), Number(share)));
}

void CheckTargets(const ResolvedPlan& resolved, Findings& findings) {
  for (const Kpi& kpi : resolved.plan.kpis) {
    CheckTargetsGiven(resolved.plan.meta, kpi, findings);
    CheckThresholds(resolved.plan.meta, kpi, findings);
    if (!HasTargets(kpi) || !kpi.baseline) continue;
    for (const YearValue& target : kpi.targets) {
      if (NoWorse(kpi.polarity, *kpi.baseline, target.value)) continue;
      findings.Add(Code::kTargetPolarity, kpi, target.place,
                   fmt::format("{} {}", kpi.polarity == Polarity::kLower ? "<=" : ">=",
                               Number(*kpi.baseline)),
                   fmt::format("{}: {}", target.year, Number(target.value)));
    }
  }
}

// The periods of a year make its target: SUM adds up, AVG averages, LAST ends on it. A RATIO's
// periods have denominators the plan does not know, so only their number is checked.
void CheckPhasing(const ResolvedPlan& resolved, Findings& findings) {
  for (const Kpi& kpi : resolved.plan.kpis) {
    for (const Phasing& phasing : kpi.phasing) {
      const auto count = static_cast<size_t>(PeriodsPerYear(kpi.frequency));
      if (phasing.values.size() != count) {
        findings.Add(Code::kPhasingSum, kpi, phasing.place, fmt::format("{} periods", count),
                     fmt::format("{}: {} periods", phasing.year, phasing.values.size()));
        continue;
      }
      const std::optional<double> target = kpi.TargetOf(phasing.year);
      if (!target) {
        findings.Add(Code::kPhasingSum, kpi, phasing.place,
                     fmt::format("a target for {}", phasing.year), "none");
        continue;
      }
      const double sum = std::accumulate(phasing.values.begin(), phasing.values.end(), 0.0);
      double year = 0;
      switch (kpi.aggregation) {
        case Aggregation::kSum:
          year = sum;
          break;
        case Aggregation::kAvg:
          year = sum / static_cast<double>(count);
          break;
        case Aggregation::kLast:
          year = phasing.values.back();
          break;
        case Aggregation::kRatio:
          continue;
      }
      if (NearRelative(year, *target, resolved.policy.target_tolerance_rel)) continue;
      findings.Add(Code::kPhasingSum, kpi, phasing.place, Number(*target),
                   fmt::format("{}: {} {}", phasing.year, NameOf(kpi.aggregation), Number(year)));
    }
  }
}

}  // namespace valueloop::strategy
