#include "common/status.h"

#include <cstdint>

#include "absl/strings/cord.h"
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

// Length of the valid UTF-8 sequence that `text` starts with; 0 if there is none.
size_t Utf8Length(std::string_view text) {
  const auto byte = [&](size_t i) { return static_cast<uint8_t>(text[i]); };
  const size_t length = byte(0) < 0x80           ? 1
                        : (byte(0) >> 5) == 0x6  ? 2
                        : (byte(0) >> 4) == 0xE  ? 3
                        : (byte(0) >> 3) == 0x1E ? 4
                                                 : 0;
  if (length == 0 || length > text.size()) return 0;
  for (size_t i = 1; i < length; ++i) {
    if ((byte(i) >> 6) != 0x2) return 0;
  }
  return length;
}

}  // namespace

std::string Printable(std::string_view text) {
  std::string out;
  size_t i = 0;
  while (i < text.size() && out.size() < kPrintableBytes) {
    const size_t length = Utf8Length(text.substr(i));
    const auto byte = static_cast<uint8_t>(text[i]);
    // C0 and C1 controls and DEL could steer a terminal.
    const bool control = byte < 0x20 || byte == 0x7F ||
                         (length == 2 && byte == 0xC2 && static_cast<uint8_t>(text[i + 1]) < 0xA0);
    if (length == 0 || control) {
      out += fmt::format("\\x{:02x}", byte);
      ++i;
    } else {
      out += text.substr(i, length);
      i += length;
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
