#include "scoring/domain/migration.h"

#include <algorithm>
#include <cmath>

#include "scoring/domain/summary.h"

namespace valueloop::scoring {

Move MoveOf(const Score* before, const Score& after) {
  Move move{.to = after.classification.customer_class};
  if (after.expected) move.expected_after = after.expected->total();
  if (before == nullptr) return move;
  move.from = before->classification.customer_class;
  if (before->expected) move.expected_before = before->expected->total();
  move.is_lost = before->alive_probability && after.alive_probability &&
                 *before->alive_probability >= kLostAliveProbability &&
                 *after.alive_probability < kLostAliveProbability;
  return move;
}

void MoveTally::Sums::Add(const Move& move) {
  const double before = move.expected_before.value_or(0);
  const double after = move.expected_after.value_or(0);
  count += 1;
  expected_before += before;
  expected_after += after;
  change_squares += (after - before) * (after - before);
  if (move.is_lost) {
    lost_count += 1;
    lost_value += before;
  }
}

void MoveTally::Add(const Move& move) {
  ++scored_count_;
  const size_t row =
      move.from ? static_cast<size_t>(*move.from) : static_cast<size_t>(kCustomerClassCount);
  cells_[row][static_cast<size_t>(move.to)].Add(move);
  all_.Add(move);
  if (!move.has_moved()) return;
  moved_.Add(move);
  if (move.to == CustomerClass::kUnknown) new_unknown_.Add(move);
}

MoveTotals MoveTally::Estimate(const Sums& sums, int64_t customer_count) const {
  MoveTotals totals{.count = sums.count,
                    .expected_before = sums.expected_before,
                    .expected_after = sums.expected_after,
                    .lost_count = sums.lost_count,
                    .lost_value = sums.lost_value};
  if (scored_count_ == 0 || customer_count <= scored_count_) return totals;
  const auto n = static_cast<double>(scored_count_);
  const auto all = static_cast<double>(customer_count);
  const double scale = all / n;
  totals.count *= scale;
  totals.expected_before *= scale;
  totals.expected_after *= scale;
  totals.lost_count *= scale;
  totals.lost_value *= scale;
  // Simple random sampling without replacement; a single customer tells nothing of the spread.
  const double left = 1 - n / all;
  const double share = sums.count / n;
  const double change = sums.expected_after - sums.expected_before;
  const double variance =
      std::max(0.0, sums.change_squares - change * change / n) / std::max(n - 1, 1.0);
  totals.count_error = all * std::sqrt(share * (1 - share) / std::max(n - 1, 1.0) * left);
  totals.change_error = all * std::sqrt(variance / n * left);
  return totals;
}

MoveTotals MoveTally::Cell(std::optional<CustomerClass> from, CustomerClass to,
                           int64_t customer_count) const {
  const size_t row = from ? static_cast<size_t>(*from) : static_cast<size_t>(kCustomerClassCount);
  return Estimate(cells_[row][static_cast<size_t>(to)], customer_count);
}

MoveTotals MoveTally::Moved(int64_t customer_count) const {
  return Estimate(moved_, customer_count);
}

MoveTotals MoveTally::NewUnknown(int64_t customer_count) const {
  return Estimate(new_unknown_, customer_count);
}

MoveTotals MoveTally::All(int64_t customer_count) const { return Estimate(all_, customer_count); }

CustomerSample::CustomerSample(int64_t customer_count, int64_t sample_size)
    : everybody_(customer_count <= sample_size) {
  if (everybody_) return;
  const double share = static_cast<double>(sample_size) / static_cast<double>(customer_count);
  threshold_ = static_cast<uint64_t>(std::ldexp(share, 64));  // Below 2^64: share is below 1.
}

bool CustomerSample::Has(std::string_view customer_id) const {
  return everybody_ || EventKey("sample", customer_id) < threshold_;
}

}  // namespace valueloop::scoring
