#include "scoring/domain/purchase_math.h"

#include <boost/math/special_functions/beta.hpp>

#include "common/status.h"
#include "fmt/format.h"

namespace valueloop::scoring {
namespace {

namespace bmp = boost::math::policies;
// As in special_functions.cc: double throughout, no exceptions.
using Policy =
    bmp::policy<bmp::promote_double<false>, bmp::domain_error<bmp::ignore_error>,
                bmp::pole_error<bmp::ignore_error>, bmp::overflow_error<bmp::ignore_error>,
                bmp::underflow_error<bmp::ignore_error>, bmp::evaluation_error<bmp::ignore_error>>;

}  // namespace

absl::Status CheckPositive(std::string_view field, double value) {
  if (std::isfinite(value) && value > 0) return absl::OkStatus();
  return InvalidField(field, fmt::format("{}", value), "finite, above 0");
}

absl::Status CheckWeeks(std::string_view field, double weeks) {
  if (weeks >= 0 && weeks <= kMaxWeeks) return absl::OkStatus();
  return InvalidField(field, fmt::format("{}", weeks), "0..1000000");
}

absl::Status CheckDelta(double delta_weekly, bool above_zero) {
  if (delta_weekly >= 0 && delta_weekly <= 1 && !(above_zero && delta_weekly == 0)) {
    return absl::OkStatus();
  }
  return InvalidField("delta_weekly", fmt::format("{}", delta_weekly),
                      above_zero ? "above 0, at most 1" : "0..1");
}

absl::Status CheckCount(int count) {
  if (count >= 0 && count <= kMaxPurchaseCount) return absl::OkStatus();
  return InvalidField("count", fmt::format("{}", count), "0..1000000");
}

double NegativeBinomialProbability(double n, int count, double y) {
  if (y == 0) return count == 0 ? 1 : 0;
  // (n)_count / count! by sums of logs while they are few: differences of ln Gamma lose digits.
  constexpr int kFew = 64;
  double log_choices = 0;
  if (count <= kFew) {
    double choices = 1;
    for (int i = 0; i < count; ++i) {
      choices *= (n + i) / (1.0 + i);
      if (choices > 1e250 || choices < 1e-250) {
        log_choices += std::log(choices);
        choices = 1;
      }
    }
    log_choices += std::log(choices);
  } else {
    log_choices = LogGamma(n + count) - LogGamma(n) - LogGamma(count + 1.0);
  }
  return std::exp(log_choices - n * std::log1p(y) - count * std::log1p(1 / y));
}

double NegativeBinomialTail(double n, int count, double y) {
  if (y == 0) return 0;
  // I_z(count, n) with z = y / (1 + y); the smaller of z and 1 - z keeps all its digits.
  const double low = y / (1 + y);
  return y <= 1 ? boost::math::ibeta(static_cast<double>(count), n, low, Policy())
                : boost::math::ibetac(n, static_cast<double>(count), 1 / (1 + y), Policy());
}

}  // namespace valueloop::scoring
