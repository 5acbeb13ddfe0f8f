// Events between their contract (event.proto) and the domain.
#ifndef VALUELOOP_SCORING_RPC_EVENT_PROTO_H_
#define VALUELOOP_SCORING_RPC_EVENT_PROTO_H_

#include <cstdint>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "google/protobuf/timestamp.pb.h"
#include "scoring/domain/event.h"
#include "valueloop/scoring/v1/event.pb.h"

namespace valueloop::scoring {

// The event as the ledger keeps it: times in whole micros, no negative zeros. The currency is the
// caller's to check. INVALID_ARGUMENT names the field and its range; unknown fields and kinds are
// refused.
absl::StatusOr<Event> EventFromProto(const v1::Event& proto);

// The inverse; `proto` is overwritten. The currency stays empty.
void EventToProto(const Event& event, v1::Event& proto);

// A value that holds nothing is monostate, which removes the attribute.
AttributeValue AttributeValueFromProto(const v1::AttributeValue& proto);
void AttributeValueToProto(const AttributeValue& value, v1::AttributeValue& proto);

// [A-Za-z_][A-Za-z0-9_]{0,63}; INVALID_ARGUMENT names `field`.
absl::Status ValidateAttributeName(std::string_view field, std::string_view name);

// UTC micros. INVALID_ARGUMENT, naming `field`, outside the years 1900 to 2199 or with nanos out of
// range.
absl::StatusOr<int64_t> MicrosFromProto(std::string_view field,
                                        const google::protobuf::Timestamp& time);
void MicrosToProto(int64_t micros, google::protobuf::Timestamp& time);

}  // namespace valueloop::scoring

#endif  // VALUELOOP_SCORING_RPC_EVENT_PROTO_H_
