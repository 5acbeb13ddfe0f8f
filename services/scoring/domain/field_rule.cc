#include "scoring/domain/field_rule.h"

#include "common/status.h"
#include "fmt/format.h"

namespace valueloop::scoring {

absl::Status CheckRange(std::string_view field, double value, double low, double high) {
  if (value >= low && value <= high) return absl::OkStatus();
  return InvalidField(field, fmt::format("{}", value), fmt::format("{}..{}", low, high));
}

}  // namespace valueloop::scoring
