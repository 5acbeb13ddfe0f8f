// The rows of a fit: equal customers counted once, and customers with equal covariates together.
#ifndef VALUELOOP_SCORING_DOMAIN_FIT_ROWS_H_
#define VALUELOOP_SCORING_DOMAIN_FIT_ROWS_H_

#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include "scoring/domain/bg_nbd.h"

namespace valueloop::scoring {

// Histories of equal (x, t_x, T) collapsed with weights, sorted by these. They have no log_gap_sum:
// it enters a likelihood only as a sum over all customers.
std::vector<WeightedHistory> Compress(std::span<const PurchaseHistory> histories);

// One column that a family's parameters depend on, log-linearly: a number, standardised, or 1 for
// the customers whose attribute has the value `level` and 0 for all others.
struct CovariateColumn {
  std::string attribute;
  std::string level;  // Empty: a number.
  double mean = 0;    // Of a number; else 0 and 1.
  double sd = 1;
  bool acts_on_rate = true;
  bool acts_on_dropout = true;
  friend bool operator==(const CovariateColumn&, const CovariateColumn&) = default;
};

struct CovariateData {
  std::vector<CovariateColumn> columns;
  // Customer by customer, columns.size() values each, (value - mean) / sd.
  std::vector<double> values;

  std::span<const double> OfCustomer(size_t customer) const {
    return std::span(values).subspan(customer * columns.size(), columns.size());
  }
};

// Customers grouped by equal covariates; each group's rows are collapsed as by Compress.
struct RowGroups {
  std::vector<WeightedHistory> rows;
  std::vector<size_t> ends;    // Of each group in `rows`.
  std::vector<double> values;  // Group by group, one per column.
};
// `covariates` has as many customers as there are histories.
RowGroups GroupByCovariates(std::span<const PurchaseHistory> histories,
                            const CovariateData& covariates);

}  // namespace valueloop::scoring

#endif  // VALUELOOP_SCORING_DOMAIN_FIT_ROWS_H_
