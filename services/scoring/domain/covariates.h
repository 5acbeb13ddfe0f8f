// Attributes of customers as columns that a purchase family's parameters depend on.
#ifndef VALUELOOP_SCORING_DOMAIN_COVARIATES_H_
#define VALUELOOP_SCORING_DOMAIN_COVARIATES_H_

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "scoring/domain/fit.h"
#include "scoring/domain/summary.h"

namespace valueloop::scoring {

// What AttributesAsOf returns.
using Attributes = std::vector<std::pair<std::string_view, const AttributeValue*>>;

// The values of some attributes, customer by customer: numbers as they are, text and booleans by
// the number of their level.
class AttributeTable {
 public:
  AttributeTable() = default;
  explicit AttributeTable(std::vector<std::string> names);

  // The next customer; an attribute it does not have is missing.
  void Add(const Attributes& attributes);

  size_t row_count() const { return names_.empty() ? 0 : cells_.size() / names_.size(); }
  const std::vector<std::string>& names() const { return names_; }

  // The customer's level of the attribute: text, "true" or "false"; empty: a number, or missing.
  std::string_view LevelOf(size_t row, std::string_view name) const;

  // The table of some rows only.
  AttributeTable Select(std::span<const size_t> rows) const;

 private:
  friend class ColumnBuilder;
  struct Cell {
    int32_t level = kMissing;  // kMissing, kNumber, or an index in levels_.
    double number = 0;
  };
  static constexpr int32_t kMissing = -1;
  static constexpr int32_t kNumber = -2;

  size_t IndexOf(std::string_view name) const;
  const Cell& At(size_t row, size_t column) const { return cells_[row * names_.size() + column]; }

  std::vector<std::string> names_;
  std::vector<Cell> cells_;
  std::vector<std::string> levels_;
  std::map<std::string, int32_t, std::less<>> level_index_;
};

inline constexpr size_t kMaxCovariateColumns = 20;
// A level of fewer customers has no column of its own: it counts as the baseline.
inline constexpr int64_t kMinLevelCustomers = 30;

// Columns of the attributes that act on the rate and on dropout. An attribute whose values are
// mostly numbers makes one column, standardised; else each level but the most frequent makes one. A
// value of the other kind counts as missing; missing is the mean, or the baseline. An attribute
// that does not vary makes none. Fails with FailedPrecondition, NOT_ENOUGH_DATA, if no customer has
// the attribute, and with InvalidArgument if the columns are more than kMaxCovariateColumns.
absl::StatusOr<CovariateData> MakeCovariates(const AttributeTable& table,
                                             std::span<const std::string> rate_names,
                                             std::span<const std::string> dropout_names);

// The customer's value of a column; 0 if it lacks the attribute.
double ColumnValue(const CovariateColumn& column, const Attributes& attributes);

// The parameters of a customer with these attributes, from those of one whose columns are all 0.
// `params` itself for families without covariates. Never out of range: log-parameters stay within
// +-kLogBound of where they were.
PurchaseParams CustomerParams(const PurchaseParams& params, std::span<const Covariate> covariates,
                              const Attributes& attributes);

// The attributes that the covariates name and the customer lacks, each once.
std::vector<std::string> MissingCovariates(std::span<const Covariate> covariates,
                                           const Attributes& attributes);

}  // namespace valueloop::scoring

#endif  // VALUELOOP_SCORING_DOMAIN_COVARIATES_H_
