#include "common/status.h"

#include <cstdint>

#include "absl/strings/cord.h"
#include "common/text_rule.h"
#include "common/utf8.h"
#include "fmt/format.h"

namespace valueloop {
namespace {

constexpr absl::string_view kFieldUrl = "valueloop/field";
constexpr absl::string_view kReasonUrl = "valueloop/reason";
constexpr absl::string_view kRetryUrl = "valueloop/retry_after_us";
constexpr size_t kPrintableBytes = 64;

std::string PayloadOf(const absl::Status& status, absl::string_view url) {
  const absl::optional<absl::Cord> payload = status.GetPayload(url);
  return payload.has_value() ? std::string(*payload) : std::string();
}

}  // namespace

std::string Printable(std::string_view text) {
  std::string out;
  size_t i = 0;
  while (i < text.size() && out.size() < kPrintableBytes) {
    const std::string_view character = text.substr(i, Utf8SequenceLength(text.substr(i)));
    if (character.empty() || IsControl(character)) {
      out += fmt::format("\\x{:02x}", static_cast<uint8_t>(text[i]));
      ++i;
    } else {
      out += character;
      i += character.size();
    }
  }
  if (i < text.size()) out += "…";
  return out;
}

absl::Status InvalidField(std::string_view field, std::string_view got, std::string_view want) {
  absl::Status status =
      absl::InvalidArgumentError(fmt::format("{}: got {}, want {}", field, Printable(got), want));
  status.SetPayload(kFieldUrl, absl::Cord(std::string(field)));
  return status;
}

std::string FieldOf(const absl::Status& status) { return PayloadOf(status, kFieldUrl); }

absl::Status WithField(absl::Status status, std::string_view field) {
  if (!status.ok() && !status.GetPayload(kFieldUrl).has_value()) {
    status.SetPayload(kFieldUrl, absl::Cord(std::string(field)));
  }
  return status;
}

absl::Status WithReason(absl::Status status, std::string_view reason) {
  if (!status.ok() && !status.GetPayload(kReasonUrl).has_value()) {
    status.SetPayload(kReasonUrl, absl::Cord(std::string(reason)));
  }
  return status;
}

std::string ReasonOf(const absl::Status& status) { return PayloadOf(status, kReasonUrl); }

absl::Status WithRetryAfter(absl::Status status, absl::Duration delay) {
  if (!status.ok()) {
    status.SetPayload(kRetryUrl, absl::Cord(std::to_string(absl::ToInt64Microseconds(delay))));
  }
  return status;
}

std::optional<absl::Duration> RetryAfterOf(const absl::Status& status) {
  const std::string payload = PayloadOf(status, kRetryUrl);
  if (payload.empty()) return std::nullopt;
  return absl::Microseconds(std::stoll(payload));
}

absl::Status Annotate(absl::Status status, std::string_view context) {
  if (status.ok()) return status;
  absl::Status annotated(status.code(), fmt::format("{}: {}", context, ToStd(status.message())));
  status.ForEachPayload([&](absl::string_view url, const absl::Cord& payload) {
    annotated.SetPayload(url, payload);
  });
  return annotated;
}

std::string MessageOf(const absl::Status& status) {
  return {status.message().data(), status.message().size()};
}

}  // namespace valueloop
