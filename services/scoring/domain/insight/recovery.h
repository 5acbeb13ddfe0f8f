// What became of customers who complained (A97), and what service returns (A42).
#ifndef VALUELOOP_SCORING_DOMAIN_INSIGHT_RECOVERY_H_
#define VALUELOOP_SCORING_DOMAIN_INSIGHT_RECOVERY_H_

#include <cstdint>
#include <optional>
#include <span>

#include "absl/time/civil_time.h"
#include "scoring/domain/summary.h"

namespace valueloop::scoring {

// (gain - cost) / cost; unset unless cost is above 0.
std::optional<double> ReturnOn(double gain, double cost);

struct RecoveryOptions {
  absl::CivilDay as_of;
  int window_days = 365;
  int follow_up_days = 180;
  double margin_ratio = 0;

  // Complaints of first_day..last_day are judged; later ones are too young.
  absl::CivilDay last_day() const { return as_of - follow_up_days; }
  absl::CivilDay first_day() const { return last_day() - window_days + 1; }
};

struct ComplaintRecord {
  int32_t day = 0;
  uint64_t key = 0;  // EventKey of the complaint.
};
struct RemedyRecord {
  int32_t day = 0;
  uint64_t complaint_key = 0;  // 0: names none.
};

struct RecoveryGroupResult {
  int64_t complaint_count = 0;
  int64_t kept_count = 0;
  double kept_margin = 0;  // Every day once per customer.
  std::optional<double> kept_ratio() const;
};

// Currency units.
struct RecoveryResult {
  RecoveryGroupResult all;
  RecoveryGroupResult remedied;
  RecoveryGroupResult not_remedied;
  int64_t pending_count = 0;
  double remedy_cost = 0;
  double service_cost = 0;
  double served_margin = 0;
  std::optional<double> remedy_roi() const { return ReturnOn(remedied.kept_margin, remedy_cost); }
  std::optional<double> service_roi() const { return ReturnOn(served_margin, service_cost); }
};

class RecoveryCollector {
 public:
  explicit RecoveryCollector(const RecoveryOptions& options) : options_(options) {}

  // Each customer once, with its complaints and remedies up to as_of, in any order.
  void Add(const CustomerSummary& summary, std::span<const ComplaintRecord> complaints,
           std::span<const RemedyRecord> remedies);
  const RecoveryResult& result() const { return result_; }

 private:
  bool IsRemedied(const ComplaintRecord& complaint, std::span<const RemedyRecord> remedies) const;

  const RecoveryOptions options_;
  RecoveryResult result_;
};

}  // namespace valueloop::scoring

#endif  // VALUELOOP_SCORING_DOMAIN_INSIGHT_RECOVERY_H_
