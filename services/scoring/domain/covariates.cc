#include "scoring/domain/covariates.h"

#include <algorithm>
#include <cmath>
#include <optional>
#include <variant>

#include "common/status.h"
#include "fmt/format.h"
#include "scoring/domain/fit_engine.h"

namespace valueloop::scoring {
namespace {

// Text and booleans; nothing for numbers and for no value.
std::optional<std::string_view> LevelText(const AttributeValue& value) {
  if (const auto* text = std::get_if<std::string>(&value)) return *text;
  if (const auto* flag = std::get_if<bool>(&value)) return *flag ? "true" : "false";
  return std::nullopt;
}

const AttributeValue* ValueOf(const Attributes& attributes, std::string_view name) {
  for (const auto& [have, value] : attributes) {
    if (have == name) return value;
  }
  return nullptr;
}

}  // namespace

AttributeTable::AttributeTable(std::vector<std::string> names) : names_(std::move(names)) {
  std::sort(names_.begin(), names_.end());
  names_.erase(std::unique(names_.begin(), names_.end()), names_.end());
}

size_t AttributeTable::IndexOf(std::string_view name) const {
  return static_cast<size_t>(std::lower_bound(names_.begin(), names_.end(), name) - names_.begin());
}

void AttributeTable::Add(const Attributes& attributes) {
  for (const std::string& name : names_) {
    Cell& cell = cells_.emplace_back();
    const AttributeValue* value = ValueOf(attributes, name);
    if (value == nullptr) continue;
    if (const auto* number = std::get_if<double>(value)) {
      cell = {.level = kNumber, .number = *number};
    } else if (const std::optional<std::string_view> text = LevelText(*value)) {
      auto found = level_index_.find(*text);
      if (found == level_index_.end()) {
        found = level_index_.emplace(*text, static_cast<int32_t>(levels_.size())).first;
        levels_.emplace_back(*text);
      }
      cell.level = found->second;
    }
  }
}

std::string_view AttributeTable::LevelOf(size_t row, std::string_view name) const {
  const size_t column = IndexOf(name);
  if (column == names_.size() || names_[column] != name) return {};
  const int32_t level = At(row, column).level;
  return level >= 0 ? std::string_view(levels_[static_cast<size_t>(level)]) : std::string_view();
}

AttributeTable AttributeTable::Select(std::span<const size_t> rows) const {
  AttributeTable selected = *this;
  selected.cells_.clear();
  for (const size_t row : rows) {
    for (size_t column = 0; column < names_.size(); ++column) {
      selected.cells_.push_back(At(row, column));
    }
  }
  return selected;
}

class ColumnBuilder {
 public:
  explicit ColumnBuilder(const AttributeTable& table) : table_(table) {}

  // Appends the columns of the attribute.
  absl::Status Add(const std::string& name, bool on_rate, bool on_dropout) {
    const size_t attribute = table_.IndexOf(name);
    int64_t numbers = 0;
    std::vector<int64_t> counts(table_.levels_.size());
    int64_t levels = 0;
    for (size_t row = 0; row < table_.row_count(); ++row) {
      const int32_t level = table_.At(row, attribute).level;
      if (level == AttributeTable::kNumber) ++numbers;
      if (level < 0) continue;
      ++levels;
      ++counts[static_cast<size_t>(level)];
    }
    if (numbers + levels == 0) {
      return NotEnoughData(fmt::format("customers with the attribute {}", name),
                           fmt::format("有属性 {} 的客户", name), 0, kMinCustomers);
    }
    const CovariateColumn column{
        .attribute = name, .acts_on_rate = on_rate, .acts_on_dropout = on_dropout};
    if (numbers >= levels) {
      AddNumber(column, attribute, numbers);
    } else {
      AddLevels(column, attribute, counts);
    }
    return absl::OkStatus();
  }

  CovariateData Finish() && {
    CovariateData data;
    data.values.reserve(table_.row_count() * columns_.size());
    for (size_t row = 0; row < table_.row_count(); ++row) {
      for (const Built& built : columns_) {
        const AttributeTable::Cell& cell = table_.At(row, built.attribute);
        double value = 0;
        if (built.level >= 0) {
          value = cell.level == built.level ? 1 : 0;
        } else if (cell.level == AttributeTable::kNumber) {
          value = (cell.number - built.column.mean) / built.column.sd;
        }
        data.values.push_back(value);
      }
    }
    for (Built& built : columns_) data.columns.push_back(std::move(built.column));
    return data;
  }

  size_t column_count() const { return columns_.size(); }

 private:
  struct Built {
    CovariateColumn column;
    size_t attribute = 0;
    int32_t level = AttributeTable::kMissing;  // Of a number.
  };

  void AddNumber(CovariateColumn column, size_t attribute, int64_t count) {
    const auto sum_of = [&](const auto& function) {
      double sum = 0;
      for (size_t row = 0; row < table_.row_count(); ++row) {
        const AttributeTable::Cell& cell = table_.At(row, attribute);
        if (cell.level == AttributeTable::kNumber) sum += function(cell.number);
      }
      return sum / static_cast<double>(count);
    };
    column.mean = sum_of([](double number) { return number; });
    column.sd = std::sqrt(
        sum_of([&](double number) { return (number - column.mean) * (number - column.mean); }));
    if (column.sd > 1e-12 * std::fabs(column.mean)) columns_.push_back({column, attribute});
  }

  void AddLevels(const CovariateColumn& column, size_t attribute,
                 const std::vector<int64_t>& counts) {
    const auto baseline = std::max_element(counts.begin(), counts.end()) - counts.begin();
    // By name, so that the order of customers does not show.
    for (const auto& [text, level] : table_.level_index_) {
      const auto index = static_cast<size_t>(level);
      if (level == baseline || counts[index] < kMinLevelCustomers) continue;
      columns_.push_back({column, attribute, level});
      columns_.back().column.level = text;
    }
  }

  const AttributeTable& table_;
  std::vector<Built> columns_;
};

absl::StatusOr<CovariateData> MakeCovariates(const AttributeTable& table,
                                             std::span<const std::string> rate_names,
                                             std::span<const std::string> dropout_names) {
  ColumnBuilder builder(table);
  const auto contains = [](std::span<const std::string> names, const std::string& name) {
    return std::find(names.begin(), names.end(), name) != names.end();
  };
  for (const std::string& name : table.names()) {
    const bool on_rate = contains(rate_names, name);
    const bool on_dropout = contains(dropout_names, name);
    if (on_rate || on_dropout) VL_RETURN_IF_ERROR(builder.Add(name, on_rate, on_dropout));
  }
  if (builder.column_count() > kMaxCovariateColumns) {
    return InvalidField("rate_covariates, dropout_covariates",
                        fmt::format("{} columns", builder.column_count()),
                        fmt::format("at most {}", kMaxCovariateColumns));
  }
  return std::move(builder).Finish();
}

double ColumnValue(const CovariateColumn& column, const Attributes& attributes) {
  const AttributeValue* value = ValueOf(attributes, column.attribute);
  if (value == nullptr) return 0;
  if (!column.level.empty()) return LevelText(*value) == column.level ? 1 : 0;
  const auto* number = std::get_if<double>(value);
  return number != nullptr ? (*number - column.mean) / column.sd : 0;
}

PurchaseParams CustomerParams(const PurchaseParams& params, std::span<const Covariate> covariates,
                              const Attributes& attributes) {
  if (covariates.empty()) return params;
  double rate = 0;
  double dropout = 0;
  for (const Covariate& covariate : covariates) {
    const double value = ColumnValue(covariate.column, attributes);
    rate += covariate.rate_coefficient * value;
    dropout += covariate.dropout_coefficient * value;
  }
  const CovariateDirections directions = DirectionsOf(params.family());
  std::vector<double> values = ParameterValues(params);
  for (size_t i = 0; i < values.size() && i < kMaxParameters; ++i) {
    const double move = rate * directions.rate[i] + dropout * directions.dropout[i];
    values[i] *= std::exp(std::clamp(move, -kLogBound, kLogBound));
  }
  // Of positive values only, so that it cannot fail.
  return MakePurchaseParams(params.family(), values).value_or(params);
}

std::vector<std::string> MissingCovariates(std::span<const Covariate> covariates,
                                           const Attributes& attributes) {
  std::vector<std::string> missing;
  for (const Covariate& covariate : covariates) {
    const std::string& name = covariate.column.attribute;
    if (ValueOf(attributes, name) != nullptr) continue;
    if (missing.empty() || missing.back() != name) missing.push_back(name);
  }
  return missing;
}

}  // namespace valueloop::scoring
