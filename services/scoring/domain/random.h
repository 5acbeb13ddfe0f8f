// Random draws that are the same with every compiler: the standard fixes std::mt19937_64 but not
// its distributions, so these are our own.
#ifndef VALUELOOP_SCORING_DOMAIN_RANDOM_H_
#define VALUELOOP_SCORING_DOMAIN_RANDOM_H_

#include <cstdint>
#include <random>

namespace valueloop::scoring {

class Random {
 public:
  // Streams of one start value are independent for practical purposes.
  Random(uint64_t start_value, uint64_t stream);

  double Uniform();                            // In (0, 1).
  double Uniform(double low, double high);     // In (low, high).
  int64_t Integer(int64_t low, int64_t high);  // In low..high, both included.
  bool Chance(double probability) { return Uniform() < probability; }
  double Exponential(double rate);          // Mean 1 / rate; rate > 0.
  double Normal();                          // Mean 0, deviation 1 (Box & Muller).
  double Gamma(double shape, double rate);  // Mean shape / rate (Marsaglia & Tsang 2000).
  double Beta(double a, double b);          // Mean a / (a + b).

 private:
  std::mt19937_64 generator_;
};

}  // namespace valueloop::scoring

#endif  // VALUELOOP_SCORING_DOMAIN_RANDOM_H_
