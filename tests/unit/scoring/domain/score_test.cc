#include "scoring/domain/score.h"

#include <cmath>
#include <numeric>
#include <random>
#include <string>
#include <vector>

#include "scoring/domain/portfolio.h"
#include "testing/status_matchers.h"

namespace valueloop::scoring {
namespace {

using ::testing::DoubleEq;
using ::testing::DoubleNear;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Optional;
using testing::StatusIs;

constexpr int64_t kUnit = 1'000'000;
constexpr absl::CivilDay kToday(2026, 6, 30);

void Add(CustomerSummary& summary, absl::CivilDay day, const std::string& id, Payload payload) {
  const Event event{
      .customer_id = "c",
      .source = "test",
      .event_id = id,
      .occurred_micros = absl::ToUnixMicros(absl::FromCivil(day, absl::UTCTimeZone())),
      .payload = std::move(payload)};
  VL_EXPECT_OK(Apply(summary, event, absl::UTCTimeZone()));
}

CustomerSummary Buyer() {
  CustomerSummary summary;
  Add(summary, kToday - 272, "1", Purchase{.amount_micros = 10 * kUnit});
  Add(summary, kToday - 100, "2",
      Purchase{.amount_micros = 30 * kUnit, .margin_micros = 9 * kUnit});
  Add(summary, kToday - 59, "3", Purchase{.amount_micros = 20 * kUnit});
  Add(summary, kToday - 50, "4", CostToServe{.amount_micros = 3 * kUnit});
  Add(summary, kToday - 40, "5", PartnerTransaction{.gain_micros = 4 * kUnit});
  Add(summary, kToday - 30, "6", MatchRating{.criterion = "need", .rating = 80, .rater = "li"});
  return summary;
}

Model FittedModel() {
  Model model{.version = 3};
  ModelPart part{
      .purchase = PurchaseParams(BgNbdParams{.r = .243, .alpha = 4.414, .a = .793, .b = 2.426}),
      .gamma_gamma = {.p = 6.25, .q = 3.74, .v = 15.44},
      .mean_spend = 35,
      .mean_customer = MeanCustomer{
          .repeat_count = 1.04, .age_weeks = 32, .alive_probability = .8, .spend = 33}};
  part.components[static_cast<size_t>(Component::kCostToServe)] =
      ComponentPrior{.rate = {.g = .5, .h = 40}, .mean_amount = 8};
  part.components[static_cast<size_t>(Component::kTransaction)] =
      ComponentPrior{.rate = {.g = .1, .h = 30}, .mean_amount = 5};
  model.parts.push_back(part);
  return model;
}

CompiledPolicy RatedPolicy() {
  ScoringPolicy policy{.version = 7};
  policy.matches = {
      {.kind = MatchKind::kPosition, .weight = 100, .criteria = {{.id = "need", .weight = 100}}}};
  policy.treatments[static_cast<size_t>(CustomerClass::kStrategic)] = {.text_zh = "专人服务",
                                                                       .text_en = "Named manager"};
  return *CompiledPolicy::Compile(policy);
}

Score ScoreOf(const ScoreContext& context, const CustomerSummary& summary) {
  const absl::StatusOr<Score> score =
      ComputeScore(context, {.customer_id = "c", .summary = &summary, .ledger_revision = 6});
  EXPECT_TRUE(score.ok()) << score.status();
  return *score;
}

TEST(ScoreTest, IsComplete) {
  const CustomerSummary summary = Buyer();
  const Model model = FittedModel();
  const CompiledPolicy policy = RatedPolicy();
  const ReferenceDistribution reference({1, 5, 20});
  const Score score = ScoreOf({.as_of = kToday,
                               .model = &model,
                               .policy = &policy,
                               .reference = &reference,
                               .reference_version = 2},
                              summary);
  EXPECT_EQ(score.state, ScoreState::kOk);
  EXPECT_EQ(score.repeat_purchase_count, 2);
  EXPECT_EQ(score.last_purchase_day, kToday - 59);
  EXPECT_NEAR(score.realised.purchase.cash, 9 + .4 * 30 - 3, 1e-12);
  EXPECT_NEAR(score.realised.transaction.cash, 4, 1e-12);
  ASSERT_TRUE(score.expected.has_value());
  EXPECT_THAT(score.lifetime_value,
              Optional(DoubleEq(score.realised.total() + score.expected->total())));
  EXPECT_GT(*score.value_at_stake, 0);
  EXPECT_EQ(score.classification.customer_class, CustomerClass::kStrategic);
  EXPECT_THAT(score.classification.match_distance, Optional(DoubleNear(30, 1e-12)));
  ASSERT_TRUE(score.treatment.has_value());
  EXPECT_EQ(score.treatment->text_en, "Named manager");
  EXPECT_EQ(score.provenance, (Provenance{6, 3, 7, 2, kToday}));
}

double SumOf(const std::vector<Reason>& reasons, double Reason::*field) {
  return std::accumulate(reasons.begin(), reasons.end(), 0.0,
                         [&](double sum, const Reason& reason) { return sum + reason.*field; });
}

TEST(ScoreTest, ReasonsAddUpExactlyAndAsDisplayed) {
  const CustomerSummary summary = Buyer();
  const Model model = FittedModel();
  const CompiledPolicy policy = RatedPolicy();
  for (int days = 0; days < 200; days += 7) {
    const Score score =
        ScoreOf({.as_of = kToday + days, .model = &model, .policy = &policy}, summary);
    const double expected = score.expected->total();
    EXPECT_NEAR(SumOf(score.value_reasons, &Reason::contribution), expected, 1e-9);
    EXPECT_NEAR(SumOf(score.value_reasons, &Reason::displayed), std::round(expected * 100) / 100,
                1e-9);
    EXPECT_NEAR(SumOf(score.match_reasons, &Reason::contribution), *score.match.score, 1e-9);
  }
}

TEST(ScoreTest, ReasonsHaveTextsInBothLanguages) {
  for (const ReasonText& entry : ReasonCatalogue()) {
    EXPECT_FALSE(entry.text_zh.empty()) << entry.name;
    EXPECT_FALSE(entry.text_en.empty()) << entry.name;
    EXPECT_EQ(ReasonCodeName(entry.code), entry.name);
  }
  const Reason reason{.code = ReasonCode::kMatchByPerson,
                      .actual = 80,
                      .subject = "need",
                      .people = {"li", "wang"}};
  EXPECT_EQ(RenderReason(reason, "en"), "need: rated 80 by li, wang");
  EXPECT_EQ(RenderReason(reason, "zh-CN"), "need：li、wang 评分 80");
}

TEST(ScoreTest, WithoutAModelServesWhatNeedsNone) {
  const CompiledPolicy policy = RatedPolicy();
  const Score score = ScoreOf({.as_of = kToday, .policy = &policy}, Buyer());
  EXPECT_EQ(score.state, ScoreState::kNotEnoughData);
  EXPECT_THAT(score.missing, ElementsAre("model"));
  EXPECT_NEAR(score.realised.purchase.cash, 18, 1e-12);
  EXPECT_THAT(score.match.score, Optional(80.0));
  EXPECT_FALSE(score.expected.has_value());
  EXPECT_EQ(score.classification.customer_class, CustomerClass::kUnknown);
}

TEST(ScoreTest, WithoutAPurchaseSaysSo) {
  const Model model = FittedModel();
  const Score score = ScoreOf({.as_of = kToday - 300, .model = &model}, Buyer());
  EXPECT_EQ(score.state, ScoreState::kNotEnoughData);
  EXPECT_THAT(score.missing, ElementsAre("purchases"));
  EXPECT_EQ(score.repeat_purchase_count, std::nullopt);
  EXPECT_THAT(score.value_reasons, IsEmpty());
}

TEST(ScoreTest, UnderTheBuiltInPolicyTheClassIsUnknownAndTheValueScored) {
  const Model model = FittedModel();
  const ReferenceDistribution reference({1, 5, 20});
  const Score score = ScoreOf({.as_of = kToday, .model = &model, .reference = &reference}, Buyer());
  EXPECT_EQ(score.classification.customer_class, CustomerClass::kUnknown);
  EXPECT_TRUE(score.classification.value_score.has_value());
  EXPECT_EQ(score.provenance.policy_version, 0);
}

TEST(ScoreTest, AsOfInThePastIsTheScoreOfTheLedgerThen) {
  const Model model = FittedModel();
  CustomerSummary until_then = Buyer();
  const Score then = ScoreOf({.as_of = kToday, .model = &model}, until_then);
  Add(until_then, kToday + 5, "9", Purchase{.amount_micros = 500 * kUnit});
  Add(until_then, kToday + 6, "10", MatchRating{.criterion = "need", .rating = 1, .rater = "li"});
  const Score now = ScoreOf({.as_of = kToday, .model = &model}, until_then);
  EXPECT_EQ(now.expected->total(), then.expected->total());
  EXPECT_EQ(now.realised.cash(), then.realised.cash());
}

TEST(ScoreTest, ABatchIsItsSingleScores) {
  const Model model = FittedModel();
  const CustomerSummary one = Buyer();
  const CustomerSummary nobody;
  const std::vector<ScoreInputs> inputs = {{.customer_id = "a", .summary = &one},
                                           {.customer_id = "b", .summary = &nobody}};
  const auto scores = ComputeScores({.as_of = kToday, .model = &model}, inputs);
  ASSERT_EQ(scores.size(), 2u);
  EXPECT_EQ(scores[0]->expected->total(),
            ScoreOf({.as_of = kToday, .model = &model}, one).expected->total());
  EXPECT_EQ(scores[1]->state, ScoreState::kNotEnoughData);
}

TEST(ScoreTest, RefusesAModelOutOfRange) {
  Model model = FittedModel();
  model.parts[0].purchase =
      PurchaseParams(BgNbdParams{.r = .243, .alpha = -1, .a = .793, .b = 2.426});
  const CustomerSummary summary = Buyer();
  EXPECT_THAT(ComputeScore({.as_of = kToday, .model = &model}, {.summary = &summary}),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("BG_NBD: alpha: got -1")));
}

TEST(ClassifyTest, PutsHighAtOrAboveTheCut) {
  const ReferenceDistribution reference({10, 20, 20, 30});
  EXPECT_EQ(reference.ScoreOf(20), 50);
  EXPECT_EQ(reference.ScoreOf(5), 0);
  EXPECT_EQ(reference.ScoreOf(40), 100);
  MatchResult match{.score = 60, .coverage = .6};
  const ScoringPolicy policy{.value_cut = 50, .match_cut = 60, .coverage_min = .6};
  const auto class_of = [&](double value) {
    return Classify(policy, &reference, value, match).customer_class;
  };
  EXPECT_EQ(class_of(20), CustomerClass::kStrategic);
  EXPECT_EQ(class_of(19.99), CustomerClass::kPotential);
  match.score = 59.9;
  EXPECT_EQ(class_of(20), CustomerClass::kProfit);
  EXPECT_EQ(class_of(10), CustomerClass::kOrdinary);
  match.coverage = .59;
  EXPECT_EQ(class_of(20), CustomerClass::kUnknown);
}

TEST(ClassifyTest, CutsByMoneyOrByTheBestCustomersTogether) {
  const MatchResult match{.score = 90, .coverage = 1};
  const ScoringPolicy money{.value_rule = ValueRule::kMoney, .value_cut = 100};
  EXPECT_EQ(Classify(money, nullptr, 100, match).customer_class, CustomerClass::kStrategic);
  EXPECT_THAT(Classify(money, nullptr, 70, match).value_distance, Optional(-30.0));
  // The best two make 70 % of 100; the tie of 30 is included.
  const ReferenceDistribution reference({40, 30, 30, 0, -50});
  EXPECT_THAT(reference.CumulativeThreshold(70), Optional(30.0));
  EXPECT_THAT(reference.CumulativeThreshold(40), Optional(40.0));
  EXPECT_THAT(reference.CumulativeThreshold(100), Optional(30.0));
  const ScoringPolicy cumulative{.value_rule = ValueRule::kCumulative, .value_cut = 70};
  EXPECT_EQ(Classify(cumulative, &reference, 30, match).customer_class, CustomerClass::kStrategic);
  EXPECT_EQ(Classify(cumulative, &reference, 29, match).customer_class, CustomerClass::kPotential);
  EXPECT_EQ(ReferenceDistribution({-1, 0}).CumulativeThreshold(50), std::nullopt);
}

TEST(ClassifyTest, TheReferenceReadsBack) {
  const ReferenceDistribution reference({1.0 / 3, -2, 1e300});
  VL_ASSERT_OK_AND_ASSIGN(const ReferenceDistribution decoded,
                          ReferenceDistribution::Decode(reference.Encode()));
  EXPECT_EQ(decoded, reference);
  for (const char* bad : {"", "valueloop-reference 2\n", "valueloop-reference 1\n2\n1\n",
                          "valueloop-reference 1\nnan\n", "valueloop-reference 1\n1"}) {
    EXPECT_THAT(ReferenceDistribution::Decode(bad), StatusIs(absl::StatusCode::kDataLoss)) << bad;
  }
}

TEST(ReasonsTest, RoundingKeepsTheVisibleSum) {
  EXPECT_THAT(RoundToSum(std::vector<double>{1.0 / 3, 1.0 / 3, 1.0 / 3}),
              ElementsAre(.34, .33, .33));
  std::mt19937_64 random(5);
  for (int i = 0; i < 200; ++i) {
    std::vector<double> parts;
    for (int k = 0; k < 9; ++k)
      parts.push_back(static_cast<double>(random() % 2000001) / 7e3 - 140);
    const double total = std::accumulate(parts.begin(), parts.end(), 0.0);
    const std::vector<double> rounded = RoundToSum(parts);
    EXPECT_NEAR(std::accumulate(rounded.begin(), rounded.end(), 0.0), std::round(total * 100) / 100,
                1e-9);
    for (size_t k = 0; k < parts.size(); ++k) EXPECT_NEAR(rounded[k], parts[k], .01);
  }
}

TEST(PortfolioTest, TheMatrixAddsUp) {
  const std::vector<PortfolioEntry> entries = {{CustomerClass::kStrategic, 10, 2},
                                               {CustomerClass::kStrategic, 5, 1},
                                               {CustomerClass::kUnknown, 0, 0},
                                               {CustomerClass::kOrdinary, -1, 0}};
  const ClassMatrix matrix = ComputeClassMatrix(entries);
  EXPECT_EQ(matrix.by_class[static_cast<size_t>(CustomerClass::kStrategic)].customer_count, 2);
  EXPECT_EQ(matrix.by_class[static_cast<size_t>(CustomerClass::kStrategic)].expected_value, 15);
  EXPECT_EQ(matrix.total.customer_count, 4);
  EXPECT_EQ(matrix.total.expected_value, 14);
}

TEST(PortfolioTest, ConcentrationFollowsItsDefinitions) {
  const Concentration skewed = ComputeConcentration(std::vector<double>{0, 0, 0, 0, 10});
  EXPECT_THAT(skewed.top20_share, Optional(1.0));
  EXPECT_THAT(skewed.gini, Optional(DoubleNear(.8, 1e-12)));
  const Concentration even = ComputeConcentration(std::vector<double>(10, 3));
  EXPECT_THAT(even.top20_share, Optional(DoubleNear(.2, 1e-12)));
  EXPECT_THAT(even.gini, Optional(DoubleNear(0, 1e-12)));
  // The best ceil(0.2 x 6) = 2 of six.
  EXPECT_THAT(ComputeConcentration(std::vector<double>{1, 1, 1, 1, 3, 3}).top20_share,
              Optional(DoubleNear(.6, 1e-12)));
  const Concentration negative = ComputeConcentration(std::vector<double>{-9, 0, 10});
  EXPECT_GT(*negative.gini, 1);
  EXPECT_NEAR(negative.negative_share, 1.0 / 3, 1e-12);
  EXPECT_EQ(ComputeConcentration(std::vector<double>{-9, 1}).top20_share, std::nullopt);
  EXPECT_EQ(ComputeConcentration({}).gini, std::nullopt);
}

}  // namespace
}  // namespace valueloop::scoring
