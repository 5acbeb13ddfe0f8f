// The stages that lie ahead of a regular customer (cnbd.h); for its .cc files only. Given that it
// is alive and that its running gap is in stage j, the stages that pass in the next u weeks are a
// negative-binomial count with shape n + j and scale alpha + T, where n = r + k x; the j-th stage
// has a probability in proportion to (n)_j / j! ((T - t_x) / (alpha + T))^j. A purchase is made
// whenever a gap's k stages are through.
#ifndef VALUELOOP_SCORING_DOMAIN_CNBD_STAGES_H_
#define VALUELOOP_SCORING_DOMAIN_CNBD_STAGES_H_

#include <array>
#include <cstdint>
#include <optional>
#include <vector>

#include "scoring/domain/cnbd.h"

namespace valueloop::scoring::regular {

struct Posterior {
  double alive = 1;
  int32_t k = 1;
  double n = 0;
  double scale = 0;    // alpha + T.
  double silence = 0;  // T - t_x.
  double a = 0;        // Leaving is Beta(a, b), b after all chances so far.
  double b = 0;
  std::array<double, kMaxRegularity> stage{};  // The probability of each; their sum is 1.
};
Posterior PosteriorOf(const Model& model, const PurchaseHistory& history);
// Given alive; `repeat_count` need not be whole. Silence unset: nothing is known of the running
// gap, each stage is as likely as any other.
Posterior GivenAlive(const Model& model, double repeat_count, double age_weeks,
                     std::optional<double> silence_weeks);

class Stages {
 public:
  explicit Stages(const Posterior& posterior);

  // Given alive now: purchases expected in the next `weeks`, and the probability of being alive
  // after them.
  struct Outcome {
    double purchases = 0;
    double alive = 1;
  };
  Outcome After(double weeks);

  // Given alive now and a customer that never leaves: the probability of exactly `count`, and of at
  // least `count` >= 1 purchases in the next `weeks`.
  double Exactly(int64_t count, double weeks) const;
  double AtLeast(int64_t count, double weeks) const;

  // Given alive now, the probability of no purchase in the next `weeks`.
  double NoneIn(double weeks) const;

  // The probability that a customer alive now makes it through `chances` chances of leaving.
  double Stay(int64_t chances);

 private:
  void ExtendTo(int64_t chances);

  const Posterior& q_;
  std::vector<double> stay_;    // By chances.
  std::vector<double> bought_;  // Purchases expected of so many gaps: sums of stay_.
};

}  // namespace valueloop::scoring::regular

#endif  // VALUELOOP_SCORING_DOMAIN_CNBD_STAGES_H_
