#include "scoring/domain/insight/data_quality.h"

#include <algorithm>
#include <numeric>
#include <utility>
#include <variant>

#include "fmt/format.h"
#include "scoring/domain/civil_day.h"
#include "scoring/domain/facts.h"

namespace valueloop::scoring {
namespace {

double Ratio(int64_t part, int64_t whole) {
  return static_cast<double>(part) / static_cast<double>(whole);
}

// Unset for a value that says nothing, such as an empty text.
std::optional<std::string> TextOf(const AttributeValue& value) {
  if (const auto* text = std::get_if<std::string>(&value)) {
    return text->empty() ? std::nullopt : std::optional<std::string>(*text);
  }
  if (const auto* number = std::get_if<double>(&value)) return fmt::format("{}", *number);
  if (const auto* flag = std::get_if<bool>(&value)) return *flag ? "true" : "false";
  return std::nullopt;
}

// The latest day with an event by `as_of`.
int32_t LastDay(const CustomerSummary& summary, int32_t as_of) {
  int32_t last = as_of;
  for (const DayTotal& total : summary.days) {
    if (total.day > as_of) break;
    last = total.day;
  }
  return last;
}

}  // namespace

const std::array<std::string_view, kProfileElementCount>& ProfileElementNames() {
  static constexpr std::array<std::string_view, kProfileElementCount> kNames = {
      "NEEDS", "PERCEPTION", "BEHAVIOUR", "CLASSIFICATION"};
  return kNames;
}

DataQualityCollector::DataQualityCollector(DataQualityOptions options)
    : options_(std::move(options)), filled_counts_(options_.required_attributes.size()) {}

void DataQualityCollector::AddIdentity(const std::string& key, size_t customer) {
  has_identity_[customer] = true;
  const auto [place, is_new] = first_with_.try_emplace(key, customer);
  if (is_new || place->second == customer) return;
  is_duplicate_[place->second] = true;
  is_duplicate_[customer] = true;
}

void DataQualityCollector::Add(const CustomerSummary& summary, const ProfileFlags& flags) {
  const size_t customer = ages_.size();
  has_identity_.push_back(false);
  is_duplicate_.push_back(false);
  const int32_t as_of = DayNumber(options_.as_of);
  ages_.push_back(as_of - LastDay(summary, as_of));
  const bool has_behaviour = FactsOf(summary, options_.as_of).acquired_day.has_value();
  const std::array<bool, kProfileElementCount> present = {flags.has_needs, flags.has_perception,
                                                          has_behaviour, flags.has_class};
  for (size_t i = 0; i < present.size(); ++i) {
    if (present[i]) ++element_counts_[i];
  }
  if (std::ranges::all_of(present, std::identity())) ++complete_count_;
  for (const auto& [name, value] : AttributesAsOf(summary, options_.as_of)) {
    const std::optional<std::string> text = TextOf(*value);
    if (!text) continue;
    const auto& required = options_.required_attributes;
    for (size_t i = 0; i < required.size(); ++i) {
      if (required[i] == name) ++filled_counts_[i];
    }
    for (const std::string& identity : options_.identity_attributes) {
      // Names have no NUL, so name and value are read back without doubt.
      if (identity == name) AddIdentity(identity + '\0' + *text, customer);
    }
  }
}

DataQualityResult DataQualityCollector::Result() const {
  DataQualityResult result;
  result.customer_count = static_cast<int64_t>(ages_.size());
  result.element_counts = element_counts_;
  result.complete_profile_count = complete_count_;
  result.filled_counts = filled_counts_;
  if (ages_.empty()) return result;
  const auto sum = [](const auto& counts) {
    return std::accumulate(counts.begin(), counts.end(), int64_t{0});
  };
  const int64_t count = result.customer_count;
  result.profile_completeness = Ratio(sum(element_counts_), count * kProfileElementCount);
  if (!filled_counts_.empty()) {
    result.attribute_completeness =
        Ratio(sum(filled_counts_), count * static_cast<int64_t>(filled_counts_.size()));
  }
  std::vector<int32_t> ages = ages_;
  std::ranges::sort(ages);
  const size_t half = ages.size() / 2;
  result.median_age_days =
      ages.size() % 2 == 1 ? ages[half] : (static_cast<double>(ages[half - 1]) + ages[half]) / 2;
  result.fresh_ratio = Ratio(
      std::ranges::count_if(ages, [this](int32_t age) { return age < options_.max_age_days; }),
      count);
  const auto identified = std::ranges::count(has_identity_, true);
  if (identified > 0) {
    result.duplicate_ratio = Ratio(std::ranges::count(is_duplicate_, true), identified);
  }
  return result;
}

}  // namespace valueloop::scoring
