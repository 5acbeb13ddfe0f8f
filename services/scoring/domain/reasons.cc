#include "scoring/domain/reasons.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <numeric>

#include "common/status.h"
#include "fmt/format.h"

namespace valueloop::scoring {
namespace {

constexpr double kCents = 100;
constexpr size_t kFactorCount = 4;  // Alive, frequency, spend, tenure.

constexpr std::array<ReasonText, kReasonCodeCount> kCatalogue = {{
    {ReasonCode::kSegmentMean, "SEGMENT_MEAN", "同类客户的平均水平", "the segment's mean customer",
     "同类客户的平均水平变了", "the segment's mean customer is another"},
    {ReasonCode::kAlive, "ALIVE", "仍在购买的概率 {actual}（平均 {typical}）",
     "probability of still buying {actual} (typical {typical})",
     "仍在购买的概率：{before} → {after}", "probability of still buying: {before} -> {after}"},
    {ReasonCode::kFrequency, "FREQUENCY", "重复购买 {actual} 次（平均 {typical}）",
     "{actual} repeat purchases (typical {typical})", "重复购买次数：{before} → {after}",
     "repeat purchases: {before} -> {after}"},
    {ReasonCode::kSpend, "SPEND", "每次购买的毛利 {actual}（平均 {typical}）",
     "margin per purchase {actual} (typical {typical})", "每次购买的毛利：{before} → {after}",
     "margin per purchase: {before} -> {after}"},
    {ReasonCode::kTenure, "TENURE", "首次购买至今 {actual} 周（平均 {typical}）",
     "{actual} weeks since the first purchase (typical {typical})",
     "首次购买至今的周数：{before} → {after}",
     "weeks since the first purchase: {before} -> {after}"},
    {ReasonCode::kSubscriptions, "SUBSCRIPTIONS", "有 {actual} 份有效合约",
     "{actual} running subscriptions", "有效合约：{before} → {after}",
     "running subscriptions: {before} -> {after}"},
    {ReasonCode::kGivenToReferrer, "GIVEN_TO_REFERRER", "由他人推荐而来，部分毛利计入推荐人",
     "was referred: a share of the margin counts for the referrer", "计入推荐人的毛利变了",
     "the share of the margin that counts for the referrer changed"},
    {ReasonCode::kCostToServe, "COST_TO_SERVE", "服务成本记录 {actual} 次",
     "{actual} recorded costs to serve", "服务成本（记录次数：{before} → {after}）",
     "costs to serve (records: {before} -> {after})"},
    {ReasonCode::kRemedies, "REMEDIES", "补救 {actual} 次", "{actual} remedies",
     "补救次数：{before} → {after}", "remedies: {before} -> {after}"},
    {ReasonCode::kReferredCustomers, "REFERRED_CUSTOMERS", "所推荐客户未来毛利的分成",
     "share of the margin of customers already referred", "所推荐客户的未来毛利变了",
     "the margin of customers already referred changed"},
    {ReasonCode::kReferrals, "REFERRALS", "推荐过 {actual} 次，预期还会推荐",
     "{actual} referrals, and more to come", "推荐次数：{before} → {after}",
     "referrals: {before} -> {after}"},
    {ReasonCode::kInformation, "INFORMATION", "提供信息 {actual} 次",
     "{actual} items of information", "提供信息次数：{before} → {after}",
     "items of information: {before} -> {after}"},
    {ReasonCode::kKnowledge, "KNOWLEDGE", "被采纳的建议 {actual} 条",
     "{actual} adopted suggestions", "被采纳的建议：{before} → {after}",
     "adopted suggestions: {before} -> {after}"},
    {ReasonCode::kTransactions, "TRANSACTIONS", "伙伴交易 {actual} 次",
     "{actual} partner transactions", "伙伴交易次数：{before} → {after}",
     "partner transactions: {before} -> {after}"},
    {ReasonCode::kMatchBase, "MATCH_BASE", "匹配的起点", "where every match starts",
     "从没有评分到有评分", "from no rating at all to one"},
    {ReasonCode::kMatchByPerson, "MATCH_BY_PERSON", "{subject}：{people} 评分 {actual}",
     "{subject}: rated {actual} by {people}", "{subject}：{before} → {after}（人工评分）",
     "{subject}: {before} -> {after} (rated by people)"},
    {ReasonCode::kMatchByPredicate, "MATCH_BY_PREDICATE", "{subject}：按客户属性判定 {actual}",
     "{subject}: {actual} by the customer's attributes", "{subject}：{before} → {after}（按属性）",
     "{subject}: {before} -> {after} (by attributes)"},
    {ReasonCode::kMatchByMetric, "MATCH_BY_METRIC", "{subject}：按指标计算 {actual}",
     "{subject}: {actual} by its metric", "{subject}：{before} → {after}（按指标）",
     "{subject}: {before} -> {after} (by its metric)"},
}};

// Margin expected of purchases as a function of the four factors, each the customer's own or the
// mean customer's.
class PurchaseModel {
 public:
  struct Factors {
    double alive = 0;
    double repeat_count = 0;
    double margin = 0;  // Per purchase.
    double age_weeks = 0;
  };

  // `history` is the customer's own, nullptr without a purchase day.
  PurchaseModel(const ModelPart& part, const ScoringPolicy& policy, const Factors& own,
                const Factors& mean, const PurchaseHistory* history)
      : part_(part), policy_(policy), own_(own), mean_(mean), history_(history) {}

  // Bit i of `own`: factor i is the customer's.
  absl::StatusOr<std::array<double, 1 << kFactorCount>> ValuesOfAllMixes() {
    std::array<double, 1 << kFactorCount> values{};
    for (const bool own_count : {false, true}) {
      for (const bool own_age : {false, true}) {
        VL_ASSIGN_OR_RETURN(const DiscountedFuture future, FutureOf(own_count, own_age));
        for (const bool own_alive : {false, true}) {
          for (const bool own_margin : {false, true}) {
            const size_t mix = (own_alive ? 1u : 0u) | (own_count ? 2u : 0u) |
                               (own_margin ? 4u : 0u) | (own_age ? 8u : 0u);
            values[mix] = (own_alive ? own_.alive : mean_.alive) *
                          (own_margin ? own_.margin : mean_.margin) * future.purchases;
          }
        }
        if (!own_count && !own_age) mean_active_weeks_ = mean_.alive * future.active_weeks;
      }
    }
    return values;
  }

  double mean_active_weeks() const { return mean_active_weeks_; }

 private:
  // What the silence since the last purchase adds belongs to count and age together.
  absl::StatusOr<DiscountedFuture> FutureOf(bool own_count, bool own_age) const {
    if (own_count && own_age && history_ != nullptr) {
      return DiscountedGivenAlive(part_.purchase, *history_, policy_.HorizonWeeks(),
                                  policy_.DeltaWeekly());
    }
    return DiscountedGivenAlive(part_.purchase, own_count ? own_.repeat_count : mean_.repeat_count,
                                own_age ? own_.age_weeks : mean_.age_weeks, policy_.HorizonWeeks(),
                                policy_.DeltaWeekly());
  }

  const ModelPart& part_;
  const ScoringPolicy& policy_;
  const Factors own_;
  const Factors mean_;
  const PurchaseHistory* history_;
  double mean_active_weeks_ = 0;
};

// The mean over all orders of switching factor `factor` from the mean customer's to the own value.
double Shapley(const std::array<double, 1 << kFactorCount>& values, size_t factor) {
  constexpr std::array<double, kFactorCount> kWeight = {1.0 / 4, 1.0 / 12, 1.0 / 12, 1.0 / 4};
  double sum = 0;
  for (size_t mix = 0; mix < values.size(); ++mix) {
    if ((mix >> factor) & 1) continue;
    const double step = values[mix | (size_t{1} << factor)] - values[mix];
    sum += kWeight[static_cast<size_t>(std::popcount(mix))] * step;
  }
  return sum;
}

// What the mean customer is expected to bring by a component: its rate across customers.
double MeanComponent(const ModelPart& part, const ScoringPolicy& policy, Component component,
                     double active_weeks) {
  const std::optional<ComponentPrior>& prior = part.components[static_cast<size_t>(component)];
  if (!prior) return 0;
  double amount = prior->mean_amount;
  if (component == Component::kReferral) {
    amount = policy.referral_attribution * policy.margin_ratio * prior->mean_referred_amount +
             policy.acquisition_cost * prior->acquired_ratio - prior->mean_amount;
  } else if (component == Component::kInformation) {
    amount *= policy.information_value;
  } else if (component == Component::kCostToServe || component == Component::kRemedy) {
    amount = -amount;
  }
  return prior->rate.g / prior->rate.h * amount * active_weeks;
}

void Display(std::vector<Reason>& reasons) {
  std::vector<double> parts;
  for (const Reason& reason : reasons) parts.push_back(reason.contribution);
  const std::vector<double> rounded = RoundToSum(parts);
  for (size_t i = 0; i < reasons.size(); ++i) reasons[i].displayed = rounded[i];
}

void Replace(std::string& text, std::string_view name, std::string_view with) {
  const size_t at = text.find(name);
  if (at != std::string::npos) text.replace(at, name.size(), with);
}

}  // namespace

std::span<const ReasonText> ReasonCatalogue() { return kCatalogue; }
std::string_view ReasonCodeName(ReasonCode code) {
  return kCatalogue[static_cast<size_t>(code)].name;
}

absl::StatusOr<std::vector<Reason>> ValueReasons(const CustomerFacts& facts, const ModelPart& part,
                                                 const ScoringPolicy& policy,
                                                 const ExpectedResult& expected) {
  const MeanCustomer typical = TypicalCustomer(part);
  const PurchaseModel::Factors mean{.alive = typical.alive_probability,
                                    .repeat_count = typical.repeat_count,
                                    .margin = typical.spend * policy.margin_ratio,
                                    .age_weeks = typical.age_weeks};
  // Without a purchase day nothing is expected of purchases: the same mean customer, not alive.
  PurchaseModel::Factors own = mean;
  own.alive = 0;
  if (facts.purchases.history) {
    own = {.alive = expected.alive_probability,
           .repeat_count = static_cast<double>(facts.purchases.history->repeat_count),
           .margin = expected.spend_per_purchase * expected.margin_ratio,
           .age_weeks = facts.purchases.history->age_weeks};
  }
  const PurchaseHistory* history = facts.purchases.history ? &*facts.purchases.history : nullptr;
  PurchaseModel model(part, policy, own, mean, history);
  using Values = std::array<double, 1 << kFactorCount>;
  VL_ASSIGN_OR_RETURN(const Values values, model.ValuesOfAllMixes());

  double base = values[0];
  std::vector<Reason> reasons(1);
  const auto add = [&](ReasonCode code, double contribution, double actual, double typical_value) {
    if (contribution == 0) return;
    reasons.push_back(
        {.code = code, .contribution = contribution, .actual = actual, .typical = typical_value});
  };
  add(ReasonCode::kAlive, Shapley(values, 0), own.alive, mean.alive);
  add(ReasonCode::kFrequency, Shapley(values, 1), own.repeat_count, mean.repeat_count);
  add(ReasonCode::kSpend, Shapley(values, 2), own.margin, mean.margin);
  add(ReasonCode::kTenure, Shapley(values, 3), own.age_weeks, mean.age_weeks);
  const ExpectedParts& parts = expected.parts;
  add(ReasonCode::kSubscriptions, parts.subscriptions,
      static_cast<double>(facts.subscriptions.size()), 0);
  add(ReasonCode::kGivenToReferrer, parts.given_to_referrer, 1, 0);
  add(ReasonCode::kReferredCustomers, parts.referred_customers, 0, 0);
  const auto add_component = [&](ReasonCode code, Component component, double own_value) {
    const double mean_value = MeanComponent(part, policy, component, model.mean_active_weeks());
    base += mean_value;
    add(code, own_value - mean_value, facts.total(EventKindOf(component)).count, 0);
  };
  add_component(ReasonCode::kCostToServe, Component::kCostToServe, parts.cost_to_serve);
  add_component(ReasonCode::kRemedies, Component::kRemedy, parts.remedies);
  add_component(ReasonCode::kReferrals, Component::kReferral, parts.referrals);
  add_component(ReasonCode::kInformation, Component::kInformation, parts.information);
  add_component(ReasonCode::kKnowledge, Component::kKnowledge, parts.knowledge);
  add_component(ReasonCode::kTransactions, Component::kTransaction, parts.transactions);
  reasons[0] = {.code = ReasonCode::kSegmentMean, .contribution = base};
  Display(reasons);
  return reasons;
}

std::vector<Reason> MatchReasons(const MatchResult& match) {
  if (!match.score) return {};
  std::vector<Reason> reasons = {{.code = ReasonCode::kMatchBase, .contribution = 50}};
  for (const CriterionResult& criterion : match.criteria) {
    if (!criterion.rating) continue;
    const ReasonCode code = criterion.rated_by == RatedBy::kPerson ? ReasonCode::kMatchByPerson
                            : criterion.rated_by == RatedBy::kPredicate
                                ? ReasonCode::kMatchByPredicate
                                : ReasonCode::kMatchByMetric;
    reasons.push_back({.code = code,
                       .contribution = criterion.weight * (*criterion.rating - 50),
                       .actual = *criterion.rating,
                       .typical = 50,
                       .subject = criterion.criterion,
                       .people = criterion.raters});
  }
  Display(reasons);
  return reasons;
}

std::string RenderReason(const Reason& reason, std::string_view language_code) {
  const ReasonText& entry = kCatalogue[static_cast<size_t>(reason.code)];
  const bool chinese = language_code.substr(0, 2) == "zh";
  std::string text(chinese ? entry.text_zh : entry.text_en);
  // Numbers first: a criterion's id may contain a placeholder of its own.
  Replace(text, "{actual}", fmt::format("{:.4g}", reason.actual));
  Replace(text, "{typical}", fmt::format("{:.4g}", reason.typical));
  std::string people;
  for (const std::string& person : reason.people) {
    if (!people.empty()) people += chinese ? "、" : ", ";
    people += person;
  }
  Replace(text, "{people}", people);
  Replace(text, "{subject}", reason.subject);
  return text;
}

std::vector<double> RoundToSum(std::span<const double> parts) {
  std::vector<double> floors;
  std::vector<double> remainders;
  double floor_sum = 0;
  double total = 0;
  for (const double part : parts) {
    const double cents = part * kCents;
    floors.push_back(std::floor(cents));
    remainders.push_back(cents - floors.back());
    floor_sum += floors.back();
    total += part;
  }
  std::vector<size_t> order(parts.size());
  std::iota(order.begin(), order.end(), size_t{0});
  std::stable_sort(order.begin(), order.end(),
                   [&](size_t a, size_t b) { return remainders[a] > remainders[b]; });
  auto extra = static_cast<int64_t>(std::llround(total * kCents) - std::llround(floor_sum));
  for (size_t i = 0; i < order.size() && extra > 0; ++i, --extra) floors[order[i]] += 1;
  for (double& value : floors) value /= kCents;
  return floors;
}

}  // namespace valueloop::scoring
