#include "scoring/domain/classify.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <limits>
#include <utility>

#include "common/status.h"
#include "fmt/format.h"

namespace valueloop::scoring {
namespace {

constexpr std::string_view kHeader = "valueloop-reference 1";
constexpr size_t kCoarseStep = 256;

// The value that the rule compares and the two cuts it is compared with, in the same unit.
struct ValueCut {
  double value = 0;
  double enter = 0;  // High at or above,
  double leave = 0;  // and still high at or above if it was; at most `enter`.
};

// Nothing if the reference that the rule needs is not there. Without any positive value in the
// reference nobody is high.
std::optional<ValueCut> CutOf(const ScoringPolicy& policy, const ReferenceDistribution* reference,
                              double expected) {
  const double band = policy.hysteresis_band;
  if (policy.value_rule == ValueRule::kMoney) {
    return ValueCut{expected, policy.value_cut, policy.value_cut - band};
  }
  if (reference == nullptr || reference->empty()) return std::nullopt;
  if (policy.value_rule == ValueRule::kPercentile) {
    return ValueCut{reference->ScoreOf(expected), policy.value_cut, policy.value_cut - band};
  }
  const std::optional<double> enter = reference->CumulativeThreshold(policy.value_cut);
  if (!enter) {
    constexpr double kNever = std::numeric_limits<double>::infinity();
    return ValueCut{expected, kNever, kNever};
  }
  if (!(band > 0)) return ValueCut{expected, *enter, *enter};
  return ValueCut{expected, *enter,
                  *reference->CumulativeThreshold(std::min(policy.value_cut + band, 100.0))};
}

CutSide SideOf(const ValueCut& cut) {
  if (cut.value >= cut.enter) return CutSide::kHigh;
  return cut.value >= cut.leave ? CutSide::kBand : CutSide::kLow;
}

bool IsHigh(CutSide side, bool was_high) {
  return side == CutSide::kHigh || (side == CutSide::kBand && was_high);
}

}  // namespace

ReferenceDistribution::ReferenceDistribution(std::vector<double> values)
    : sorted_(std::move(values)) {
  std::sort(sorted_.begin(), sorted_.end());
  SumUp();
}

void ReferenceDistribution::SumUp() {
  for (size_t i = 0; i < sorted_.size(); i += kCoarseStep) coarse_.push_back(sorted_[i]);
  for (const double value : sorted_) positive_sum_ += std::max(value, 0.0);
  double sum = 0;
  for (auto value = sorted_.rbegin(); value != sorted_.rend() && *value > 0; ++value) {
    sum += *value;
    best_sums_.push_back(sum);
  }
}

double ReferenceDistribution::ScoreOf(double value) const {
  if (sorted_.empty()) return 0;
  // The first value of the block that may hold `value` is below it.
  const auto block = std::lower_bound(coarse_.begin(), coarse_.end(), value) - coarse_.begin();
  const size_t from = block == 0 ? 0 : (static_cast<size_t>(block) - 1) * kCoarseStep;
  const size_t to = std::min(sorted_.size(), static_cast<size_t>(block) * kCoarseStep + 1);
  const auto begin = sorted_.begin();
  const auto low = std::lower_bound(begin + static_cast<ptrdiff_t>(from),
                                    begin + static_cast<ptrdiff_t>(to), value);
  const bool is_there = low != sorted_.end() && *low == value;
  const auto high = is_there ? std::upper_bound(low, sorted_.end(), value) : low;
  const auto below = static_cast<double>(low - begin);
  const auto equal = static_cast<double>(high - low);
  return 100 * (below + equal / 2) / static_cast<double>(sorted_.size());
}

std::optional<double> ReferenceDistribution::CumulativeThreshold(double percent) const {
  if (!(positive_sum_ > 0)) return std::nullopt;
  // Sums of doubles: 100 % must not miss the last customer by a rounding, nor want one more.
  const double want = positive_sum_ * percent / 100 * (1 - 1e-12);
  const auto found = std::lower_bound(best_sums_.begin(), best_sums_.end(), want);
  const auto last = best_sums_.end() - 1;
  return sorted_[sorted_.size() - 1 -
                 static_cast<size_t>(std::min(found, last) - best_sums_.begin())];
}

std::string ReferenceDistribution::Encode() const {
  std::string text(kHeader);
  text += '\n';
  for (const double value : sorted_) text += fmt::format("{}\n", value);
  return text;
}

absl::StatusOr<ReferenceDistribution> ReferenceDistribution::Decode(std::string_view text) {
  const auto broken = [](std::string_view line) {
    return absl::DataLossError(
        fmt::format("reference: got \"{}\", want version 1", Printable(line)));
  };
  ReferenceDistribution reference;
  bool first = true;
  while (!text.empty()) {
    const size_t end = text.find('\n');
    const std::string_view line = text.substr(0, end);
    if (end == std::string_view::npos) return broken(line);
    text.remove_prefix(end + 1);
    if (first) {
      if (line != kHeader) return broken(line);
      first = false;
      continue;
    }
    double value = 0;
    const char* const last = line.data() + line.size();
    const auto [stop, error] = std::from_chars(line.data(), last, value);
    if (error != std::errc() || stop != last || !std::isfinite(value)) return broken(line);
    reference.sorted_.push_back(value);
  }
  if (first || !std::is_sorted(reference.sorted_.begin(), reference.sorted_.end())) {
    return broken("no header, or values out of order");
  }
  reference.SumUp();
  return reference;
}

CutSide ValueSide(const ScoringPolicy& policy, const ReferenceDistribution* reference,
                  std::optional<double> expected_value) {
  if (!expected_value) return CutSide::kUnknown;
  const std::optional<ValueCut> cut = CutOf(policy, reference, *expected_value);
  return cut ? SideOf(*cut) : CutSide::kUnknown;
}

CutSide MatchSide(const ScoringPolicy& policy, const MatchResult& match) {
  if (!match.score || match.coverage < policy.coverage_min) return CutSide::kUnknown;
  return SideOf({*match.score, policy.match_cut, policy.match_cut - policy.hysteresis_band});
}

Classification Classify(const ScoringPolicy& policy, const ReferenceDistribution* reference,
                        std::optional<double> expected_value, const MatchResult& match,
                        const FormerSides& former) {
  Classification out;
  bool high_match = false;
  if (match.score) {
    const ValueCut cut{*match.score, policy.match_cut, policy.match_cut - policy.hysteresis_band};
    high_match = IsHigh(SideOf(cut), former.high_match);
    out.match_distance = cut.value - (high_match ? cut.leave : cut.enter);
  }
  if (!expected_value) return out;
  if (reference != nullptr && !reference->empty()) {
    out.value_score = reference->ScoreOf(*expected_value);
  }
  const std::optional<ValueCut> cut = CutOf(policy, reference, *expected_value);
  if (!cut) return out;
  const bool high_value = IsHigh(SideOf(*cut), former.high_value);
  const double cut_in_force = high_value ? cut->leave : cut->enter;
  if (std::isfinite(cut_in_force)) out.value_distance = cut->value - cut_in_force;
  if (MatchSide(policy, match) == CutSide::kUnknown) return out;
  if (high_value) {
    out.customer_class = high_match ? CustomerClass::kStrategic : CustomerClass::kProfit;
  } else {
    out.customer_class = high_match ? CustomerClass::kPotential : CustomerClass::kOrdinary;
  }
  return out;
}

}  // namespace valueloop::scoring
