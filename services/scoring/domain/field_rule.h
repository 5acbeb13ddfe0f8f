// What numbers and names of a user may be; common/text_rule.h has the rule for text.
#ifndef VALUELOOP_SCORING_DOMAIN_FIELD_RULE_H_
#define VALUELOOP_SCORING_DOMAIN_FIELD_RULE_H_

#include <array>
#include <optional>
#include <string_view>

#include "absl/status/status.h"

namespace valueloop::scoring {

// `value` must be in low..high; NaN is in no range. InvalidArgument names `field`.
absl::Status CheckRange(std::string_view field, double value, double low, double high);

// The enumerator whose name stands at its place in `names`; nothing for another name.
template <typename Enum, size_t n>
std::optional<Enum> ParseName(const std::array<std::string_view, n>& names, std::string_view name) {
  for (size_t i = 0; i < n; ++i) {
    if (names[i] == name) return static_cast<Enum>(i);
  }
  return std::nullopt;
}

}  // namespace valueloop::scoring

#endif  // VALUELOOP_SCORING_DOMAIN_FIELD_RULE_H_
