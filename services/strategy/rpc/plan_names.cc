#include "strategy/rpc/plan_names.h"

#include <charconv>
#include <optional>
#include <utility>
#include <vector>

#include "common/status.h"
#include "fmt/format.h"
#include "google/protobuf/io/coded_stream.h"
#include "google/protobuf/io/zero_copy_stream_impl_lite.h"
#include "google/protobuf/util/time_util.h"

namespace valueloop::strategy {
namespace {

constexpr std::string_view kPlanPattern = "workspaces/*/plans/*";
constexpr std::string_view kVersionPattern = "workspaces/*/plans/*/versions/*";
constexpr std::string_view kGapPattern = "workspaces/*/plans/*/gaps/*";

// A whole number without sign or leading zeros.
std::optional<int64_t> ParseCount(std::string_view text) {
  int64_t value = 0;
  if (text.empty() || text.front() == '-' || (text.size() > 1 && text.front() == '0')) {
    return std::nullopt;
  }
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

}  // namespace

absl::StatusOr<std::string> ParseWorkspaceName(std::string_view field, std::string_view name) {
  VL_ASSIGN_OR_RETURN(std::vector<std::string> parts,
                      ParseResourceName(field, "workspaces/*", name));
  return std::move(parts[0]);
}

absl::StatusOr<PlanName> ParsePlanName(std::string_view field, std::string_view name) {
  const bool versioned = name.find("/versions/") != std::string_view::npos;
  VL_ASSIGN_OR_RETURN(std::vector<std::string> parts,
                      ParseResourceName(field, versioned ? kVersionPattern : kPlanPattern, name));
  VL_RETURN_IF_ERROR(ValidatePlanId(field, parts[1]));
  PlanName parsed{.workspace = std::move(parts[0]), .plan = std::move(parts[1])};
  if (!versioned) return parsed;
  const std::optional<int64_t> version = ParseCount(parts[2]);
  if (!version || *version == 0) {
    return InvalidField(field, name, "a version that is a whole number from 1");
  }
  parsed.version = *version;
  return parsed;
}

std::string FormatPlanName(const PlanName& name) {
  if (name.version == 0) return fmt::format("workspaces/{}/plans/{}", name.workspace, name.plan);
  return fmt::format("workspaces/{}/plans/{}/versions/{}", name.workspace, name.plan, name.version);
}

absl::StatusOr<GapKey> ParseGapName(std::string_view field, std::string_view name) {
  VL_ASSIGN_OR_RETURN(std::vector<std::string> parts, ParseResourceName(field, kGapPattern, name));
  VL_RETURN_IF_ERROR(ValidatePlanId(field, parts[1]));
  return GapKey{
      .workspace = std::move(parts[0]), .plan = std::move(parts[1]), .id = std::move(parts[2])};
}

std::string FormatCursor(std::string_view epoch, int64_t sequence) {
  return EncodeToken(fmt::format("{}/{}", epoch, sequence));
}

absl::StatusOr<int64_t> ParseCursor(std::string_view epoch, int64_t latest,
                                    std::string_view cursor) {
  if (cursor.empty()) return 0;
  VL_ASSIGN_OR_RETURN(const std::string text, DecodeToken("cursor", cursor));
  const size_t slash = text.rfind('/');
  const std::optional<int64_t> sequence =
      slash == std::string::npos ? std::nullopt
                                 : ParseCount(std::string_view(text).substr(slash + 1));
  if (!sequence) return InvalidField("cursor", cursor, "one that this method returned");
  if (text.substr(0, slash) != epoch || *sequence > latest) {
    return WithReason(
        absl::OutOfRangeError("cursor: got one of another database, want one of this; start again "
                              "with an empty cursor"),
        "CURSOR_UNKNOWN");
  }
  return *sequence;
}

absl::StatusOr<RequestKey> MakeRequestKey(std::string_view id, std::string_view method,
                                          const google::protobuf::Message& request) {
  RequestKey key{.id = std::string(id), .method = std::string(method)};
  if (id.empty()) return key;
  VL_RETURN_IF_ERROR(ValidateRequestId("request_id", id));
  {
    google::protobuf::io::StringOutputStream out(&key.body);
    google::protobuf::io::CodedOutputStream coded(&out);
    coded.SetSerializationDeterministic(true);
    request.SerializeToCodedStream(&coded);
  }  // The streams write their rest into the body here.
  return key;
}

void SetTime(int64_t micros, google::protobuf::Timestamp& time) {
  time = google::protobuf::util::TimeUtil::MicrosecondsToTimestamp(micros);
}

}  // namespace valueloop::strategy
