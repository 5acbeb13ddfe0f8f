// The matrices of market insight and innovation focus, recomputed from their inputs.
#ifndef VALUELOOP_STRATEGY_DOMAIN_INSIGHT_H_
#define VALUELOOP_STRATEGY_DOMAIN_INSIGHT_H_

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "strategy/domain/plan.h"

namespace valueloop::strategy {

// SPAN (METHODS B5): weighted means of ratings 1..5; at or above a cut is high.
struct SpanResult {
  std::string segment;
  double attractiveness = 0;
  double position = 0;
  std::string_view quadrant;  // GROW_INVEST, ACQUIRE_SKILL, HARVEST or AVOID_EXIT.
};

// BCG (B6): own share over the largest rival's; both cuts count as high.
struct BcgResult {
  std::string business;
  std::optional<double> relative_share;  // Unset: no rival has a share, we lead.
  std::string_view bcg;                  // STAR, CASH_COW, QUESTION_MARK or DOG.
};

// IFE, EFE and the cell of the IE matrix (B7, E14: cuts 2.0 and 3.0, inclusive upward).
struct SwotResult {
  double ife = 0;
  double efe = 0;
  std::string_view ie_cell;  // I to IX; empty without items on either side.
};

// The value curve's metrics (B9, E14), on the scale's width.
struct CurveResult {
  double relief = 0;                       // Population sd of the target levels.
  std::vector<NamedValue> divergence;      // By rival: mean |target - rival| / (max - min).
  std::vector<NamedValue> divergence_now;  // The same with today's levels.
  std::vector<std::string> peaks;  // Factors whose target is >= the rivals' mean + 1 and >= 4.
  double peak_importance = 0;      // Sum of the peaks' importance.
};

std::vector<SpanResult> ComputeSpan(const Plan& plan);
std::vector<BcgResult> ComputeBcg(const Plan& plan);
SwotResult ComputeSwot(const Plan& plan);
// Empty metrics without factors.
CurveResult ComputeCurve(const Plan& plan);

}  // namespace valueloop::strategy

#endif  // VALUELOOP_STRATEGY_DOMAIN_INSIGHT_H_
