// AnswerRfm and AnswerLifecycle (segment_answers.h).
#include <algorithm>
#include <array>
#include <map>
#include <optional>
#include <vector>

#include "fmt/format.h"
#include "scoring/rpc/lifecycle_proto.h"
#include "scoring/rpc/segment_answers.h"
#include "scoring/rpc/segment_proto.h"

namespace valueloop::scoring {
namespace {

double ShareOf(int64_t part, int64_t whole) {
  return whole == 0 ? 0 : static_cast<double>(part) / static_cast<double>(whole);
}

struct RankRange {
  int64_t customer_count = 0;
  double low = 0;
  double high = 0;

  void Add(double value) {
    low = customer_count == 0 ? value : std::min(low, value);
    high = customer_count == 0 ? value : std::max(high, value);
    ++customer_count;
  }
};

// By rank - 1.
using RankRanges = std::vector<RankRange>;

void RangesToProto(const RankRanges& ranges, google::protobuf::RepeatedPtrField<v1::RfmRank>& out) {
  for (size_t i = 0; i < ranges.size(); ++i) {
    v1::RfmRank& rank = *out.Add();
    rank.set_rank(static_cast<int32_t>(i + 1));
    rank.set_customer_count(ranges[i].customer_count);
    if (ranges[i].customer_count == 0) continue;
    rank.set_low(ranges[i].low);
    rank.set_high(ranges[i].high);
  }
}

struct CellSums {
  RfmRanks ranks;
  SegmentGroup group;
  double purchase_amount = 0;
};

struct StageSums {
  SegmentGroup group;
  MeanOf trend_ratio;
};

using Stages = std::array<StageSums, kLifecycleStageCount>;

Stages SumStages(const LifecycleCuts& cuts, const PortfolioView& view) {
  Stages stages;
  for (const CustomerProfile& profile : view.customers) {
    StageSums& sums = stages[static_cast<size_t>(StageOf(cuts, profile.lifecycle))];
    sums.group.Add(profile);
    sums.trend_ratio.Add(TrendRatioOf(cuts, profile.lifecycle));
  }
  return stages;
}

void StagesToProto(const Stages& stages, const PortfolioView& view,
                   google::protobuf::RepeatedPtrField<v1::StageSummary>& out) {
  for (const LifecycleStage stage : kListedStages) {
    const StageSums& sums = stages[static_cast<size_t>(stage)];
    v1::StageSummary& summary = *out.Add();
    summary.set_stage(ToProto(stage));
    summary.set_customer_count(sums.group.customer_count);
    summary.set_customer_share(
        ShareOf(sums.group.customer_count, static_cast<int64_t>(view.customers.size())));
    summary.set_expected_value(sums.group.expected_value);
    summary.set_realised_value(sums.group.realised_value);
    summary.set_value_at_stake(sums.group.value_at_stake);
    if (const auto mean = sums.trend_ratio.Get()) summary.set_mean_trend_ratio(*mean);
    if (const auto mean = sums.group.alive_probability.Get()) {
      summary.set_mean_alive_probability(*mean);
    }
  }
}

struct Flow {
  int64_t customer_count = 0;
  double from_value = 0;
  double to_value = 0;

  void CopyTo(v1::StageTransition& out) const {
    out.set_customer_count(customer_count);
    out.set_from_expected_value(from_value);
    out.set_to_expected_value(to_value);
  }
};

using Flows = std::array<Flow, kLifecycleStageCount>;  // By the stage gone to.

void TransitionsToProto(const LifecycleCuts& cuts, const PortfolioView& view,
                        const PortfolioView& from, const Stages& from_stages, v1::Lifecycle& out) {
  std::array<Flows, kLifecycleStageCount> flows{};
  Flows inflow{};
  auto before = from.customers.begin();
  for (const CustomerProfile& profile : view.customers) {  // Both are sorted by customer id.
    while (before != from.customers.end() && before->customer_id < profile.customer_id) ++before;
    const bool was_there =
        before != from.customers.end() && before->customer_id == profile.customer_id;
    const auto to_stage = static_cast<size_t>(StageOf(cuts, profile.lifecycle));
    Flow& flow = was_there ? flows[static_cast<size_t>(StageOf(cuts, before->lifecycle))][to_stage]
                           : inflow[to_stage];
    ++flow.customer_count;
    flow.to_value += profile.Sum(ProfileNumber::kExpectedValue);
    if (was_there) flow.from_value += before->Sum(ProfileNumber::kExpectedValue);
  }
  for (const LifecycleStage to_stage : kListedStages) {
    const Flow& flow = inflow[static_cast<size_t>(to_stage)];
    if (flow.customer_count == 0) continue;
    v1::StageTransition& transition = *out.add_inflow();
    transition.set_to_stage(ToProto(to_stage));
    flow.CopyTo(transition);
  }
  for (const LifecycleStage from_stage : kListedStages) {
    for (const LifecycleStage to_stage : kListedStages) {
      const Flow& flow = flows[static_cast<size_t>(from_stage)][static_cast<size_t>(to_stage)];
      if (flow.customer_count == 0) continue;
      v1::StageTransition& transition = *out.add_transitions();
      transition.set_from_stage(ToProto(from_stage));
      transition.set_to_stage(ToProto(to_stage));
      transition.set_share_of_from(ShareOf(
          flow.customer_count, from_stages[static_cast<size_t>(from_stage)].group.customer_count));
      flow.CopyTo(transition);
    }
  }
}

}  // namespace

void AnswerRfm(const RfmSettings& settings, const PortfolioView& view, v1::RfmTable& out) {
  const std::vector<RfmRanks> ranks = RanksOf(settings, view);
  RankRanges recency(static_cast<size_t>(settings.recency.RankCount()));
  RankRanges frequency(static_cast<size_t>(settings.frequency.RankCount()));
  RankRanges monetary(static_cast<size_t>(settings.monetary.RankCount()));
  std::map<int, CellSums, std::greater<>> cells;
  int64_t ranked_count = 0;
  for (size_t i = 0; i < ranks.size(); ++i) {
    if (!ranks[i].is_ranked()) continue;
    ++ranked_count;
    const CustomerProfile& profile = view.customers[i];
    const RfmValues values = profile.rfm();
    const auto add = [](RankRanges& ranges, int8_t rank, double value) {
      ranges[static_cast<size_t>(rank) - 1].Add(value);
    };
    add(recency, ranks[i].recency, *values.recency_days);
    add(frequency, ranks[i].frequency, values.purchase_count);
    add(monetary, ranks[i].monetary, values.purchase_amount);
    CellSums& cell = cells[ranks[i].cell()];
    cell.ranks = ranks[i];
    cell.group.Add(profile);
    cell.purchase_amount += values.purchase_amount;
  }
  ToProto(view, *out.mutable_basis());
  out.set_ranked_count(ranked_count);
  out.set_unranked_count(static_cast<int64_t>(ranks.size()) - ranked_count);
  RangesToProto(recency, *out.mutable_recency());
  RangesToProto(frequency, *out.mutable_frequency());
  RangesToProto(monetary, *out.mutable_monetary());
  for (const auto& [number, sums] : cells) {
    v1::RfmCell& cell = *out.add_cells();
    cell.set_cell(fmt::format("{}", number));
    cell.set_recency_rank(sums.ranks.recency);
    cell.set_frequency_rank(sums.ranks.frequency);
    cell.set_monetary_rank(sums.ranks.monetary);
    cell.set_customer_count(sums.group.customer_count);
    cell.set_customer_share(ShareOf(sums.group.customer_count, ranked_count));
    cell.set_purchase_amount(sums.purchase_amount);
    cell.set_expected_value(sums.group.expected_value);
    cell.set_value_at_stake(sums.group.value_at_stake);
    if (const auto mean = sums.group.alive_probability.Get()) {
      cell.set_mean_alive_probability(*mean);
    }
  }
}

void AnswerLifecycle(const LifecycleCuts& cuts, const PortfolioView& view,
                     const PortfolioView* from, v1::Lifecycle& out) {
  ToProto(view, *out.mutable_basis());
  StagesToProto(SumStages(cuts, view), view, *out.mutable_stages());
  if (from == nullptr) return;
  out.set_from_day(absl::FormatCivilTime(from->key.as_of));
  const Stages from_stages = SumStages(cuts, *from);
  StagesToProto(from_stages, *from, *out.mutable_from_stages());
  TransitionsToProto(cuts, view, *from, from_stages, out);
}

}  // namespace valueloop::scoring
