#include "scoring/rpc/portfolio_overview.h"

#include <algorithm>
#include <cstdint>
#include <limits>
#include <optional>
#include <vector>

#include "common/status.h"
#include "scoring/domain/portfolio.h"
#include "scoring/rpc/score_proto.h"
#include "scoring/rpc/snapshot_proto.h"

namespace valueloop::scoring {
namespace {

constexpr size_t kLorenzSteps = 100;

// The mean of the values that are there.
struct Mean {
  double sum = 0;
  int64_t count = 0;

  void Add(const std::optional<double>& value) {
    if (!value.has_value()) return;
    sum += *value;
    ++count;
  }
  std::optional<double> Get() const {
    if (count == 0) return std::nullopt;
    return sum / static_cast<double>(count);
  }
};

struct Cell {
  int64_t customer_count = 0;
  double realised = 0;
  double expected = 0;
  double at_stake = 0;
  Mean match;
  Mean alive;

  void Add(const SnapshotRow& row) {
    ++customer_count;
    realised += row.realised_value;
    expected += row.expected_value.value_or(0);
    at_stake += row.value_at_stake.value_or(0);
    match.Add(row.match_score);
    alive.Add(row.alive_probability);
  }

  void CopyTo(v1::ClassSummary& out) const {
    out.set_customer_count(customer_count);
    out.set_realised_value(realised);
    out.set_expected_value(expected);
    out.set_value_at_stake(at_stake);
    if (const auto mean = match.Get()) out.set_mean_match_score(*mean);
    if (const auto mean = alive.Get()) out.set_mean_alive_probability(*mean);
  }
};

}  // namespace

void AddLorenzPoints(std::span<const double> values, v1::Concentration& out) {
  std::vector<double> sorted(values.begin(), values.end());
  std::sort(sorted.begin(), sorted.end());
  double total = 0;
  for (const double value : sorted) total += value;
  if (sorted.empty() || total <= 0) return;
  const size_t count = sorted.size();
  const size_t steps = std::min(kLorenzSteps, count);
  double sum = 0;
  size_t taken = 0;
  for (size_t step = 0; step <= steps; ++step) {
    const size_t until = count * step / steps;
    for (; taken < until; ++taken) sum += sorted[taken];
    v1::LorenzPoint& point = *out.add_lorenz();
    point.set_customer_share(static_cast<double>(until) / static_cast<double>(count));
    // Sums in one order: the last one is the total to the bit.
    point.set_value_share(sum / total);
  }
}

namespace {

void FillConcentration(std::span<const double> values, v1::Concentration& out) {
  const Concentration concentration = ComputeConcentration(values);
  out.set_customer_count(concentration.customer_count);
  out.set_total_expected_value(concentration.total);
  if (concentration.top20_share) out.set_top_20_percent_share(*concentration.top20_share);
  if (concentration.gini) out.set_gini(*concentration.gini);
  out.set_negative_share(concentration.negative_share);
  out.set_negative_value(concentration.negative_sum);
  if (concentration.share_making_80) {
    out.set_share_making_80_percent(*concentration.share_making_80);
  }
  AddLorenzPoints(values, out);
}

}  // namespace

absl::StatusOr<PortfolioOverview> ReadOverview(SnapshotStore& snapshots,
                                               const std::string& workspace,
                                               const Snapshot& snapshot) {
  std::array<Cell, kCustomerClassCount> cells;
  Cell total;
  std::vector<double> expected;
  std::vector<double> realised;
  VL_RETURN_IF_ERROR(snapshots.Scan(workspace, snapshot.id, "", std::numeric_limits<int64_t>::max(),
                                    [&](const SnapshotRow& row) {
                                      cells[static_cast<size_t>(row.customer_class)].Add(row);
                                      total.Add(row);
                                      if (row.expected_value.has_value())
                                        expected.push_back(*row.expected_value);
                                      realised.push_back(row.realised_value);
                                      return absl::OkStatus();
                                    }));
  PortfolioOverview overview;
  SnapshotToProto(workspace, snapshot, *overview.matrix.mutable_snapshot());
  for (const CustomerClass customer_class : kListedClasses) {
    v1::ClassSummary& summary = *overview.matrix.add_classes();
    summary.set_customer_class(ToProto(customer_class));
    cells[static_cast<size_t>(customer_class)].CopyTo(summary);
  }
  total.CopyTo(*overview.matrix.mutable_total());

  *overview.expected.mutable_snapshot() = overview.matrix.snapshot();
  overview.expected.set_basis(v1::VALUE_BASIS_EXPECTED);
  FillConcentration(expected, overview.expected);
  *overview.realised.mutable_snapshot() = overview.matrix.snapshot();
  overview.realised.set_basis(v1::VALUE_BASIS_REALISED);
  FillConcentration(realised, overview.realised);
  return overview;
}

}  // namespace valueloop::scoring
