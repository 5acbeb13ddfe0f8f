// What the commands of insight share: whom a question is about, and how answers look.
#ifndef VALUELOOP_CLI_INSIGHT_PRINT_H_
#define VALUELOOP_CLI_INSIGHT_PRINT_H_

#include <cstdint>
#include <optional>
#include <ostream>
#include <string>

#include "cli/command.h"
#include "cli/table.h"
#include "fmt/format.h"

namespace valueloop::cli {

struct ScopeOptions {
  std::string customer;
  std::string where;
};

template <typename Options>
void AddScope(const Command<Options>& command) {
  command.app->add_option("--customer", command.options->customer, "only this customer");
  command.app->add_option("--where", command.options->where,
                          "only customers of whom this is true, such as 'segment in [SG1]'");
}

// Parent, predicate and day as the flags say.
template <typename Request>
void SetScope(const Context& context, const ScopeOptions& options, Request& request) {
  request.set_parent(options.customer.empty() ? context.Parent()
                                              : context.Name("customers/" + options.customer));
  request.set_predicate(options.where);
  request.set_as_of(context.options.as_of);
}

template <typename Request, typename Response>
absl::Status Ask(Context& context, const char* method, const Request& request, Response* response) {
  return context.Call(Target::kScoring,
                      fmt::format("valueloop.scoring.v1.InsightService/{}", method), request,
                      response);
}

inline std::optional<double> If(bool has_value, double value) {
  return has_value ? std::optional<double>(value) : std::nullopt;
}
inline std::optional<double> Percent(bool has_value, double ratio) {
  return If(has_value, ratio * 100);
}

// Names and values, one per line.
class Measures {
 public:
  explicit Measures(Context& context)
      : context_(context),
        table_({{context.T("指标", "MEASURE")}, {context.T("值", "VALUE"), Table::Align::kRight}}) {
  }

  void Add(const char* zh, const char* en, const std::string& value) {
    table_.AddRow({context_.T(zh, en), value});
  }
  void Add(const char* zh, const char* en, std::optional<double> value, int decimals = 2) {
    Add(zh, en, Number(value, decimals));
  }
  void AddCount(const char* zh, const char* en, int64_t count) { Add(zh, en, Count(count)); }
  void Print() { table_.Print(context_.out(), context_.color_wanted()); }

 private:
  Context& context_;
  Table table_;
};

// The day, and what the answer waits for, under a table.
template <typename Response>
void PrintFoot(Context& context, const Response& response) {
  context.out() << context.T("截至 ", "as of ") << response.as_of() << '\n';
  if (response.missing_size() == 0) return;
  context.out() << context.T("缺少：", "missing:");
  for (const std::string& missing : response.missing()) context.out() << ' ' << missing;
  context.out() << '\n';
}

// Into the group `insight`: what is counted in money, and the quality of the data.
void AddInsightMoneyCommands(CLI::App& insight, Context& context);

}  // namespace valueloop::cli

#endif  // VALUELOOP_CLI_INSIGHT_PRINT_H_
