#include "scoring/domain/insight/promises.h"

#include <algorithm>
#include <tuple>
#include <utility>

namespace valueloop::scoring {

std::optional<double> PromisesResult::kept_ratio() const {
  if (due_count == 0) return std::nullopt;
  return static_cast<double>(kept_on_time_count) / static_cast<double>(due_count);
}

std::optional<double> TrustIndex(std::optional<double> kept_ratio, std::optional<bool> both_gain) {
  return both_gain.value_or(false) ? kept_ratio : std::nullopt;
}

void PromiseCollector::AddPromise(std::string_view customer_id, int64_t occurred_micros,
                                  int32_t due_day, const Promise& promise) {
  History& history = histories_[Key(customer_id, promise.promise_id)];
  history.given.push_back(
      {.occurred_micros = occurred_micros, .due_day = due_day, .text = promise.text});
}

void PromiseCollector::AddKept(std::string_view customer_id, int64_t occurred_micros, int32_t day,
                               const PromiseKept& kept) {
  History& history = histories_[Key(customer_id, kept.promise_id)];
  history.kept.push_back({.occurred_micros = occurred_micros, .day = day});
}

PromisesResult PromiseCollector::Result() const {
  PromisesResult result;
  for (const auto& [key, history] : histories_) {
    if (history.given.empty()) {
      result.unmatched_keeping_count += static_cast<int64_t>(history.kept.size());
      continue;
    }
    const auto by_time = [](const auto& a, const auto& b) {
      return std::tuple(a.occurred_micros) < std::tuple(b.occurred_micros);
    };
    const int64_t first_given = std::ranges::min_element(history.given, by_time)->occurred_micros;
    const Kept* kept = nullptr;
    for (const Kept& candidate : history.kept) {
      if (candidate.occurred_micros < first_given) {
        ++result.unmatched_keeping_count;
      } else if (kept == nullptr || by_time(candidate, *kept)) {
        kept = &candidate;
      }
    }
    const Given* given = nullptr;
    for (const Given& candidate : history.given) {
      if (kept != nullptr && candidate.occurred_micros > kept->occurred_micros) continue;
      if (given == nullptr || !by_time(candidate, *given)) given = &candidate;
    }
    ++result.promise_count;
    if (given->due_day > last_day_) {
      ++(kept != nullptr ? result.kept_early_count : result.open_count);
      continue;
    }
    ++result.due_count;
    if (kept != nullptr) {
      ++(kept->day <= given->due_day ? result.kept_on_time_count : result.kept_late_count);
      continue;
    }
    ++result.overdue_count;
    result.late.push_back({.customer_id = key.first,
                           .promise_id = key.second,
                           .text = given->text,
                           .due_day = given->due_day,
                           .overdue_days = last_day_ - given->due_day});
  }
  std::ranges::stable_sort(result.late, {}, &LatePromiseResult::due_day);
  return result;
}

}  // namespace valueloop::scoring
