// Insight into people and what they hold: promises, buying centres, profiles, products.
#include <algorithm>
#include <array>
#include <limits>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <unordered_set>
#include <utility>
#include <vector>

#include "common/status.h"
#include "common/text_rule.h"
#include "fmt/format.h"
#include "scoring/domain/civil_day.h"
#include "scoring/domain/insight/buying_centre.h"
#include "scoring/domain/insight/data_quality.h"
#include "scoring/domain/insight/holdings.h"
#include "scoring/domain/insight/promises.h"
#include "scoring/rpc/event_proto.h"
#include "scoring/rpc/insight_answers.h"
#include "scoring/rpc/insight_page.h"
#include "scoring/rpc/snapshot_proto.h"

namespace valueloop::scoring {
namespace {

constexpr std::array kFeedback = {EventKind::kFeedback};
constexpr std::array kPromises = {EventKind::kPromise, EventKind::kPromiseKept};
constexpr std::array kContacts = {EventKind::kContact};
// Refunds first: they say which purchases count no more.
constexpr std::array kHoldings = {EventKind::kRefund, EventKind::kPurchase};
constexpr int kMaxListed = 50;  // Roles or attributes of one request.
constexpr int kMaxOffers = 100;
constexpr int64_t kAllRows = std::numeric_limits<int64_t>::max();

std::string DayText(int32_t day) { return absl::FormatCivilTime(DayFromNumber(day)); }

absl::Status CheckListed(std::string_view field, int count) {
  if (count <= kMaxListed) return absl::OkStatus();
  return InvalidField(field, fmt::format("{} entries", count),
                      fmt::format("at most {}", kMaxListed));
}

absl::StatusOr<std::vector<std::string>> ParseAttributes(
    std::string_view field, const google::protobuf::RepeatedPtrField<std::string>& names) {
  VL_RETURN_IF_ERROR(CheckListed(field, names.size()));
  for (const std::string& name : names) VL_RETURN_IF_ERROR(ValidateAttributeName(field, name));
  return std::vector<std::string>(names.begin(), names.end());
}

absl::StatusOr<int64_t> ParseSupport(int32_t min_support) {
  if (min_support == 0) return 5;
  if (min_support > 0) return min_support;
  return InvalidField("min_support", fmt::format("{}", min_support), "1 or more, or 0");
}

// Calls `on_products` with what each customer holds.
absl::Status ReadHeld(
    const InsightScope& scope,
    absl::FunctionRef<void(const std::string&, const std::set<std::string>&)> on_products) {
  using Key = std::pair<std::string, uint64_t>;  // Customer, EventKey of a purchase.
  std::map<Key, int64_t> refunded;
  std::string customer_id;
  std::set<std::string> held;
  VL_RETURN_IF_ERROR(scope.ForEachEvent(kHoldings, [&](const StoredEvent& stored,
                                                       const Event& event, int32_t) {
    if (const auto* refund = std::get_if<Refund>(&event.payload)) {
      if (!refund->purchase_event_id.empty()) {
        refunded[{stored.customer_id, EventKey(stored.source, refund->purchase_event_id)}] +=
            refund->amount_micros;
      }
      return absl::OkStatus();
    }
    if (stored.customer_id != customer_id) {
      if (!held.empty()) on_products(customer_id, held);
      held.clear();
      customer_id = stored.customer_id;
    }
    const auto& purchase = std::get<Purchase>(event.payload);
    const auto back = refunded.find({stored.customer_id, EventKey(stored.source, stored.event_id)});
    if (back != refunded.end() && back->second >= purchase.amount_micros) {
      return absl::OkStatus();
    }
    for (const PurchaseItem& item : purchase.items) held.insert(item.product);
    return absl::OkStatus();
  }));
  if (!held.empty()) on_products(customer_id, held);
  return absl::OkStatus();
}

void LateToProto(const std::string& workspace, const LatePromiseResult& late,
                 v1::LatePromise& out) {
  out.set_customer(fmt::format("workspaces/{}/customers/{}", workspace, late.customer_id));
  out.set_promise_id(late.promise_id);
  out.set_text(late.text);
  out.set_due_day(DayText(late.due_day));
  out.set_overdue_days(late.overdue_days);
}

void PersonToProto(const PersonResult& person, v1::BuyingCentrePerson& out) {
  out.set_person(person.person);
  out.set_role(person.role);
  if (person.attitude) out.set_attitude(*person.attitude);
  if (person.influence) out.set_influence(*person.influence);
  if (person.last_met_day) out.set_last_met_day(DayText(*person.last_met_day));
  out.set_met(person.met);
  out.set_contact_count(person.contact_count);
}

// Who has what beside the summary.
struct Profiles {
  std::unordered_set<std::string> with_needs;
  std::unordered_set<std::string> with_perception;
  std::unordered_set<std::string> with_class;
  std::optional<Snapshot> snapshot;
};

absl::StatusOr<Profiles> ReadProfiles(const InsightSources& sources, const InsightScope& scope,
                                      int max_age_days) {
  Profiles profiles;
  VL_RETURN_IF_ERROR(scope.ForEachEvent(
      kFeedback, [&](const StoredEvent& stored, const Event& event, int32_t day) {
        if (scope.last_day() - day >= max_age_days) return absl::OkStatus();
        const auto& feedback = std::get<Feedback>(event.payload);
        if (!feedback.needs.empty()) profiles.with_needs.insert(stored.customer_id);
        if (!feedback.benefits.empty() || !feedback.costs.empty()) {
          profiles.with_perception.insert(stored.customer_id);
        }
        return absl::OkStatus();
      }));
  const std::string& workspace = scope.workspace().id;
  VL_ASSIGN_OR_RETURN(profiles.snapshot, sources.snapshots.Newest(workspace));
  if (!profiles.snapshot.has_value()) return profiles;
  VL_RETURN_IF_ERROR(sources.snapshots.Scan(workspace, profiles.snapshot->id, "", kAllRows,
                                            [&](const SnapshotRow& row) {
                                              if (row.customer_class != CustomerClass::kUnknown) {
                                                profiles.with_class.insert(row.customer_id);
                                              }
                                              return absl::OkStatus();
                                            }));
  return profiles;
}

void QualityToProto(const DataQualityResult& result, const DataQualityOptions& options,
                    v1::DataQuality& out) {
  const auto ratio = [&](int64_t count) {
    return result.customer_count == 0
               ? 0
               : static_cast<double>(count) / static_cast<double>(result.customer_count);
  };
  out.set_customer_count(result.customer_count);
  for (size_t i = 0; i < result.element_counts.size(); ++i) {
    v1::ProfileElement& element = *out.add_elements();
    element.set_element(std::string(ProfileElementNames()[i]));
    element.set_customer_count(result.element_counts[i]);
    element.set_ratio(ratio(result.element_counts[i]));
  }
  if (result.profile_completeness) out.set_profile_completeness(*result.profile_completeness);
  out.set_complete_profile_count(result.complete_profile_count);
  if (result.attribute_completeness) {
    out.set_attribute_completeness(*result.attribute_completeness);
  }
  if (result.fresh_ratio) out.set_fresh_ratio(*result.fresh_ratio);
  if (result.median_age_days) out.set_median_age_days(*result.median_age_days);
  if (result.duplicate_ratio) out.set_duplicate_ratio(*result.duplicate_ratio);
  for (size_t i = 0; i < options.required_attributes.size(); ++i) {
    v1::AttributeFill& fill = *out.add_attributes();
    fill.set_attribute(options.required_attributes[i]);
    fill.set_filled_count(result.filled_counts[i]);
    fill.set_ratio(ratio(result.filled_counts[i]));
  }
}

}  // namespace

absl::Status AnswerPromises(const InsightSources& sources, const InsightScope& scope,
                            const v1::GetPromisesRequest& request, v1::Promises& response) {
  VL_ASSIGN_OR_RETURN(const InsightPage page, ParsePage(request));
  PromiseCollector collector(scope.last_day());
  VL_RETURN_IF_ERROR(scope.ForEachEvent(
      kPromises, [&](const StoredEvent& stored, const Event& event, int32_t day) {
        if (const auto* promise = std::get_if<Promise>(&event.payload)) {
          const int32_t due = DayNumber(DayOf(promise->due_micros, scope.workspace().time_zone));
          collector.AddPromise(stored.customer_id, event.occurred_micros, due, *promise);
        } else {
          collector.AddKept(stored.customer_id, event.occurred_micros, day,
                            std::get<PromiseKept>(event.payload));
        }
        return absl::OkStatus();
      }));
  const PromisesResult result = collector.Result();
  response.set_as_of(scope.as_of_text());
  response.set_promise_count(result.promise_count);
  response.set_due_count(result.due_count);
  response.set_kept_on_time_count(result.kept_on_time_count);
  response.set_kept_late_count(result.kept_late_count);
  response.set_overdue_count(result.overdue_count);
  response.set_open_count(result.open_count);
  response.set_kept_early_count(result.kept_early_count);
  response.set_unmatched_keeping_count(result.unmatched_keeping_count);
  if (result.promise_count == 0) response.add_missing("promises");
  VL_ASSIGN_OR_RETURN(const auto versions, sources.versions.Get(scope.workspace().id));
  VL_ASSIGN_OR_RETURN(const ExchangeResult exchange,
                      ComputeExchange(sources, scope, versions->policy->policy().margin_ratio));
  response.set_customer_count(exchange.customer_count);
  if (!exchange.both_gain()) response.add_missing("feedback.value_case");
  if (const auto ratio = result.kept_ratio()) response.set_kept_ratio(*ratio);
  if (const auto trust = TrustIndex(result.kept_ratio(), exchange.both_gain())) {
    response.set_trust_index(*trust);
  }
  for (size_t i = page.offset; i < page.End(result.late.size()); ++i) {
    LateToProto(scope.workspace().id, result.late[i], *response.add_late());
  }
  response.set_next_page_token(page.NextToken(result.late.size(), scope.as_of_text()));
  return absl::OkStatus();
}

absl::Status AnswerBuyingCentre(const InsightSources&, const InsightScope& scope,
                                const v1::GetBuyingCentreRequest& request,
                                v1::BuyingCentre& response) {
  VL_ASSIGN_OR_RETURN(const int met_days, ParseDays("met_days", request.met_days(), 90));
  VL_RETURN_IF_ERROR(CheckListed("roles", request.roles_size()));
  for (const std::string& role : request.roles()) {
    if (role.empty()) return InvalidField("roles", role, "1 to 1024 bytes");
    VL_RETURN_IF_ERROR(ValidateText("roles", role, 1024));
  }
  const std::vector<std::string> named(request.roles().begin(), request.roles().end());
  BuyingCentreCollector collector;
  VL_RETURN_IF_ERROR(
      scope.ForEachEvent(kContacts, [&](const StoredEvent&, const Event& event, int32_t day) {
        collector.Add(day, std::get<Contact>(event.payload));
        return absl::OkStatus();
      }));
  const BuyingCentreResult result =
      collector.Result(scope.last_day(), met_days,
                       named.empty() ? DefaultRoles() : std::span<const std::string>(named));
  response.set_as_of(scope.as_of_text());
  for (const PersonResult& person : result.people) PersonToProto(person, *response.add_people());
  if (result.coverage) response.set_coverage(*result.coverage);
  if (result.support) response.set_support(*result.support);
  if (result.mean_attitude) response.set_mean_attitude(*result.mean_attitude);
  for (const std::string& role : result.missing_roles) response.add_missing_roles(role);
  for (const std::string& role : result.unmet_roles) response.add_unmet_roles(role);
  for (const std::string& person : result.missing_contacts) {
    response.add_missing_contacts(person);
  }
  if (result.people.empty()) response.add_missing("contacts");
  if (!result.coverage) response.add_missing("contacts.influence");
  if (!result.support) response.add_missing("contacts.attitude");
  return absl::OkStatus();
}

absl::Status AnswerDataQuality(const InsightSources& sources, const InsightScope& scope,
                               const v1::GetDataQualityRequest& request,
                               v1::DataQuality& response) {
  DataQualityOptions options{.as_of = scope.as_of()};
  VL_ASSIGN_OR_RETURN(options.max_age_days, ParseDays("max_age_days", request.max_age_days(), 365));
  VL_ASSIGN_OR_RETURN(options.required_attributes,
                      ParseAttributes("required_attributes", request.required_attributes()));
  VL_ASSIGN_OR_RETURN(options.identity_attributes,
                      ParseAttributes("identity_attributes", request.identity_attributes()));
  if (options.identity_attributes.empty()) {
    options.identity_attributes = {"email", "phone", "tax_id"};
  }
  VL_ASSIGN_OR_RETURN(const Profiles profiles, ReadProfiles(sources, scope, options.max_age_days));
  DataQualityCollector collector(options);
  VL_RETURN_IF_ERROR(scope.ForEachCustomer([&](const CustomerRecord& record) {
    const std::string& id = record.customer_id;
    collector.Add(record.summary, {.has_needs = profiles.with_needs.contains(id),
                                   .has_perception = profiles.with_perception.contains(id),
                                   .has_class = profiles.with_class.contains(id)});
    return absl::OkStatus();
  }));
  response.set_as_of(scope.as_of_text());
  QualityToProto(collector.Result(), options, response);
  if (profiles.snapshot.has_value()) {
    SnapshotToProto(scope.workspace().id, *profiles.snapshot, *response.mutable_snapshot());
  } else {
    response.add_missing("snapshot");
  }
  if (response.customer_count() == 0) response.add_missing("customers");
  return absl::OkStatus();
}

absl::Status AnswerHoldings(const InsightSources&, const InsightScope& scope,
                            const v1::ListProductHoldingsRequest& request,
                            v1::ListProductHoldingsResponse& response) {
  VL_ASSIGN_OR_RETURN(const InsightPage page, ParsePage(request));
  VL_ASSIGN_OR_RETURN(const int64_t min_support, ParseSupport(request.min_support()));
  HoldingsCollector collector;
  VL_RETURN_IF_ERROR(ReadHeld(
      scope, [&](const std::string&, const std::set<std::string>& held) { collector.Add(held); }));
  const Holdings holdings = collector.Result();
  const std::vector<PairResult> pairs = holdings.Pairs(min_support);
  response.set_as_of(scope.as_of_text());
  response.set_holder_count(holdings.holder_count);
  response.set_multi_holder_count(holdings.multi_holder_count);
  response.set_product_count(holdings.product_count);
  if (const auto ratio = holdings.cross_sell_ratio()) response.set_cross_sell_ratio(*ratio);
  if (holdings.mean_product_count) response.set_mean_product_count(*holdings.mean_product_count);
  if (holdings.holder_count == 0) response.add_missing("purchase.items");
  for (const ProductResult& product : holdings.products) {
    v1::ProductHolding& row = *response.add_products();
    row.set_product(product.product);
    row.set_customer_count(product.customer_count);
    row.set_ratio(static_cast<double>(product.customer_count) /
                  static_cast<double>(holdings.holder_count));
  }
  for (size_t i = page.offset; i < page.End(pairs.size()); ++i) {
    v1::ProductPair& row = *response.add_pairs();
    row.set_first(pairs[i].first);
    row.set_second(pairs[i].second);
    row.set_customer_count(pairs[i].customer_count);
    row.set_lift(pairs[i].lift);
    row.set_second_given_first(pairs[i].second_given_first);
    row.set_first_given_second(pairs[i].first_given_second);
  }
  response.set_next_page_token(page.NextToken(pairs.size(), scope.as_of_text()));
  return absl::OkStatus();
}

absl::Status AnswerNextOffers(const InsightSources&, const InsightScope& scope,
                              const v1::ListNextOffersRequest& request,
                              v1::ListNextOffersResponse& response) {
  VL_ASSIGN_OR_RETURN(const int64_t min_support, ParseSupport(request.min_support()));
  if (request.limit() < 0) {
    return InvalidField("limit", fmt::format("{}", request.limit()), "0 to 100");
  }
  const int limit = request.limit() == 0 ? 5 : std::min(request.limit(), kMaxOffers);
  const InsightScope everybody = scope.OfEverybody();
  HoldingsCollector collector;
  std::set<std::string> own;
  VL_RETURN_IF_ERROR(
      ReadHeld(everybody, [&](const std::string& id, const std::set<std::string>& held) {
        collector.Add(held);
        if (id == *scope.customer_id()) own = held;
      }));
  response.set_as_of(scope.as_of_text());
  for (const std::string& product : own) response.add_held(product);
  if (own.empty()) response.add_missing("purchase.items");
  for (const OfferToMake& offer :
       collector.Result().NextOffers(own, min_support, static_cast<size_t>(limit))) {
    v1::NextOffer& row = *response.add_offers();
    row.set_product(offer.product);
    row.set_because_of(offer.because_of);
    row.set_lift(offer.lift);
    row.set_probability(offer.probability);
    row.set_support_count(offer.support_count);
  }
  return absl::OkStatus();
}

}  // namespace valueloop::scoring
