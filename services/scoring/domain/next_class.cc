#include "scoring/domain/next_class.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include "common/status.h"
#include "fmt/format.h"
#include "scoring/domain/civil_day.h"

namespace valueloop::scoring {
namespace {

constexpr int64_t kCentMicros = 10'000;
constexpr int64_t kMaxRepeatPurchases = 24;
constexpr int64_t kMaxReferrals = 50;
constexpr int64_t kMaxSpendPercent = 1000;
constexpr int64_t kMaxSpendFactor = 1000;  // Times the expected spend, of one purchase.
constexpr double kPercentPerUnit = 10;
constexpr double kPointsPerUnit = 10;
constexpr double kUnratedStart = 50;
constexpr int kDefaultIntervalDays = 30;
constexpr int kMinIntervalDays = 7;
constexpr int kMaxIntervalDays = 90;
constexpr std::string_view kSource = "what-if";

bool IsHighValue(CustomerClass customer_class) {
  return customer_class == CustomerClass::kStrategic || customer_class == CustomerClass::kProfit;
}
bool IsHighMatch(CustomerClass customer_class) {
  return customer_class == CustomerClass::kStrategic || customer_class == CustomerClass::kPotential;
}

// Whether `got` is `target` or better on both sides.
bool Reaches(CustomerClass got, CustomerClass target) {
  if (got == CustomerClass::kUnknown) return false;
  return (IsHighValue(got) || !IsHighValue(target)) && (IsHighMatch(got) || !IsHighMatch(target));
}

// A what-if in the making, and the day it is seen from.
struct Trial {
  std::vector<ActionStep> steps;
  WhatIf what_if;
  absl::CivilDay as_of;
};

class Finder {
 public:
  Finder(const ScoreContext& context, const CustomerCase& customer, const NextClassOptions& options)
      : context_(context), customer_(customer), options_(options) {
    context_.with_reasons = false;
    context_.with_intervals = false;
    context_.with_lifecycle = false;
  }

  absl::StatusOr<NextClass> Run() {
    NextClass next;
    VL_ASSIGN_OR_RETURN(next.score, ComputeScore(context_, customer_));
    now_ = &next.score;
    SetSpend();
    FindMissing(next);
    for (const CustomerClass target : Targets(next)) {
      next.targets.push_back(MakeTarget(target));
      FindWays(next.targets.back());
    }
    VL_RETURN_IF_ERROR(status_);
    ScoreContext full = context_;
    full.with_reasons = true;
    full.with_lifecycle = true;
    VL_ASSIGN_OR_RETURN(next.score, ComputeScore(full, customer_));
    return next;
  }

 private:
  const ScoringPolicy& policy() const { return context_.policy->policy(); }
  double unit_cost(ActionKind kind) const { return options_.unit_costs[static_cast<size_t>(kind)]; }

  void SetSpend() {
    spend_cents_ = std::max<int64_t>(1, std::llround(now_->expected_spend.value_or(1) * 100));
    spend_cents_ = std::min(spend_cents_, kMaxAmountMicros / kCentMicros);
    interval_days_ = kDefaultIntervalDays;
    if (now_->repeat_purchase_count.value_or(0) > 0) {
      const auto days = static_cast<double>(*now_->last_purchase_day - *now_->first_purchase_day);
      interval_days_ =
          std::clamp(static_cast<int>(std::lround(days / *now_->repeat_purchase_count)),
                     kMinIntervalDays, kMaxIntervalDays);
    }
  }

  void FindMissing(NextClass& next) const {
    const Classification& now = now_->classification;
    if (now.customer_class != CustomerClass::kUnknown) return;
    next.missing = now_->missing;
    if (policy().value_rule != ValueRule::kMoney &&
        (context_.reference == nullptr || context_.reference->empty())) {
      next.missing.emplace_back("reference");
    }
    if (policy().matches.empty()) {
      next.missing.emplace_back("policy");
    } else if (!now_->match.score || now_->match.coverage < policy().coverage_min) {
      next.missing.emplace_back("match_coverage");
      AddUnrated(next);
    }
  }

  void AddUnrated(NextClass& next) const {
    double all = 0;
    for (const MatchPolicy& match : policy().matches) {
      for (const Criterion& criterion : match.criteria) all += match.weight * criterion.weight;
    }
    for (const MatchPolicy& match : policy().matches) {
      for (const Criterion& criterion : match.criteria) {
        if (RatingNow(criterion.id)) continue;
        const RatedBy source =
            std::holds_alternative<PredicateSource>(criterion.source) ? RatedBy::kPredicate
            : std::holds_alternative<MetricSource>(criterion.source)  ? RatedBy::kMetric
                                                                      : RatedBy::kPerson;
        next.unrated.push_back({criterion.id, match.weight * criterion.weight / all, source});
      }
    }
    std::stable_sort(
        next.unrated.begin(), next.unrated.end(),
        [](const auto& left, const auto& right) { return left.coverage > right.coverage; });
  }

  std::vector<CustomerClass> Targets(const NextClass& next) const {
    switch (now_->classification.customer_class) {
      case CustomerClass::kStrategic:
        return {};
      case CustomerClass::kProfit:
      case CustomerClass::kPotential:
        return {CustomerClass::kStrategic};
      case CustomerClass::kOrdinary:
        return {CustomerClass::kPotential, CustomerClass::kProfit, CustomerClass::kStrategic};
      case CustomerClass::kUnknown:
        break;
    }
    if (next.missing != std::vector<std::string>{"match_coverage"}) return {};
    if (now_->classification.value_distance.value_or(-1) >= 0) return {CustomerClass::kStrategic};
    return {CustomerClass::kPotential, CustomerClass::kStrategic};
  }

  // The least expected value that is high; unset if none is.
  std::optional<double> ValueThreshold() const {
    if (policy().value_rule == ValueRule::kMoney) return policy().value_cut;
    if (context_.reference == nullptr || context_.reference->empty()) return std::nullopt;
    if (policy().value_rule == ValueRule::kCumulative) {
      return context_.reference->CumulativeThreshold(policy().value_cut);
    }
    const auto is_high = [&](double value) {
      return context_.reference->ScoreOf(value) >= policy().value_cut;
    };
    double high = 1;
    while (!is_high(high)) {
      high *= 2;
      if (!std::isfinite(high)) return std::nullopt;
    }
    double low = -1;
    while (is_high(low)) {
      low *= 2;
      if (!std::isfinite(low)) return std::nullopt;
    }
    for (double middle = low / 2 + high / 2; low < middle && middle < high;
         middle = low / 2 + high / 2) {
      (is_high(middle) ? high : low) = middle;
    }
    return high;
  }

  ClassTarget MakeTarget(CustomerClass target) const {
    ClassTarget out{.customer_class = target};
    const Classification& now = now_->classification;
    const bool known = now.customer_class != CustomerClass::kUnknown;
    const bool value_is_high =
        known ? IsHighValue(now.customer_class) : now.value_distance.value_or(-1) >= 0;
    const bool match_is_high =
        known ? IsHighMatch(now.customer_class) : now.match_distance.value_or(-1) >= 0;
    if (IsHighValue(target) && !value_is_high && now_->expected) {
      if (policy().value_rule == ValueRule::kPercentile && now.value_distance) {
        out.value_points_missing = std::max(0.0, -*now.value_distance);
      }
      if (const std::optional<double> threshold = ValueThreshold()) {
        out.expected_value_missing = std::max(0.0, *threshold - now_->expected->total());
      }
    }
    if (IsHighMatch(target) && !match_is_high && now.match_distance) {
      out.match_points_missing = std::max(0.0, -*now.match_distance);
    }
    return out;
  }

  // The score of a trial; errors are kept and end the search soon.
  std::optional<Score> ScoreOf(const Trial& trial) {
    if (!status_.ok()) return std::nullopt;
    CustomerCase changed = customer_;
    status_ = ApplyWhatIf(trial.what_if, options_.zone, changed);
    if (!status_.ok()) return std::nullopt;
    ScoreContext context = context_;
    context.as_of = trial.as_of;
    absl::StatusOr<Score> score = ComputeScore(context, changed);
    if (!score.ok()) {
      status_ = score.status();
      return std::nullopt;
    }
    return *std::move(score);
  }

  bool Reached(const Trial& trial, CustomerClass target) {
    const std::optional<Score> score = ScoreOf(trial);
    return score && Reaches(score->classification.customer_class, target);
  }

  Event MakeEvent(Payload payload, absl::CivilDay day, size_t number) const {
    return {.customer_id = customer_.customer_id,
            .source = std::string(kSource),
            .event_id = fmt::format("what-if-{}", number),
            .occurred_micros = EndOfDayMicros(day, options_.zone) - 1,
            .payload = std::move(payload)};
  }

  void AddEvent(Payload payload, absl::CivilDay day, Trial& trial) const {
    trial.what_if.events.push_back(
        MakeEvent(std::move(payload), day, trial.what_if.events.size() + 1));
  }

  // Each of these adds a step of amount n to a trial.
  void AddPurchase(int64_t cents, Trial& trial) const {
    AddEvent(Purchase{.amount_micros = cents * kCentMicros}, trial.as_of, trial);
    trial.steps.push_back(
        {.kind = ActionKind::kPurchase,
         .amount = static_cast<double>(cents) / 100,
         .units = static_cast<double>(cents) / static_cast<double>(spend_cents_)});
  }
  void AddRepeatPurchases(int64_t count, Trial& trial) const {
    const absl::CivilDay today = trial.as_of;
    for (int64_t i = 1; i <= count; ++i) {
      trial.as_of = today + i * interval_days_;
      AddEvent(Purchase{.amount_micros = spend_cents_ * kCentMicros}, trial.as_of, trial);
    }
    trial.steps.push_back({.kind = ActionKind::kRepeatPurchases,
                           .amount = static_cast<double>(count),
                           .interval_days = interval_days_,
                           .units = static_cast<double>(count)});
  }
  void AddSpend(int64_t percent, Trial& trial) const {
    trial.what_if.spend_change_percent = static_cast<double>(percent);
    trial.steps.push_back({.kind = ActionKind::kSpend,
                           .amount = static_cast<double>(percent),
                           .units = static_cast<double>(percent) / kPercentPerUnit});
  }
  void AddReferrals(int64_t count, Trial& trial) const {
    for (int64_t i = 1; i <= count; ++i) {
      AddEvent(Referral{.referred_customer_id = fmt::format("{}-referred-{}", kSource, i),
                        .type = ReferralType::kOne},
               trial.as_of, trial);
    }
    trial.steps.push_back({.kind = ActionKind::kReferral,
                           .amount = static_cast<double>(count),
                           .units = static_cast<double>(count)});
  }
  void AddServiceCost(int64_t percent, Trial& trial) const {
    trial.what_if.service_cost_change_percent = -static_cast<double>(percent);
    trial.steps.push_back({.kind = ActionKind::kServiceCost,
                           .amount = static_cast<double>(percent),
                           .units = static_cast<double>(percent) / kPercentPerUnit});
  }
  void AddRating(const std::string& criterion, int64_t points, Trial& trial) const {
    const CriterionResult* result = ResultOf(criterion);
    std::vector<std::string> raters = {std::string(kSource)};
    if (result != nullptr && result->rated_by == RatedBy::kPerson) raters = result->raters;
    for (const std::string& rater : raters) {
      AddEvent(
          MatchRating{
              .criterion = criterion, .rating = static_cast<double>(points), .rater = rater},
          trial.as_of, trial);
    }
    const std::optional<double> now = RatingNow(criterion);
    const double rise = static_cast<double>(points) - now.value_or(kUnratedStart);
    trial.steps.push_back({.kind = ActionKind::kRating,
                           .amount = static_cast<double>(points),
                           .criterion = criterion,
                           .amount_now = now,
                           .units = std::max(0.0, rise) / kPointsPerUnit});
  }

  const CriterionResult* ResultOf(const std::string& criterion) const {
    for (const CriterionResult& result : now_->match.criteria) {
      if (result.criterion == criterion) return &result;
    }
    return nullptr;
  }
  std::optional<double> RatingNow(const std::string& criterion) const {
    const CriterionResult* result = ResultOf(criterion);
    return result == nullptr ? std::nullopt : result->rating;
  }

  // Finds the least n for which `base` with the step added reaches `target`, and keeps the way.
  template <typename AddStep>
  void Try(const Trial& base, int64_t low, int64_t high, const AddStep& add_step,
           ClassTarget& target) {
    const auto trial_of = [&](int64_t n) {
      Trial trial = base;
      add_step(n, trial);
      return trial;
    };
    const std::optional<int64_t> least = LeastReaching(
        low, high, [&](int64_t n) { return Reached(trial_of(n), target.customer_class); });
    if (least) Keep(trial_of(*least), target);
  }

  void Keep(Trial trial, ClassTarget& target) {
    std::optional<Score> score = ScoreOf(trial);
    if (!score) return;
    ClassWay way{
        .as_of = trial.as_of, .what_if = std::move(trial.what_if), .score = *std::move(score)};
    for (const ActionStep& step : trial.steps) way.cost += step.units * unit_cost(step.kind);
    way.steps = std::move(trial.steps);
    target.ways.push_back(std::move(way));
  }

  // All single steps of value on top of `base`.
  void TryValueSteps(const Trial& base, ClassTarget& target) {
    const auto with = [this](auto add) {
      return [this, add](int64_t n, Trial& trial) { (this->*add)(n, trial); };
    };
    const int64_t most_cents =
        std::min(spend_cents_ * kMaxSpendFactor, kMaxAmountMicros / kCentMicros);
    Try(base, 1, most_cents, with(&Finder::AddPurchase), target);
    // Not monotone: each further purchase comes later.
    for (int64_t count = 1; count <= kMaxRepeatPurchases; ++count) {
      Trial trial = base;
      AddRepeatPurchases(count, trial);
      if (!Reached(trial, target.customer_class)) continue;
      Keep(std::move(trial), target);
      break;
    }
    if (now_->purchase_amount > 0) {
      Try(base, 1, kMaxSpendPercent, with(&Finder::AddSpend), target);
    }
    Try(base, 1, kMaxReferrals, with(&Finder::AddReferrals), target);
    Try(base, 1, 100, with(&Finder::AddServiceCost), target);
  }

  // Criteria by their weight in the match, the heaviest first: these need the fewest points.
  std::vector<std::string> CriteriaByWeight() const {
    std::vector<std::pair<double, std::string>> weighed;
    for (const MatchPolicy& match : policy().matches) {
      for (const Criterion& criterion : match.criteria) {
        weighed.emplace_back(match.weight * criterion.weight, criterion.id);
      }
    }
    std::stable_sort(weighed.begin(), weighed.end(),
                     [](const auto& left, const auto& right) { return left.first > right.first; });
    std::vector<std::string> ids;
    for (auto& [weight, id] : weighed) ids.push_back(std::move(id));
    return ids;
  }

  int64_t LowestRating(const std::string& criterion) const {
    const std::optional<double> now = RatingNow(criterion);
    return now ? static_cast<int64_t>(std::floor(*now)) + 1 : 0;
  }

  void TryRating(const Trial& base, const std::string& criterion, ClassTarget& target) {
    if (LowestRating(criterion) > 100) return;
    Try(
        base, LowestRating(criterion), 100,
        [&](int64_t n, Trial& trial) { AddRating(criterion, n, trial); }, target);
  }

  // Several criteria, each to 100 but the last, until `target` is reached.
  void TryRatings(ClassTarget& target) {
    Trial trial{.as_of = context_.as_of};
    size_t count = 0;
    for (const std::string& criterion : CriteriaByWeight()) {
      if (LowestRating(criterion) > 100) continue;
      Trial next = trial;
      AddRating(criterion, 100, next);
      if (++count > 1 && Reached(next, target.customer_class)) {
        TryRating(trial, criterion, target);
        return;
      }
      trial = std::move(next);
      if (count == 1 && Reached(trial, target.customer_class)) return;  // A single one does.
    }
  }

  void FindWays(ClassTarget& target) {
    const Trial nothing{.as_of = context_.as_of};
    TryValueSteps(nothing, target);
    if (IsHighMatch(target.customer_class)) {
      for (const std::string& criterion : CriteriaByWeight()) {
        TryRating(nothing, criterion, target);
      }
      TryRatings(target);
    }
    if (target.customer_class == CustomerClass::kStrategic &&
        !IsHighValue(now_->classification.customer_class) &&
        !IsHighMatch(now_->classification.customer_class)) {
      // Both sides: the cheapest way to a high match first, then each step of value.
      ClassTarget potential{.customer_class = CustomerClass::kPotential};
      for (const std::string& criterion : CriteriaByWeight()) {
        TryRating(nothing, criterion, potential);
      }
      TryRatings(potential);
      Sort(potential);
      if (!potential.ways.empty()) {
        const ClassWay& match = potential.ways.front();
        TryValueSteps({.steps = match.steps, .what_if = match.what_if, .as_of = match.as_of},
                      target);
      }
    }
    Sort(target);
  }

  static void Sort(ClassTarget& target) {
    std::stable_sort(target.ways.begin(), target.ways.end(),
                     [](const ClassWay& left, const ClassWay& right) {
                       if (left.cost != right.cost) return left.cost < right.cost;
                       return left.steps.size() < right.steps.size();
                     });
  }

  ScoreContext context_;
  const CustomerCase& customer_;
  const NextClassOptions& options_;
  const Score* now_ = nullptr;
  int64_t spend_cents_ = 1;
  int interval_days_ = kDefaultIntervalDays;
  absl::Status status_;
};

}  // namespace

std::string_view ActionKindName(ActionKind kind) {
  constexpr std::array<std::string_view, kActionKindCount> kNames = {
      "PURCHASE", "REPEAT_PURCHASES", "SPEND", "REFERRAL", "RATING", "SERVICE_COST"};
  return kNames[static_cast<size_t>(kind)];
}

std::optional<int64_t> LeastReaching(int64_t low, int64_t high,
                                     absl::FunctionRef<bool(int64_t)> reaches) {
  if (low > high || !reaches(high)) return std::nullopt;
  while (low < high) {
    const int64_t middle = low + (high - low) / 2;
    if (reaches(middle)) {
      high = middle;
    } else {
      low = middle + 1;
    }
  }
  return high;
}

absl::StatusOr<NextClass> FindNextClass(const ScoreContext& context, const CustomerCase& customer,
                                        const NextClassOptions& options) {
  return Finder(context, customer, options).Run();
}

std::string RenderStep(const ActionStep& step, std::string_view language_code) {
  const bool chinese = language_code.substr(0, 2) == "zh";
  const auto render = [&](const char* zh, const char* en, auto... arguments) {
    return fmt::format(fmt::runtime(chinese ? zh : en), arguments...);
  };
  switch (step.kind) {
    case ActionKind::kPurchase:
      return render("再购买一次，金额 {:.2f}", "one more purchase of {:.2f}", step.amount);
    case ActionKind::kRepeatPurchases:
      return render("再购买 {:.0f} 次，每 {} 天一次，金额如常",
                    "{:.0f} more purchases of the usual amount, one every {} days", step.amount,
                    step.interval_days);
    case ActionKind::kSpend:
      return render("每次购买金额提高 {:.0f}%", "every purchase {:.0f} % larger", step.amount);
    case ActionKind::kReferral:
      return render("推荐 {:.0f} 位新客户", "{:.0f} referrals of new customers", step.amount);
    case ActionKind::kRating:
      return render("“{}”的评分提高到 {:.0f}", "\"{}\" rated {:.0f}", step.criterion, step.amount);
    case ActionKind::kServiceCost:
      return render("服务成本降低 {:.0f}%", "cost to serve {:.0f} % lower", step.amount);
  }
  return "";
}

}  // namespace valueloop::scoring
