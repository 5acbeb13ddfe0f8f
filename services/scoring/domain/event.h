// Ledger events: what happened to a customer, append-only, corrected only by compensating events.
//
// Money is int64 micros of the workspace's currency; an amount's absolute value is at most
// kMaxAmountMicros (a thousand million units). Shares are doubles in [0, 1], ratings in [0, 100].
// Enum names on the wire and in text are the UPPER_SNAKE words given by the *Name functions.
#ifndef VALUELOOP_SCORING_DOMAIN_EVENT_H_
#define VALUELOOP_SCORING_DOMAIN_EVENT_H_

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/predicate.h"

namespace valueloop::scoring {

inline constexpr int64_t kMaxAmountMicros = 1'000'000'000'000'000;
inline constexpr size_t kMaxIdBytes = 256;
inline constexpr size_t kMaxListEntries = 1000;  // Items, needs or perceptions of one event.

// The order is that of the alternatives of Payload.
enum class EventKind : int {
  kPurchase,
  kRefund,
  kSubscriptionStart,
  kSubscriptionCharge,
  kSubscriptionStop,
  kCostToServe,
  kReferral,
  kFeedback,
  kInformation,
  kKnowledge,
  kPartnerTransaction,
  kComplaint,
  kRemedy,
  kContact,
  kMatchRating,
  kAttributeChange,
  kPromise,
  kPromiseKept,
};
inline constexpr int kEventKindCount = 18;

// ONE would not have come without the referrer; TWO would have come anyway (METHODS E7).
enum class ReferralType { kOne, kTwo };
enum class TouchpointPhase { kUnspecified, kPreSale, kInSale, kAfterSale };

struct PurchaseItem {
  std::string product;  // An id.
  double quantity = 1;  // Finite, above 0.
  friend bool operator==(const PurchaseItem&, const PurchaseItem&) = default;
};

struct Purchase {
  int64_t amount_micros = 0;             // At least 0; 0 counts as a purchase, not as spend.
  std::optional<int64_t> margin_micros;  // Any sign; unset: amount times the policy's margin ratio.
  std::vector<PurchaseItem> items;
  friend bool operator==(const Purchase&, const Purchase&) = default;
};

struct Refund {
  int64_t amount_micros = 0;             // Above 0: what goes back to the customer.
  std::string purchase_event_id;         // The purchase of the same source; empty: the latest one.
  std::optional<int64_t> margin_micros;  // The margin lost; unset: in proportion to its purchase.
  friend bool operator==(const Refund&, const Refund&) = default;
};

struct SubscriptionStart {
  std::string subscription_id;
  int64_t price_micros = 0;  // Per period, at least 0.
  int period_months = 1;     // 1..120.
  friend bool operator==(const SubscriptionStart&, const SubscriptionStart&) = default;
};

struct SubscriptionCharge {
  std::string subscription_id;
  int64_t amount_micros = 0;             // At least 0.
  std::optional<int64_t> margin_micros;  // As for Purchase.
  friend bool operator==(const SubscriptionCharge&, const SubscriptionCharge&) = default;
};

struct SubscriptionStop {
  std::string subscription_id;
  std::string reason;
  friend bool operator==(const SubscriptionStop&, const SubscriptionStop&) = default;
};

struct CostToServe {
  int64_t amount_micros = 0;  // Any sign: a negative amount corrects an earlier one.
  std::string activity;
  friend bool operator==(const CostToServe&, const CostToServe&) = default;
};

// The event belongs to the referrer.
struct Referral {
  std::string referred_customer_id;
  ReferralType type = ReferralType::kOne;
  int64_t incentive_micros = 0;  // At least 0; paid by us, borne by the referrer's value.
  friend bool operator==(const Referral&, const Referral&) = default;
};

struct NeedRating {
  std::string need;
  double importance = 0;    // 0..10.
  double satisfaction = 0;  // 0..10.
  friend bool operator==(const NeedRating&, const NeedRating&) = default;
};

struct Perception {
  std::string dimension;              // Such as FUNCTIONAL or MONEY.
  double score = 0;                   // 0..100.
  std::optional<double> rival_score;  // 0..100: of the strongest rival.
  friend bool operator==(const Perception&, const Perception&) = default;
};

struct ValueDifference {
  std::string driver;         // An id.
  int64_t amount_micros = 0;  // Any sign.
  friend bool operator==(const ValueDifference&, const ValueDifference&) = default;
};

// What an offer is worth to the customer in a year, beside its next best alternative.
struct ValueCase {
  std::string offer;                   // An id.
  int64_t price_micros = 0;            // At least 0.
  int64_t reference_price_micros = 0;  // At least 0: of the alternative.
  std::vector<ValueDifference> differences;
  friend bool operator==(const ValueCase&, const ValueCase&) = default;
};

struct Feedback {
  std::optional<int> nps;   // 0..10.
  std::optional<int> csat;  // 1..5.
  std::optional<int> ces;   // 1..7.
  std::vector<NeedRating> needs;
  std::vector<Perception> benefits;
  std::vector<Perception> costs;
  std::string touchpoint;
  TouchpointPhase phase = TouchpointPhase::kUnspecified;
  std::optional<double> expectation;  // 0..10, these three.
  std::optional<double> perception;
  std::optional<double> importance;
  std::optional<ValueCase> value_case;
  friend bool operator==(const Feedback&, const Feedback&) = default;
};

struct Information {
  std::string information_kind;
  double quality = 1;    // 0..1.
  bool consent = false;  // Without consent the item is worth nothing.
  friend bool operator==(const Information&, const Information&) = default;
};

struct Knowledge {
  int64_t benefit_micros = 0;  // At least 0: documented saving or one-off benefit.
  double attribution = 1;      // 0..1: the customer's share of it.
  std::string topic;
  friend bool operator==(const Knowledge&, const Knowledge&) = default;
};

struct PartnerTransaction {
  int64_t gain_micros = 0;  // Any sign: a negative gain corrects an earlier one.
  std::string partner;
  friend bool operator==(const PartnerTransaction&, const PartnerTransaction&) = default;
};

struct Complaint {
  std::string topic;
  friend bool operator==(const Complaint&, const Complaint&) = default;
};

struct Remedy {
  int64_t cost_micros = 0;         // Any sign, as for CostToServe.
  std::string complaint_event_id;  // Empty: not tied to one complaint.
  friend bool operator==(const Remedy&, const Remedy&) = default;
};

struct Contact {
  std::string contact_kind;
  std::string channel;
  std::string person;
  double minutes = 0;  // 0..100000.
  std::string role;
  std::optional<double> attitude;   // -2..2: against us .. for us.
  std::optional<double> influence;  // 0..1: weight in the customer's decisions.
  friend bool operator==(const Contact&, const Contact&) = default;
};

struct MatchRating {
  std::string criterion;
  double rating = 0;  // 0..100.
  std::string rater;
  friend bool operator==(const MatchRating&, const MatchRating&) = default;
};

struct AttributeChange {
  std::string name;
  AttributeValue value;  // monostate: the attribute is removed.
  friend bool operator==(const AttributeChange&, const AttributeChange&) = default;
};

// Again under the same id it moves the promise, until it is kept.
struct Promise {
  std::string promise_id;
  std::string text;
  int64_t due_micros = 0;  // UTC, years 1900..2200.
  friend bool operator==(const Promise&, const Promise&) = default;
};

struct PromiseKept {
  std::string promise_id;
  friend bool operator==(const PromiseKept&, const PromiseKept&) = default;
};

using Payload =
    std::variant<Purchase, Refund, SubscriptionStart, SubscriptionCharge, SubscriptionStop,
                 CostToServe, Referral, Feedback, Information, Knowledge, PartnerTransaction,
                 Complaint, Remedy, Contact, MatchRating, AttributeChange, Promise, PromiseKept>;

struct Event {
  std::string customer_id;
  // The system it comes from, [A-Za-z0-9_.-]{0,64}; with event_id the identity within a customer.
  std::string source;
  std::string event_id;
  int64_t occurred_micros = 0;  // UTC, years 1900..2200.
  Payload payload;

  EventKind kind() const { return static_cast<EventKind>(payload.index()); }
  friend bool operator==(const Event&, const Event&) = default;
};

// PURCHASE, SUBSCRIPTION_START, ...
std::string_view EventKindName(EventKind kind);
std::optional<EventKind> ParseEventKind(std::string_view name);
// ONE, TWO.
std::string_view ReferralTypeName(ReferralType type);
std::optional<ReferralType> ParseReferralType(std::string_view name);
// UNSPECIFIED, PRE_SALE, IN_SALE, AFTER_SALE.
std::string_view TouchpointPhaseName(TouchpointPhase phase);
std::optional<TouchpointPhase> ParseTouchpointPhase(std::string_view name);

// Checks every field against the range documented above. InvalidArgument names the field, for
// example `purchase.amount_micros: got -5, want 0..1000000000000000`.
absl::Status Validate(const Event& event);

// Checks the rule of ids: 1..256 bytes of UTF-8 without '/' and without control characters.
// InvalidArgument names `field`.
absl::Status ValidateId(std::string_view field, std::string_view id);

}  // namespace valueloop::scoring

#endif  // VALUELOOP_SCORING_DOMAIN_EVENT_H_
