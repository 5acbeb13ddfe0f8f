// model fit | create | list | show | activate; the others are in model_choice_commands.cc.
#include "cli/model_commands.h"

#include <ostream>

#include "cli/command.h"
#include "cli/jobs.h"
#include "cli/model_output.h"
#include "cli/output.h"
#include "cli/table.h"
#include "cli/values.h"
#include "common/status.h"
#include "fmt/format.h"
#include "valueloop/scoring/v1/model.pb.h"

namespace valueloop::cli {
namespace {

using scoring::v1::Model;
using scoring::v1::ModelPart;

std::string PartText(const ModelPart& part) {
  std::string text = part.family();
  for (const auto& parameter : part.parameters()) {
    text += fmt::format(" {}={:.4g}", parameter.parameter(), parameter.value());
  }
  return text;
}

void PrintModels(Context& context, const std::vector<Model>& models) {
  Table table({{context.T("版本", "VERSION"), Table::Align::kRight},
               {context.T("在用", "ACTIVE")},
               {context.T("来源", "ORIGIN")},
               {context.T("数据", "DATA")},
               {context.T("参数", "PARAMETERS")}});
  for (const Model& model : models) {
    std::string parts;
    for (const ModelPart& part : model.parts()) {
      parts += (parts.empty() ? "" : "; ") + PartText(part);
    }
    table.AddRow(
        {Count(model.version()), model.active() ? "*" : "", model.origin(),
         model.data_last_day().empty() ? "" : model.data_first_day() + ".." + model.data_last_day(),
         parts});
  }
  table.Print(context.out(), context.color_wanted());
}

void PrintCovariates(Context& context, const ModelPart& part) {
  if (part.covariates().empty()) return;
  Table table({{context.T("协变量", "COVARIATE")},
               {context.T("购买率系数", "RATE"), Table::Align::kRight},
               {context.T("标准误", "STD ERROR"), Table::Align::kRight},
               {context.T("流失系数", "DROPOUT"), Table::Align::kRight},
               {context.T("标准误", "STD ERROR"), Table::Align::kRight}});
  const auto error = [](bool has, double value) {
    return has ? fmt::format("{:.4g}", value) : std::string("-");
  };
  for (const auto& covariate : part.covariates()) {
    table.AddRow(
        {covariate.attribute() + (covariate.level().empty() ? "" : "=" + covariate.level()),
         fmt::format("{:.6g}", covariate.rate_coefficient()),
         error(covariate.has_rate_standard_error(), covariate.rate_standard_error()),
         fmt::format("{:.6g}", covariate.dropout_coefficient()),
         error(covariate.has_dropout_standard_error(), covariate.dropout_standard_error())});
  }
  table.Print(context.out(), context.color_wanted());
}

void PrintModel(Context& context, const Model& model) {
  PrintModels(context, {model});
  for (const ModelPart& part : model.parts()) {
    context.out() << fmt::format("\n{}{}  {} {}", part.family(),
                                 part.segment().empty() ? "" : " " + part.segment(),
                                 Count(part.customer_count()), context.T("位客户", "customers"));
    if (part.has_log_likelihood()) {
      context.out() << fmt::format("  {} {:.4f}", context.T("对数似然", "log-likelihood"),
                                   part.log_likelihood());
    }
    for (const std::string& flag : part.flags()) context.out() << "  " << flag;
    context.out() << '\n';
    Table table({{context.T("参数", "PARAMETER")},
                 {context.T("值", "VALUE"), Table::Align::kRight},
                 {context.T("标准误", "STD ERROR"), Table::Align::kRight}});
    for (const auto& parameter : part.parameters()) {
      table.AddRow({parameter.parameter(), fmt::format("{:.6g}", parameter.value()),
                    parameter.has_standard_error()
                        ? fmt::format("{:.4g}", parameter.standard_error())
                        : "-"});
    }
    table.Print(context.out(), context.color_wanted());
    PrintCovariates(context, part);
    for (const auto& advice : part.flag_advice()) {
      context.out() << advice.flag() << ": " << context.T(advice.text_zh(), advice.text_en())
                    << '\n';
    }
  }
  if (model.has_choice()) PrintChoice(context, model.choice());
}

struct FitOptions {
  std::string family = "auto";
  std::string holdout;
  bool without_holdout = false;
  std::string until;
  std::string segment_by;
  std::vector<std::string> rate_covariates;
  std::vector<std::string> dropout_covariates;
  double l2 = 0;
  bool activate = false;
};

absl::StatusOr<int> ShowByName(Context& context, const std::string& name) {
  scoring::v1::GetModelRequest request;
  request.set_name(name);
  Model model;
  VL_RETURN_IF_ERROR(context.Call(Target::kScoring, "valueloop.scoring.v1.ModelService/GetModel",
                                  request, &model));
  VL_RETURN_IF_ERROR(Print(context, model, [&] { PrintModel(context, model); }));
  return kDone;
}

absl::StatusOr<int> Fit(Context& context, const FitOptions& options) {
  scoring::v1::FitModelRequest request;
  request.set_parent(context.Parent());
  request.set_family(options.family);
  request.set_until(options.until.empty() ? context.options.as_of : options.until);
  request.set_activate(options.activate);
  if (!options.holdout.empty()) {
    VL_ASSIGN_OR_RETURN(const int days, ParseDays("--holdout", options.holdout));
    request.set_holdout_days(days);
  }
  request.set_without_holdout(options.without_holdout);
  request.set_segment_attribute(options.segment_by);
  for (const std::string& name : options.rate_covariates) request.add_rate_covariates(name);
  for (const std::string& name : options.dropout_covariates) request.add_dropout_covariates(name);
  request.set_l2_penalty(options.l2);
  if (!request.until().empty()) VL_RETURN_IF_ERROR(ValidateDay("--until", request.until()));
  scoring::v1::FitModelResponse response;
  VL_RETURN_IF_ERROR(context.Call(Target::kScoring, "valueloop.scoring.v1.ModelService/FitModel",
                                  request, &response));
  VL_ASSIGN_OR_RETURN(const common::v1::Job job,
                      WaitForJob(context, response.job(), context.T("拟合", "fit")));
  return ShowByName(context, job.result());
}

struct CreateOptions {
  std::vector<std::string> parts;
};

// "BG_NBD:r=0.243,alpha=4.414,a=0.793,b=2.426"
absl::Status ParsePart(const std::string& text, ModelPart& part) {
  const size_t colon = text.find(':');
  if (colon == std::string::npos || colon == 0) {
    return UsageError(fmt::format("part: got {}, want FAMILY:NAME=VALUE,...", Printable(text)));
  }
  part.set_family(text.substr(0, colon));
  size_t begin = colon + 1;
  while (begin <= text.size()) {
    const size_t end = std::min(text.find(',', begin), text.size());
    const std::string assignment = text.substr(begin, end - begin);
    const size_t equals = assignment.find('=');
    if (equals == std::string::npos) {
      return UsageError(fmt::format("part: got {}, want NAME=VALUE", Printable(assignment)));
    }
    auto& parameter = *part.add_parameters();
    parameter.set_parameter(assignment.substr(0, equals));
    VL_ASSIGN_OR_RETURN(
        const double value,
        ParseNumber(parameter.parameter(), std::string_view(assignment).substr(equals + 1)));
    parameter.set_value(value);
    begin = end + 1;
  }
  return absl::OkStatus();
}

absl::StatusOr<int> Create(Context& context, const CreateOptions& options) {
  scoring::v1::CreateModelRequest request;
  request.set_parent(context.Parent());
  for (const std::string& text : options.parts) {
    VL_RETURN_IF_ERROR(ParsePart(text, *request.mutable_model()->add_parts()));
  }
  Model model;
  VL_RETURN_IF_ERROR(context.Call(Target::kScoring, "valueloop.scoring.v1.ModelService/CreateModel",
                                  request, &model));
  VL_RETURN_IF_ERROR(Print(context, model, [&] { PrintModel(context, model); }));
  return kDone;
}

absl::StatusOr<int> List(Context& context, const NoOptions&) {
  scoring::v1::ListModelsRequest request;
  request.set_parent(context.Parent());
  scoring::v1::ListModelsResponse all;
  do {
    scoring::v1::ListModelsResponse page;
    VL_RETURN_IF_ERROR(context.Call(
        Target::kScoring, "valueloop.scoring.v1.ModelService/ListModels", request, &page));
    all.mutable_models()->MergeFrom(page.models());
    request.set_page_token(page.next_page_token());
  } while (!request.page_token().empty());
  VL_RETURN_IF_ERROR(Print(context, all, [&] {
    PrintModels(context, {all.models().begin(), all.models().end()});
  }));
  return kDone;
}

struct VersionOptions {
  std::string version = "active";
};

absl::StatusOr<int> Show(Context& context, const VersionOptions& options) {
  return ShowByName(context, context.Name("models/" + options.version));
}

absl::StatusOr<int> Activate(Context& context, const VersionOptions& options) {
  scoring::v1::ActivateModelRequest request;
  request.set_name(context.Name("models/" + options.version));
  Model model;
  VL_RETURN_IF_ERROR(context.Call(
      Target::kScoring, "valueloop.scoring.v1.ModelService/ActivateModel", request, &model));
  VL_RETURN_IF_ERROR(Print(context, model, [&] { PrintModels(context, {model}); }));
  return kDone;
}

}  // namespace

void AddModelCommands(CLI::App& app, Context& context) {
  CLI::App& group = AddGroup(app, "model", "models of purchases and spend");
  const auto fit = AddCommand<FitOptions>(group, context, "fit", "fit a model to the ledger",
                                          "valueloop model fit --until 2026-06-30 --activate", Fit);
  fit.app
      ->add_option("--family", fit.options->family,
                   "auto (the best on a holdout), BG_NBD, MBG_NBD, PARETO_NBD, BG_CNBD or MBG_CNBD")
      ->capture_default_str();
  CLI::Option* const holdout =
      fit.app->add_option("--holdout", fit.options->holdout,
                          "days or weeks to choose on, such as 91 or 13w; default: the last third");
  fit.app
      ->add_flag("--no-holdout", fit.options->without_holdout,
                 "choose on the likelihood of all days")
      ->excludes(holdout);
  fit.app->add_option("--segment-by", fit.options->segment_by,
                      "attribute whose values get a part of their own");
  fit.app->add_option("--rate-covariate", fit.options->rate_covariates,
                      "attribute that shifts the rate of buying; may be repeated");
  fit.app->add_option("--dropout-covariate", fit.options->dropout_covariates,
                      "attribute that shifts leaving; may be repeated");
  fit.app->add_option("--l2", fit.options->l2, "weight of the squared coefficients")
      ->check(CLI::NonNegativeNumber)
      ->capture_default_str();
  fit.app->add_option("--until", fit.options->until, "last day of the data; default: today");
  fit.app->add_flag("--activate", fit.options->activate, "use the result for scoring");
  const auto create =
      AddCommand<CreateOptions>(group, context, "create", "make a version from given parameters",
                                "valueloop model create BG_NBD:r=0.243,alpha=4.414,a=0.793,b=2.426 "
                                "GAMMA_GAMMA:p=6.25,q=3.74,v=15.44",
                                Create);
  create.app->add_option("parts", create.options->parts, "FAMILY:NAME=VALUE,...")->required();
  AddCommand<NoOptions>(group, context, "list", "list the versions, newest first",
                        "valueloop model list", List);
  const auto show = AddCommand<VersionOptions>(group, context, "show",
                                               "parameters, errors, flags, and why this family",
                                               "valueloop model show 2 -o json", Show);
  show.app->add_option("version", show.options->version, "default: the active one");
  const auto activate =
      AddCommand<VersionOptions>(group, context, "activate", "use a version for scoring",
                                 "valueloop model activate 2", Activate);
  activate.app->add_option("version", activate.options->version, "version to use")->required();
  AddModelChoiceCommands(group, context);
}

}  // namespace valueloop::cli
