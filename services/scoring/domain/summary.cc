#include "scoring/domain/summary.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <limits>

#include "common/status.h"
#include "fmt/format.h"
#include "scoring/domain/civil_day.h"

namespace valueloop::scoring {
namespace {

constexpr double kMillion = 1e6;
constexpr int64_t kMaxVolumeMicros = std::numeric_limits<int64_t>::max() / 2;

// What an event adds to the total of its kind and day.
struct Amounts {
  int64_t amount_micros = 0;
  std::optional<int64_t> margin_micros;
};

Amounts AmountsOf(const Purchase& purchase) {
  return {purchase.amount_micros, purchase.margin_micros};
}
Amounts AmountsOf(const Refund& refund) { return {refund.amount_micros, refund.margin_micros}; }
Amounts AmountsOf(const SubscriptionStart& start) { return {start.price_micros, {}}; }
Amounts AmountsOf(const SubscriptionCharge& charge) {
  return {charge.amount_micros, charge.margin_micros};
}
Amounts AmountsOf(const CostToServe& cost) { return {cost.amount_micros, {}}; }
Amounts AmountsOf(const Referral& referral) { return {referral.incentive_micros, {}}; }
Amounts AmountsOf(const Information& information) {
  return {information.consent ? std::llround(information.quality * kMillion) : 0, {}};
}
Amounts AmountsOf(const Knowledge& knowledge) {
  return {std::llround(static_cast<double>(knowledge.benefit_micros) * knowledge.attribution), {}};
}
Amounts AmountsOf(const PartnerTransaction& transaction) { return {transaction.gain_micros, {}}; }
Amounts AmountsOf(const Remedy& remedy) { return {remedy.cost_micros, {}}; }
Amounts AmountsOf(const Contact& contact) { return {std::llround(contact.minutes * kMillion), {}}; }
template <typename Other>
Amounts AmountsOf(const Other&) {
  return {};
}

template <typename Record>
void InsertSorted(std::vector<Record>& records, Record record) {
  const auto place = std::upper_bound(records.begin(), records.end(), record);
  records.insert(place, std::move(record));
}

void AddToDay(CustomerSummary& summary, int32_t day, EventKind kind, const Amounts& amounts) {
  const auto before = [](const DayTotal& total, const std::pair<int32_t, EventKind>& key) {
    return std::pair(total.day, total.kind) < key;
  };
  auto place =
      std::lower_bound(summary.days.begin(), summary.days.end(), std::pair(day, kind), before);
  if (place == summary.days.end() || place->day != day || place->kind != kind) {
    place = summary.days.insert(place, DayTotal{.day = day, .kind = kind});
  }
  ++place->count;
  place->amount_micros += amounts.amount_micros;
  if (amounts.margin_micros) {
    place->margined_amount_micros += amounts.amount_micros;
    place->margin_micros += *amounts.margin_micros;
  }
}

// Keeps what the day's total cannot hold.
class Detail {
 public:
  Detail(CustomerSummary& summary, const Event& event, int32_t day)
      : summary_(summary), event_(event), day_(day) {}

  void operator()(const Purchase&) const {
    InsertSorted(summary_.purchases, PurchaseKey{.day = day_, .key = Key()});
  }
  void operator()(const Refund& refund) const {
    const uint64_t key =
        refund.purchase_event_id.empty() ? 0 : EventKey(event_.source, refund.purchase_event_id);
    InsertSorted(summary_.refunds, RefundRecord{.day = day_,
                                                .purchase_key = key,
                                                .amount_micros = refund.amount_micros,
                                                .has_margin = refund.margin_micros.has_value(),
                                                .margin_micros = refund.margin_micros.value_or(0)});
  }
  void operator()(const SubscriptionStart& start) const {
    AddSubscription({.subscription_id = start.subscription_id,
                     .amount_micros = start.price_micros,
                     .period_months = start.period_months});
  }
  void operator()(const SubscriptionCharge& charge) const {
    AddSubscription({.subscription_id = charge.subscription_id,
                     .amount_micros = charge.amount_micros,
                     .has_margin = charge.margin_micros.has_value(),
                     .margin_micros = charge.margin_micros.value_or(0)});
  }
  void operator()(const SubscriptionStop& stop) const {
    AddSubscription({.subscription_id = stop.subscription_id});
  }
  void operator()(const Referral& referral) const {
    InsertSorted(summary_.referrals,
                 ReferralRecord{.occurred_micros = event_.occurred_micros,
                                .day = day_,
                                .referred_customer_id = referral.referred_customer_id,
                                .type = referral.type,
                                .incentive_micros = referral.incentive_micros});
  }
  void operator()(const MatchRating& rating) const {
    InsertSorted(summary_.ratings, RatingRecord{.criterion = rating.criterion,
                                                .rater = rating.rater,
                                                .occurred_micros = event_.occurred_micros,
                                                .key = Key(),
                                                .day = day_,
                                                .rating = rating.rating});
  }
  void operator()(const AttributeChange& change) const {
    InsertSorted(summary_.attributes, AttributeRecord{.name = change.name,
                                                      .occurred_micros = event_.occurred_micros,
                                                      .key = Key(),
                                                      .day = day_,
                                                      .value = change.value});
  }
  template <typename Other>
  void operator()(const Other&) const {}

 private:
  uint64_t Key() const { return EventKey(event_.source, event_.event_id); }

  void AddSubscription(SubscriptionRecord record) const {
    record.occurred_micros = event_.occurred_micros;
    record.day = day_;
    record.kind = event_.kind();
    InsertSorted(summary_.subscriptions, std::move(record));
  }

  CustomerSummary& summary_;
  const Event& event_;
  const int32_t day_;
};

}  // namespace

uint64_t EventKey(std::string_view source, std::string_view event_id) {
  uint64_t hash = 0xcbf29ce484222325;  // FNV-1a, then the finaliser of splitmix64.
  const auto add = [&hash](unsigned char byte) { hash = (hash ^ byte) * 0x100000001b3; };
  for (const char c : source) add(static_cast<unsigned char>(c));
  add(0);  // Ids have no NUL, so (source, event_id) is read back without doubt.
  for (const char c : event_id) add(static_cast<unsigned char>(c));
  hash = (hash ^ (hash >> 30)) * 0xbf58476d1ce4e5b9;
  hash = (hash ^ (hash >> 27)) * 0x94d049bb133111eb;
  hash ^= hash >> 31;
  return hash == 0 ? 1 : hash;
}

absl::Status Apply(CustomerSummary& summary, const Event& event, absl::TimeZone zone) {
  VL_RETURN_IF_ERROR(Validate(event));
  const Amounts amounts =
      std::visit([](const auto& payload) { return AmountsOf(payload); }, event.payload);
  const int64_t volume =
      std::abs(amounts.amount_micros) + std::abs(amounts.margin_micros.value_or(0));
  if (volume > kMaxVolumeMicros - summary.volume_micros) {
    return absl::OutOfRangeError(
        fmt::format("amount_micros: got {} beyond {} so far, want a customer's total up to {}",
                    volume, summary.volume_micros, kMaxVolumeMicros));
  }
  summary.volume_micros += volume;
  const int32_t day = DayNumberOf(event.occurred_micros, zone);
  AddToDay(summary, day, event.kind(), amounts);
  std::visit(Detail(summary, event, day), event.payload);
  return absl::OkStatus();
}

absl::StatusOr<CustomerSummary> Summarize(std::span<const Event> events, absl::TimeZone zone) {
  CustomerSummary summary;
  for (const Event& event : events) VL_RETURN_IF_ERROR(Apply(summary, event, zone));
  return summary;
}

int64_t EventCount(const CustomerSummary& summary) {
  int64_t count = 0;
  for (const DayTotal& total : summary.days) count += total.count;
  return count;
}

std::optional<absl::CivilDay> FirstEventDay(const CustomerSummary& summary) {
  if (summary.days.empty()) return std::nullopt;
  return DayFromNumber(summary.days.front().day);
}

std::optional<absl::CivilDay> LastEventDay(const CustomerSummary& summary) {
  if (summary.days.empty()) return std::nullopt;
  return DayFromNumber(summary.days.back().day);
}

DayTotal TotalOf(const CustomerSummary& summary, EventKind kind, absl::CivilDay from,
                 absl::CivilDay to) {
  DayTotal sum{.day = DayNumber(to), .kind = kind};
  for (const DayTotal& total : summary.days) {
    if (total.day > sum.day) break;
    if (total.kind != kind || total.day < DayNumber(from)) continue;
    sum.count += total.count;
    sum.amount_micros += total.amount_micros;
    sum.margined_amount_micros += total.margined_amount_micros;
    sum.margin_micros += total.margin_micros;
  }
  return sum;
}

DayTotal TotalAsOf(const CustomerSummary& summary, EventKind kind, absl::CivilDay as_of) {
  return TotalOf(summary, kind, FirstEventDay(summary).value_or(as_of), as_of);
}

std::vector<std::pair<std::string_view, const AttributeValue*>> AttributesAsOf(
    const CustomerSummary& summary, absl::CivilDay as_of) {
  std::vector<std::pair<std::string_view, const AttributeValue*>> current;
  for (const AttributeRecord& record : summary.attributes) {  // Sorted by name, then by time.
    if (record.day > DayNumber(as_of)) continue;
    if (current.empty() || current.back().first != record.name) {
      current.emplace_back(record.name, &record.value);
    }
    current.back().second = &record.value;
  }
  std::erase_if(current, [](const auto& entry) {
    return std::holds_alternative<std::monostate>(*entry.second);
  });
  return current;
}

}  // namespace valueloop::scoring
