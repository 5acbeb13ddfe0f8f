// Needs by opportunity, importance + max(importance - satisfaction, 0) (A61), and which of them
// have changed (A69).
#ifndef VALUELOOP_SCORING_DOMAIN_INSIGHT_NEEDS_H_
#define VALUELOOP_SCORING_DOMAIN_INSIGHT_NEEDS_H_

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/time/civil_time.h"
#include "scoring/domain/event.h"

namespace valueloop::scoring {

// Both 0..10; 0..20.
double Opportunity(double importance, double satisfaction);

struct NeedOptions {
  absl::CivilDay as_of;
  int max_age_days = 365;
  int drift_days = 180;
  double drift_threshold = 1;  // Points of importance.
};

struct NeedResult {
  std::string need;
  double importance = 0;  // Means of the customers' latest ratings.
  double satisfaction = 0;
  double opportunity = 0;
  int64_t customer_count = 0;
  int64_t rating_count = 0;
  std::optional<double> importance_change;
  std::optional<double> drift_z;
  bool changed = false;
};

struct NeedsResult {
  std::vector<NeedResult> needs;  // By opportunity, the largest first, then by name.
  int64_t rated_customer_count = 0;
  std::optional<double> orientation_shift;  // 0..1.
  bool survey_advised = false;
};

class NeedCollector {
 public:
  explicit NeedCollector(const NeedOptions& options);

  // All feedback of a customer together, by time, up to as_of.
  void Add(std::string_view customer_id, int32_t day, const Feedback& feedback);
  NeedsResult Result();

 private:
  struct Moments {
    int64_t count = 0;
    double sum = 0;
    double squares = 0;
    void Add(double value);
    double mean() const { return sum / static_cast<double>(count); }
    double VarianceOfMean() const;  // Of at least two.
  };
  struct Need {
    Moments importance;
    double satisfaction = 0;
    int64_t rating_count = 0;
    Moments before;
    Moments now;
  };
  void Flush();
  std::optional<double> OrientationShift() const;
  void SetDrift(const Need& need, NeedResult& result) const;

  const NeedOptions options_;
  const int32_t last_day_;
  std::map<std::string, Need, std::less<>> needs_;
  std::string customer_id_;
  std::map<std::string, NeedRating, std::less<>> latest_;  // Of the customer.
  int64_t rated_count_ = 0;
};

}  // namespace valueloop::scoring

#endif  // VALUELOOP_SCORING_DOMAIN_INSIGHT_NEEDS_H_
