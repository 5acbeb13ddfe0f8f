#include "scoring/domain/history.h"

#include <cmath>

#include "common/status.h"
#include "fmt/format.h"

namespace valueloop::scoring {

absl::Status Validate(const PurchaseHistory& history) {
  if (history.repeat_count < 0) {
    return InvalidField("repeat_count", fmt::format("{}", history.repeat_count), "at least 0");
  }
  if (!std::isfinite(history.age_weeks) || history.age_weeks < 0) {
    return InvalidField("age_weeks", fmt::format("{}", history.age_weeks), "finite, at least 0");
  }
  if (!(history.last_weeks >= 0 && history.last_weeks <= history.age_weeks)) {
    return InvalidField("last_weeks", fmt::format("{}", history.last_weeks),
                        fmt::format("0..{} (age_weeks)", history.age_weeks));
  }
  if ((history.repeat_count == 0) != (history.last_weeks == 0)) {
    return InvalidField("last_weeks", fmt::format("{}", history.last_weeks),
                        history.repeat_count == 0 ? "0 without a repeat purchase"
                                                  : "above 0 with a repeat purchase");
  }
  if (history.log_gap_sum && (!std::isfinite(*history.log_gap_sum) || history.repeat_count == 0)) {
    return InvalidField("log_gap_sum", fmt::format("{}", *history.log_gap_sum),
                        history.repeat_count == 0 ? "none without a repeat purchase" : "finite");
  }
  return absl::OkStatus();
}

absl::Status Validate(const SpendHistory& spend) {
  if (spend.count < 0) {
    return InvalidField("spend.count", fmt::format("{}", spend.count), "at least 0");
  }
  if (!std::isfinite(spend.mean) || (spend.count == 0 ? spend.mean != 0 : !(spend.mean > 0))) {
    return InvalidField("spend.mean", fmt::format("{}", spend.mean),
                        spend.count == 0 ? "0 without a spend" : "finite, above 0");
  }
  return absl::OkStatus();
}

}  // namespace valueloop::scoring
