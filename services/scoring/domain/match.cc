#include "scoring/domain/match.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "scoring/domain/civil_day.h"

namespace valueloop::scoring {
namespace {

using Attributes = std::vector<std::pair<std::string_view, const AttributeValue*>>;

const AttributeValue* Find(const Attributes& attributes, std::string_view name) {
  const auto found = std::lower_bound(
      attributes.begin(), attributes.end(), name,
      [](const auto& attribute, std::string_view n) { return attribute.first < n; });
  return found != attributes.end() && found->first == name ? found->second : nullptr;
}

std::optional<double> BuiltInMetric(const CustomerMetrics& metrics, std::string_view name) {
  if (name == "tenure_months") return metrics.tenure_months;
  if (name == "days_since_purchase") return metrics.days_since_purchase;
  if (name == "purchase_count") return metrics.purchase_count;
  if (name == "purchase_amount") return metrics.purchase_amount;
  if (name == "alive_probability") return metrics.alive_probability;
  return std::nullopt;
}

class CriterionRater {
 public:
  CriterionRater(const CustomerSummary& summary, const CustomerMetrics& metrics,
                 absl::CivilDay as_of)
      : summary_(summary),
        metrics_(metrics),
        as_of_(DayNumber(as_of)),
        attributes_(AttributesAsOf(summary, as_of)) {}

  void Rate(const Criterion& criterion, const Predicate* predicate, CriterionResult& result) const {
    RateByPeople(criterion, result);
    if (result.rating) return;
    if (predicate != nullptr) {
      const PredicateOutcome outcome =
          predicate->Evaluate([this](std::string_view name) { return Find(attributes_, name); });
      if (outcome == PredicateOutcome::kUnrated) return;
      result.rating = outcome == PredicateOutcome::kTrue ? 100 : 0;
      result.rated_by = RatedBy::kPredicate;
    } else if (const auto* source = std::get_if<MetricSource>(&criterion.source)) {
      const std::optional<double> value = MetricOf(source->metric);
      if (!value) return;
      const double ratio = (*value - source->at_0) / (source->at_100 - source->at_0);
      result.rating = 100 * std::clamp(ratio, 0.0, 1.0);
      result.rated_by = RatedBy::kMetric;
    }
  }

 private:
  // The latest rating of every rater that is not too old, averaged.
  void RateByPeople(const Criterion& criterion, CriterionResult& result) const {
    double sum = 0;
    const auto& ratings = summary_.ratings;  // Sorted by criterion, rater, time.
    const auto first = std::lower_bound(
        ratings.begin(), ratings.end(), criterion.id,
        [](const RatingRecord& record, const std::string& id) { return record.criterion < id; });
    const RatingRecord* latest = nullptr;
    const auto close_rater = [&] {
      if (latest != nullptr && as_of_ - latest->day <= criterion.rating_max_age_days) {
        sum += latest->rating;
        result.raters.push_back(latest->rater);
      }
      latest = nullptr;
    };
    for (auto it = first; it != ratings.end() && it->criterion == criterion.id; ++it) {
      if (latest != nullptr && latest->rater != it->rater) close_rater();
      if (it->day <= as_of_) latest = &*it;
    }
    close_rater();
    if (result.raters.empty()) return;
    result.rating = sum / static_cast<double>(result.raters.size());
    result.rated_by = RatedBy::kPerson;
  }

  std::optional<double> MetricOf(const std::string& name) const {
    if (const AttributeValue* value = Find(attributes_, name)) {
      if (const auto* number = std::get_if<double>(value)) return *number;
    }
    return BuiltInMetric(metrics_, name);
  }

  const CustomerSummary& summary_;
  const CustomerMetrics& metrics_;
  const int32_t as_of_;
  const Attributes attributes_;
};

}  // namespace

const std::array<std::string_view, 5>& MetricNames() {
  static constexpr std::array<std::string_view, 5> kNames = {"tenure_months", "days_since_purchase",
                                                             "purchase_count", "purchase_amount",
                                                             "alive_probability"};
  return kNames;
}

MatchResult ComputeMatch(const CompiledPolicy& policy, const CustomerSummary& summary,
                         const CustomerMetrics& metrics, absl::CivilDay as_of) {
  MatchResult result;
  const CriterionRater rater(summary, metrics, as_of);
  const std::vector<MatchPolicy>& matches = policy.policy().matches;
  double all_weight = 0;    // Over matches.
  double rated_weight = 0;  // Over matches with at least one rated criterion.
  double weighted = 0;
  for (size_t k = 0; k < matches.size(); ++k) {
    const size_t first = result.criteria.size();
    double weight = 0;
    double rated = 0;
    double sum = 0;
    for (size_t c = 0; c < matches[k].criteria.size(); ++c) {
      const Criterion& criterion = matches[k].criteria[c];
      CriterionResult& out = result.criteria.emplace_back();
      out.criterion = criterion.id;
      out.kind = matches[k].kind;
      rater.Rate(criterion, policy.PredicateOf(k, c), out);
      weight += criterion.weight;
      if (!out.rating) continue;
      out.weight = criterion.weight;
      rated += criterion.weight;
      sum += criterion.weight * *out.rating;
    }
    all_weight += matches[k].weight;
    if (rated == 0) continue;
    const double match = sum / rated;
    result.by_kind[static_cast<size_t>(matches[k].kind)] = match;
    result.coverage += matches[k].weight * rated / weight;
    rated_weight += matches[k].weight;
    weighted += matches[k].weight * match;
    for (size_t i = first; i < result.criteria.size(); ++i) {
      result.criteria[i].weight *= matches[k].weight / rated;
    }
  }
  if (rated_weight == 0) return result;
  result.score = weighted / rated_weight;
  result.coverage /= all_weight;
  for (CriterionResult& criterion : result.criteria) criterion.weight /= rated_weight;
  return result;
}

}  // namespace valueloop::scoring
