#include "common/rpc/wire_status.h"

#include <optional>

#include "absl/time/time.h"
#include "common/status.h"
#include "common/utf8.h"
#include "google/rpc/error_details.pb.h"
#include "google/rpc/status.pb.h"

namespace valueloop::rpc {
namespace {

// Together with the type URLs these stay below kMaxDetailsBytes.
constexpr size_t kMaxMessageBytes = 1024;
constexpr size_t kMaxDescriptionBytes = 512;
constexpr size_t kMaxFieldBytes = 256;
constexpr size_t kMaxReasonBytes = 63;  // ErrorInfo's own rule.

// A prefix of `text` that fits and is valid UTF-8; bytes that are not become U+FFFD.
std::string Fitting(std::string_view text, size_t max_bytes) {
  std::string out;
  while (!text.empty()) {
    const size_t length = Utf8SequenceLength(text);
    const std::string_view piece = length == 0 ? "\xEF\xBF\xBD" : text.substr(0, length);
    if (out.size() + piece.size() > max_bytes) break;
    out += piece;
    text.remove_prefix(length == 0 ? 1 : length);
  }
  return out;
}

}  // namespace

std::string CodeName(absl::StatusCode code) { return absl::StatusCodeToString(code); }

WireStatus ToWire(const absl::Status& status) {
  if (status.ok()) return {};
  WireStatus wire;
  wire.code = static_cast<int>(status.code());
  wire.message = Fitting(ToStd(status.message()), kMaxMessageBytes);

  google::rpc::Status details;
  details.set_code(wire.code);
  details.set_message(wire.message);
  google::rpc::ErrorInfo info;
  const std::string reason = ReasonOf(status);
  info.set_reason(reason.empty() ? CodeName(status.code()) : Fitting(reason, kMaxReasonBytes));
  info.set_domain(std::string(kErrorDomain));
  details.add_details()->PackFrom(info);
  if (const std::string field = FieldOf(status); !field.empty()) {
    google::rpc::BadRequest bad;
    google::rpc::BadRequest::FieldViolation& violation = *bad.add_field_violations();
    violation.set_field(Fitting(field, kMaxFieldBytes));
    violation.set_description(Fitting(wire.message, kMaxDescriptionBytes));
    details.add_details()->PackFrom(bad);
  }
  if (const std::optional<absl::Duration> delay = RetryAfterOf(status); delay.has_value()) {
    google::rpc::RetryInfo retry;
    const int64_t seconds = absl::ToInt64Seconds(*delay);
    retry.mutable_retry_delay()->set_seconds(seconds);
    retry.mutable_retry_delay()->set_nanos(
        static_cast<int32_t>(absl::ToInt64Nanoseconds(*delay - absl::Seconds(seconds))));
    details.add_details()->PackFrom(retry);
  }
  wire.details = details.SerializeAsString();
  return wire;
}

absl::Status FromWire(const WireStatus& wire) {
  if (wire.code == 0) return absl::OkStatus();
  const bool known =
      wire.code > 0 && wire.code <= static_cast<int>(absl::StatusCode::kUnauthenticated);
  const auto code = known ? static_cast<absl::StatusCode>(wire.code) : absl::StatusCode::kUnknown;
  absl::Status status(code, wire.message);
  google::rpc::Status details;
  if (!details.ParseFromString(wire.details)) return status;
  for (const google::protobuf::Any& detail : details.details()) {
    google::rpc::ErrorInfo info;
    google::rpc::BadRequest bad;
    google::rpc::RetryInfo retry;
    if (detail.UnpackTo(&info)) {
      if (info.reason() != CodeName(code)) status = WithReason(status, info.reason());
    } else if (detail.UnpackTo(&bad)) {
      if (bad.field_violations_size() > 0) {
        status = WithField(status, bad.field_violations(0).field());
      }
    } else if (detail.UnpackTo(&retry)) {
      status = WithRetryAfter(status, absl::Seconds(retry.retry_delay().seconds()) +
                                          absl::Nanoseconds(retry.retry_delay().nanos()));
    }
  }
  return status;
}

}  // namespace valueloop::rpc
