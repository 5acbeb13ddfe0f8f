#include "cli/observations.h"

#include <algorithm>
#include <optional>
#include <set>

#include "cli/csv.h"
#include "cli/values.h"
#include "common/status.h"
#include "common/utf8.h"
#include "fmt/format.h"
#include "yaml-cpp/eventhandler.h"
#include "yaml-cpp/yaml.h"

namespace valueloop::cli {
namespace {

using performance::v1::Observation;
using performance::v1::SeriesSetting;
using strategy::v1::Frequency;

constexpr int kMaxDepth = 64;
constexpr size_t kMaxScalarBytes = 64 << 10;

// Thrown through yaml-cpp, which has no other way to be stopped; caught in CheckYaml.
struct Refusal {
  YAML::Mark mark;
  std::string reason;
};

// Goes over the events of a document before a tree is made of it, and refuses what would make the
// tree large, deep or ambiguous.
class YamlGuard : public YAML::EventHandler {
 public:
  void OnDocumentStart(const YAML::Mark& mark) override {
    if (++documents_ > 1) throw Refusal{mark, "got a second document, want one"};
  }
  void OnDocumentEnd() override {}
  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override { Check(mark, anchor); }
  void OnAlias(const YAML::Mark& mark, YAML::anchor_t) override {
    throw Refusal{mark, "got an alias, want the value itself"};
  }
  void OnScalar(const YAML::Mark& mark, const std::string&, YAML::anchor_t anchor,
                const std::string& value) override {
    Check(mark, anchor);
    if (value.size() > kMaxScalarBytes) throw Refusal{mark, "got a scalar above 64 KB"};
  }
  void OnSequenceStart(const YAML::Mark& mark, const std::string&, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value) override {
    Enter(mark, anchor);
  }
  void OnSequenceEnd() override { --depth_; }
  void OnMapStart(const YAML::Mark& mark, const std::string&, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value) override {
    Enter(mark, anchor);
  }
  void OnMapEnd() override { --depth_; }

 private:
  static void Check(const YAML::Mark& mark, YAML::anchor_t anchor) {
    if (anchor != 0) throw Refusal{mark, "got an anchor, want none"};
  }
  void Enter(const YAML::Mark& mark, YAML::anchor_t anchor) {
    Check(mark, anchor);
    if (++depth_ > kMaxDepth) throw Refusal{mark, "got more than 64 levels, want fewer"};
  }

  int depth_ = 0;
  int documents_ = 0;
};

absl::Status YamlError(const YAML::Mark& mark, std::string_view message) {
  return absl::InvalidArgumentError(fmt::format("{}: {}", mark.line + 1, message));
}

// yaml-cpp recurses per level while it parses, so brackets are counted before it runs.
absl::Status CheckNesting(const std::string& text) {
  int open = 0;
  for (const char c : text) {
    if (c == '[' || c == '{') ++open;
    if (c == ']' || c == '}') --open;
    if (open > 1000) return absl::InvalidArgumentError("1: got more than 64 levels, want fewer");
  }
  return absl::OkStatus();
}

absl::StatusOr<YAML::Node> LoadYaml(const std::string& text) {
  if (text.find('\0') != std::string::npos || !IsValidUtf8(text)) {
    return absl::InvalidArgumentError("1: got bytes that are not UTF-8 text");
  }
  VL_RETURN_IF_ERROR(CheckNesting(text));
  try {
    std::istringstream in(text);
    YAML::Parser parser(in);
    YamlGuard guard;
    while (parser.HandleNextDocument(guard)) {
    }
    return YAML::Load(text);
  } catch (const Refusal& refusal) {
    return YamlError(refusal.mark, refusal.reason);
  } catch (const YAML::Exception& exception) {
    return YamlError(exception.mark, exception.msg);
  }
}

absl::StatusOr<double> NodeNumber(const YAML::Node& node, const std::string& field) {
  if (!node.IsScalar()) return YamlError(node.Mark(), field + ": got no number, want one");
  const absl::StatusOr<double> number = ParseNumber(field, node.Scalar());
  if (!number.ok()) return YamlError(node.Mark(), MessageOf(number.status()));
  return number;
}

absl::StatusOr<std::vector<double>> NodeNumbers(const YAML::Node& node, const std::string& field) {
  std::vector<double> numbers;
  if (!node.IsDefined()) return numbers;
  if (!node.IsSequence()) return YamlError(node.Mark(), field + ": got no list, want numbers");
  for (const YAML::Node& item : node) {
    VL_ASSIGN_OR_RETURN(const double number, NodeNumber(item, field));
    numbers.push_back(number);
  }
  return numbers;
}

absl::Status CheckKeys(const YAML::Node& series) {
  static const std::set<std::string> kKnown = {"kpi",         "org",   "org_unit",       "actuals",
                                               "numerator",   "scale", "target_to_date", "targets",
                                               "denominator", "unit"};
  std::set<std::string> seen;
  for (const auto& entry : series) {
    if (!entry.first.IsScalar()) return YamlError(entry.first.Mark(), "key: got no word, want one");
    const std::string key = entry.first.Scalar();
    if (kKnown.count(key) == 0) {
      return YamlError(entry.first.Mark(),
                       MessageOf(InvalidField("key", key,
                                              "kpi, org, actuals, numerator, denominator, scale, "
                                              "target_to_date or targets")));
    }
    if (!seen.insert(key).second) {
      return YamlError(entry.first.Mark(), MessageOf(InvalidField("key", key, "every key once")));
    }
  }
  return absl::OkStatus();
}

absl::Status ReadSeries(const YAML::Node& node, const PeriodCalendar& calendar,
                        ObservationFile& file) {
  if (!node.IsMap()) return YamlError(node.Mark(), "series: got no mapping, want one");
  VL_RETURN_IF_ERROR(CheckKeys(node));
  const YAML::Node kpi_node = node["kpi"];
  if (!kpi_node.IsDefined() || !kpi_node.IsScalar()) {
    return YamlError(node.Mark(), "kpi: got nothing, want the id of a KPI");
  }
  const std::string kpi = kpi_node.Scalar();
  const auto frequency = calendar.frequencies.find(kpi);
  if (frequency == calendar.frequencies.end()) {
    return YamlError(kpi_node.Mark(), MessageOf(InvalidField("kpi", kpi, "a KPI of the plan")));
  }
  std::string unit;
  for (const char* key : {"org", "org_unit", "unit"}) {
    const YAML::Node unit_node = node[key];
    if (unit_node.IsDefined() && unit_node.IsScalar()) unit = unit_node.Scalar();
  }
  VL_ASSIGN_OR_RETURN(const std::vector<double> actuals, NodeNumbers(node["actuals"], "actuals"));
  VL_ASSIGN_OR_RETURN(const std::vector<double> numerators,
                      NodeNumbers(node["numerator"], "numerator"));
  VL_ASSIGN_OR_RETURN(const std::vector<double> denominators,
                      NodeNumbers(node["denominator"], "denominator"));
  VL_ASSIGN_OR_RETURN(const std::vector<double> targets, NodeNumbers(node["targets"], "targets"));
  if (actuals.empty() == numerators.empty() || numerators.size() != denominators.size()) {
    return YamlError(
        node.Mark(),
        fmt::format("{}: got {} actuals, {} numerators and {} denominators, want actuals "
                    "or as many numerators as denominators",
                    kpi, actuals.size(), numerators.size(), denominators.size()));
  }
  SeriesSetting setting;
  if (node["scale"].IsDefined()) {
    VL_ASSIGN_OR_RETURN(const double scale, NodeNumber(node["scale"], "scale"));
    setting.set_ratio_scale(scale);
  }
  for (const double target : targets) setting.add_phased_targets(target);
  if (setting.has_ratio_scale() || !targets.empty()) {
    setting.set_kpi(kpi);
    setting.set_org_unit(unit);
    file.settings.push_back(setting);
  }
  const size_t count = std::max(actuals.size(), numerators.size());
  for (size_t i = 0; i < count; ++i) {
    ReadObservation read;
    read.line = node.Mark().line + 1;
    Observation& observation = read.observation;
    observation.set_kpi(kpi);
    observation.set_org_unit(unit);
    const absl::StatusOr<std::string> period =
        PeriodName(calendar, frequency->second, static_cast<int>(i));
    if (!period.ok()) return YamlError(node.Mark(), MessageOf(period.status()));
    observation.set_period(*period);
    if (!actuals.empty()) {
      observation.set_value(actuals[i]);
    } else {
      observation.set_numerator(numerators[i]);
      observation.set_denominator(denominators[i]);
    }
    if (i + 1 == count && node["target_to_date"].IsDefined()) {
      VL_ASSIGN_OR_RETURN(const double target,
                          NodeNumber(node["target_to_date"], "target_to_date"));
      observation.set_target_to_date(target);
    }
    file.observations.push_back(std::move(read));
  }
  return absl::OkStatus();
}

absl::Status ReadCell(const std::string& column, const std::string& cell,
                      Observation& observation) {
  if (column == "kpi") {
    observation.set_kpi(cell);
  } else if (column == "unit") {
    observation.set_org_unit(cell);
  } else if (column == "period") {
    observation.set_period(cell);
  } else if (!cell.empty()) {
    VL_ASSIGN_OR_RETURN(const double number, ParseNumber(column, cell));
    if (column == "value") observation.set_value(number);
    if (column == "numerator") observation.set_numerator(number);
    if (column == "denominator") observation.set_denominator(number);
    if (column == "target_to_date") observation.set_target_to_date(number);
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<std::string> PeriodName(const PeriodCalendar& calendar, Frequency frequency,
                                       int index) {
  const int count = frequency == strategy::v1::FREQUENCY_ANNUAL      ? 1
                    : frequency == strategy::v1::FREQUENCY_QUARTERLY ? 4
                                                                     : 12;
  if (index >= count) {
    return absl::OutOfRangeError(
        fmt::format("period: got number {}, want at most {} in a year", index + 1, count));
  }
  if (count == 1) return fmt::format("{}", calendar.fiscal_year);
  if (count == 4) return fmt::format("{}-Q{}", calendar.fiscal_year, index + 1);
  const absl::CivilMonth month = absl::CivilMonth(calendar.fiscal_start) + index;
  return fmt::format("{:04}-{:02}", month.year(), month.month());
}

absl::StatusOr<ObservationFile> ReadObservationsCsv(std::istream& in) {
  static const std::vector<std::string> kKnown = {
      "kpi", "unit", "period", "value", "numerator", "denominator", "target_to_date"};
  CsvReader csv(in);
  CsvRecord header;
  if (!csv.Next(header)) return absl::InvalidArgumentError("1: got an empty file, want a header");
  VL_RETURN_IF_ERROR(Annotate(header.status, fmt::format("{}", header.line)));
  std::set<std::string> seen;
  for (const std::string& column : header.cells) {
    if (std::find(kKnown.begin(), kKnown.end(), column) == kKnown.end()) {
      return Annotate(InvalidField("header", column,
                                   "kpi, unit, period, value, numerator, denominator or "
                                   "target_to_date"),
                      fmt::format("{}", header.line));
    }
    if (!seen.insert(column).second) {
      return Annotate(InvalidField("header", column, "every column once"),
                      fmt::format("{}", header.line));
    }
  }
  if (seen.count("kpi") == 0 || seen.count("period") == 0) {
    return absl::InvalidArgumentError(
        fmt::format("{}: header: got no kpi or period, want both", header.line));
  }
  ObservationFile file;
  for (CsvRecord record; csv.Next(record);) {
    ReadObservation read;
    read.line = record.line;
    absl::Status status = record.status;
    if (status.ok() && record.cells.size() != header.cells.size()) {
      status = absl::InvalidArgumentError(
          fmt::format("row: got {} cells, want {}", record.cells.size(), header.cells.size()));
    }
    for (size_t i = 0; status.ok() && i < record.cells.size(); ++i) {
      status = ReadCell(header.cells[i], record.cells[i], read.observation);
    }
    if (status.ok()) {
      file.observations.push_back(std::move(read));
    } else {
      file.rejects.push_back(fmt::format("{}: {}", record.line, MessageOf(status)));
    }
  }
  return file;
}

absl::StatusOr<ObservationFile> ReadObservationsYaml(const std::string& text,
                                                     const PeriodCalendar& calendar) {
  VL_ASSIGN_OR_RETURN(const YAML::Node root, LoadYaml(text));
  if (!root.IsMap()) return absl::InvalidArgumentError("1: got no mapping, want series");
  try {
    const YAML::Node nested = root["observations"];
    const YAML::Node block = nested.IsDefined() && nested.IsMap() ? nested : root;
    const YAML::Node series = block["series"];
    if (!series.IsDefined() || !series.IsSequence()) {
      return absl::InvalidArgumentError("1: series: got nothing, want a list");
    }
    ObservationFile file;
    for (const YAML::Node& node : series) VL_RETURN_IF_ERROR(ReadSeries(node, calendar, file));
    return file;
  } catch (const YAML::Exception& exception) {
    return YamlError(exception.mark, exception.msg);
  }
}

}  // namespace valueloop::cli
