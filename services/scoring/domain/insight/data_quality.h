// How complete, fresh and free of duplicates the data about customers is (A55, A68).
#ifndef VALUELOOP_SCORING_DOMAIN_INSIGHT_DATA_QUALITY_H_
#define VALUELOOP_SCORING_DOMAIN_INSIGHT_DATA_QUALITY_H_

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "absl/time/civil_time.h"
#include "scoring/domain/summary.h"

namespace valueloop::scoring {

inline constexpr int kProfileElementCount = 4;
// NEEDS, PERCEPTION, BEHAVIOUR, CLASSIFICATION.
const std::array<std::string_view, kProfileElementCount>& ProfileElementNames();

// What else is known of a customer.
struct ProfileFlags {
  bool has_needs = false;
  bool has_perception = false;
  bool has_class = false;
};

struct DataQualityOptions {
  absl::CivilDay as_of;
  int max_age_days = 365;
  std::vector<std::string> required_attributes;
  std::vector<std::string> identity_attributes;
};

struct DataQualityResult {
  int64_t customer_count = 0;
  std::array<int64_t, kProfileElementCount> element_counts{};
  std::optional<double> profile_completeness;
  int64_t complete_profile_count = 0;
  std::vector<int64_t> filled_counts;  // By required attribute.
  std::optional<double> attribute_completeness;
  std::optional<double> fresh_ratio;
  std::optional<double> median_age_days;
  std::optional<double> duplicate_ratio;
};

class DataQualityCollector {
 public:
  explicit DataQualityCollector(DataQualityOptions options);

  // Each customer with an event by as_of once.
  void Add(const CustomerSummary& summary, const ProfileFlags& flags);
  DataQualityResult Result() const;

 private:
  void AddIdentity(const std::string& key, size_t customer);

  const DataQualityOptions options_;
  std::array<int64_t, kProfileElementCount> element_counts_{};
  int64_t complete_count_ = 0;
  std::vector<int64_t> filled_counts_;
  std::vector<int32_t> ages_;
  std::unordered_map<std::string, size_t> first_with_;  // Who had this identity first.
  std::vector<bool> has_identity_;
  std::vector<bool> is_duplicate_;
};

}  // namespace valueloop::scoring

#endif  // VALUELOOP_SCORING_DOMAIN_INSIGHT_DATA_QUALITY_H_
