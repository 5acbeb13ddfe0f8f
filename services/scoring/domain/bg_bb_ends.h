// The ways in which a BG/BB history (bg_bb.h) can have come about; for its .cc files only.
#ifndef VALUELOOP_SCORING_DOMAIN_BG_BB_ENDS_H_
#define VALUELOOP_SCORING_DOMAIN_BG_BB_ENDS_H_

#include <cmath>
#include <vector>

#include "scoring/domain/bg_bb.h"

namespace valueloop::scoring {

inline constexpr int32_t kMaxOpportunities = 100'000;

// The customer either was alive at all n opportunities, or left after it was alive at k of them,
// t_x <= k < n. In terms of
//   A_k = (beta)_(k - x) / (alpha + beta)_k * (delta)_k / (gamma + delta)_k
// the first has the probability (alpha)_x A_n, the others (alpha)_x A_k gamma / (gamma + delta +
// k).
class Ends {
 public:
  Ends(const BgBbParams& p, const DiscreteHistory& history) : history_(history) {
    const auto& [x, last, n] = history;
    gone_.reserve(static_cast<size_t>(n - last));
    double a = 1;  // A_k over A_last.
    for (int32_t k = last; k < n; ++k) {
      const double leaving = p.gamma + p.delta + k;
      gone_.push_back(a * (p.gamma / leaving));
      sum_ += gone_.back();
      a *= (p.beta + (k - x)) / (p.alpha + p.beta + k) * ((p.delta + k) / leaving);
    }
    alive_ = a;
    sum_ += alive_;
    // ln [(alpha)_x A_last], by logarithms of ratios.
    for (int32_t i = 0; i < x; ++i) {
      log_likelihood_ -= std::log1p(p.beta / (p.alpha + i));
    }
    for (int32_t i = 0; i < last - x; ++i) {
      log_likelihood_ -= std::log1p((p.alpha + x) / (p.beta + i));
    }
    for (int32_t i = 0; i < last; ++i) log_likelihood_ -= std::log1p(p.gamma / (p.delta + i));
    log_likelihood_ += std::log(sum_);
  }

  double log_likelihood() const { return log_likelihood_; }
  double alive_probability() const { return alive_ / sum_; }

  // Calls f(opportunities alive at, whether that is all, probability of it).
  template <typename Function>
  void ForEach(const Function& f) const {
    for (size_t i = 0; i < gone_.size(); ++i) {
      f(history_.last + static_cast<int32_t>(i), false, gone_[i] / sum_);
    }
    f(history_.opportunities, true, alive_ / sum_);
  }

 private:
  const DiscreteHistory history_;
  std::vector<double> gone_;
  double alive_ = 0;
  double sum_ = 0;
  double log_likelihood_ = 0;
};

}  // namespace valueloop::scoring

#endif  // VALUELOOP_SCORING_DOMAIN_BG_BB_ENDS_H_
