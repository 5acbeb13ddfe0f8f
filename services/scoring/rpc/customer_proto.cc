#include "scoring/rpc/customer_proto.h"

#include "fmt/format.h"
#include "scoring/rpc/event_proto.h"

namespace valueloop::scoring {
namespace {

constexpr double kMicrosPerUnit = 1e6;

// The last of each (criterion, rater), by which the summary sorts its ratings, then by time.
void RatingsToProto(const CustomerSummary& summary, v1::Customer& proto) {
  for (size_t i = 0; i < summary.ratings.size(); ++i) {
    const RatingRecord& record = summary.ratings[i];
    const RatingRecord* next = i + 1 < summary.ratings.size() ? &summary.ratings[i + 1] : nullptr;
    if (next != nullptr && next->criterion == record.criterion && next->rater == record.rater) {
      continue;
    }
    v1::Rating& rating = *proto.add_ratings();
    rating.set_criterion(record.criterion);
    rating.set_rater(record.rater);
    rating.set_rating(record.rating);
    MicrosToProto(record.occurred_micros, *rating.mutable_occurred_time());
  }
}

}  // namespace

void CustomerToProto(std::string_view workspace, const CustomerRecord& record,
                     v1::Customer& proto) {
  proto.set_name(fmt::format("workspaces/{}/customers/{}", workspace, record.customer_id));
  proto.set_ledger_revision(record.ledger_revision);
  MicrosToProto(record.first_occurred_micros, *proto.mutable_first_event_time());
  MicrosToProto(record.last_occurred_micros, *proto.mutable_last_event_time());
  const CustomerSummary& summary = record.summary;
  RatingsToProto(summary, proto);
  const auto last_day = LastEventDay(summary);
  if (!last_day) return;
  for (const auto& [name, value] : AttributesAsOf(summary, *last_day)) {
    v1::Attribute& attribute = *proto.add_attributes();
    attribute.set_attribute(std::string(name));
    AttributeValueToProto(*value, *attribute.mutable_value());
  }
  const PurchaseFacts facts = PurchasesAsOf(summary, *last_day);
  if (facts.history) proto.set_purchase_day_count(facts.history->repeat_count + 1);
  proto.set_purchase_amount(static_cast<double>(facts.amount_micros) / kMicrosPerUnit);
}

}  // namespace valueloop::scoring
