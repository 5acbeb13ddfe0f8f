#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_set.h"
#include "fmt/format.h"
#include "strategy/domain/compare.h"
#include "strategy/domain/insight.h"
#include "strategy/domain/passes.h"

namespace valueloop::strategy {
namespace {

// Every criterion that has a weight is rated, and nothing else is.
void CheckRated(const Segment& segment, std::string_view field,
                const std::vector<NamedValue>& weights, const std::vector<NamedValue>& ratings,
                Findings& findings) {
  const auto names = [](const std::vector<NamedValue>& values, const std::string& name) {
    return std::any_of(values.begin(), values.end(),
                       [&name](const NamedValue& value) { return value.name == name; });
  };
  for (const NamedValue& weight : weights) {
    if (names(ratings, weight.name)) continue;
    findings.Add(Code::kRequiredMissing, segment, segment.At(field),
                 fmt::format("{}.{}", field, weight.name), "none");
  }
  for (const NamedValue& rating : ratings) {
    if (names(weights, rating.name)) continue;
    findings.Add(Code::kDanglingRef, segment, rating.place, fmt::format("one of {}_weights", field),
                 fmt::format("{}: {}", field, rating.name));
  }
}

// The tests of a good curve (B9, E14). Each that fails is a finding under its own name.
class CurveTests {
 public:
  CurveTests(const ResolvedPlan& resolved, Findings& findings)
      : resolved_(resolved), findings_(findings), result_(ComputeCurve(resolved.plan)) {}

  void Run() {
    const CurvePolicy& policy = resolved_.policy.curve;
    const ValueCurve& curve = resolved_.plan.value_curve;
    Test("RELIEF", AtLeast(result_.relief, policy.relief_min), ">= " + Number(policy.relief_min),
         Number(result_.relief));
    for (const NamedValue& rival : result_.divergence) {
      Test("DIVERGENCE", AtLeast(rival.value, policy.divergence_min),
           ">= " + Number(policy.divergence_min),
           fmt::format("to {}: {}", rival.name, Number(rival.value)));
    }
    const size_t most = (curve.factors.size() + 2) / 3 + 1;
    const size_t peaks = result_.peaks.size();
    Test("FOCUS", peaks >= 1 && peaks <= most, fmt::format("1..{} peaks", most),
         fmt::format("{}", peaks));
    const double share = resolved_.policy.weight_total * static_cast<double>(peaks) /
                         static_cast<double>(curve.factors.size());
    Test("LIKED", AtLeast(result_.peak_importance, share), ">= " + Number(share),
         Number(result_.peak_importance));
    Test("TAGLINE", !curve.tagline.empty(), "a tagline", "none");
    TestPerceived();
  }

 private:
  void Test(std::string_view name, bool passed, std::string expected, std::string actual) {
    if (passed) return;
    findings_.Add(Code::kCurveTest, {std::string(name)}, resolved_.plan.value_curve.At("factors"),
                  std::move(expected), std::move(actual));
  }

  // Customers must see today's level at each peak; unknown without a survey.
  void TestPerceived() {
    const absl::flat_hash_set<std::string_view> peaks(result_.peaks.begin(), result_.peaks.end());
    for (const CurveFactor& factor : resolved_.plan.value_curve.factors) {
      if (!factor.surveyed || !peaks.contains(factor.id)) continue;
      if (AtLeast(*factor.surveyed, factor.now - 0.5)) continue;
      findings_.Add(Code::kCurveTest, {"PERCEIVED", factor.id}, factor.At("surveyed"),
                    ">= " + Number(factor.now - 0.5), Number(*factor.surveyed));
    }
  }

  const ResolvedPlan& resolved_;
  Findings& findings_;
  CurveResult result_;
};

}  // namespace

void CheckSpan(const ResolvedPlan& resolved, Findings& findings) {
  const Insight& insight = resolved.plan.insight;
  const std::vector<SpanResult> results = ComputeSpan(resolved.plan);
  for (size_t i = 0; i < insight.segments.size(); ++i) {
    const Segment& segment = insight.segments[i];
    CheckRated(segment, "attractiveness", insight.attractiveness_weights, segment.attractiveness,
               findings);
    CheckRated(segment, "position", insight.position_weights, segment.position, findings);
    if (segment.quadrant.empty() || segment.quadrant == results[i].quadrant) continue;
    findings.Add(Code::kSpanQuadrant, segment, segment.At("quadrant"),
                 fmt::format("{} (attractiveness {}, position {})", results[i].quadrant,
                             Number(results[i].attractiveness), Number(results[i].position)),
                 segment.quadrant);
  }
}

// A19, A20. Without a portfolio there is nothing to balance.
void CheckPortfolio(const ResolvedPlan& resolved, Findings& findings) {
  const std::vector<Business>& portfolio = resolved.plan.portfolio;
  if (portfolio.empty()) return;
  const std::vector<BcgResult> results = ComputeBcg(resolved.plan);
  for (size_t i = 0; i < portfolio.size(); ++i) {
    if (portfolio[i].bcg.empty() || portfolio[i].bcg == results[i].bcg) continue;
    const std::optional<double> share = results[i].relative_share;
    findings.Add(Code::kBcgClass, portfolio[i], portfolio[i].At("bcg"),
                 fmt::format("{} (growth {} %, relative share {})", results[i].bcg,
                             Number(portfolio[i].market_growth_pct),
                             share ? Number(*share) : "without rival"),
                 portfolio[i].bcg);
  }
  const std::vector<Bounds>& bands = resolved.policy.horizon_bands;
  for (size_t horizon = 0; horizon < 3; ++horizon) {
    const std::string name = fmt::format("H{}", horizon + 1);
    bool used = false;
    double share = 0;
    for (const Business& business : portfolio) {
      if (business.horizon != name) continue;
      used = true;
      share += business.investment_share;
    }
    if (!used) {
      findings.Add(Code::kHorizonEmpty, {name}, portfolio[0].place, "a business", "none");
    } else if (!bands.empty() && !Within(share, bands[horizon].min, bands[horizon].max)) {
      findings.Add(Code::kHorizonBand, {name}, portfolio[0].place,
                   fmt::format("{}..{}", Number(bands[horizon].min), Number(bands[horizon].max)),
                   Number(share));
    }
  }
}

void CheckValueCurve(const ResolvedPlan& resolved, Findings& findings) {
  if (!resolved.plan.value_curve.factors.empty()) CurveTests(resolved, findings).Run();
}

// A03. Silent when no KPI of the plan names a constraint.
void CheckConstraints(const ResolvedPlan& resolved, Findings& findings) {
  bool named = false;
  bool covered[2] = {false, false};
  for (const Kpi& kpi : resolved.plan.kpis) {
    if (!kpi.constraint) continue;
    named = true;
    covered[*kpi.constraint == Constraint::kEfficiency ? 0 : 1] = true;
  }
  if (!named) return;
  for (const Constraint constraint : {Constraint::kEfficiency, Constraint::kCompetition}) {
    if (covered[constraint == Constraint::kEfficiency ? 0 : 1]) continue;
    findings.Add(Code::kConstraintUncovered, {std::string(NameOf(constraint))},
                 resolved.plan.At("kpis"), "a KPI", "none");
  }
}

}  // namespace valueloop::strategy
