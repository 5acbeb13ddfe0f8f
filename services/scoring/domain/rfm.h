// Recency, frequency and monetary ranks of customers among each other (A71).
#ifndef VALUELOOP_SCORING_DOMAIN_RFM_H_
#define VALUELOOP_SCORING_DOMAIN_RFM_H_

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"

namespace valueloop::scoring {

inline constexpr int kDefaultTiles = 5;
inline constexpr int kMaxTiles = 9;  // A rank is one digit.

// Either tiles or cuts; neither means kDefaultTiles tiles.
struct RfmCuts {
  int tiles = 0;             // 2..9 groups of equal size.
  std::vector<double> cuts;  // 1..8, finite, ascending.
  // How many ranks there are.
  int RankCount() const;
  friend bool operator==(const RfmCuts&, const RfmCuts&) = default;
};

struct RfmSettings {
  RfmCuts recency;    // Days: a value at or below a cut is on its better side.
  RfmCuts frequency;  // Purchase days: at or above.
  RfmCuts monetary;   // Purchases less refunds, currency units: at or above.
  friend bool operator==(const RfmSettings&, const RfmSettings&) = default;
};
// InvalidArgument names the dimension, such as `rfm.recency.cuts[1]: got 30, want above 30`.
absl::Status Validate(const RfmSettings& settings);

struct RfmValues {
  std::optional<int32_t> recency_days;  // Since the last purchase day; unset without one.
  int32_t purchase_count = 0;           // Purchase days.
  double purchase_amount = 0;
};

// 1 (worst) to RankCount of the dimension; all 0 without a purchase day.
struct RfmRanks {
  int8_t recency = 0;
  int8_t frequency = 0;
  int8_t monetary = 0;
  bool is_ranked() const { return recency > 0; }
  // The three digits as a number, such as 555; 0 if not ranked.
  int cell() const { return 100 * recency + 10 * frequency + monetary; }
  friend bool operator==(const RfmRanks&, const RfmRanks&) = default;
};

// The ranks of all `values` among those with a purchase day, in their order. Equal values get equal
// ranks: with tiles, floor(tiles x (count worse + half of count equal) / n) + 1, the middle of the
// run of equals (the convention of METHODS E6); with cuts, 1 + the cuts it is on the better side
// of. `settings` must be valid, amounts finite.
std::vector<RfmRanks> RankRfm(const RfmSettings& settings, std::span<const RfmValues> values);

}  // namespace valueloop::scoring

#endif  // VALUELOOP_SCORING_DOMAIN_RFM_H_
