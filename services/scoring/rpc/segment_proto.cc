#include "scoring/rpc/segment_proto.h"

#include <utility>

#include "absl/time/civil_time.h"
#include "common/status.h"
#include "fmt/format.h"
#include "google/protobuf/util/json_util.h"
#include "google/protobuf/util/time_util.h"

namespace valueloop::scoring {
namespace {

using google::protobuf::util::TimeUtil;

RfmCuts CutsFromProto(const v1::RfmCuts& in) {
  return {.tiles = in.tiles(), .cuts = {in.cuts().begin(), in.cuts().end()}};
}

Segment SegmentFromProto(const v1::Segment& in) {
  return {.id = in.id(),
          .name_zh = in.name_zh(),
          .name_en = in.name_en(),
          .predicate = in.predicate(),
          .needs = {in.needs().begin(), in.needs().end()},
          .behaviour = in.behaviour(),
          .source = in.source()};
}

v1::BudgetBound ToProto(BudgetBound bound) {
  switch (bound) {
    case BudgetBound::kNone:
      return v1::BUDGET_BOUND_NONE;
    case BudgetBound::kMin:
      return v1::BUDGET_BOUND_MIN;
    case BudgetBound::kMax:
      return v1::BUDGET_BOUND_MAX;
  }
  return v1::BUDGET_BOUND_UNSPECIFIED;
}

}  // namespace

absl::StatusOr<RfmSettings> RfmSettingsFromProto(const v1::RfmSettings& in) {
  RfmSettings settings{.recency = CutsFromProto(in.recency()),
                       .frequency = CutsFromProto(in.frequency()),
                       .monetary = CutsFromProto(in.monetary())};
  VL_RETURN_IF_ERROR(Validate(settings));
  return settings;
}

absl::StatusOr<LifecycleCuts> LifecycleCutsFromProto(const v1::LifecycleSettings& in) {
  LifecycleCuts cuts;
  if (in.has_new_days()) cuts.new_days = in.new_days();
  if (in.has_improving_ratio()) cuts.improving_ratio = in.improving_ratio();
  if (in.has_declining_ratio()) cuts.declining_ratio = in.declining_ratio();
  if (in.has_lost_alive_probability()) cuts.lost_alive_probability = in.lost_alive_probability();
  if (in.has_min_purchase_count()) cuts.min_purchase_count = in.min_purchase_count();
  VL_RETURN_IF_ERROR(Validate(cuts));
  return cuts;
}

absl::StatusOr<CompiledSegmentation> SegmentationFromProto(const v1::Segmentation& in) {
  // Before anything is copied: a request may hold very many.
  if (static_cast<size_t>(in.segments_size()) > kMaxSegments) {
    return InvalidField("segments", fmt::format("{} segments", in.segments_size()),
                        fmt::format("1..{}", kMaxSegments));
  }
  Segmentation segmentation{.title_zh = in.title_zh(), .title_en = in.title_en()};
  switch (in.purpose()) {
    case v1::SEGMENTATION_PURPOSE_UNSPECIFIED:
    case v1::SEGMENTATION_PURPOSE_SEGMENT:
      break;
    case v1::SEGMENTATION_PURPOSE_PERSONA:
      segmentation.purpose = SegmentationPurpose::kPersona;
      break;
    default:
      return InvalidField("purpose", fmt::format("{}", static_cast<int>(in.purpose())),
                          "SEGMENT or PERSONA");
  }
  for (const v1::Segment& segment : in.segments()) {
    segmentation.segments.push_back(SegmentFromProto(segment));
  }
  VL_ASSIGN_OR_RETURN(segmentation.rfm, RfmSettingsFromProto(in.rfm()));
  VL_ASSIGN_OR_RETURN(segmentation.lifecycle, LifecycleCutsFromProto(in.lifecycle()));
  return CompiledSegmentation::Compile(std::move(segmentation));
}

BudgetProblem BudgetProblemFromProto(const v1::AllocateBudgetRequest& in) {
  BudgetProblem problem{.budget_micros = in.budget_micros(),
                        .rounding_micros = in.rounding_micros() == 0 ? 1 : in.rounding_micros()};
  for (const v1::BudgetResponse& one : in.classes()) {
    BudgetClass& out = problem.classes.emplace_back(BudgetClass{
        .id = one.id(), .gain = one.gain(), .scale = one.scale(), .min_micros = one.min_micros()});
    if (one.has_max_micros()) out.max_micros = one.max_micros();
  }
  return problem;
}

std::string EncodeSegmentation(const v1::Segmentation& segmentation) {
  v1::Segmentation kept = segmentation;
  kept.clear_name();
  kept.clear_etag();
  kept.clear_create_time();
  kept.clear_update_time();
  if (kept.purpose() == v1::SEGMENTATION_PURPOSE_UNSPECIFIED) {
    kept.set_purpose(v1::SEGMENTATION_PURPOSE_SEGMENT);
  }
  std::string text;
  // Cannot fail: the contract has no Any, and numbers were checked to be finite.
  if (!google::protobuf::util::MessageToJsonString(kept, &text).ok()) text.clear();
  return text;
}

absl::StatusOr<v1::Segmentation> SegmentationToProto(std::string_view workspace,
                                                     const StoredSegmentation& stored) {
  v1::Segmentation out;
  google::protobuf::util::JsonParseOptions options;
  options.ignore_unknown_fields = true;  // Written by a newer version: its additions are optional.
  if (!google::protobuf::util::JsonStringToMessage(stored.payload, &out, options).ok()) {
    return absl::DataLossError(
        fmt::format("segmentation {}: its stored text is damaged", Printable(stored.id)));
  }
  out.set_name(fmt::format("workspaces/{}/segmentations/{}", workspace, stored.id));
  out.set_etag(stored.etag);
  *out.mutable_create_time() = TimeUtil::MicrosecondsToTimestamp(stored.create_micros);
  *out.mutable_update_time() = TimeUtil::MicrosecondsToTimestamp(stored.update_micros);
  return out;
}

void ToProto(const PortfolioView& view, v1::PortfolioBasis& out) {
  out.set_as_of(absl::FormatCivilTime(view.key.as_of));
  out.set_model_version(view.versions.model);
  out.set_policy_version(view.versions.policy);
  out.set_reference_version(view.versions.reference);
  out.set_change_sequence(view.key.change_sequence);
  out.set_customer_count(static_cast<int64_t>(view.customers.size()));
}

void ToProto(const SegmentGroup& group, const SegmentGroup& total, v1::SegmentGroup& out) {
  out.set_customer_count(group.customer_count);
  if (total.customer_count > 0) {
    out.set_customer_share(static_cast<double>(group.customer_count) /
                           static_cast<double>(total.customer_count));
  }
  out.set_expected_value(group.expected_value);
  out.set_realised_value(group.realised_value);
  out.set_value_at_stake(group.value_at_stake);
  if (total.expected_value > 0) {
    out.set_expected_value_share(group.expected_value / total.expected_value);
  }
  if (const auto mean = group.alive_probability.Get()) out.set_mean_alive_probability(*mean);
  for (const std::string& id : group.examples) out.add_example_customer_ids(id);
}

void ToProto(const BudgetProblem& problem, const BudgetAllocation& allocation,
             v1::BudgetAllocation& out) {
  for (size_t i = 0; i < allocation.classes.size(); ++i) {
    const ClassBudget& budget = allocation.classes[i];
    v1::ClassBudget& one = *out.add_classes();
    one.set_id(problem.classes[i].id);
    one.set_allocated_micros(budget.allocated_micros);
    if (problem.budget_micros > 0) {
      one.set_share(static_cast<double>(budget.allocated_micros) /
                    static_cast<double>(problem.budget_micros));
    }
    one.set_response(budget.response);
    one.set_marginal_return(budget.marginal_return);
    one.set_bound(ToProto(budget.bound));
  }
  out.set_total_response(allocation.total_response);
  if (allocation.marginal_return) out.set_marginal_return(*allocation.marginal_return);
  out.set_unallocated_micros(allocation.unallocated_micros);
}

}  // namespace valueloop::scoring
