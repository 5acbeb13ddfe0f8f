#include "scoring/rpc/segment_answers.h"

#include <algorithm>
#include <cmath>
#include <optional>
#include <utility>
#include <vector>

#include "common/status.h"
#include "fmt/format.h"
#include "scoring/rpc/lifecycle_proto.h"
#include "scoring/rpc/score_proto.h"
#include "scoring/rpc/segment_proto.h"

namespace valueloop::scoring {
namespace {

constexpr size_t kStopEvery = 1024;

double ShareOf(int64_t part, int64_t whole) {
  return whole == 0 ? 0 : static_cast<double>(part) / static_cast<double>(whole);
}

SegmentSet SetOf(std::span<const PredicateOutcome> outcomes) {
  SegmentSet set;
  for (size_t i = 0; i < outcomes.size(); ++i) set[i] = outcomes[i] == PredicateOutcome::kTrue;
  return set;
}

v1::SegmentationPurpose ToProto(SegmentationPurpose purpose) {
  return purpose == SegmentationPurpose::kPersona ? v1::SEGMENTATION_PURPOSE_PERSONA
                                                  : v1::SEGMENTATION_PURPOSE_SEGMENT;
}

v1::TargetOutcome ToProto(TargetOutcome outcome) {
  switch (outcome) {
    case TargetOutcome::kChosen:
      return v1::TARGET_OUTCOME_CHOSEN;
    case TargetOutcome::kCapacity:
      return v1::TARGET_OUTCOME_CAPACITY;
    case TargetOutcome::kSegmentLimit:
      return v1::TARGET_OUTCOME_MAX_SEGMENTS;
    case TargetOutcome::kMinScore:
      return v1::TARGET_OUTCOME_MIN_SCORE;
    case TargetOutcome::kEmpty:
      return v1::TARGET_OUTCOME_EMPTY;
  }
  return v1::TARGET_OUTCOME_UNSPECIFIED;
}

absl::StatusOr<std::vector<double>> GivenScores(const v1::SelectTargetsRequest& request,
                                                const CompiledSegmentation& segmentation) {
  std::vector<std::optional<double>> given(segmentation.size());
  for (int i = 0; i < request.given_scores_size(); ++i) {
    const v1::GivenScore& one = request.given_scores(i);
    const std::string field = fmt::format("given_scores[{}]", i);
    const size_t place = segmentation.Find(one.segment_id());
    if (place == segmentation.size()) {
      return InvalidField(field + ".segment_id", one.segment_id(), "a segment of the segmentation");
    }
    if (given[place]) return InvalidField(field + ".segment_id", one.segment_id(), "each once");
    if (!std::isfinite(one.score())) {
      return InvalidField(field + ".score", fmt::format("{}", one.score()), "a finite number");
    }
    given[place] = one.score();
  }
  std::vector<double> scores;
  for (size_t i = 0; i < given.size(); ++i) {
    if (!given[i]) {
      return InvalidField(
          "given_scores", "none",
          fmt::format("one for segment {}", segmentation.segmentation().segments[i].id));
    }
    scores.push_back(*given[i]);
  }
  return scores;
}

absl::StatusOr<std::vector<double>> TargetScores(const v1::SelectTargetsRequest& request,
                                                 const CompiledSegmentation& segmentation,
                                                 const SegmentTally& tally) {
  if (request.score() == v1::TARGET_SCORE_GIVEN) return GivenScores(request, segmentation);
  if (request.given_scores_size() > 0) {
    return InvalidField("given_scores", fmt::format("{} scores", request.given_scores_size()),
                        "none, or score GIVEN");
  }
  std::vector<double> scores;
  for (size_t i = 0; i < segmentation.size(); ++i) {
    const SegmentGroup& members = tally.members(i);
    switch (request.score()) {
      case v1::TARGET_SCORE_UNSPECIFIED:
      case v1::TARGET_SCORE_EXPECTED_VALUE:
        scores.push_back(members.expected_value);
        break;
      case v1::TARGET_SCORE_MEAN_EXPECTED_VALUE:
        scores.push_back(members.customer_count == 0
                             ? 0
                             : members.expected_value /
                                   static_cast<double>(members.customer_count));
        break;
      case v1::TARGET_SCORE_VALUE_AT_STAKE:
        scores.push_back(members.value_at_stake);
        break;
      default:
        return InvalidField("score", fmt::format("{}", static_cast<int>(request.score())),
                            "EXPECTED_VALUE, MEAN_EXPECTED_VALUE, VALUE_AT_STAKE or GIVEN");
    }
  }
  return scores;
}

// Who is listed: those for whom `Fits` is true.
struct MemberFilter {
  v1::SegmentMembership membership = v1::SEGMENT_MEMBERSHIP_MEMBER;
  std::optional<size_t> segment;

  bool Fits(std::span<const PredicateOutcome> outcomes) const {
    if (segment) {
      return outcomes[*segment] == (membership == v1::SEGMENT_MEMBERSHIP_UNKNOWN
                                        ? PredicateOutcome::kUnrated
                                        : PredicateOutcome::kTrue);
    }
    const SegmentStanding standing = StandingOf(outcomes);
    if (membership == v1::SEGMENT_MEMBERSHIP_UNKNOWN) return standing == SegmentStanding::kUnknown;
    return standing == (membership == v1::SEGMENT_MEMBERSHIP_UNCOVERED
                            ? SegmentStanding::kUncovered
                            : SegmentStanding::kOverlapping);
  }
};

absl::StatusOr<MemberFilter> FilterOf(const v1::ListSegmentMembersRequest& request,
                                      const CompiledSegmentation& segmentation) {
  MemberFilter filter;
  if (request.membership() != v1::SEGMENT_MEMBERSHIP_UNSPECIFIED) {
    filter.membership = request.membership();
  }
  switch (filter.membership) {
    case v1::SEGMENT_MEMBERSHIP_MEMBER:
      if (request.segment_id().empty()) {
        return InvalidField("segment_id", "", "a segment of the segmentation");
      }
      break;
    case v1::SEGMENT_MEMBERSHIP_UNKNOWN:
      break;
    case v1::SEGMENT_MEMBERSHIP_UNCOVERED:
    case v1::SEGMENT_MEMBERSHIP_OVERLAPPING:
      if (!request.segment_id().empty()) {
        return InvalidField("segment_id", request.segment_id(),
                            "none with UNCOVERED and OVERLAPPING");
      }
      break;
    default:
      return InvalidField("membership", fmt::format("{}", static_cast<int>(filter.membership)),
                          "MEMBER, UNKNOWN, UNCOVERED or OVERLAPPING");
  }
  if (request.segment_id().empty()) return filter;
  filter.segment = segmentation.Find(request.segment_id());
  if (*filter.segment == segmentation.size()) {
    return WithReason(
        absl::NotFoundError(fmt::format("segment_id: got {}, want a segment of the segmentation",
                                        Printable(request.segment_id()))),
        "SEGMENT_NOT_FOUND");
  }
  return filter;
}

struct MemberOrder {
  std::optional<ProfileNumber> number;  // Unset: by customer id.
  bool descending = false;

  bool IsBefore(const CustomerProfile& a, const CustomerProfile& b) const {
    if (number) {
      const std::optional<double> left = a.Get(*number);
      const std::optional<double> right = b.Get(*number);
      if (left.has_value() != right.has_value()) return left.has_value();
      if (left && *left != *right) return descending ? *left > *right : *left < *right;
    }
    return a.customer_id < b.customer_id;
  }
};

absl::StatusOr<MemberOrder> OrderOf(std::string_view text) {
  MemberOrder order;
  if (text.empty()) return order;
  order.descending = text.starts_with('-');
  const std::string_view field = text.substr(order.descending ? 1 : 0);
  for (const ProfileNumber number :
       {ProfileNumber::kExpectedValue, ProfileNumber::kRealisedValue, ProfileNumber::kValueAtStake,
        ProfileNumber::kAliveProbability}) {
    if (ProfileNumberNames()[static_cast<size_t>(number)] == field) order.number = number;
  }
  if (order.number) return order;
  return InvalidField("order_by", text,
                      "expected_value, realised_value, value_at_stake or alive_probability, '-'"
                      " before it for descending, or nothing");
}

void MemberToProto(const PortfolioView& view, const CompiledSegmentation& segmentation,
                   const CustomerProfile& profile, const RfmRanks& ranks, const SegmentSet& sets,
                   v1::SegmentMember& out) {
  out.set_name(
      fmt::format("workspaces/{}/customers/{}/score", view.key.workspace, profile.customer_id));
  out.set_customer_class(scoring::ToProto(profile.customer_class));
  out.set_realised_value(profile.Sum(ProfileNumber::kRealisedValue));
  if (const auto value = profile.Get(ProfileNumber::kExpectedValue)) out.set_expected_value(*value);
  if (const auto value = profile.Get(ProfileNumber::kValueAtStake)) out.set_value_at_stake(*value);
  if (const auto value = profile.Get(ProfileNumber::kAliveProbability)) {
    out.set_alive_probability(*value);
  }
  const LifecycleCuts& cuts = segmentation.segmentation().lifecycle;
  out.set_lifecycle_stage(scoring::ToProto(StageOf(cuts, profile.lifecycle)));
  if (const auto ratio = TrendRatioOf(cuts, profile.lifecycle)) out.set_trend_ratio(*ratio);
  scoring::ToProto(profile.rfm(), ranks, *out.mutable_rfm());
  for (size_t i = 0; i < segmentation.size(); ++i) {
    if (sets[i]) out.add_segment_ids(segmentation.segmentation().segments[i].id);
  }
}

}  // namespace

absl::Status WalkSegments(
    const CompiledSegmentation& segmentation, const PortfolioView& view, Stop stop,
    absl::FunctionRef<void(size_t, std::span<const PredicateOutcome>)> on_customer) {
  const std::vector<RfmRanks> ranks = RanksOf(segmentation.segmentation().rfm, view);
  return EvaluateAll(segmentation, view, ranks,
                     [&](size_t place, std::span<const PredicateOutcome> outcomes) -> absl::Status {
                       if (place % kStopEvery == 0 && stop()) {
                         return absl::CancelledError("segments: nobody waits for them");
                       }
                       on_customer(place, outcomes);
                       return absl::OkStatus();
                     });
}

absl::Status AnswerEvaluation(const CompiledSegmentation& segmentation, const PortfolioView& view,
                              Stop stop, v1::SegmentationEvaluation& out) {
  SegmentTally tally(segmentation.size());
  VL_RETURN_IF_ERROR(WalkSegments(segmentation, view, stop,
                                  [&](size_t place, std::span<const PredicateOutcome> outcomes) {
                                    tally.Add(view.customers[place], outcomes);
                                  }));
  scoring::ToProto(view, *out.mutable_basis());
  out.set_purpose(ToProto(segmentation.segmentation().purpose));
  const SegmentGroup& total = tally.total();
  const std::vector<Segment>& segments = segmentation.segmentation().segments;
  for (size_t i = 0; i < segments.size(); ++i) {
    v1::SegmentResult& result = *out.add_segments();
    result.set_segment_id(segments[i].id);
    result.set_name_zh(segments[i].name_zh);
    result.set_name_en(segments[i].name_en);
    scoring::ToProto(tally.members(i), total, *result.mutable_members());
    result.set_unknown_count(tally.unknown_count(i));
    for (size_t j = i + 1; j < segments.size(); ++j) {
      const int64_t common = tally.common_count(i, j);
      if (common == 0) continue;
      v1::SegmentOverlap& overlap = *out.add_overlaps();
      overlap.set_first_segment_id(segments[i].id);
      overlap.set_second_segment_id(segments[j].id);
      overlap.set_customer_count(common);
      overlap.set_share_of_first(ShareOf(common, tally.members(i).customer_count));
      overlap.set_share_of_second(ShareOf(common, tally.members(j).customer_count));
    }
  }
  scoring::ToProto(tally.covered(), total, *out.mutable_covered());
  scoring::ToProto(tally.overlapping(), total, *out.mutable_overlapping());
  scoring::ToProto(tally.uncovered(), total, *out.mutable_uncovered());
  scoring::ToProto(tally.unknown(), total, *out.mutable_unknown());
  scoring::ToProto(total, total, *out.mutable_total());
  out.set_mutually_exclusive(tally.overlapping().customer_count == 0);
  out.set_exhaustive(tally.covered().customer_count == total.customer_count);
  return absl::OkStatus();
}

absl::Status AnswerTargets(const v1::SelectTargetsRequest& request,
                           const CompiledSegmentation& segmentation, const PortfolioView& view,
                           Stop stop, v1::TargetSelection& out) {
  TargetLimits limits;
  if (request.has_capacity()) limits.capacity = request.capacity();
  if (request.has_max_segments()) limits.max_segments = request.max_segments();
  if (request.has_min_score()) limits.min_score = request.min_score();
  VL_RETURN_IF_ERROR(Validate(limits));
  SegmentTally tally(segmentation.size());
  // What can be refused is refused before the walk.
  VL_RETURN_IF_ERROR(TargetScores(request, segmentation, tally).status());
  std::vector<SegmentSet> sets;
  sets.reserve(view.customers.size());
  VL_RETURN_IF_ERROR(WalkSegments(segmentation, view, stop,
                                  [&](size_t place, std::span<const PredicateOutcome> outcomes) {
                                    tally.Add(view.customers[place], outcomes);
                                    sets.push_back(SetOf(outcomes));
                                  }));
  VL_ASSIGN_OR_RETURN(const std::vector<double> scores, TargetScores(request, segmentation, tally));
  scoring::ToProto(view, *out.mutable_basis());
  SegmentSet chosen;
  for (const Target& target : SelectTargets(scores, sets, limits)) {
    const Segment& segment = segmentation.segmentation().segments[target.segment];
    chosen[target.segment] = target.outcome == TargetOutcome::kChosen;
    v1::Target& one = *out.add_targets();
    one.set_rank(out.targets_size());
    one.set_segment_id(segment.id);
    one.set_name_zh(segment.name_zh);
    one.set_name_en(segment.name_en);
    one.set_score(target.score);
    one.set_customer_count(target.customer_count);
    one.set_added_count(target.added_count);
    one.set_cumulative_count(target.cumulative_count);
    one.set_outcome(ToProto(target.outcome));
  }
  SegmentGroup group;
  for (size_t i = 0; i < sets.size(); ++i) {
    if ((sets[i] & chosen).any()) group.Add(view.customers[i]);
  }
  scoring::ToProto(group, tally.total(), *out.mutable_chosen());
  return absl::OkStatus();
}

absl::Status AnswerMembers(const v1::ListSegmentMembersRequest& request,
                           const CompiledSegmentation& segmentation, const PortfolioView& view,
                           size_t offset, size_t page_size, Stop stop,
                           v1::ListSegmentMembersResponse& out) {
  VL_ASSIGN_OR_RETURN(const MemberFilter filter, FilterOf(request, segmentation));
  VL_ASSIGN_OR_RETURN(const MemberOrder order, OrderOf(request.order_by()));
  const std::vector<RfmRanks> ranks = RanksOf(segmentation.segmentation().rfm, view);
  std::vector<std::pair<size_t, SegmentSet>> found;  // By customer id, as the view.
  VL_RETURN_IF_ERROR(WalkSegments(segmentation, view, stop,
                                  [&](size_t place, std::span<const PredicateOutcome> outcomes) {
                                    if (filter.Fits(outcomes))
                                      found.emplace_back(place, SetOf(outcomes));
                                  }));
  if (order.number) {
    std::sort(found.begin(), found.end(), [&](const auto& a, const auto& b) {
      return order.IsBefore(view.customers[a.first], view.customers[b.first]);
    });
  }
  scoring::ToProto(view, *out.mutable_basis());
  out.set_total_count(static_cast<int64_t>(found.size()));
  const size_t end = std::min(found.size(), offset + page_size);
  for (size_t i = offset; i < end; ++i) {
    const auto& [place, sets] = found[i];
    MemberToProto(view, segmentation, view.customers[place], ranks[place], sets,
                  *out.add_members());
  }
  return absl::OkStatus();
}

}  // namespace valueloop::scoring
