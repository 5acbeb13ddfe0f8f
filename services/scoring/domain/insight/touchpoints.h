// Where what customers got fell short of what they expected, by touchpoint and phase (A40, A67).
#ifndef VALUELOOP_SCORING_DOMAIN_INSIGHT_TOUCHPOINTS_H_
#define VALUELOOP_SCORING_DOMAIN_INSIGHT_TOUCHPOINTS_H_

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "scoring/domain/event.h"

namespace valueloop::scoring {

// importance x max(-gap, 0); both 0..10, so 0..100. Unset if one is.
std::optional<double> TouchpointPriority(std::optional<double> importance,
                                         std::optional<double> gap);

struct TouchpointResult {
  std::string touchpoint;
  TouchpointPhase phase = TouchpointPhase::kUnspecified;
  std::optional<double> expectation;  // Means over feedback that has both of these.
  std::optional<double> perception;
  std::optional<double> gap;         // perception - expectation.
  std::optional<double> importance;  // Mean over feedback that has it.
  std::optional<double> priority;
  int64_t feedback_count = 0;
  int64_t customer_count = 0;
};

struct PhaseResult {
  TouchpointPhase phase = TouchpointPhase::kUnspecified;
  int64_t customer_count = 0;
  std::optional<int64_t> went_on_count;  // Seen in a later phase too; unset for the last.
  std::optional<double> drop_off_ratio;
  std::optional<double> gap;
};

struct TouchpointsResult {
  // By priority, the largest first, unset last; then by gap, the smallest first; then by name,
  // phase.
  std::vector<TouchpointResult> touchpoints;
  std::array<PhaseResult, 3> phases;  // PRE_SALE, IN_SALE, AFTER_SALE.
};

class TouchpointCollector {
 public:
  // All feedback of a customer together. Feedback without touchpoint, phase and scores is of no
  // touchpoint and not counted.
  void Add(std::string_view customer_id, const Feedback& feedback);
  TouchpointsResult Result();

 private:
  struct Mean {
    double sum = 0;
    int64_t count = 0;
    void Add(double value);
    std::optional<double> value() const;
  };
  struct Touchpoint {
    Mean expectation;
    Mean perception;
    Mean importance;
    int64_t feedback_count = 0;
    int64_t customer_count = 0;
    std::string last_customer_id;
  };
  void Flush();

  std::map<std::pair<std::string, TouchpointPhase>, Touchpoint> touchpoints_;
  std::string customer_id_;
  std::array<bool, 3> seen_{};  // The customer's phases.
  std::array<int64_t, 3> customer_counts_{};
  std::array<int64_t, 3> went_on_counts_{};
  std::array<Mean, 3> gaps_{};
};

}  // namespace valueloop::scoring

#endif  // VALUELOOP_SCORING_DOMAIN_INSIGHT_TOUCHPOINTS_H_
