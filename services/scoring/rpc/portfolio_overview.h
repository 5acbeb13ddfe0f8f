// What the customers of a snapshot add up to.
#ifndef VALUELOOP_SCORING_RPC_PORTFOLIO_OVERVIEW_H_
#define VALUELOOP_SCORING_RPC_PORTFOLIO_OVERVIEW_H_

#include <array>
#include <span>
#include <string>

#include "absl/status/statusor.h"
#include "scoring/domain/policy.h"
#include "scoring/store/snapshot_store.h"
#include "valueloop/scoring/v1/portfolio.pb.h"

namespace valueloop::scoring {

// The order in which the contract lists the classes.
inline constexpr std::array<CustomerClass, kCustomerClassCount> kListedClasses = {
    CustomerClass::kStrategic, CustomerClass::kProfit, CustomerClass::kPotential,
    CustomerClass::kOrdinary, CustomerClass::kUnknown};

struct PortfolioOverview {
  v1::ClassMatrix matrix;
  v1::Concentration expected;  // Over the customers that have an expected value.
  v1::Concentration realised;  // Over all customers.
};

// One pass over the snapshot. Errors are those of SnapshotStore::Scan.
absl::StatusOr<PortfolioOverview> ReadOverview(SnapshotStore& snapshots,
                                               const std::string& workspace,
                                               const Snapshot& snapshot);

// At most 101 points from (0, 0) to (1, 1) over `values`, the smallest first; none if their sum is
// 0 or less.
void AddLorenzPoints(std::span<const double> values, v1::Concentration& out);

}  // namespace valueloop::scoring

#endif  // VALUELOOP_SCORING_RPC_PORTFOLIO_OVERVIEW_H_
