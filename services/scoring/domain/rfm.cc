#include "scoring/domain/rfm.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <numeric>

#include "common/status.h"
#include "fmt/format.h"

namespace valueloop::scoring {
namespace {

absl::Status ValidateCuts(std::string_view name, const RfmCuts& cuts) {
  if (cuts.tiles != 0 && !cuts.cuts.empty()) {
    return InvalidField(fmt::format("rfm.{}", name), "tiles and cuts", "one of the two");
  }
  if (cuts.tiles != 0 && (cuts.tiles < 2 || cuts.tiles > kMaxTiles)) {
    return InvalidField(fmt::format("rfm.{}.tiles", name), fmt::format("{}", cuts.tiles),
                        fmt::format("2..{}, or 0 for {}", kMaxTiles, kDefaultTiles));
  }
  if (cuts.cuts.size() >= kMaxTiles) {
    return InvalidField(fmt::format("rfm.{}.cuts", name), fmt::format("{} cuts", cuts.cuts.size()),
                        fmt::format("at most {}", kMaxTiles - 1));
  }
  for (size_t i = 0; i < cuts.cuts.size(); ++i) {
    const auto wrong = [&](std::string_view want) {
      return InvalidField(fmt::format("rfm.{}.cuts[{}]", name, i), fmt::format("{}", cuts.cuts[i]),
                          want);
    };
    if (!std::isfinite(cuts.cuts[i])) return wrong("a finite number");
    if (i > 0 && cuts.cuts[i] <= cuts.cuts[i - 1]) {
      return wrong(fmt::format("above {}", cuts.cuts[i - 1]));
    }
  }
  return absl::OkStatus();
}

// The ranks of numbers of which the larger is the better.
std::vector<int8_t> RankByTiles(const std::vector<double>& numbers, int64_t tiles) {
  const size_t count = numbers.size();
  std::vector<size_t> order(count);
  std::iota(order.begin(), order.end(), size_t{0});
  std::sort(order.begin(), order.end(),
            [&](size_t a, size_t b) { return numbers[a] < numbers[b]; });
  std::vector<int8_t> ranks(count);
  for (size_t begin = 0; begin < count;) {
    size_t end = begin + 1;
    while (end < count && numbers[order[end]] == numbers[order[begin]]) ++end;
    // Twice the place of the run's middle, in integers: exact.
    const auto middle = static_cast<int64_t>(begin + end);
    const auto rank = static_cast<int8_t>(tiles * middle / (2 * static_cast<int64_t>(count)) + 1);
    for (; begin < end; ++begin) ranks[order[begin]] = rank;
  }
  return ranks;
}

std::vector<int8_t> Rank(const RfmCuts& cuts, const std::vector<double>& numbers,
                         bool larger_is_better) {
  if (cuts.cuts.empty()) {
    if (larger_is_better) return RankByTiles(numbers, cuts.RankCount());
    std::vector<double> negated(numbers.size());
    std::transform(numbers.begin(), numbers.end(), negated.begin(), std::negate<>());
    return RankByTiles(negated, cuts.RankCount());
  }
  std::vector<int8_t> ranks;
  ranks.reserve(numbers.size());
  for (const double number : numbers) {
    const auto better = std::count_if(cuts.cuts.begin(), cuts.cuts.end(), [&](double cut) {
      return larger_is_better ? number >= cut : number <= cut;
    });
    ranks.push_back(static_cast<int8_t>(better + 1));
  }
  return ranks;
}

}  // namespace

int RfmCuts::RankCount() const {
  if (!cuts.empty()) return static_cast<int>(cuts.size()) + 1;
  return tiles == 0 ? kDefaultTiles : tiles;
}

absl::Status Validate(const RfmSettings& settings) {
  VL_RETURN_IF_ERROR(ValidateCuts("recency", settings.recency));
  VL_RETURN_IF_ERROR(ValidateCuts("frequency", settings.frequency));
  return ValidateCuts("monetary", settings.monetary);
}

std::vector<RfmRanks> RankRfm(const RfmSettings& settings, std::span<const RfmValues> values) {
  std::vector<size_t> ranked;
  std::vector<double> recency;
  std::vector<double> frequency;
  std::vector<double> monetary;
  for (size_t i = 0; i < values.size(); ++i) {
    if (!values[i].recency_days) continue;
    ranked.push_back(i);
    recency.push_back(*values[i].recency_days);
    frequency.push_back(values[i].purchase_count);
    monetary.push_back(values[i].purchase_amount);
  }
  const std::vector<int8_t> by_recency = Rank(settings.recency, recency, false);
  const std::vector<int8_t> by_frequency = Rank(settings.frequency, frequency, true);
  const std::vector<int8_t> by_monetary = Rank(settings.monetary, monetary, true);
  std::vector<RfmRanks> ranks(values.size());
  for (size_t i = 0; i < ranked.size(); ++i) {
    ranks[ranked[i]] = {by_recency[i], by_frequency[i], by_monetary[i]};
  }
  return ranks;
}

}  // namespace valueloop::scoring
