#include "scoring/rpc/event_text.h"

#include <utility>
#include <variant>

#include "common/sql/fingerprint.h"
#include "common/status.h"
#include "fmt/format.h"
#include "google/protobuf/util/json_util.h"
#include "scoring/rpc/event_proto.h"

namespace valueloop::scoring {
namespace {

absl::Status Damaged(const StoredEvent& stored, std::string_view what) {
  return absl::DataLossError(fmt::format("event {} of revision {}: got a damaged payload ({})",
                                         Printable(stored.event_id), stored.ledger_revision,
                                         Printable(what)));
}

}  // namespace

std::string PayloadText(const Event& event, const v1::Event& proto) {
  // Nearly all events of a ledger are of this form, and the general printer is fifty times slower.
  if (const auto* purchase = std::get_if<Purchase>(&event.payload);
      purchase != nullptr && purchase->items.empty() && purchase->amount_micros != 0) {
    if (!purchase->margin_micros) {
      return fmt::format(R"({{"purchase":{{"amountMicros":"{}"}}}})", purchase->amount_micros);
    }
    return fmt::format(R"({{"purchase":{{"amountMicros":"{}","marginMicros":"{}"}}}})",
                       purchase->amount_micros, *purchase->margin_micros);
  }
  v1::Event payload = proto;
  payload.clear_customer_id();
  payload.clear_source();
  payload.clear_event_id();
  payload.clear_occurred_time();
  std::string text;
  // Cannot fail: the contract has no Any, and the message was made by EventToProto.
  if (!google::protobuf::util::MessageToJsonString(payload, &text).ok()) text.clear();
  return text;
}

LedgerEntry MakeLedgerEntry(Event event, int32_t index) {
  v1::Event proto;
  EventToProto(event, proto);
  // Without maps the serialization is deterministic.
  std::string hash = sql::Fingerprint(proto.SerializePartialAsString());
  std::string payload = PayloadText(event, proto);
  return {.event = std::move(event),
          .payload = std::move(payload),
          .content_hash = std::move(hash),
          .index = index};
}

absl::Status StoredEventToProto(const StoredEvent& stored, v1::Event& proto) {
  proto.Clear();
  google::protobuf::util::JsonParseOptions options;
  options.ignore_unknown_fields = true;  // Written by a newer version: its additions are optional.
  const auto parsed = google::protobuf::util::JsonStringToMessage(stored.payload, &proto, options);
  if (!parsed.ok()) return Damaged(stored, parsed.message().ToString());
  proto.set_customer_id(stored.customer_id);
  proto.set_source(stored.source);
  proto.set_event_id(stored.event_id);
  MicrosToProto(stored.occurred_micros, *proto.mutable_occurred_time());
  return absl::OkStatus();
}

absl::StatusOr<Event> DecodeStoredEvent(const StoredEvent& stored) {
  v1::Event proto;
  VL_RETURN_IF_ERROR(StoredEventToProto(stored, proto));
  absl::StatusOr<Event> event = EventFromProto(proto);
  if (!event.ok()) return Damaged(stored, MessageOf(event.status()));
  return event;
}

}  // namespace valueloop::scoring
