#include "scoring/domain/classify.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <utility>

#include "common/status.h"
#include "fmt/format.h"

namespace valueloop::scoring {
namespace {

constexpr std::string_view kHeader = "valueloop-reference 1";

struct High {
  bool value = false;
  std::optional<double> distance;
};

std::optional<High> HighValue(const ScoringPolicy& policy, const ReferenceDistribution* reference,
                              double expected) {
  if (policy.value_rule == ValueRule::kMoney) {
    return High{expected >= policy.value_cut, expected - policy.value_cut};
  }
  if (reference == nullptr || reference->empty()) return std::nullopt;
  if (policy.value_rule == ValueRule::kPercentile) {
    const double score = reference->ScoreOf(expected);
    return High{score >= policy.value_cut, score - policy.value_cut};
  }
  const std::optional<double> threshold = reference->CumulativeThreshold(policy.value_cut);
  if (!threshold) return High{};
  return High{expected >= *threshold, expected - *threshold};
}

}  // namespace

ReferenceDistribution::ReferenceDistribution(std::vector<double> values)
    : sorted_(std::move(values)) {
  std::sort(sorted_.begin(), sorted_.end());
}

double ReferenceDistribution::ScoreOf(double value) const {
  if (sorted_.empty()) return 0;
  const auto [low, high] = std::equal_range(sorted_.begin(), sorted_.end(), value);
  const auto below = static_cast<double>(low - sorted_.begin());
  const auto equal = static_cast<double>(high - low);
  return 100 * (below + equal / 2) / static_cast<double>(sorted_.size());
}

std::optional<double> ReferenceDistribution::CumulativeThreshold(double percent) const {
  double total = 0;
  for (const double value : sorted_) total += std::max(value, 0.0);
  if (!(total > 0)) return std::nullopt;
  const double want = total * percent / 100;
  double sum = 0;
  double threshold = sorted_.back();
  for (auto value = sorted_.rbegin(); value != sorted_.rend() && *value > 0; ++value) {
    threshold = *value;
    sum += *value;
    // Sums of doubles: 100 % must not miss the last customer by a rounding, nor want one more.
    if (sum >= want * (1 - 1e-12)) break;
  }
  return threshold;
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
  return reference;
}

Classification Classify(const ScoringPolicy& policy, const ReferenceDistribution* reference,
                        std::optional<double> expected_value, const MatchResult& match) {
  Classification out;
  if (match.score) out.match_distance = *match.score - policy.match_cut;
  if (!expected_value) return out;
  if (reference != nullptr && !reference->empty()) {
    out.value_score = reference->ScoreOf(*expected_value);
  }
  const std::optional<High> value = HighValue(policy, reference, *expected_value);
  if (!value) return out;
  out.value_distance = value->distance;
  if (!match.score || match.coverage < policy.coverage_min) return out;
  const bool high_match = *match.score >= policy.match_cut;
  if (value->value) {
    out.customer_class = high_match ? CustomerClass::kStrategic : CustomerClass::kProfit;
  } else {
    out.customer_class = high_match ? CustomerClass::kPotential : CustomerClass::kOrdinary;
  }
  return out;
}

}  // namespace valueloop::scoring
