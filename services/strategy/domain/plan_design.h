// The parts of a plan that come before decoding: market insight, innovation focus, business design
// with its match criteria, value curve.
#ifndef VALUELOOP_STRATEGY_DOMAIN_PLAN_DESIGN_H_
#define VALUELOOP_STRATEGY_DOMAIN_PLAN_DESIGN_H_

#include <optional>
#include <string>
#include <vector>

#include "strategy/domain/enums.h"
#include "strategy/domain/place.h"
#include "strategy/domain/plan_object.h"

namespace valueloop::strategy {

struct PestItem : Object {
  std::string factor;
  std::string name;
  double sign = 1;
  double probability = 0;  // 0..1.
  double impact = 0;       // 1..5.
};

struct Segment : Object {
  std::string name;
  std::vector<NamedValue> attractiveness;  // Ratings 1..5 by criterion.
  std::vector<NamedValue> position;
  std::string quadrant;
};

struct SwotItem : Object {
  std::string kind;  // S, W, O or T.
  std::string name;
  double weight = 0;  // The weights of S and W sum to 1, those of O and T too.
  double rating = 0;  // 1..4; S 3..4, W 1..2.
};

struct Benchmark : Object {
  std::string level;
  std::string metric;
  double own = 0;
  double best = 0;
  Polarity polarity = Polarity::kHigher;
};

struct Insight : Object {
  std::vector<PestItem> pest;
  std::vector<NamedValue> attractiveness_weights;
  std::vector<NamedValue> position_weights;
  Place attractiveness_weights_place;
  Place position_weights_place;
  std::vector<Segment> segments;
  std::vector<SwotItem> swot;
  std::vector<Benchmark> benchmarks;
};

struct Business : Object {  // One line of the innovation portfolio.
  std::string name;
  std::string innovation;  // A18: BUSINESS, MODEL, MANAGEMENT or TECHNOLOGY; may be empty.
  double market_growth_pct = 0;
  double share_pct = 0;
  double largest_rival_pct = 0;
  std::string bcg;
  std::string horizon;
  double investment_share = 0;  // Percent.
};

// Where a criterion's rating comes from; exactly one form (METHODS E5).
struct CriterionSource {
  enum class Form { kRating, kPredicate, kMetric };
  Form form = Form::kRating;
  std::string predicate;
  std::string metric;
  double at_0 = 0;    // The metric's value rated 0.
  double at_100 = 0;  // The metric's value rated 100.
  int max_age_days = 365;
};

struct Criterion : Object {
  std::string name;
  double weight = 0;
  CriterionSource source;
};

struct Match : Object {
  MatchKind kind = MatchKind::kPosition;
  double weight = 0;
  std::vector<Criterion> criteria;
};

struct Risk {
  std::string name;
  double probability = 0;
  double impact = 0;
  std::string mitigation;
  Place place;
};

struct ScopeItem {
  std::string activity;
  std::string mode;
};

struct BusinessDesign : Object {
  std::vector<Ref> segments;
  std::vector<std::string> classes;
  std::vector<Match> match_criteria;
  std::string value_proposition;
  std::vector<NamedValue> value_elements;
  std::vector<NamedValue> value_capture;
  std::vector<ScopeItem> scope;
  std::vector<NamedValue> control_points;  // Strength 1..10.
  std::vector<Risk> risks;
};

struct CurveFactor : Object {
  std::string name;
  double importance = 0;
  double now = 0;
  double target = 0;
  std::optional<double> surveyed;  // Our level as customers see it.
  std::vector<NamedValue> rivals;  // Levels by rival.
  std::vector<Ref> csfs;
};

struct ValueCurve : Object {
  std::vector<CurveFactor> factors;
  std::string tagline;
};

}  // namespace valueloop::strategy

#endif  // VALUELOOP_STRATEGY_DOMAIN_PLAN_DESIGN_H_
