// Insight in money: exchange, prices, recovery, contracts.
#include <array>
#include <cmath>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "common/status.h"
#include "fmt/format.h"
#include "scoring/domain/insight/contract_value.h"
#include "scoring/domain/insight/price_line.h"
#include "scoring/domain/insight/recovery.h"
#include "scoring/rpc/insight_answers.h"

namespace valueloop::scoring {
namespace {

constexpr std::array kFeedback = {EventKind::kFeedback};
constexpr std::array kComplaints = {EventKind::kComplaint, EventKind::kRemedy};
constexpr double kDefaultQualityImportance = .5;

// Feedback of one customer after the other: the latest value case of each offer and the latest
// scores.
class CaseReader {
 public:
  explicit CaseReader(std::span<const DimensionWeight> weights)
      : scores_(weights, {}), map_(weights) {}

  void Add(const std::string& customer_id, const Feedback& feedback, std::string_view offer) {
    if (customer_id != customer_id_) Flush();
    customer_id_ = customer_id;
    scores_.Add(feedback);
    if (!feedback.value_case || (!offer.empty() && feedback.value_case->offer != offer)) return;
    cases_[feedback.value_case->offer] = *feedback.value_case;
  }
  void Flush() {
    for (const auto& [offer, value_case] : cases_) offers_.Add(value_case);
    map_.Add(scores_);
    cases_.clear();
    scores_.Clear();
  }
  std::vector<OfferResult> Offers() const { return offers_.Result(); }
  const ValueMapCollector& map() const { return map_; }

 private:
  PerceptionScores scores_;
  ValueMapCollector map_;
  OfferCollector offers_;
  std::string customer_id_;
  std::map<std::string, ValueCase, std::less<>> cases_;
};

void OfferToProto(const OfferResult& offer, v1::OfferPrice& out) {
  out.set_offer(offer.offer);
  out.set_customer_count(offer.customer_count);
  out.set_price(offer.price);
  out.set_reference_price(offer.reference_price);
  out.set_differentiation_value(offer.differentiation_value);
  out.set_value_price(offer.value_price());
  out.set_customer_gain(offer.customer_gain());
  out.set_within_value(offer.price <= offer.value_price());
  out.set_overpriced_count(offer.overpriced_count);
  if (const auto share = offer.captured_share()) out.set_captured_share(*share);
  for (const DriverResult& driver : offer.drivers) {
    v1::ValueDriver& row = *out.add_drivers();
    row.set_driver(driver.driver);
    row.set_amount(driver.amount);
    row.set_customer_count(driver.customer_count);
  }
}

void ValueMapToProto(const ValueMapResult& map, v1::ValueMap& out) {
  if (map.quality_ratio) out.set_quality_ratio(*map.quality_ratio);
  if (map.price_ratio) out.set_price_ratio(*map.price_ratio);
  if (map.fair_price_ratio) out.set_fair_price_ratio(*map.fair_price_ratio);
  if (map.distance) out.set_distance(*map.distance);
  if (map.win_score) out.set_win_score(*map.win_score);
  for (const WinDriverResult& driver : map.drivers) {
    v1::WinDriver& row = *out.add_drivers();
    row.set_dimension(driver.dimension);
    row.set_weight(driver.weight);
    row.set_own(driver.own);
    row.set_rival(driver.rival);
    row.set_effect(driver.effect);
    row.set_customer_count(driver.customer_count);
  }
}

// Complaints and remedies of a customer.
struct Complaints {
  std::vector<ComplaintRecord> complaints;
  std::vector<RemedyRecord> remedies;
};
using ComplaintsByCustomer = std::map<std::string, Complaints, std::less<>>;

absl::StatusOr<ComplaintsByCustomer> ReadComplaints(const InsightScope& scope) {
  ComplaintsByCustomer by_customer;
  VL_RETURN_IF_ERROR(scope.ForEachEvent(
      kComplaints, [&](const StoredEvent& stored, const Event& event, int32_t day) {
        Complaints& known = by_customer[stored.customer_id];
        if (const auto* remedy = std::get_if<Remedy>(&event.payload)) {
          const std::string& names = remedy->complaint_event_id;
          known.remedies.push_back(
              {.day = day, .complaint_key = names.empty() ? 0 : EventKey(stored.source, names)});
        } else {
          known.complaints.push_back({.day = day, .key = EventKey(stored.source, stored.event_id)});
        }
        return absl::OkStatus();
      }));
  return by_customer;
}

void GroupToProto(const RecoveryGroupResult& group, v1::RecoveryGroup& out) {
  out.set_complaint_count(group.complaint_count);
  out.set_kept_count(group.kept_count);
  if (const auto ratio = group.kept_ratio()) out.set_kept_ratio(*ratio);
  out.set_kept_margin(group.kept_margin);
}

void RecoveryToProto(const RecoveryResult& result, v1::ServiceRecovery& out) {
  out.set_complaint_count(result.all.complaint_count);
  out.set_pending_count(result.pending_count);
  out.set_kept_count(result.all.kept_count);
  if (const auto ratio = result.all.kept_ratio()) out.set_recovery_ratio(*ratio);
  GroupToProto(result.remedied, *out.mutable_remedied());
  GroupToProto(result.not_remedied, *out.mutable_not_remedied());
  out.set_remedy_cost(result.remedy_cost);
  out.set_kept_margin(result.all.kept_margin);
  if (const auto roi = result.remedy_roi()) out.set_remedy_roi(*roi);
  out.set_service_cost(result.service_cost);
  out.set_served_margin(result.served_margin);
  if (const auto roi = result.service_roi()) out.set_service_roi(*roi);
  if (result.all.complaint_count == 0) out.add_missing("complaints");
}

}  // namespace

absl::StatusOr<ExchangeResult> ComputeExchange(const InsightSources&, const InsightScope& scope,
                                               double margin_ratio) {
  std::map<std::string, std::map<std::string, double>, std::less<>> gains;  // By customer, offer.
  VL_RETURN_IF_ERROR(scope.ForEachEvent(kFeedback, [&](const StoredEvent& stored,
                                                       const Event& event, int32_t) {
    const auto& feedback = std::get<Feedback>(event.payload);
    if (feedback.value_case) {
      gains[stored.customer_id][feedback.value_case->offer] = CustomerGain(*feedback.value_case);
    }
    return absl::OkStatus();
  }));
  ExchangeResult result;
  VL_RETURN_IF_ERROR(scope.ForEachCustomer([&](const CustomerRecord& record) {
    std::optional<double> gain;
    if (const auto found = gains.find(record.customer_id); found != gains.end()) {
      gain = 0;
      for (const auto& [offer, amount] : found->second) *gain += amount;
    }
    result.Add(ValueToFirm(record.summary, scope.as_of(), margin_ratio), gain);
    return absl::OkStatus();
  }));
  return result;
}

absl::Status AnswerExchange(const InsightSources& sources, const InsightScope& scope,
                            const v1::GetExchangeBalanceRequest&, v1::ExchangeBalance& response) {
  VL_ASSIGN_OR_RETURN(const auto versions, sources.versions.Get(scope.workspace().id));
  VL_ASSIGN_OR_RETURN(const ExchangeResult result,
                      ComputeExchange(sources, scope, versions->policy->policy().margin_ratio));
  response.set_as_of(scope.as_of_text());
  response.set_customer_count(result.customer_count);
  response.set_with_value_case_count(result.with_value_case_count);
  response.set_value_to_firm(result.value_to_firm);
  if (result.value_to_customer) {
    response.set_value_to_customer(*result.value_to_customer);
    response.set_value_to_firm_of_compared(*result.value_to_firm_of_compared);
  } else {
    response.add_missing("feedback.value_case");
  }
  if (const auto ratio = result.ratio()) response.set_ratio(*ratio);
  if (const auto both_gain = result.both_gain()) response.set_both_gain(*both_gain);
  if (!scope.customer_id().has_value()) return absl::OkStatus();
  const std::string ids[] = {*scope.customer_id()};
  VL_ASSIGN_OR_RETURN(const auto scores,
                      sources.scorer.ScoreMany(scope.workspace(), ids, *versions, scope.as_of(),
                                               /*with_reasons=*/false));
  if (!scores.front().ok()) return scores.front().status();
  const Score& score = *scores.front();
  if (score.lifetime_value) response.set_lifetime_value(*score.lifetime_value);
  for (const std::string& missing : score.missing) response.add_missing(missing);
  return absl::OkStatus();
}

absl::Status AnswerPriceLine(const InsightSources&, const InsightScope& scope,
                             const v1::GetPriceLineRequest& request, v1::PriceLine& response) {
  VL_ASSIGN_OR_RETURN(
      const std::vector<DimensionWeight> weights,
      WeightsFromProto("benefit_weights", request.benefit_weights(), DefaultBenefitWeights()));
  VL_ASSIGN_OR_RETURN(const int max_age, ParseDays("max_age_days", request.max_age_days(), 365));
  double importance = request.quality_importance();
  if (importance == 0) importance = kDefaultQualityImportance;
  if (!(importance > 0 && importance < 1)) {
    return InvalidField("quality_importance", fmt::format("{}", importance), "above 0 and below 1");
  }
  if (!request.offer().empty()) VL_RETURN_IF_ERROR(ValidateId("offer", request.offer()));
  CaseReader reader(weights);
  VL_RETURN_IF_ERROR(scope.ForEachEvent(
      kFeedback, [&](const StoredEvent& stored, const Event& event, int32_t day) {
        if (scope.last_day() - day < max_age) {
          reader.Add(stored.customer_id, std::get<Feedback>(event.payload), request.offer());
        }
        return absl::OkStatus();
      }));
  reader.Flush();
  response.set_as_of(scope.as_of_text());
  VL_ASSIGN_OR_RETURN(const int64_t customer_count, scope.CountCustomers());
  response.set_customer_count(customer_count);
  double price = 0;
  double reference_price = 0;
  for (const OfferResult& offer : reader.Offers()) {
    OfferToProto(offer, *response.add_offers());
    const auto count = static_cast<double>(offer.customer_count);
    price += offer.price * count;
    reference_price += offer.reference_price * count;
  }
  if (response.offers_size() == 0) response.add_missing("feedback.value_case");
  const ValueMapResult map = reader.map().Result(importance, price, reference_price);
  if (map.drivers.empty()) {
    response.add_missing("feedback.benefits.rival_score");
  } else {
    ValueMapToProto(map, *response.mutable_value_map());
  }
  return absl::OkStatus();
}

absl::Status AnswerRecovery(const InsightSources& sources, const InsightScope& scope,
                            const v1::GetServiceRecoveryRequest& request,
                            v1::ServiceRecovery& response) {
  VL_ASSIGN_OR_RETURN(const auto versions, sources.versions.Get(scope.workspace().id));
  RecoveryOptions options{.as_of = scope.as_of(),
                          .margin_ratio = versions->policy->policy().margin_ratio};
  VL_ASSIGN_OR_RETURN(options.window_days, ParseDays("window_days", request.window_days(), 365));
  VL_ASSIGN_OR_RETURN(options.follow_up_days,
                      ParseDays("follow_up_days", request.follow_up_days(), 180));
  VL_ASSIGN_OR_RETURN(const ComplaintsByCustomer by_customer, ReadComplaints(scope));
  RecoveryCollector collector(options);
  int64_t customer_count = 0;
  VL_RETURN_IF_ERROR(scope.ForEachCustomer([&](const CustomerRecord& record) {
    ++customer_count;
    static const Complaints kNone;
    const auto found = by_customer.find(record.customer_id);
    const Complaints& known = found == by_customer.end() ? kNone : found->second;
    collector.Add(record.summary, known.complaints, known.remedies);
    return absl::OkStatus();
  }));
  response.set_as_of(scope.as_of_text());
  response.set_customer_count(customer_count);
  response.set_first_day(absl::FormatCivilTime(options.first_day()));
  response.set_last_day(absl::FormatCivilTime(options.last_day()));
  response.set_policy_version(versions->numbers.policy);
  RecoveryToProto(collector.result(), response);
  return absl::OkStatus();
}

absl::Status AnswerContractValue(const InsightSources& sources, const InsightScope& scope,
                                 const v1::GetContractValueRequest& request,
                                 v1::ContractValue& response) {
  VL_ASSIGN_OR_RETURN(const auto versions, sources.versions.Get(scope.workspace().id));
  ContractValueOptions options{.as_of = scope.as_of(),
                               .margin_ratio = versions->policy->policy().margin_ratio};
  VL_ASSIGN_OR_RETURN(options.window_days, ParseDays("window_days", request.window_days(), 365));
  ContractValueCollector collector(options);
  int64_t customer_count = 0;
  VL_RETURN_IF_ERROR(scope.ForEachCustomer([&](const CustomerRecord& record) {
    ++customer_count;
    collector.Add(record.summary);
    return absl::OkStatus();
  }));
  const ContractValueResult& result = collector.result();
  response.set_as_of(scope.as_of_text());
  response.set_customer_count(customer_count);
  response.set_running_count(result.running_count);
  response.set_contract_months(result.contract_months);
  response.set_stopped_count(result.stopped_count);
  response.set_policy_version(versions->numbers.policy);
  if (const auto arpu = result.arpu()) response.set_arpu(*arpu);
  if (const auto margin = result.monthly_margin()) response.set_monthly_margin(*margin);
  if (const auto churn = result.monthly_churn()) {
    response.set_monthly_churn(*churn);
    response.set_annual_churn(AnnualChurn(*churn));
  } else {
    response.add_missing("subscriptions");
  }
  if (const auto tenure = result.expected_tenure_months()) {
    response.set_expected_tenure_months(*tenure);
    response.set_lifetime_contribution(*result.lifetime_contribution());
  }
  return absl::OkStatus();
}

}  // namespace valueloop::scoring
