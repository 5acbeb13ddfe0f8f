#include "scoring/rpc/event_text.h"

#include <charconv>
#include <optional>
#include <string_view>
#include <system_error>
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

bool Consume(std::string_view& text, std::string_view prefix) {
  if (!text.starts_with(prefix)) return false;
  text.remove_prefix(prefix.size());
  return true;
}

bool ConsumeNumber(std::string_view& text, int64_t& number) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc()) return false;
  text.remove_prefix(static_cast<size_t>(end - text.data()));
  return true;
}

// The purchase if `text` is of the short form of PayloadText, character by character.
std::optional<Purchase> ReadShortPurchase(std::string_view text) {
  Purchase purchase;
  if (!Consume(text, R"({"purchase":{"amountMicros":")")) return std::nullopt;
  if (!ConsumeNumber(text, purchase.amount_micros)) return std::nullopt;
  if (Consume(text, R"(","marginMicros":")") &&
      !ConsumeNumber(text, purchase.margin_micros.emplace())) {
    return std::nullopt;
  }
  if (text != R"("}})") return std::nullopt;
  return purchase;
}

}  // namespace

std::string PayloadText(const Event& event, const v1::Event& proto) {
  // Nearly all events of a ledger are of this form, for which the general printer takes longer than
  // all the rest of storing an event. ReadShortPurchase is the inverse.
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
  if (std::optional<Purchase> purchase = ReadShortPurchase(stored.payload)) {
    return Event{.customer_id = stored.customer_id,
                 .source = stored.source,
                 .event_id = stored.event_id,
                 .occurred_micros = stored.occurred_micros,
                 .payload = *std::move(purchase)};
  }
  v1::Event proto;
  VL_RETURN_IF_ERROR(StoredEventToProto(stored, proto));
  absl::StatusOr<Event> event = EventFromProto(proto);
  if (!event.ok()) return Damaged(stored, MessageOf(event.status()));
  return event;
}

}  // namespace valueloop::scoring
