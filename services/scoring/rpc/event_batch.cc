#include "scoring/rpc/event_batch.h"

#include <utility>

#include "common/status.h"
#include "scoring/rpc/event_proto.h"
#include "scoring/rpc/event_text.h"

namespace valueloop::scoring {
namespace {

absl::StatusOr<Event> Convert(const v1::Event& proto, const Workspace& workspace, absl::Time now) {
  VL_ASSIGN_OR_RETURN(Event event, EventFromProto(proto));
  VL_RETURN_IF_ERROR(CheckAdmissible(event, proto.currency(), workspace, now));
  return event;
}

}  // namespace

absl::Status CheckAdmissible(const Event& event, std::string_view currency,
                             const Workspace& workspace, absl::Time now) {
  if (!currency.empty() && currency != workspace.currency) {
    return InvalidField("currency", currency, workspace.currency + ", the workspace's, or none");
  }
  if (event.occurred_micros > absl::ToUnixMicros(now + kMaxAhead)) {
    return InvalidField(
        "occurred_time",
        absl::FormatTime(absl::RFC3339_full, absl::FromUnixMicros(event.occurred_micros),
                         absl::UTCTimeZone()),
        "at most 24 hours ahead of the server's clock");
  }
  return absl::OkStatus();
}

AppendRequest MakeAppendRequest(const Workspace& workspace,
                                const google::protobuf::RepeatedPtrField<v1::Event>& events,
                                absl::Time now) {
  AppendRequest request{.workspace = workspace.id,
                        .zone = workspace.time_zone,
                        .recorded_micros = absl::ToUnixMicros(now)};
  request.entries.reserve(static_cast<size_t>(events.size()));
  for (int index = 0; index < events.size(); ++index) {
    absl::StatusOr<Event> event = Convert(events[index], workspace, now);
    if (event.ok()) {
      request.entries.push_back(MakeLedgerEntry(*std::move(event), index));
    } else {
      request.rejects.push_back({.index = index, .status = std::move(event).status()});
    }
  }
  return request;
}

void RejectToProto(const Reject& reject, v1::EventReject& proto) {
  proto.set_index(reject.index);
  proto.set_code(static_cast<int>(reject.status.code()));
  proto.set_message(MessageOf(reject.status));
}

}  // namespace valueloop::scoring
