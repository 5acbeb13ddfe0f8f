#include "scoring/domain/portfolio.h"

#include <algorithm>
#include <vector>

namespace valueloop::scoring {

ClassMatrix ComputeClassMatrix(std::span<const PortfolioEntry> entries) {
  ClassMatrix matrix;
  const auto add = [](PortfolioCell& cell, const PortfolioEntry& entry) {
    ++cell.customer_count;
    cell.expected_value += entry.expected_value;
    cell.value_at_stake += entry.value_at_stake;
  };
  for (const PortfolioEntry& entry : entries) {
    add(matrix.by_class[static_cast<size_t>(entry.customer_class)], entry);
    add(matrix.total, entry);
  }
  return matrix;
}

Concentration ComputeConcentration(std::span<const double> values) {
  Concentration out;
  std::vector<double> sorted(values.begin(), values.end());
  std::sort(sorted.begin(), sorted.end());
  const size_t count = sorted.size();
  out.customer_count = static_cast<int64_t>(count);
  if (count == 0) return out;
  const size_t top = (count + 4) / 5;  // ceil(0.2 n).
  const auto n = static_cast<double>(count);
  double top_sum = 0;
  double ranked = 0;
  size_t negative = 0;
  for (size_t i = 0; i < count; ++i) {
    out.total += sorted[i];
    if (i >= count - top) top_sum += sorted[i];
    ranked += (2 * static_cast<double>(i) + 1 - n) * sorted[i];
    if (sorted[i] < 0) {
      ++negative;
      out.negative_sum += sorted[i];
    }
  }
  out.negative_share = static_cast<double>(negative) / n;
  if (out.total > 0) {
    out.top20_share = top_sum / out.total;
    out.gini = ranked / (n * out.total);
    // With losses the best ones make more than the total, so this is reached before the last.
    const double want = 0.8 * out.total * (1 - 1e-12);
    double best_sum = 0;
    size_t best = 0;
    while (best < count && best_sum < want) best_sum += sorted[count - 1 - best++];
    out.share_making_80 = static_cast<double>(best) / n;
  }
  return out;
}

}  // namespace valueloop::scoring
