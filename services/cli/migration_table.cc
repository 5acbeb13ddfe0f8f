#include "cli/migration_table.h"

#include <ostream>
#include <utility>
#include <vector>

#include "cli/labels.h"
#include "cli/table.h"
#include "fmt/format.h"

namespace valueloop::cli {

namespace {

using scoring::v1::MigrationCell;

constexpr int kClassCount = 5;  // Columns.

}  // namespace

void PrintMatrix(Context& context, const google::protobuf::RepeatedPtrField<MigrationCell>& cells) {
  std::vector<Table::Column> columns = {{context.T("从 \\ 到", "FROM \\ TO")}};
  std::vector<std::vector<std::string>> rows;
  double lost_count = 0;
  double lost_value = 0;
  for (int i = 0; i < cells.size(); ++i) {
    const MigrationCell& cell = cells[i];
    if (i < kClassCount) {
      columns.push_back({ClassLabel(context, cell.to_class()), Table::Align::kRight});
    }
    if (i % kClassCount == 0) {
      rows.push_back(
          {cell.is_new() ? context.T("新客户", "NEW") : ClassLabel(context, cell.from_class())});
    }
    rows.back().push_back(cell.customer_count() == 0
                              ? "·"
                              : fmt::format("{} ({} → {})", Number(cell.customer_count(), 0),
                                            Number(cell.expected_value_before(), 0),
                                            Number(cell.expected_value_after(), 0)));
    lost_count += cell.lost_count();
    lost_value += cell.lost_value();
  }
  Table table(std::move(columns));
  for (std::vector<std::string>& row : rows) table.AddRow(std::move(row));
  table.Print(context.out(), context.color_wanted());
  context.out() << context.T("客户数（预期价值：之前 → 之后）\n",
                             "customers (expected value: before -> after)\n");
  if (lost_count > 0) {
    context.out() << fmt::format(
        fmt::runtime(context.T("{} 位客户流失（原预期价值 {}）\n",
                               "{} customers fell silent (expected value before: {})\n")),
        Number(lost_count, 0), Number(lost_value));
  }
}

void PrintSample(Context& context, int64_t scored_count, int64_t customer_count) {
  if (scored_count >= customer_count) return;
  context.out() << fmt::format(
      fmt::runtime(context.T("按 {} / {} 位客户的样本估计；标准误见 -o json\n",
                             "estimated from a sample of {} of {} customers; -o json has the "
                             "standard errors\n")),
      Count(scored_count), Count(customer_count));
}

std::string ExpectedOf(const scoring::v1::ScorePoint& point) {
  return Number(point.has_expected_value() ? std::optional<double>(point.expected_value())
                                           : std::nullopt);
}

std::string CauseLabel(const Context& context, scoring::v1::ChangeCause cause) {
  switch (cause) {
    case scoring::v1::CHANGE_CAUSE_TIME:
      return context.T("时间", "time");
    case scoring::v1::CHANGE_CAUSE_EVENT:
      return context.T("事件", "events");
    case scoring::v1::CHANGE_CAUSE_MODEL:
      return context.T("模型", "model");
    case scoring::v1::CHANGE_CAUSE_POLICY:
      return context.T("计划的政策", "policy");
    case scoring::v1::CHANGE_CAUSE_REFERENCE:
      return context.T("参照分布", "reference");
    default:
      return "-";
  }
}

}  // namespace valueloop::cli
