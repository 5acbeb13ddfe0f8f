#include "scoring/rpc/model_proto.h"

#include <string>

#include "scoring/rpc/policy_proto.h"
#include "testing/status_matchers.h"

namespace valueloop::scoring {
namespace {

using ::testing::HasSubstr;
using testing::StatusIs;
constexpr absl::StatusCode kInvalid = absl::StatusCode::kInvalidArgument;

void AddPart(const char* family, std::initializer_list<std::pair<const char*, double>> parameters,
             v1::Model& model) {
  v1::ModelPart& part = *model.add_parts();
  part.set_family(family);
  for (const auto& [name, value] : parameters) {
    v1::Parameter& parameter = *part.add_parameters();
    parameter.set_parameter(name);
    parameter.set_value(value);
  }
}

// Fader, Hardie & Lee (2005); Fader & Hardie (2013).
v1::Model Published() {
  v1::Model model;
  AddPart("BG_NBD", {{"r", 0.243}, {"alpha", 4.414}, {"a", 0.793}, {"b", 2.426}}, model);
  AddPart("GAMMA_GAMMA", {{"p", 6.25}, {"q", 3.74}, {"v", 15.44}}, model);
  return model;
}

TEST(ModelProtoTest, PublishedParametersMakeAModelForEverybody) {
  VL_ASSERT_OK_AND_ASSIGN(const Model model, ModelFromProto(Published()));
  ASSERT_EQ(model.parts.size(), 1u);
  EXPECT_EQ(model.parts[0].purchase,
            PurchaseParams(BgNbdParams{.r = 0.243, .alpha = 4.414, .a = 0.793, .b = 2.426}));
  EXPECT_EQ(model.parts[0].gamma_gamma, (GammaGammaParams{.p = 6.25, .q = 3.74, .v = 15.44}));
  EXPECT_NEAR(model.parts[0].mean_spend, 6.25 * 15.44 / 2.74, 1e-9) << "p v / (q - 1)";
}

TEST(ModelProtoTest, WhatTheStoreKeepsComesBackAsItWas) {
  v1::Model model = Published();
  model.set_origin("GIVEN");
  const StoredModel stored{.version = 7, .payload = EncodeModel(model), .create_micros = 1};
  VL_ASSERT_OK_AND_ASSIGN(const Model decoded, DecodeModel(stored));
  EXPECT_EQ(decoded.version, 7);
  VL_ASSERT_OK_AND_ASSIGN(const v1::Model shown, ModelToProto("default", stored));
  EXPECT_EQ(shown.name(), "workspaces/default/models/7");
  EXPECT_EQ(shown.origin(), "GIVEN");
  EXPECT_FALSE(shown.has_activate_time());
  EXPECT_THAT(DecodeModel({.version = 1, .payload = "{"}), StatusIs(absl::StatusCode::kDataLoss));
}

TEST(ModelProtoTest, CovariatesPoolingAndAdviceSurvive) {
  ModelPartFit fit;
  fit.part.purchase = PurchaseParams(BgNbdParams{.r = 0.2, .alpha = 4, .a = 0.8, .b = 2.5});
  fit.part.gamma_gamma = {.p = 6, .q = 4, .v = 15};
  fit.part.mean_spend = 35;
  fit.part.covariates = {
      {.column = {.attribute = "income", .mean = 20, .sd = 10, .acts_on_dropout = false},
       .rate_coefficient = .5,
       .rate_standard_error = .1}};
  fit.purchase.condition_number = 12;
  fit.purchase.flags = {FitFlag::kNoDropout};
  v1::Model model;
  AddFit(fit, model);
  model.set_segment_attribute("tier");
  EXPECT_EQ(model.parts(0).condition_number(), 12);
  ASSERT_EQ(model.parts(0).flag_advice_size(), 1);
  EXPECT_EQ(model.parts(0).flag_advice(0).flag(), "NO_DROPOUT");
  EXPECT_FALSE(model.parts(0).flag_advice(0).text_zh().empty());
  VL_ASSERT_OK_AND_ASSIGN(const Model decoded,
                          DecodeModel({.version = 1, .payload = EncodeModel(model)}));
  EXPECT_EQ(decoded.segment_attribute, "tier");
  EXPECT_EQ(decoded.parts[0].covariates, fit.part.covariates);
  model.mutable_parts(0)->mutable_covariates(0)->set_sd(0);
  EXPECT_THAT(ModelFromProto(model),
              StatusIs(kInvalid, HasSubstr("parts[0].covariates[0].sd: got 0")));
}

// As version 0.1 wrote it.
TEST(ModelProtoTest, AModelStoredBeforeThereWasAChoiceStillLoads) {
  const StoredModel stored{
      .version = 3,
      .payload =
          R"({"parts":[{"family":"BG_NBD","parameters":[)"
          R"({"parameter":"r","value":0.243,"standardError":0.0126},)"
          R"({"parameter":"alpha","value":4.414},{"parameter":"a","value":0.793},)"
          R"({"parameter":"b","value":2.426}],"logLikelihood":-9582.4292,"customerCount":"2357",)"
          R"("rowCount":"1016","logCovariance":[1,0,0,0,0,1,0,0,0,0,1,0,0,0,0,1]},{"family":"GAMMA_GAMMA","parameters":[)"
          R"({"parameter":"p","value":6.25},{"parameter":"q","value":3.74},)"
          R"({"parameter":"v","value":15.44}]}],"dataFirstDay":"1997-01-01",)"
          R"("dataLastDay":"1997-09-30","origin":"FITTED","segments":[{"customerCount":"2357",)"
          R"("meanSpend":35.1,"subscriptionRenewal":{"alpha":0.668,"beta":3.806}}]})"};
  VL_ASSERT_OK_AND_ASSIGN(const Model decoded, DecodeModel(stored));
  EXPECT_EQ(decoded.parts[0].purchase.family(), Family::kBgNbd);
  EXPECT_EQ(decoded.parts[0].mean_spend, 35.1);
  VL_ASSERT_OK_AND_ASSIGN(const v1::Model shown, ModelToProto("default", stored));
  EXPECT_FALSE(shown.has_choice());
  EXPECT_EQ(shown.data_last_day(), "1997-09-30");
}

TEST(ModelProtoTest, AChoiceIsKeptWithItsModel) {
  v1::Model model = Published();
  v1::ModelChoice& choice = *model.mutable_choice();
  choice.set_family("BG_NBD");
  choice.set_basis("HOLDOUT");
  choice.set_reason_zh("更好");
  choice.set_reason_en("better");
  v1::FamilyEvaluation& trial = *choice.add_evaluations();
  trial.set_family("BG_NBD");
  trial.add_parameters(0.1);
  trial.mutable_holdout()->set_log_likelihood(-1.0 / 3);
  VL_ASSERT_OK_AND_ASSIGN(const v1::Model shown,
                          ModelToProto("default", {.version = 1, .payload = EncodeModel(model)}));
  EXPECT_EQ(shown.choice().SerializeAsString(), choice.SerializeAsString());
}

TEST(ModelProtoTest, EveryFieldOfAFitSurvives) {
  ModelPartFit fit;
  fit.part.purchase = PurchaseParams(BgNbdParams{.r = 0.2, .alpha = 4, .a = 0.8, .b = 2.5});
  fit.part.gamma_gamma = {.p = 6, .q = 4, .v = 15};
  fit.part.mean_spend = 35;
  fit.part.customer_count = 2357;
  fit.part.mean_customer = MeanCustomer{1.5, 30, 0.7, 34};
  fit.part.components[static_cast<size_t>(Component::kReferral)] = ComponentPrior{
      .rate = {0.5, 20}, .mean_amount = 3, .mean_referred_amount = 9, .acquired_ratio = 0.4};
  v1::Model model;
  AddFit(fit, model);
  VL_ASSERT_OK_AND_ASSIGN(const Model decoded,
                          DecodeModel({.version = 1, .payload = EncodeModel(model)}));
  ASSERT_EQ(decoded.parts.size(), 1u);
  EXPECT_EQ(decoded.parts[0], fit.part);
}

TEST(ModelProtoTest, ModelsThatAreNotWholeAreRefusedWithTheField) {
  v1::Model model = Published();
  model.mutable_parts(0)->mutable_parameters()->RemoveLast();
  EXPECT_THAT(ModelFromProto(model),
              StatusIs(kInvalid, HasSubstr("parts[0].parameters.b: got nothing")));
  model = Published();
  model.mutable_parts()->RemoveLast();
  EXPECT_THAT(ModelFromProto(model), StatusIs(kInvalid, HasSubstr("no GAMMA_GAMMA")));
  model = Published();
  model.mutable_parts(0)->set_family("PARETO");
  EXPECT_THAT(ModelFromProto(model), StatusIs(kInvalid, HasSubstr("parts[0].family: got PARETO")));
  model = Published();
  model.mutable_parts(0)->mutable_parameters(1)->set_value(-1);
  EXPECT_THAT(ModelFromProto(model), StatusIs(kInvalid, HasSubstr("alpha")));
  for (v1::ModelPart& part : *(model = Published()).mutable_parts()) part.set_segment("SG1");
  EXPECT_THAT(ModelFromProto(model), StatusIs(kInvalid, HasSubstr("none for everybody")));
  EXPECT_THAT(ModelFromProto(v1::Model()), StatusIs(kInvalid));
}

TEST(PolicyProtoTest, APublishedPolicyReachesTheDomainWhole) {
  strategy::v1::ScoringPolicy in;
  in.set_value_rule(strategy::v1::VALUE_RULE_MONEY);
  in.set_value_cut(900);
  in.set_match_cut(60);
  in.set_coverage_min(0.6);
  in.set_horizon_months(36);
  in.set_discount_annual(0.1);
  in.set_margin_ratio(0.4);
  in.set_referral_attribution(0.3);
  in.set_acquisition_cost(120);
  auto& match = *in.add_matches();
  match.set_match("POSITION");
  match.set_weight(40);
  auto& predicate = *match.add_criteria();
  predicate.set_id("m_seg");
  predicate.set_weight(60);
  predicate.set_predicate("segment in [SG1, SG2]");
  auto& rating = *match.add_criteria();
  rating.set_id("m_need");
  rating.set_weight(40);
  rating.mutable_rating()->set_max_age_days(90);
  auto& treatment = *in.add_treatments();
  treatment.set_customer_class("STRATEGIC");
  treatment.set_treatment_en("Named manager");
  VL_ASSERT_OK_AND_ASSIGN(
      const ScoringPolicy policy,
      DecodePolicy({.version = 3, .plan_version = "p", .payload = EncodePolicy(in)}));
  EXPECT_EQ(policy.version, 3);
  EXPECT_EQ(policy.plan, "p");
  EXPECT_EQ(policy.value_rule, ValueRule::kMoney);
  EXPECT_EQ(policy.value_cut, 900);
  EXPECT_EQ(policy.acquisition_cost, 120);
  ASSERT_EQ(policy.matches.size(), 1u);
  ASSERT_EQ(policy.matches[0].criteria.size(), 2u);
  EXPECT_EQ(std::get<PredicateSource>(policy.matches[0].criteria[0].source).predicate,
            "segment in [SG1, SG2]");
  EXPECT_EQ(policy.matches[0].criteria[1].rating_max_age_days, 90);
  EXPECT_EQ(policy.treatments[static_cast<size_t>(CustomerClass::kStrategic)].text_en,
            "Named manager");
}

TEST(PolicyProtoTest, WordsTheDomainDoesNotKnowAreRefused) {
  strategy::v1::ScoringPolicy in;
  EXPECT_THAT(PolicyFromProto(in), StatusIs(kInvalid, HasSubstr("value_rule")));
  in.set_value_rule(strategy::v1::VALUE_RULE_PERCENTILE);
  in.add_matches()->set_match("FIT");
  EXPECT_THAT(PolicyFromProto(in), StatusIs(kInvalid, HasSubstr("matches.match: got FIT")));
}

}  // namespace
}  // namespace valueloop::scoring
