// The conventions of a plan: every tolerance, cut, curve and bound a rule uses. Nothing of the kind
// is a constant in code; the defaults here apply to what the plan does not say.
#ifndef VALUELOOP_STRATEGY_DOMAIN_POLICY_H_
#define VALUELOOP_STRATEGY_DOMAIN_POLICY_H_

#include <string>
#include <vector>

#include "strategy/domain/enums.h"
#include "strategy/domain/place.h"

namespace valueloop::strategy {

// Both ends belong to the range.
struct Bounds {
  double min = 0;
  double max = 0;
  bool Contain(double value, double tolerance = 0) const {
    return value >= min - tolerance && value <= max + tolerance;
  }
};

struct SelectionPolicy {  // Weights in percent; ratings 1..5.
  double relevance = 40;
  double measurability = 20;
  double controllability = 20;
  double stimulus = 20;
  double pass = 3.5;
  double min_each = 2;
};

struct CurvePolicy {
  double divergence_min = 0.25;
  double relief_min = 0.8;
  Bounds scale{1, 5};
};

// Score at the floor, the target and the stretch; linear between.
struct ScoreCurve {
  double below_floor = 0;
  double floor = 60;
  double target = 100;
  double stretch = 120;
};

struct RagPolicy {  // On the score; at or above is in.
  double green = 95;
  double amber = 80;
};

// How achievement is computed, by polarity, and thresholds to date, by aggregation.
struct AchievementPolicy {
  std::string higher = "RATIO";
  std::string lower = "TWO_MINUS_RATIO";
  std::string range = "LINEAR_TOLERANCE";
};
struct PeriodThresholds {
  std::string sum = "SCALE_BY_PHASING";
  std::string avg = "SHIFT";
  std::string last = "SHIFT";
  std::string ratio = "SHIFT";
};

// How customers fall into the four classes; scores 0..100, at or above a cut is high.
struct ClassCuts {
  ValueRule value_rule = ValueRule::kPercentile;
  double value_cut = 50;
  double match_cut = 50;
  double coverage_min = 0.60;
  double hysteresis_band = 0;
};

// What one class of customers gets.
struct ClassTreatment {
  std::string customer_class;  // STRATEGIC, PROFIT, POTENTIAL or ORDINARY.
  std::string treatment_zh;
  std::string treatment_en;
  double cadence_days = 0;
  double service_level = 0;
  double budget_share = 0;
  Place place;
};

// How scoring values a customer.
struct ValuePolicy {
  int horizon_months = 36;
  double discount_annual = 0.10;
  double margin_ratio = 1.0;
  double referral_attribution = 0.30;
  double acquisition_cost = 0;  // Units of the workspace's currency per customer.
};

struct Policy {
  double weight_total = 100;
  double weight_tolerance = 0.01;        // Absolute, on sums of weights.
  double target_tolerance_rel = 0.0005;  // Relative, on cascades, roll-ups and identities.
  // From the top of the strategy map to its bottom; the first one is what every CSF must reach.
  std::vector<std::string> perspectives = {"FINANCIAL", "CUSTOMER", "INTERNAL", "LEARNING"};
  int csf_per_perspective_max = 5;
  Bounds lead_share{0.30, 0.70};
  SelectionPolicy kpi_selection;
  Bounds kpi_weight{1, 25};  // Percent of the whole.
  double attractiveness_cut = 3.0;
  double position_cut = 3.0;
  double growth_cut_pct = 10.0;
  double relative_share_cut = 1.0;
  CurvePolicy curve;
  Bounds coverage{1.00, 1.20};
  int benefit_latest_end_month = 9;  // Of the fiscal year, the month itself included.
  Bounds pbc_win{60, 80};
  Bounds pbc_execute{10, 30};
  Bounds pbc_team{5, 20};
  ScoreCurve score_curve;
  RagPolicy rag;
  AchievementPolicy achievement;
  PeriodThresholds period_thresholds;
  ClassCuts classes;
  std::vector<ClassTreatment> class_policy;
  ValuePolicy value;
  double customer_value_weight_min = 15;  // Percent of a commitment.
  double alignment_min = 0.9;
  double consensus_min = 0.8;
  std::vector<Bounds> horizon_bands;  // For H1, H2, H3; empty: not tested.
  double pipeline_coverage_min = 3.0;
  int stale_periods = 2;
  int milestone_grace_days = 30;
};

}  // namespace valueloop::strategy

#endif  // VALUELOOP_STRATEGY_DOMAIN_POLICY_H_
