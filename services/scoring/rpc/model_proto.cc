#include "scoring/rpc/model_proto.h"

#include <array>
#include <cmath>
#include <map>
#include <optional>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

#include "common/status.h"
#include "fmt/format.h"
#include "fmt/ranges.h"
#include "google/protobuf/util/json_util.h"
#include "google/protobuf/util/time_util.h"

namespace valueloop::scoring {
namespace {

using google::protobuf::util::TimeUtil;

constexpr std::string_view kGammaGammaName = "GAMMA_GAMMA";
constexpr std::array<std::string_view, 3> kGammaGammaNames = {"p", "q", "v"};

void AddPart(const std::string& segment, std::string_view family,
             std::span<const std::string_view> names, std::span<const double> values,
             const FitReport& report, v1::Model& out) {
  v1::ModelPart& part = *out.add_parts();
  part.set_segment(segment);
  part.set_family(std::string(family));
  for (size_t i = 0; i < names.size(); ++i) {
    v1::Parameter& parameter = *part.add_parameters();
    parameter.set_parameter(std::string(names[i]));
    parameter.set_value(values[i]);
    if (report.standard_errors.size() == names.size()) {
      parameter.set_standard_error(report.standard_errors[i]);
    }
  }
  part.set_log_likelihood(report.log_likelihood);
  part.set_customer_count(report.customer_count);
  part.set_row_count(report.row_count);
  for (const FitFlag flag : report.flags) part.add_flags(std::string(FitFlagName(flag)));
  for (const double entry : report.log_covariance) part.add_log_covariance(entry);
  if (report.condition_number > 0) part.set_condition_number(report.condition_number);
  for (const FitFlag flag : report.flags) {
    v1::FlagAdvice& advice = *part.add_flag_advice();
    advice.set_flag(std::string(FitFlagName(flag)));
    advice.set_text_zh(std::string(FitFlagText(flag, "zh")));
    advice.set_text_en(std::string(FitFlagText(flag, "en")));
  }
}

void AddCovariates(const ModelPart& part, v1::ModelPart& out) {
  for (const Covariate& covariate : part.covariates) {
    v1::Covariate& added = *out.add_covariates();
    added.set_attribute(covariate.column.attribute);
    added.set_level(covariate.column.level);
    added.set_mean(covariate.column.mean);
    added.set_sd(covariate.column.sd);
    added.set_rate_coefficient(covariate.rate_coefficient);
    added.set_dropout_coefficient(covariate.dropout_coefficient);
    if (covariate.rate_standard_error) {
      added.set_rate_standard_error(*covariate.rate_standard_error);
    }
    if (covariate.dropout_standard_error) {
      added.set_dropout_standard_error(*covariate.dropout_standard_error);
    }
  }
}

absl::StatusOr<Covariate> CovariateFrom(const v1::Covariate& given, const std::string& field) {
  if (given.attribute().empty()) {
    return InvalidField(field + ".attribute", "nothing", "the name of an attribute");
  }
  const bool finite = std::isfinite(given.mean()) && std::isfinite(given.rate_coefficient()) &&
                      std::isfinite(given.dropout_coefficient());
  if (!finite) return InvalidField(field, "a number that is not finite", "finite numbers");
  if (!(given.sd() > 0) || !std::isfinite(given.sd())) {
    return InvalidField(field + ".sd", fmt::format("{}", given.sd()), "finite, above 0");
  }
  Covariate covariate{.column = {.attribute = given.attribute(),
                                 .level = given.level(),
                                 .mean = given.mean(),
                                 .sd = given.sd(),
                                 .acts_on_rate = given.rate_coefficient() != 0,
                                 .acts_on_dropout = given.dropout_coefficient() != 0},
                      .rate_coefficient = given.rate_coefficient(),
                      .dropout_coefficient = given.dropout_coefficient()};
  if (given.has_rate_standard_error()) covariate.rate_standard_error = given.rate_standard_error();
  if (given.has_dropout_standard_error()) {
    covariate.dropout_standard_error = given.dropout_standard_error();
  }
  return covariate;
}

// The parameters of `part` in the order of `names`, each exactly once.
absl::StatusOr<std::vector<double>> ParametersOf(const v1::ModelPart& part,
                                                 const std::string& field,
                                                 std::span<const std::string_view> names) {
  std::vector<std::optional<double>> found(names.size());
  for (const v1::Parameter& parameter : part.parameters()) {
    size_t i = 0;
    while (i < names.size() && names[i] != parameter.parameter()) ++i;
    if (i == names.size() || found[i].has_value()) {
      return InvalidField(field + ".parameters", parameter.parameter(),
                          fmt::format("{}, each once", fmt::join(names, ", ")));
    }
    found[i] = parameter.value();
  }
  std::vector<double> values;
  for (size_t i = 0; i < names.size(); ++i) {
    if (!found[i].has_value()) {
      return InvalidField(fmt::format("{}.parameters.{}", field, names[i]), "nothing", "a value");
    }
    values.push_back(*found[i]);
  }
  return values;
}

// Empty, or `dimension` squared entries.
absl::StatusOr<std::vector<double>> CovarianceOf(const v1::ModelPart& part,
                                                 const std::string& field, size_t dimension) {
  const auto count = static_cast<size_t>(part.log_covariance_size());
  if (count != 0 && count != dimension * dimension) {
    return InvalidField(field + ".log_covariance", fmt::format("{} entries", count),
                        fmt::format("none or {}", dimension * dimension));
  }
  return std::vector<double>(part.log_covariance().begin(), part.log_covariance().end());
}

std::string FamilyNames() {
  std::string names;
  for (int i = 0; i < kFamilyCount; ++i) {
    names += fmt::format("{}, ", FamilyName(static_cast<Family>(i)));
  }
  return names + std::string(kGammaGammaName);
}

absl::Status ReadFacts(const v1::SegmentFacts& facts, const std::string& field, ModelPart& part) {
  part.mean_spend = facts.mean_spend();
  part.customer_count = facts.customer_count();
  if (facts.has_mean_customer()) {
    const v1::MeanCustomer& mean = facts.mean_customer();
    part.mean_customer = MeanCustomer{.repeat_count = mean.repeat_count(),
                                      .age_weeks = mean.age_weeks(),
                                      .alive_probability = mean.alive_probability(),
                                      .spend = mean.spend()};
  }
  if (facts.has_subscription_renewal()) {
    part.subscription = {.alpha = facts.subscription_renewal().alpha(),
                         .beta = facts.subscription_renewal().beta()};
  }
  for (const v1::ComponentPrior& prior : facts.component_priors()) {
    int component = 0;
    while (component < kComponentCount &&
           ComponentName(static_cast<Component>(component)) != prior.component()) {
      ++component;
    }
    if (component == kComponentCount) {
      return InvalidField(field + ".component_priors.component", prior.component(),
                          "REFERRAL, INFORMATION, KNOWLEDGE, TRANSACTION, COST_TO_SERVE or REMEDY");
    }
    part.components[static_cast<size_t>(component)] =
        ComponentPrior{.rate = {.g = prior.shape(), .h = prior.scale_weeks()},
                       .mean_amount = prior.mean_amount(),
                       .mean_referred_amount = prior.mean_referred_amount(),
                       .acquired_ratio = prior.acquired_ratio()};
  }
  return absl::OkStatus();
}

v1::SegmentFacts FactsToProto(const ModelPart& part) {
  v1::SegmentFacts facts;
  facts.set_segment(part.segment);
  facts.set_customer_count(part.customer_count);
  facts.set_mean_spend(part.mean_spend);
  if (part.mean_customer.has_value()) {
    v1::MeanCustomer& mean = *facts.mutable_mean_customer();
    mean.set_repeat_count(part.mean_customer->repeat_count);
    mean.set_age_weeks(part.mean_customer->age_weeks);
    mean.set_alive_probability(part.mean_customer->alive_probability);
    mean.set_spend(part.mean_customer->spend);
  }
  facts.mutable_subscription_renewal()->set_alpha(part.subscription.alpha);
  facts.mutable_subscription_renewal()->set_beta(part.subscription.beta);
  for (int i = 0; i < kComponentCount; ++i) {
    const std::optional<ComponentPrior>& prior = part.components[static_cast<size_t>(i)];
    if (!prior.has_value()) continue;
    v1::ComponentPrior& out = *facts.add_component_priors();
    out.set_component(std::string(ComponentName(static_cast<Component>(i))));
    out.set_shape(prior->rate.g);
    out.set_scale_weeks(prior->rate.h);
    out.set_mean_amount(prior->mean_amount);
    out.set_mean_referred_amount(prior->mean_referred_amount);
    out.set_acquired_ratio(prior->acquired_ratio);
  }
  return facts;
}

absl::StatusOr<v1::Model> ParsePayload(const StoredModel& stored) {
  v1::Model model;
  if (!google::protobuf::util::JsonStringToMessage(stored.payload, &model).ok()) {
    return absl::DataLossError(fmt::format("model {}: its stored text is damaged", stored.version));
  }
  return model;
}

// The two halves of one segment, as they are read.
struct Halves {
  ModelPart part;
  bool purchase = false;
  bool spend = false;
};

absl::Status ReadPart(const v1::ModelPart& part, const std::string& field, Halves& halves) {
  const bool is_spend = part.family() == kGammaGammaName;
  const std::optional<Family> family = ParseFamily(part.family());
  if (!is_spend && !family) return InvalidField(field + ".family", part.family(), FamilyNames());
  if (is_spend ? halves.spend : halves.purchase) {
    return InvalidField(field, part.family(),
                        "one family of purchases and GAMMA_GAMMA, each once per segment");
  }
  halves.part.segment = part.segment();
  if (is_spend) {
    VL_ASSIGN_OR_RETURN(const auto values, ParametersOf(part, field, kGammaGammaNames));
    halves.part.gamma_gamma = {.p = values[0], .q = values[1], .v = values[2]};
    VL_ASSIGN_OR_RETURN(halves.part.spend_log_covariance,
                        CovarianceOf(part, field, kGammaGammaNames.size()));
    halves.spend = true;
    return absl::OkStatus();
  }
  VL_ASSIGN_OR_RETURN(const auto values, ParametersOf(part, field, ParameterNames(*family)));
  absl::StatusOr<PurchaseParams> params = MakePurchaseParams(*family, values);
  if (!params.ok()) return Annotate(params.status(), field + ".parameters");
  halves.part.purchase = *std::move(params);
  VL_ASSIGN_OR_RETURN(halves.part.purchase_log_covariance,
                      CovarianceOf(part, field, values.size()));
  if (part.covariates_size() > 0 && DirectionsOf(*family).rate == Vector4{}) {
    return InvalidField(field + ".covariates", fmt::format("{}", part.covariates_size()),
                        fmt::format("none for {}", part.family()));
  }
  for (int i = 0; i < part.covariates_size(); ++i) {
    VL_ASSIGN_OR_RETURN(
        Covariate covariate,
        CovariateFrom(part.covariates(i), fmt::format("{}.covariates[{}]", field, i)));
    halves.part.covariates.push_back(std::move(covariate));
  }
  halves.purchase = true;
  return absl::OkStatus();
}

}  // namespace

void AddFit(const ModelPartFit& fit, v1::Model& out) {
  const ModelPart& part = fit.part;
  const Family family = part.purchase.family();
  AddPart(part.segment, FamilyName(family), ParameterNames(family), ParameterValues(part.purchase),
          fit.purchase, out);
  v1::ModelPart& purchase = *out.mutable_parts(out.parts_size() - 1);
  AddCovariates(part, purchase);
  purchase.set_pooled_customer_count(fit.pooled_customer_count);
  AddPart(part.segment, kGammaGammaName, kGammaGammaNames,
          std::array{part.gamma_gamma.p, part.gamma_gamma.q, part.gamma_gamma.v}, fit.gamma_gamma,
          out);
  *out.add_segments() = FactsToProto(part);
}

absl::StatusOr<Model> ModelFromProto(const v1::Model& model) {
  std::map<std::string, Halves> segments;
  std::vector<std::string> order;
  for (int i = 0; i < model.parts_size(); ++i) {
    const auto [place, is_new] = segments.try_emplace(model.parts(i).segment());
    if (is_new) order.push_back(place->first);
    VL_RETURN_IF_ERROR(ReadPart(model.parts(i), fmt::format("parts[{}]", i), place->second));
  }
  for (int i = 0; i < model.segments_size(); ++i) {
    const auto place = segments.find(model.segments(i).segment());
    const std::string field = fmt::format("segments[{}]", i);
    if (place == segments.end()) {
      return InvalidField(field + ".segment", model.segments(i).segment(), "a segment of a part");
    }
    VL_RETURN_IF_ERROR(ReadFacts(model.segments(i), field, place->second.part));
  }
  if (!segments.contains("")) {
    return InvalidField("parts", "none for everybody", "one with the empty segment");
  }
  Model out;
  if (!model.segment_attribute().empty()) out.segment_attribute = model.segment_attribute();
  for (const std::string& segment : order) {
    Halves& halves = segments[segment];
    if (!halves.purchase || !halves.spend) {
      return InvalidField("parts", halves.purchase ? "no GAMMA_GAMMA" : "no family of purchases",
                          fmt::format("both for segment '{}'", segment));
    }
    // Given parameters say nothing of the mean spend; the model's own mean stands in.
    if (halves.part.mean_spend == 0) {
      const auto mean = PopulationMeanSpend(halves.part.gamma_gamma);
      if (mean.ok()) halves.part.mean_spend = *mean;
    }
    VL_RETURN_IF_ERROR(Annotate(Validate(halves.part), fmt::format("segment '{}'", segment)));
    out.parts.push_back(std::move(halves.part));
  }
  return out;
}

std::string EncodeModel(const v1::Model& model) {
  v1::Model kept;
  *kept.mutable_parts() = model.parts();
  *kept.mutable_segments() = model.segments();
  kept.set_origin(model.origin());
  kept.set_segment_attribute(model.segment_attribute());
  kept.set_data_first_day(model.data_first_day());
  kept.set_data_last_day(model.data_last_day());
  if (model.has_choice()) *kept.mutable_choice() = model.choice();
  std::string text;
  // Printing fails for invalid UTF-8 only, which no handler ever sees.
  (void)google::protobuf::util::MessageToJsonString(kept, &text);
  return text;
}

absl::StatusOr<v1::Model> ModelToProto(const std::string& workspace, const StoredModel& stored) {
  VL_ASSIGN_OR_RETURN(v1::Model model, ParsePayload(stored));
  model.set_name(fmt::format("workspaces/{}/models/{}", workspace, stored.version));
  model.set_version(stored.version);
  model.set_active(stored.active);
  *model.mutable_create_time() = TimeUtil::MicrosecondsToTimestamp(stored.create_micros);
  if (stored.activate_micros.has_value()) {
    *model.mutable_activate_time() = TimeUtil::MicrosecondsToTimestamp(*stored.activate_micros);
  }
  return model;
}

absl::StatusOr<Model> DecodeModel(const StoredModel& stored) {
  VL_ASSIGN_OR_RETURN(const v1::Model payload, ParsePayload(stored));
  VL_ASSIGN_OR_RETURN(Model model, ModelFromProto(payload));
  model.version = stored.version;
  return model;
}

}  // namespace valueloop::scoring
