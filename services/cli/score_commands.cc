// score get | lookup | list: live scores of customers.
#include <cmath>
#include <istream>
#include <ostream>

#include "cli/command.h"
#include "cli/labels.h"
#include "cli/line_reader.h"
#include "cli/output.h"
#include "cli/table.h"
#include "common/status.h"
#include "fmt/format.h"
#include "google/protobuf/repeated_ptr_field.h"
#include "valueloop/scoring/v1/score.pb.h"

namespace valueloop::cli {
namespace {

using scoring::v1::Reason;
using scoring::v1::Score;
using scoring::v1::SnapshotScore;

constexpr int kLookupLimit = 200;

template <typename T>
std::optional<double> Maybe(bool has, T value) {
  return has ? std::optional<double>(value) : std::nullopt;
}

std::optional<double> Percent(std::optional<double> share) {
  return share ? std::optional<double>(*share * 100) : std::nullopt;
}

Table ScoreTable(Context& context) {
  return Table({{context.T("客户", "CUSTOMER")},
                {context.T("类别", "CLASS")},
                {context.T("预期价值", "EXPECTED"), Table::Align::kRight},
                {context.T("已实现", "REALISED"), Table::Align::kRight},
                {context.T("匹配", "MATCH"), Table::Align::kRight},
                {context.T("仍在购买%", "ALIVE %"), Table::Align::kRight},
                {context.T("风险价值", "AT STAKE"), Table::Align::kRight}});
}

// Score and SnapshotScore share these fields.
template <typename Row>
void AddScoreRow(Context& context, const Row& score, Table& table) {
  table.AddRow({SegmentAfter(score.name(), "customers"),
                ClassLabel(context, score.customer_class()),
                Number(Maybe(score.has_expected_value(), score.expected_value())),
                Number(score.realised_value()),
                Number(Maybe(score.has_match_score(), score.match_score()), 1),
                Number(Percent(Maybe(score.has_alive_probability(), score.alive_probability())), 1),
                Number(Maybe(score.has_value_at_stake(), score.value_at_stake()))});
}

// Prints a sum term by term, so that anybody can add it up.
void PrintReasons(Context& context, const std::string& title,
                  const google::protobuf::RepeatedPtrField<Reason>& reasons,
                  std::optional<double> total) {
  if (reasons.empty()) return;
  context.out() << '\n' << title << '\n';
  Table table(
      {{context.T("贡献", "CONTRIBUTION"), Table::Align::kRight}, {context.T("原因", "REASON")}});
  double sum = 0;
  for (const Reason& reason : reasons) {
    sum += reason.displayed();
    table.AddRow(
        {Number(reason.displayed()), reason.text().empty() ? reason.code() : reason.text()});
  }
  // Half a displayed cent tells a rounded total from a wrong one.
  const bool adds_up = total && std::abs(sum - *total) <= 0.0051;
  table.AddRow({Number(sum), adds_up
                                 ? context.T("合计，与上面的数一致", "sum: equals the number above")
                                 : context.T("合计", "sum")});
  table.Print(context.out(), context.color_wanted());
}

void PrintScore(Context& context, const Score& score) {
  Table table = ScoreTable(context);
  AddScoreRow(context, score, table);
  table.Print(context.out(), context.color_wanted());
  if (score.state() != scoring::v1::SCORE_STATE_OK) {
    std::string missing;
    for (const std::string& what : score.missing()) missing += " " + what;
    context.out() << WithoutPrefix(ScoreState_Name(score.state()), "SCORE_STATE_")
                  << (missing.empty() ? "" : context.T("，缺少：", ", missing:") + missing) << '\n';
  }
  if (score.has_treatment()) {
    context.out() << fmt::format(
        "{}{} ({} {})\n", context.T("对策：", "treatment: "),
        context.T(score.treatment().treatment_zh(), score.treatment().treatment_en()),
        score.treatment().cadence_days(), context.T("天联系一次", "days between contacts"));
  }
  if (!score.expected_next_purchase_day().empty()) {
    context.out() << context.T("预计下次购买：", "expected next purchase: ")
                  << score.expected_next_purchase_day() << '\n';
  }
}

void PrintIntervals(Context& context, const Score& score) {
  if (!score.has_expected_value_interval()) return;
  context.out() << '\n';
  Table table({{context.T("期限内", "OVER THE HORIZON")},
               {context.T("预期", "EXPECTED"), Table::Align::kRight},
               {context.T("80% 区间", "80 % INTERVAL"), Table::Align::kRight},
               {context.T("95% 区间", "95 % INTERVAL"), Table::Align::kRight}});
  const auto add = [&](const std::string& label, std::optional<double> expected,
                       const scoring::v1::Interval& interval, int decimals) {
    table.AddRow({label, Number(expected),
                  IntervalText(interval.low_80(), interval.high_80(), decimals),
                  IntervalText(interval.low_95(), interval.high_95(), decimals)});
  };
  if (score.has_expected_purchase_interval()) {
    add(context.T("购买次数", "purchases"),
        Maybe(score.has_expected_purchase_count(), score.expected_purchase_count()),
        score.expected_purchase_interval(), 0);
  }
  add(context.T("价值", "value"), Maybe(score.has_expected_value(), score.expected_value()),
      score.expected_value_interval(), 2);
  table.Print(context.out(), context.color_wanted());
}

void PrintExplanation(Context& context, const Score& score) {
  if (!score.components().empty()) {
    context.out() << '\n';
    Table table({{context.T("价值", "VALUE")},
                 {context.T("已实现", "REALISED"), Table::Align::kRight},
                 {context.T("预期", "EXPECTED"), Table::Align::kRight},
                 {context.T("性质", "KIND")}});
    for (const auto& component : score.components()) {
      table.AddRow(
          {ValueKindLabel(context, component.kind()), Number(component.realised()),
           Number(Maybe(component.has_expected(), component.expected())),
           component.imputed() ? context.T("估算", "imputed") : context.T("现金", "cash")});
    }
    table.Print(context.out(), context.color_wanted());
  }
  PrintIntervals(context, score);
  PrintReasons(context, context.T("预期价值的构成", "what makes the expected value"),
               score.value_reasons(), Maybe(score.has_expected_value(), score.expected_value()));
  PrintReasons(context, context.T("匹配分的构成", "what makes the match"), score.match_reasons(),
               Maybe(score.has_match_score(), score.match_score()));
  const auto& provenance = score.provenance();
  context.out() << fmt::format("\nas_of {}  ledger {}  model {}  policy {}  reference {}\n",
                               provenance.as_of(), provenance.ledger_revision(),
                               provenance.model_version(), provenance.policy_version(),
                               provenance.reference_version());
}

struct GetOptions {
  std::string id;
  bool explain = false;
};

absl::StatusOr<int> Get(Context& context, const GetOptions& options) {
  scoring::v1::GetScoreRequest request;
  request.set_name(context.Name(fmt::format("customers/{}/score", options.id)));
  request.set_as_of(context.options.as_of);
  if (options.explain) {
    request.set_view(scoring::v1::SCORE_VIEW_FULL);
    request.set_language_code(context.T("zh", "en"));
  }
  Score score;
  VL_RETURN_IF_ERROR(context.Call(Target::kScoring, "valueloop.scoring.v1.ScoreService/GetScore",
                                  request, &score));
  VL_RETURN_IF_ERROR(Print(context, score, [&] {
    PrintScore(context, score);
    if (options.explain) PrintExplanation(context, score);
  }));
  return kDone;
}

struct LookupOptions {
  std::vector<std::string> ids;
};

absl::StatusOr<int> Lookup(Context& context, const LookupOptions& options) {
  std::vector<std::string> ids;
  for (const std::string& id : options.ids) {
    if (id != "-") {
      ids.push_back(id);
      continue;
    }
    LineReader lines(context.in());
    for (Line line; lines.Next(line);) {
      if (line.text.empty()) continue;
      VL_RETURN_IF_ERROR(Annotate(CheckLine(line), fmt::format("-:{}", line.number)));
      ids.push_back(line.text);
    }
  }
  scoring::v1::LookupScoresResponse all;
  for (size_t begin = 0; begin < ids.size(); begin += kLookupLimit) {
    scoring::v1::LookupScoresRequest request;
    request.set_parent(context.Parent());
    request.set_as_of(context.options.as_of);
    for (size_t i = begin; i < std::min(begin + kLookupLimit, ids.size()); ++i) {
      request.add_customer_ids(ids[i]);
    }
    scoring::v1::LookupScoresResponse response;
    VL_RETURN_IF_ERROR(context.Call(
        Target::kScoring, "valueloop.scoring.v1.ScoreService/LookupScores", request, &response));
    all.mutable_items()->MergeFrom(response.items());
  }
  int failed = 0;
  Table table = ScoreTable(context);
  for (const auto& item : all.items()) {
    if (item.code() == 0) {
      AddScoreRow(context, item.score(), table);
    } else {
      ++failed;
      table.AddRow({item.customer_id(), "-"});
      context.err() << item.customer_id() << ": " << item.message() << '\n';
    }
  }
  VL_RETURN_IF_ERROR(
      Print(context, all, [&] { table.Print(context.out(), context.color_wanted()); }));
  return failed > 0 ? kRejects : kDone;
}

struct ListOptions {
  std::string filter;
  std::string sort;
  int limit = 20;
};

absl::StatusOr<int> List(Context& context, const ListOptions& options) {
  scoring::v1::ListScoresRequest request;
  request.set_parent(context.Parent());
  request.set_filter(options.filter);
  request.set_order_by(options.sort);
  scoring::v1::ListScoresResponse all;
  do {
    const int missing = options.limit - all.scores_size();
    request.set_page_size(options.limit == 0 ? 1000 : std::min(missing, 1000));
    scoring::v1::ListScoresResponse page;
    VL_RETURN_IF_ERROR(context.Call(
        Target::kScoring, "valueloop.scoring.v1.ScoreService/ListScores", request, &page));
    all.mutable_scores()->MergeFrom(page.scores());
    *all.mutable_snapshot() = page.snapshot();
    all.set_total_count(page.total_count());
    all.set_next_page_token(page.next_page_token());
    request.set_page_token(page.next_page_token());
  } while (!request.page_token().empty() &&
           (options.limit == 0 || all.scores_size() < options.limit));
  VL_RETURN_IF_ERROR(Print(context, all, [&] {
    Table table = ScoreTable(context);
    for (const SnapshotScore& score : all.scores()) AddScoreRow(context, score, table);
    table.Print(context.out(), context.color_wanted());
    context.out() << fmt::format(
        fmt::runtime(context.T("{} / {} 位，截至 {}\n", "{} of {}, as of {}\n")),
        Count(all.scores_size()), Count(all.total_count()), all.snapshot().as_of());
  }));
  return kDone;
}

}  // namespace

void AddScoreCommands(CLI::App& app, Context& context) {
  CLI::App& group = AddGroup(app, "score", "live scores, explained");
  const auto get = AddCommand<GetOptions>(group, context, "get", "the score of a customer",
                                          "valueloop score get C-00001 --explain", Get);
  get.app->add_option("id", get.options->id, "customer id")->required();
  get.app->add_flag("--explain", get.options->explain, "values by kind and reasons that add up");
  const auto lookup = AddCommand<LookupOptions>(
      group, context, "lookup", "the scores of many customers; - reads ids from standard input",
      "valueloop score lookup C-00001 C-00002", Lookup);
  lookup.app->add_option("ids", lookup.options->ids, "customer ids")->required();
  const auto list = AddCommand<ListOptions>(
      group, context, "list", "scores of the newest snapshot",
      "valueloop score list --filter 'class=STRATEGIC AND owner=\"li\"' --sort -value_at_stake",
      List);
  list.app->add_option("--filter", list.options->filter, "terms joined by AND");
  list.app->add_option("--sort", list.options->sort, "a field; with - in front: descending");
  list.app->add_option("--limit", list.options->limit, "0: all")
      ->check(CLI::NonNegativeNumber)
      ->capture_default_str();
}

}  // namespace valueloop::cli
