// What the commands about groups of customers share.
#ifndef VALUELOOP_CLI_SEGMENT_COMMANDS_H_
#define VALUELOOP_CLI_SEGMENT_COMMANDS_H_

#include <optional>
#include <string>
#include <vector>

#include "CLI/CLI.hpp"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "cli/context.h"
#include "valueloop/scoring/v1/segment.pb.h"

namespace valueloop::cli {

// How a segmentation is named on the command line: stored, or tried out with --segment
// ID=PREDICATE.
struct SegmentationChoice {
  std::string id;
  std::vector<std::string> segments;
  bool is_persona = false;

  void AddTo(CLI::App& command);
};

// "gold=tier >= 2" as a segment named gold. USAGE if there is no '='.
absl::StatusOr<scoring::v1::Segmentation> SegmentationOf(const SegmentationChoice& choice);

// Sets the fields by which EvaluateSegmentation and its like name a segmentation.
template <typename Request>
absl::Status Choose(const Context& context, const SegmentationChoice& choice, Request& request) {
  request.set_parent(context.Parent());
  if (choice.id.empty() == choice.segments.empty()) {
    return UsageError("want the id of a segmentation, or --segment ID=PREDICATE");
  }
  if (!choice.id.empty()) {
    request.set_segmentation_name(context.Name("segmentations/" + choice.id));
    return absl::OkStatus();
  }
  absl::StatusOr<scoring::v1::Segmentation> segmentation = SegmentationOf(choice);
  if (!segmentation.ok()) return std::move(segmentation).status();
  *request.mutable_segmentation() = *std::move(segmentation);
  return absl::OkStatus();
}

// The name in the chosen language, else in the other one.
std::string NameOf(const Context& context, const std::string& zh, const std::string& en);

std::string StageLabel(const Context& context, scoring::v1::LifecycleStage stage);

inline std::optional<double> ValueIf(bool has, double value) {
  return has ? std::optional<double>(value) : std::nullopt;
}

absl::Status CallSegments(Context& context, const std::string& method,
                          const google::protobuf::Message& request,
                          google::protobuf::Message* response);

}  // namespace valueloop::cli

#endif  // VALUELOOP_CLI_SEGMENT_COMMANDS_H_
