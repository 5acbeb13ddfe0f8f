// The summary of a customer's ledger: everything a score needs, kept event by event.
//
// It is a function of the *set* of events: Apply may see them in any order, so late arrivals need
// no rebuild. It keeps day totals, not running totals, so that it answers for every `as_of` day up
// to the latest event without reading the ledger again; its size grows with the days on which
// something happened and with the number of purchases, refunds, ratings and attribute changes. Days
// are day numbers (civil_day.h) in the workspace's time zone. All sums are integers: they are
// exact, so order cannot show.
#ifndef VALUELOOP_SCORING_DOMAIN_SUMMARY_H_
#define VALUELOOP_SCORING_DOMAIN_SUMMARY_H_

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/civil_time.h"
#include "absl/time/time.h"
#include "scoring/domain/event.h"
#include "scoring/domain/history.h"

namespace valueloop::scoring {

// All events of one kind on one day, added up.
struct DayTotal {
  int32_t day = 0;
  EventKind kind = EventKind::kPurchase;
  int32_t count = 0;
  // Amount, price, incentive, cost, gain or attributed benefit in micros; for INFORMATION the sum
  // of quality (0 without consent) in millionths; for CONTACT minutes in millionths; else 0.
  int64_t amount_micros = 0;
  int64_t margined_amount_micros = 0;  // The part of amount_micros whose margin is recorded.
  int64_t margin_micros = 0;           // That margin.
  friend bool operator==(const DayTotal&, const DayTotal&) = default;
};

struct PurchaseKey {
  int32_t day = 0;
  uint64_t key = 0;  // EventKey of the purchase; refunds find their day by it.
  friend auto operator<=>(const PurchaseKey&, const PurchaseKey&) = default;
};

struct RefundRecord {
  int32_t day = 0;
  uint64_t purchase_key = 0;  // 0: names no purchase.
  int64_t amount_micros = 0;
  bool has_margin = false;
  int64_t margin_micros = 0;
  friend auto operator<=>(const RefundRecord&, const RefundRecord&) = default;
};

struct SubscriptionRecord {
  std::string subscription_id;
  int64_t occurred_micros = 0;
  int32_t day = 0;
  EventKind kind = EventKind::kSubscriptionStart;  // START, CHARGE or STOP.
  int64_t amount_micros = 0;                       // Price or charge.
  int32_t period_months = 0;                       // Of a START.
  bool has_margin = false;
  int64_t margin_micros = 0;
  friend auto operator<=>(const SubscriptionRecord&, const SubscriptionRecord&) = default;
};

struct ReferralRecord {
  int64_t occurred_micros = 0;
  int32_t day = 0;
  std::string referred_customer_id;
  ReferralType type = ReferralType::kOne;
  int64_t incentive_micros = 0;
  friend auto operator<=>(const ReferralRecord&, const ReferralRecord&) = default;
};

// Sorted by (criterion, rater, time, key), so the last of a pair is its latest rating.
struct RatingRecord {
  std::string criterion;
  std::string rater;
  int64_t occurred_micros = 0;
  uint64_t key = 0;  // EventKey; settles equal times.
  int32_t day = 0;
  double rating = 0;
  friend auto operator<=>(const RatingRecord&, const RatingRecord&) = default;
};

// Sorted by (name, time, key).
struct AttributeRecord {
  std::string name;
  int64_t occurred_micros = 0;
  uint64_t key = 0;
  int32_t day = 0;
  AttributeValue value;
  friend auto operator<=>(const AttributeRecord&, const AttributeRecord&) = default;
};

struct CustomerSummary {
  std::vector<DayTotal> days;  // By (day, kind).
  std::vector<PurchaseKey> purchases;
  std::vector<RefundRecord> refunds;
  std::vector<SubscriptionRecord> subscriptions;
  std::vector<ReferralRecord> referrals;
  std::vector<RatingRecord> ratings;
  std::vector<AttributeRecord> attributes;
  // Sum of the absolute amounts of all events, in micros: bounds every other sum.
  int64_t volume_micros = 0;
  friend bool operator==(const CustomerSummary&, const CustomerSummary&) = default;
};

// A 64-bit key of an event within its customer, the same on every machine; never 0.
uint64_t EventKey(std::string_view source, std::string_view event_id);

// Adds a valid event that is not in the summary yet. Fails with InvalidArgument (event not valid)
// or OutOfRange (the customer's money would exceed int64 micros) and then leaves `summary` as it
// was.
absl::Status Apply(CustomerSummary& summary, const Event& event, absl::TimeZone zone);

// The summary of all `events` of one customer, in any order; equal to applying them one by one.
absl::StatusOr<CustomerSummary> Summarize(std::span<const Event> events, absl::TimeZone zone);

// Purchases up to the end of a day, after refunds up to that day.
struct PurchaseFacts {
  // Unset: no purchase day (none recorded, or all emptied by refunds).
  std::optional<PurchaseHistory> history;
  std::optional<absl::CivilDay> first_day;
  std::optional<absl::CivilDay> last_day;
  SpendHistory spend;          // Repeat purchase days with a net amount above 0.
  int32_t purchase_count = 0;  // Purchase events, emptied days included.
  int64_t amount_micros = 0;   // Purchases less refunds.
  // Margin recorded with purchases, less margin recorded with refunds or lost in proportion ...
  int64_t known_margin_micros = 0;
  // ... and the amount (purchases less refunds) whose margin nobody recorded.
  int64_t unmargined_amount_micros = 0;
  friend bool operator==(const PurchaseFacts&, const PurchaseFacts&) = default;
};

// METHODS E10. Purchases of one day merge. A refund takes from the day of the purchase it names;
// one that names none, or an unknown one, or more than that day has left, takes the rest from the
// latest purchase days at or before its own day. A day left with nothing no longer counts as a
// purchase day; a day of zero-amount purchases does.
PurchaseFacts PurchasesAsOf(const CustomerSummary& summary, absl::CivilDay as_of);

// The day numbers behind it, ascending: purchase days after refunds up to `as_of`.
std::vector<int32_t> PurchaseDaysAsOf(const CustomerSummary& summary, absl::CivilDay as_of);

// Shorthand for PurchasesAsOf(...).history.
std::optional<PurchaseHistory> HistoryAsOf(const CustomerSummary& summary, absl::CivilDay as_of);

// Count and amounts of one kind over the days from..to, both included.
DayTotal TotalOf(const CustomerSummary& summary, EventKind kind, absl::CivilDay from,
                 absl::CivilDay to);
// The same from the first event to `as_of`.
DayTotal TotalAsOf(const CustomerSummary& summary, EventKind kind, absl::CivilDay as_of);

// The attributes in force at the end of `as_of`, by name.
std::vector<std::pair<std::string_view, const AttributeValue*>> AttributesAsOf(
    const CustomerSummary& summary, absl::CivilDay as_of);

int64_t EventCount(const CustomerSummary& summary);
std::optional<absl::CivilDay> FirstEventDay(const CustomerSummary& summary);
std::optional<absl::CivilDay> LastEventDay(const CustomerSummary& summary);

// Versioned text, equal summaries give equal bytes: lines of fields separated by single spaces,
// text percent-encoded. At most about 40 bytes per day, purchase or rating.
std::string EncodeSummary(const CustomerSummary& summary);
// Fails with DataLoss if `text` was not made by EncodeSummary of this or an earlier version.
absl::StatusOr<CustomerSummary> DecodeSummary(std::string_view text);

}  // namespace valueloop::scoring

#endif  // VALUELOOP_SCORING_DOMAIN_SUMMARY_H_
