// The text form of events in the ledger: the payload alone as proto JSON. What identifies an event
// and when it happened are columns.
#ifndef VALUELOOP_SCORING_RPC_EVENT_TEXT_H_
#define VALUELOOP_SCORING_RPC_EVENT_TEXT_H_

#include <cstdint>
#include <string>

#include "absl/status/statusor.h"
#include "scoring/domain/event.h"
#include "scoring/store/ledger_store.h"
#include "valueloop/scoring/v1/event.pb.h"

namespace valueloop::scoring {

// {"purchase":{"amountMicros":"5000000"}}. `proto` is EventToProto(event).
std::string PayloadText(const Event& event, const v1::Event& proto);

// The event ready for LedgerStore::Append. Events that differ in nothing the ledger keeps get the
// same content hash.
LedgerEntry MakeLedgerEntry(Event event, int32_t index);

// The event as its contract has it. DATA_LOSS if the text was not made by PayloadText.
absl::Status StoredEventToProto(const StoredEvent& stored, v1::Event& proto);

// An EventDecoder.
absl::StatusOr<Event> DecodeStoredEvent(const StoredEvent& stored);

}  // namespace valueloop::scoring

#endif  // VALUELOOP_SCORING_RPC_EVENT_TEXT_H_
