#include "scoring/domain/fit_rows.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstdint>
#include <numeric>
#include <optional>
#include <tuple>
#include <utility>

namespace valueloop::scoring {
namespace {

constexpr double kDaysPerWeek = 7;

struct Range {
  int32_t low = 0;
  int bits = 0;  // That hold value - low.
};

Range RangeOf(int32_t low, int32_t high) {
  return {low, static_cast<int>(std::bit_width(static_cast<uint32_t>(high - low)))};
}

// The day a time in weeks stands for, if it is one: weeks are then exactly that day / 7.
std::optional<int32_t> DayOfWeeks(double weeks) {
  const double day = std::nearbyint(weeks * kDaysPerWeek);
  if (day / kDaysPerWeek != weeks || day > 1e8) return std::nullopt;
  return static_cast<int32_t>(day);
}

// Sorts by the low `bits` bits, 11 at a time; `spare` has the same size.
void RadixSort(std::vector<uint64_t>& keys, std::vector<uint64_t>& spare, int bits) {
  constexpr int kDigitBits = 11;
  constexpr uint64_t kDigitMask = (1 << kDigitBits) - 1;
  std::array<size_t, kDigitMask + 1> place{};
  for (int shift = 0; shift < bits; shift += kDigitBits) {
    const auto digit = [shift](uint64_t key) { return (key >> shift) & kDigitMask; };
    place.fill(0);
    for (const uint64_t key : keys) ++place[digit(key)];
    size_t sum = 0;
    for (size_t& at : place) sum += std::exchange(at, sum);
    for (const uint64_t key : keys) spare[place[digit(key)]++] = key;
    keys.swap(spare);
  }
}

// Whole days: the three numbers fit one integer, and sorting integers by their digits is several
// times faster than comparing rows. Nothing if some time is not a whole day.
std::optional<std::vector<WeightedHistory>> CompressDays(
    std::span<const PurchaseHistory> histories) {
  std::array<int32_t, 3> low{};
  std::array<int32_t, 3> high{};
  std::vector<std::array<int32_t, 3>> days;
  days.reserve(histories.size());
  for (const PurchaseHistory& history : histories) {
    const std::optional<int32_t> last = DayOfWeeks(history.last_weeks);
    const std::optional<int32_t> age = DayOfWeeks(history.age_weeks);
    if (!last || !age) return std::nullopt;
    days.push_back({history.repeat_count, *last, *age});
    if (days.size() == 1) low = high = days.front();
    for (size_t i = 0; i < low.size(); ++i) {
      low[i] = std::min(low[i], days.back()[i]);
      high[i] = std::max(high[i], days.back()[i]);
    }
  }
  std::array<Range, 3> range;
  for (size_t i = 0; i < range.size(); ++i) range[i] = RangeOf(low[i], high[i]);
  const int age_bits = range[2].bits;
  const int last_bits = range[1].bits;
  const int bits = range[0].bits + last_bits + age_bits;
  if (bits > 64) return std::nullopt;
  std::vector<uint64_t> keys(days.size());
  for (size_t i = 0; i < days.size(); ++i) {
    const auto part = [&](size_t k) { return static_cast<uint64_t>(days[i][k] - range[k].low); };
    keys[i] = (part(0) << (last_bits + age_bits)) | (part(1) << age_bits) | part(2);
  }
  days = {};
  std::vector<uint64_t> spare(keys.size());
  RadixSort(keys, spare, bits);
  std::vector<WeightedHistory> rows;
  for (size_t begin = 0, end = 0; begin < keys.size(); begin = end) {
    while (end < keys.size() && keys[end] == keys[begin]) ++end;
    const auto part = [&](int shift, const Range& r) {
      const uint64_t mask = r.bits == 0 ? 0 : ~uint64_t{0} >> (64 - r.bits);
      return r.low + static_cast<int32_t>((keys[begin] >> shift) & mask);
    };
    rows.push_back({.history = {.repeat_count = part(last_bits + age_bits, range[0]),
                                .last_weeks = part(age_bits, range[1]) / kDaysPerWeek,
                                .age_weeks = part(0, range[2]) / kDaysPerWeek},
                    .weight = static_cast<double>(end - begin)});
  }
  return rows;
}

}  // namespace

std::vector<WeightedHistory> Compress(std::span<const PurchaseHistory> histories) {
  constexpr size_t kFewRows = 1000;
  if (histories.size() > kFewRows) {
    if (auto rows = CompressDays(histories)) return *std::move(rows);
  }
  const auto key = [](const PurchaseHistory& h) {
    return std::tie(h.repeat_count, h.last_weeks, h.age_weeks);
  };
  std::vector<PurchaseHistory> sorted(histories.begin(), histories.end());
  std::sort(sorted.begin(), sorted.end(),
            [&](const PurchaseHistory& a, const PurchaseHistory& b) { return key(a) < key(b); });
  std::vector<WeightedHistory> rows;
  for (const PurchaseHistory& history : sorted) {
    if (rows.empty() || key(rows.back().history) != key(history)) {
      rows.push_back({history, 0});
      rows.back().history.log_gap_sum.reset();
    }
    rows.back().weight += 1;
  }
  return rows;
}

RowGroups GroupByCovariates(std::span<const PurchaseHistory> histories,
                            const CovariateData& covariates) {
  std::vector<size_t> order(histories.size());
  std::iota(order.begin(), order.end(), size_t{0});
  const auto before = [&](size_t a, size_t b) {
    const std::span<const double> left = covariates.OfCustomer(a);
    const std::span<const double> right = covariates.OfCustomer(b);
    return std::lexicographical_compare(left.begin(), left.end(), right.begin(), right.end());
  };
  std::sort(order.begin(), order.end(), before);
  RowGroups groups;
  std::vector<PurchaseHistory> members;
  for (size_t begin = 0, end = 0; begin < order.size(); begin = end) {
    members.clear();
    for (; end < order.size() && !before(order[begin], order[end]); ++end) {
      members.push_back(histories[order[end]]);
    }
    const std::vector<WeightedHistory> rows = Compress(members);
    groups.rows.insert(groups.rows.end(), rows.begin(), rows.end());
    groups.ends.push_back(groups.rows.size());
    const std::span<const double> values = covariates.OfCustomer(order[begin]);
    groups.values.insert(groups.values.end(), values.begin(), values.end());
  }
  return groups;
}

}  // namespace valueloop::scoring
