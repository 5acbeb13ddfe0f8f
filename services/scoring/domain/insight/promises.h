// Promises: kept, open, late (A41).
#ifndef VALUELOOP_SCORING_DOMAIN_INSIGHT_PROMISES_H_
#define VALUELOOP_SCORING_DOMAIN_INSIGHT_PROMISES_H_

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "scoring/domain/event.h"

namespace valueloop::scoring {

struct LatePromiseResult {
  std::string customer_id;
  std::string promise_id;
  std::string text;
  int32_t due_day = 0;  // Day number.
  int32_t overdue_days = 0;
};

struct PromisesResult {
  int64_t promise_count = 0;
  int64_t due_count = 0;           // Due by the end of the last day:
  int64_t kept_on_time_count = 0;  // kept on the due day or before,
  int64_t kept_late_count = 0;     // kept after it,
  int64_t overdue_count = 0;       // not kept.
  int64_t open_count = 0;          // Not due yet: not kept,
  int64_t kept_early_count = 0;    // kept already.
  int64_t unmatched_keeping_count = 0;
  std::vector<LatePromiseResult> late;  // The longest overdue first, then by customer and promise.

  // Kept on time over due; unset if none is due.
  std::optional<double> kept_ratio() const;
};

// kept_ratio if both sides gain (A41), else unset.
std::optional<double> TrustIndex(std::optional<double> kept_ratio, std::optional<bool> both_gain);

class PromiseCollector {
 public:
  explicit PromiseCollector(int32_t last_day) : last_day_(last_day) {}

  // In any order; days are day numbers up to the last day. The latest promise before the keeping
  // says text and due day; the first keeping at or after the first promise counts.
  void AddPromise(std::string_view customer_id, int64_t occurred_micros, int32_t due_day,
                  const Promise& promise);
  void AddKept(std::string_view customer_id, int64_t occurred_micros, int32_t day,
               const PromiseKept& kept);
  PromisesResult Result() const;

 private:
  struct Given {
    int64_t occurred_micros = 0;
    int32_t due_day = 0;
    std::string text;
  };
  struct Kept {
    int64_t occurred_micros = 0;
    int32_t day = 0;
  };
  struct History {
    std::vector<Given> given;
    std::vector<Kept> kept;
  };
  using Key = std::pair<std::string, std::string>;  // Customer, promise.

  const int32_t last_day_;
  std::map<Key, History> histories_;
};

}  // namespace valueloop::scoring

#endif  // VALUELOOP_SCORING_DOMAIN_INSIGHT_PROMISES_H_
