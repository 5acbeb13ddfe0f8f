// What-ifs, history, migration and previews through the services.
#include <cmath>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "common/status.h"
#include "fmt/format.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "integration/scoring_portfolio/portfolio_server.h"
#include "integration/strategy/strategy_process.h"
#include "testing/status_matchers.h"
#include "valueloop/scoring/v1/simulation.pb.h"

namespace valueloop::scoring {
namespace {

using ::testing::Gt;
using ::testing::HasSubstr;
using ::testing::Not;
using testing::StatusIs;
constexpr absl::StatusCode kInvalid = absl::StatusCode::kInvalidArgument;

constexpr int kCustomers = 120;
constexpr char kWorkspace[] = "workspaces/default";
constexpr char kYearEnd[] = "2024-12-31";  // Of the purchases.

std::string NameOf(const std::string& customer) {
  return fmt::format("{}/customers/{}", kWorkspace, customer);
}

// One strategy and one scoring with a year of purchases, rated customers, a model and a published
// plan, for all tests: none of them writes.
class SimulationTest : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    strategy_ = std::make_unique<strategy::StrategyProcess>();
    server_ = std::make_unique<PortfolioServer>(strategy_->channel().address());
    server_->Record(GeneratePurchases(5, kCustomers, 52));
    std::vector<v1::Event> attributes;
    for (int i = 0; i < kCustomers; ++i) {
      const auto add = [&](const std::string& name,
                           const std::function<void(v1::AttributeValue&)>& set) {
        v1::Event event = PurchaseOn(fmt::format("c{:04}", i), "attribute-" + name,
                                     absl::CivilDay(2024, 1, 2), 0);
        event.mutable_attribute_change()->set_attribute(name);
        set(*event.mutable_attribute_change()->mutable_value());
        attributes.push_back(event);
      };
      if (i % 4 == 3) continue;  // Of these too little is known.
      add("segment", [&](auto& value) { value.set_text(i % 2 == 0 ? "SG1" : "SG9"); });
      add("service_area", [&](auto& value) { value.set_text("covered"); });
      add("signal_ok_ratio", [&](auto& value) { value.set_number(0.80 + 0.02 * (i % 10)); });
      add("tenure_months", [&](auto& value) { value.set_number(i); });
      add("on_time_charge_ratio", [&](auto& value) { value.set_number(0.9); });
    }
    server_->Record(attributes);
    const common::v1::Job job = server_->Fit(FitRequest(true));
    ASSERT_EQ(job.state(), common::v1::Job::STATE_SUCCEEDED) << job.error();
    VL_ASSERT_OK(strategy_->PublishTelecom("first"));
    server_->WaitForMatrix([](const v1::ClassMatrix& got) {
      return got.snapshot().policy_version() == 1 && got.snapshot().reference_version() > 0;
    });
  }
  static void TearDownTestSuite() {
    server_.reset();
    strategy_.reset();
  }

  template <typename Response, typename Request>
  static absl::StatusOr<Response> Call(const std::string& method, const Request& request) {
    return server_->Call<Response>("SimulationService/" + method, request);
  }

  static v1::Score GetScore(const std::string& customer, const std::string& as_of) {
    v1::GetScoreRequest request;
    request.set_name(NameOf(customer) + "/score");
    request.set_as_of(as_of);
    request.set_view(v1::SCORE_VIEW_FULL);
    const auto score = server_->Call<v1::Score>("ScoreService/GetScore", request);
    EXPECT_THAT(score, testing::IsOk());
    return score.ok() ? *score : v1::Score();
  }

  // What would show that something was stored.
  static std::string Ledger() {
    v1::GetLedgerStatsRequest request;
    request.set_parent(kWorkspace);
    const auto stats = server_->Call<v1::LedgerStats>("LedgerService/GetLedgerStats", request);
    EXPECT_THAT(stats, testing::IsOk());
    v1::ListScoresRequest list;
    list.set_parent(kWorkspace);
    const auto scores = server_->Call<v1::ListScoresResponse>("ScoreService/ListScores", list);
    EXPECT_THAT(scores, testing::IsOk());
    v1::GetPolicyRequest policy;
    policy.set_parent(kWorkspace);
    const auto governs = server_->Call<v1::Policy>("ScoreService/GetPolicy", policy);
    EXPECT_THAT(governs, testing::IsOk());
    return stats->ShortDebugString() + scores->snapshot().ShortDebugString() +
           governs->ShortDebugString();
  }

  static v1::SimulateScoreRequest Purchase(const std::string& customer, int64_t units) {
    v1::SimulateScoreRequest request;
    request.set_name(NameOf(customer));
    request.set_as_of(kYearEnd);
    request.mutable_what_if()->add_events()->mutable_purchase()->set_amount_micros(units *
                                                                                   1'000'000);
    return request;
  }

  static std::unique_ptr<strategy::StrategyProcess> strategy_;
  static std::unique_ptr<PortfolioServer> server_;
};
std::unique_ptr<strategy::StrategyProcess> SimulationTest::strategy_;
std::unique_ptr<PortfolioServer> SimulationTest::server_;

TEST_F(SimulationTest, AWhatIfIsExplainedExactlyAndStoresNothing) {
  const std::string ledger = Ledger();
  v1::SimulateScoreRequest request = Purchase("c0002", 300);
  request.set_language_code("zh");
  VL_ASSERT_OK_AND_ASSIGN(const v1::SimulateScoreResponse answer,
                          Call<v1::SimulateScoreResponse>("SimulateScore", request));
  const v1::Score real = GetScore("c0002", kYearEnd);
  EXPECT_EQ(answer.before().expected_value(), real.expected_value());
  EXPECT_EQ(answer.before().customer_class(), real.customer_class());
  EXPECT_EQ(answer.after().repeat_purchase_count(), real.repeat_purchase_count() + 1);
  EXPECT_GT(answer.expected_value_change(), 0);
  EXPECT_GT(answer.realised_value_change(), 0);
  EXPECT_FALSE(answer.has_today());
  double sum = 0;
  double displayed = 0;
  for (const v1::ReasonChange& change : answer.value_changes()) {
    sum += change.change();
    displayed += change.displayed();
    EXPECT_THAT(change.text(), Not(::testing::IsEmpty()));
    EXPECT_THAT(change.text(), Not(HasSubstr("{")));
  }
  EXPECT_NEAR(sum, answer.expected_value_change(), 1e-9 * (1 + std::abs(sum)));
  EXPECT_NEAR(displayed, answer.expected_value_change(), 0.0051);
  EXPECT_EQ(answer.applied().events(0).customer_id(), "c0002");
  EXPECT_FALSE(answer.applied().events(0).event_id().empty());

  EXPECT_EQ(Ledger(), ledger);
  EXPECT_EQ(GetScore("c0002", kYearEnd).provenance().ledger_revision(),
            real.provenance().ledger_revision());
  // What was applied, applied again, is the same.
  *request.mutable_what_if() = answer.applied();
  VL_ASSERT_OK_AND_ASSIGN(const v1::SimulateScoreResponse again,
                          Call<v1::SimulateScoreResponse>("SimulateScore", request));
  EXPECT_EQ(again.after().expected_value(), answer.after().expected_value());
}

TEST_F(SimulationTest, ALaterDayIsSeenBesideToday) {
  v1::SimulateScoreRequest request = Purchase("c0002", 300);
  request.set_as_of("");
  const absl::Time later = absl::Now() + absl::Hours(24 * 60);
  request.mutable_what_if()->mutable_events(0)->mutable_occurred_time()->set_seconds(
      absl::ToUnixSeconds(later));
  VL_ASSERT_OK_AND_ASSIGN(const v1::SimulateScoreResponse answer,
                          Call<v1::SimulateScoreResponse>("SimulateScore", request));
  ASSERT_TRUE(answer.has_today());
  EXPECT_LT(answer.today().provenance().as_of(), answer.before().provenance().as_of());
  EXPECT_EQ(answer.after().provenance().as_of(), answer.before().provenance().as_of());
  EXPECT_LT(answer.before().alive_probability(), answer.today().alive_probability())
      << "sixty days of silence";
}

TEST_F(SimulationTest, ANewCustomerHasNoBefore) {
  v1::SimulateScoreRequest request = Purchase("nobody", 300);
  EXPECT_THAT(Call<v1::SimulateScoreResponse>("SimulateScore", request),
              StatusIs(absl::StatusCode::kNotFound));
  request.set_allow_new(true);
  VL_ASSERT_OK_AND_ASSIGN(const v1::SimulateScoreResponse answer,
                          Call<v1::SimulateScoreResponse>("SimulateScore", request));
  EXPECT_EQ(answer.before().state(), v1::SCORE_STATE_NOT_ENOUGH_DATA);
  EXPECT_FALSE(answer.has_expected_value_change());
  EXPECT_EQ(answer.value_changes_size(), 0);
  EXPECT_GT(answer.after().expected_value(), 0);
}

TEST_F(SimulationTest, HostileWhatIfsAreRefusedByName) {
  const auto expect = [&](const std::string& what, const auto& change) {
    v1::SimulateScoreRequest request = Purchase("c0002", 300);
    change(request);
    EXPECT_THAT(Call<v1::SimulateScoreResponse>("SimulateScore", request),
                StatusIs(kInvalid, HasSubstr(what)))
        << what;
  };
  using Request = v1::SimulateScoreRequest;
  expect("events: got 10000", [](Request& request) {
    for (int i = 1; i < 10'000; ++i) {
      request.mutable_what_if()->add_events()->mutable_complaint();
    }
  });
  expect("events[0]: purchase.amount_micros", [](Request& request) {
    request.mutable_what_if()->mutable_events(0)->mutable_purchase()->set_amount_micros(-5);
  });
  expect("events[0]: currency", [](Request& request) {
    request.mutable_what_if()->mutable_events(0)->set_currency("USD");
  });
  expect("events[0]: occurred_time", [](Request& request) {
    request.mutable_what_if()->mutable_events(0)->mutable_occurred_time()->set_seconds(
        1'740'000'000);  // In 2025, after as_of.
  });
  expect("events[0]: customer_id", [](Request& request) {
    request.mutable_what_if()->mutable_events(0)->set_customer_id("c0003");
  });
  expect("events[1]: event_id", [](Request& request) {
    request.mutable_what_if()->mutable_events(0)->set_event_id("same");
    *request.mutable_what_if()->add_events() = request.what_if().events(0);
  });
  expect("as_of", [](Request& request) { request.set_as_of("2999-01-01"); });
  expect("as_of", [](Request& request) { request.set_as_of("2024-02-30"); });
  expect("language_code", [](Request& request) { request.set_language_code("fr"); });
  expect("spend_change_percent", [](Request& request) {
    request.mutable_what_if()->set_spend_change_percent(std::nan(""));
  });
  v1::SimulateScoreRequest unknown = Purchase("c0002", 300);
  unknown.mutable_versions()->set_model_version(99);
  EXPECT_THAT(Call<v1::SimulateScoreResponse>("SimulateScore", unknown),
              StatusIs(absl::StatusCode::kNotFound, HasSubstr("99")));
}

TEST_F(SimulationTest, EveryWayToTheNextClassIsConfirmedBySimulation) {
  int confirmed = 0;
  std::set<v1::ActionKind> kinds;
  for (int i = 0; i < kCustomers; i += 7) {
    v1::GetNextClassRequest request;
    request.set_name(NameOf(fmt::format("c{:04}", i)));
    request.set_language_code("en");
    VL_ASSERT_OK_AND_ASSIGN(const v1::NextClass next, Call<v1::NextClass>("GetNextClass", request));
    if (next.score().customer_class() == v1::CUSTOMER_CLASS_UNKNOWN) {
      EXPECT_GT(next.missing_size(), 0) << next.ShortDebugString();
    }
    for (const v1::NextClassTarget& target : next.targets()) {
      for (const v1::ClassWay& way : target.ways()) {
        v1::SimulateScoreRequest confirm;
        confirm.set_name(request.name());
        confirm.set_as_of(way.as_of());
        *confirm.mutable_what_if() = way.what_if();
        VL_ASSERT_OK_AND_ASSIGN(const v1::SimulateScoreResponse answer,
                                Call<v1::SimulateScoreResponse>("SimulateScore", confirm));
        EXPECT_EQ(answer.after().customer_class(), way.customer_class());
        EXPECT_TRUE(way.customer_class() == target.customer_class() ||
                    way.customer_class() == v1::CUSTOMER_CLASS_STRATEGIC);
        EXPECT_EQ(answer.after().expected_value(), way.expected_value());
        EXPECT_FALSE(way.steps(0).text().empty());
        for (const v1::ActionStep& step : way.steps()) kinds.insert(step.kind());
        ++confirmed;
      }
    }
  }
  EXPECT_GT(confirmed, 10);
  EXPECT_GE(kinds.size(), 3u);
  v1::GetNextClassRequest request;
  request.set_name(NameOf("nobody"));
  EXPECT_THAT(Call<v1::NextClass>("GetNextClass", request), StatusIs(absl::StatusCode::kNotFound));
  request.set_name(NameOf("c0000"));
  request.add_action_costs()->set_kind(v1::ACTION_KIND_RATING);
  request.mutable_action_costs(0)->set_cost(-1);
  EXPECT_THAT(Call<v1::NextClass>("GetNextClass", request),
              StatusIs(kInvalid, HasSubstr("action_costs[0].cost")));
}

TEST_F(SimulationTest, HistoryAddsUpFromTheFirstDayToTheLast) {
  v1::ListScoreChangesRequest request;
  request.set_parent(NameOf("c0002"));
  request.set_first_day("2024-03-01");
  request.set_last_day(kYearEnd);
  request.set_version_mode(v1::VERSION_MODE_FIXED);
  request.set_language_code("en");
  VL_ASSERT_OK_AND_ASSIGN(const v1::ListScoreChangesResponse all,
                          Call<v1::ListScoreChangesResponse>("ListScoreChanges", request));
  ASSERT_GT(all.changes_size(), 9);
  EXPECT_EQ(all.start().expected_value(), GetScore("c0002", "2024-03-01").expected_value());
  double value = all.start().expected_value();
  std::set<v1::ChangeCause> causes;
  for (const v1::ScoreChange& change : all.changes()) {
    EXPECT_NEAR(change.before().expected_value(), value, 1e-9) << change.ShortDebugString();
    value = change.after().expected_value();
    causes.insert(change.cause());
    if (change.cause() == v1::CHANGE_CAUSE_EVENT) {
      EXPECT_GT(change.event_count(), 0);
      ASSERT_GT(change.events_size(), 0);
      EXPECT_EQ(change.events(0).kind(), "PURCHASE");
    }
    EXPECT_EQ(change.class_changed(),
              change.before().customer_class() != change.after().customer_class());
  }
  EXPECT_EQ(value, GetScore("c0002", kYearEnd).expected_value());
  EXPECT_EQ(causes, (std::set{v1::CHANGE_CAUSE_TIME, v1::CHANGE_CAUSE_EVENT}));

  // The same in small pages.
  std::string paged;
  v1::ListScoreChangesRequest page_request = request;
  page_request.set_page_size(2);
  do {
    VL_ASSERT_OK_AND_ASSIGN(const v1::ListScoreChangesResponse page,
                            Call<v1::ListScoreChangesResponse>("ListScoreChanges", page_request));
    EXPECT_LE(page.changes_size(), 2);
    for (const v1::ScoreChange& change : page.changes()) paged += change.ShortDebugString() + "\n";
    page_request.set_page_token(page.next_page_token());
  } while (!page_request.page_token().empty());
  std::string whole;
  for (const v1::ScoreChange& change : all.changes()) whole += change.ShortDebugString() + "\n";
  EXPECT_EQ(paged, whole);
}

TEST_F(SimulationTest, HistoryInForceNamesTheVersionsThatBroughtTheChange) {
  v1::ListScoreChangesRequest request;
  request.set_parent(NameOf("c0002"));
  request.set_first_day(kYearEnd);
  request.set_page_size(1000);
  VL_ASSERT_OK_AND_ASSIGN(const v1::ListScoreChangesResponse all,
                          Call<v1::ListScoreChangesResponse>("ListScoreChanges", request));
  EXPECT_EQ(all.start().state(), v1::SCORE_STATE_NOT_ENOUGH_DATA) << "no model was active then";
  std::vector<v1::ChangeCause> causes;
  for (const v1::ScoreChange& change : all.changes()) causes.push_back(change.cause());
  // Both were activated just now; the reference completes the class.
  EXPECT_THAT(causes, ::testing::IsSupersetOf({v1::CHANGE_CAUSE_MODEL, v1::CHANGE_CAUSE_POLICY,
                                               v1::CHANGE_CAUSE_REFERENCE}));
  EXPECT_EQ(all.changes(all.changes_size() - 1).after().customer_class(),
            GetScore("c0002", "").customer_class());

  const auto expect = [&](const std::string& what, const auto& change) {
    v1::ListScoreChangesRequest bad = request;
    change(bad);
    EXPECT_THAT(Call<v1::ListScoreChangesResponse>("ListScoreChanges", bad),
                StatusIs(kInvalid, HasSubstr(what)));
  };
  using Request = v1::ListScoreChangesRequest;
  expect("first_day", [](Request& bad) { bad.set_last_day("2024-01-01"); });
  expect("first_day", [](Request& bad) { bad.set_first_day(""); });
  expect("last_day", [](Request& bad) { bad.set_last_day("2999-01-01"); });
  expect("versions", [](Request& bad) { bad.mutable_versions()->set_model_version(1); });
  expect("page_token", [](Request& bad) { bad.set_page_token("x"); });
  expect("version_mode",
         [](Request& bad) { bad.set_version_mode(static_cast<v1::VersionMode>(9)); });
}

TEST_F(SimulationTest, TheMatrixAndTheListOfMovesAgree) {
  v1::GetMigrationMatrixRequest request;
  request.set_parent(kWorkspace);
  request.mutable_question()->set_first_day("2024-02-15");
  request.mutable_question()->set_last_day(kYearEnd);
  VL_ASSERT_OK_AND_ASSIGN(const v1::MigrationMatrix matrix,
                          Call<v1::MigrationMatrix>("GetMigrationMatrix", request));
  EXPECT_EQ(matrix.customer_count(), kCustomers);
  EXPECT_EQ(matrix.scored_count(), kCustomers);
  ASSERT_EQ(matrix.cells_size(), 30);
  std::map<std::string, double> listed;
  double count = 0;
  double moved = 0;
  double new_count = 0;
  for (const v1::MigrationCell& cell : matrix.cells()) {
    EXPECT_EQ(cell.customer_count_error(), 0);
    count += cell.customer_count();
    if (cell.is_new()) {
      new_count += cell.customer_count();
    } else if (cell.from_class() != cell.to_class()) {
      moved += cell.customer_count();
    }
  }
  EXPECT_EQ(count, kCustomers);
  EXPECT_EQ(moved, matrix.moved_count());
  EXPECT_GT(moved, 0);

  v1::ListMigrationsRequest list;
  list.set_parent(kWorkspace);
  *list.mutable_question() = request.question();
  list.set_page_size(7);
  list.set_language_code("zh");
  std::set<std::string> customers;
  int new_listed = 0;
  do {
    VL_ASSERT_OK_AND_ASSIGN(const v1::ListMigrationsResponse page,
                            Call<v1::ListMigrationsResponse>("ListMigrations", list));
    EXPECT_LE(page.migrations_size(), 7);
    for (const v1::Migration& migration : page.migrations()) {
      EXPECT_TRUE(customers.insert(migration.customer()).second);
      if (!migration.has_before()) {
        ++new_listed;
        continue;
      }
      EXPECT_NE(migration.before().customer_class(), migration.after().customer_class());
      // The steps lead from one class to the other, and the cause is one of them.
      v1::CustomerClass at = migration.before().customer_class();
      bool has_cause = false;
      for (const v1::MigrationStep& step : migration.steps()) {
        EXPECT_EQ(step.from_class(), at);
        at = step.to_class();
        has_cause = has_cause || (step.cause() == migration.cause() &&
                                  step.to_class() == migration.after().customer_class());
      }
      EXPECT_EQ(at, migration.after().customer_class());
      EXPECT_TRUE(has_cause) << migration.ShortDebugString();
    }
    list.set_page_token(page.next_page_token());
  } while (!list.page_token().empty());
  EXPECT_EQ(new_listed, new_count);
  EXPECT_EQ(static_cast<double>(customers.size()), moved + new_count);

  request.set_sample_size(40);
  VL_ASSERT_OK_AND_ASSIGN(const v1::MigrationMatrix sampled,
                          Call<v1::MigrationMatrix>("GetMigrationMatrix", request));
  EXPECT_EQ(sampled.customer_count(), kCustomers);
  EXPECT_LT(sampled.scored_count(), kCustomers);
  double estimated = 0;
  double error = 0;
  for (const v1::MigrationCell& cell : sampled.cells()) {
    estimated += cell.customer_count();
    error += cell.customer_count_error();
  }
  EXPECT_NEAR(estimated, kCustomers, 1e-6);
  EXPECT_GT(error, 0);
}

TEST_F(SimulationTest, HostileQuestionsOfMigrationAreRefused) {
  const auto expect = [&](const std::string& what, const auto& change) {
    v1::GetMigrationMatrixRequest request;
    request.set_parent(kWorkspace);
    request.mutable_question()->set_first_day("2024-02-15");
    request.mutable_question()->set_last_day(kYearEnd);
    change(request);
    EXPECT_THAT(Call<v1::MigrationMatrix>("GetMigrationMatrix", request),
                StatusIs(kInvalid, HasSubstr(what)));
  };
  using Request = v1::GetMigrationMatrixRequest;
  expect("first_day",
         [](Request& request) { request.mutable_question()->set_first_day("2025-01-01"); });
  expect("first_day",
         [](Request& request) { request.mutable_question()->set_first_day(kYearEnd); });
  expect("last_day",
         [](Request& request) { request.mutable_question()->set_last_day("2999-01-01"); });
  expect("sample_size", [](Request& request) { request.set_sample_size(-1); });
  expect("sample_size", [](Request& request) { request.set_sample_size(1'000'001); });
  expect("parent", [](Request& request) { request.set_parent("nothing"); });
  v1::ListMigrationsRequest list;
  list.set_parent(kWorkspace);
  list.mutable_question()->set_first_day("2024-02-15");
  list.set_new_only(true);
  list.set_from_class(v1::CUSTOMER_CLASS_PROFIT);
  EXPECT_THAT(Call<v1::ListMigrationsResponse>("ListMigrations", list),
              StatusIs(kInvalid, HasSubstr("from_class")));
}

// The preview of a draft says what publishing it then does. Last: it publishes.
TEST_F(SimulationTest, ZAPreviewStoresNothingAndComesTrue) {
  const std::string ledger = Ledger();
  VL_ASSERT_OK_AND_ASSIGN(
      const auto imported,
      strategy_->Import(strategy::TelecomWith("'segment in [SG1, SG2]'", "'segment in [SG2]'")));
  strategy::v1::GetPlanRequest draft;
  draft.set_name(imported.plan().name());
  strategy::v1::Publication publication;
  VL_ASSERT_OK(strategy_->channel().Call("valueloop.strategy.v1.StrategyService/PreviewPublication",
                                         draft, &publication));
  EXPECT_FALSE(publication.has_publish_time());
  v1::PreviewPolicyRequest request;
  request.set_parent(kWorkspace);
  request.set_language_code("en");
  *request.mutable_policy() = publication.scoring_policy();
  VL_ASSERT_OK_AND_ASSIGN(const v1::PolicyPreview preview,
                          Call<v1::PolicyPreview>("PreviewPolicy", request));
  EXPECT_EQ(Ledger(), ledger);
  EXPECT_EQ(preview.customer_count(), kCustomers);
  EXPECT_EQ(preview.cells_size(), 25);
  EXPECT_TRUE(preview.reference_would_be_taken());
  EXPECT_GT(preview.moved_count(), 0);
  EXPECT_GT(preview.movers_size(), 0);
  EXPECT_NE(preview.movers(0).before().customer_class(),
            preview.movers(0).after().customer_class());
  EXPECT_GT(preview.movers(0).match_changes_size(), 0);
  std::map<v1::CustomerClass, int64_t> then;
  std::map<v1::CustomerClass, double> value_then;
  for (const v1::MigrationCell& cell : preview.cells()) {
    then[cell.to_class()] += std::llround(cell.customer_count());
    value_then[cell.to_class()] += cell.expected_value_after();
  }

  VL_ASSERT_OK(strategy_->Publish(imported.plan().name()));
  const v1::ClassMatrix matrix = server_->WaitForMatrix([](const v1::ClassMatrix& got) {
    return got.snapshot().policy_version() == 2 && got.snapshot().reference_version() > 1;
  });
  for (const v1::ClassSummary& summary : matrix.classes()) {
    EXPECT_EQ(then[summary.customer_class()], summary.customer_count());
    EXPECT_NEAR(value_then[summary.customer_class()], summary.expected_value(),
                1e-9 * (1 + std::abs(summary.expected_value())));
  }
  // By name it changes nothing any more.
  request.set_plan_version(imported.plan().name());
  VL_ASSERT_OK_AND_ASSIGN(const v1::PolicyPreview again,
                          Call<v1::PolicyPreview>("PreviewPolicy", request));
  EXPECT_EQ(again.moved_count(), 0);
  EXPECT_EQ(again.movers_size(), 0);
  EXPECT_FALSE(again.reference_would_be_taken());
  // What could not be published is not previewed either.
  VL_ASSERT_OK_AND_ASSIGN(const auto broken,
                          strategy_->Import(strategy::TelecomWith("{match: POSITION, weight: 40",
                                                                  "{match: POSITION, weight: 41")));
  draft.set_name(broken.plan().name());
  const absl::Status refused = strategy_->channel().Call(
      "valueloop.strategy.v1.StrategyService/PreviewPublication", draft, &publication);
  EXPECT_THAT(refused, StatusIs(absl::StatusCode::kFailedPrecondition));
  EXPECT_EQ(ReasonOf(refused), "PLAN_HAS_ERRORS");
}

TEST_F(SimulationTest, HostilePreviewsAreRefused) {
  v1::PreviewPolicyRequest request;
  request.set_parent(kWorkspace);
  EXPECT_THAT(Call<v1::PolicyPreview>("PreviewPolicy", request),
              StatusIs(kInvalid, HasSubstr("subject")));
  request.set_plan_version("workspaces/default/plans/NONE/versions/7");
  EXPECT_THAT(Call<v1::PolicyPreview>("PreviewPolicy", request),
              StatusIs(absl::StatusCode::kNotFound, HasSubstr("NONE")));
  request.set_plan_version("workspaces/other/plans/NONE/versions/7");
  EXPECT_THAT(Call<v1::PolicyPreview>("PreviewPolicy", request),
              StatusIs(kInvalid, HasSubstr("plan_version")));
  request.mutable_policy()->set_horizon_months(36);
  EXPECT_THAT(Call<v1::PolicyPreview>("PreviewPolicy", request),
              StatusIs(kInvalid, HasSubstr("policy: value_rule")));
  request.mutable_policy()->set_value_rule(strategy::v1::VALUE_RULE_MONEY);
  request.mutable_policy()->set_horizon_months(-1);
  EXPECT_THAT(Call<v1::PolicyPreview>("PreviewPolicy", request), StatusIs(kInvalid));
  request.set_mover_count(201);
  EXPECT_THAT(Call<v1::PolicyPreview>("PreviewPolicy", request),
              StatusIs(kInvalid, HasSubstr("mover_count")));
}

TEST(WatchScoresTest, AWatcherSeesTheScoreNowAndWhenItChanges) {
  PortfolioServer server;  // Its own: this test writes.
  constexpr char kWatched[] = "c0117";
  server.Record({PurchaseOn(kWatched, "watch", absl::CivilDay(2026, 1, 5), 50'000'000)});
  v1::WatchScoresRequest request;
  request.set_parent(kWorkspace);
  request.add_customer_ids(kWatched);
  request.add_customer_ids("comes-later");
  const auto stream = server.channel().OpenStream(
      "valueloop.scoring.v1.SimulationService/WatchScores", {.timeout = absl::Seconds(60)});
  ASSERT_TRUE(stream->Write(request));
  ASSERT_TRUE(stream->WritesDone());
  std::map<std::string, v1::Score> seen;
  v1::WatchScoresResponse response;
  const auto next = [&] {
    ASSERT_EQ(stream->ReadUntil(absl::Now() + absl::Seconds(30), response),
              rpc::ReadResult::kMessage);
    seen[response.customer_id()] = response.score();
  };
  next();
  next();
  const double before = seen[kWatched].realised_value();
  EXPECT_EQ(before, 20) << "40 % of 50";
  EXPECT_TRUE(seen["comes-later"].name().empty()) << "nothing is known of it yet";

  const auto today = absl::ToCivilDay(absl::Now(), absl::UTCTimeZone());
  // Of nobody watched: no message. Of both: one each.
  server.Record({PurchaseOn("c0116", "watch-0", today - 2, 5'000'000),
                 PurchaseOn(kWatched, "watch-1", today - 2, 100'000'000),
                 PurchaseOn("comes-later", "watch-2", today - 2, 100'000'000)});
  next();
  next();
  EXPECT_GT(seen[kWatched].realised_value(), before);
  EXPECT_FALSE(seen["comes-later"].name().empty());
  stream->Cancel();
  EXPECT_THAT(stream->Finish(), StatusIs(absl::StatusCode::kCancelled));

  const auto refused = [&](const v1::WatchScoresRequest& bad) {
    const auto call = server.channel().OpenStream(
        "valueloop.scoring.v1.SimulationService/WatchScores", {.timeout = absl::Seconds(60)});
    if (call->Write(bad)) call->WritesDone();
    call->ReadUntil(absl::Now() + absl::Seconds(30), response);
    return call->Finish();
  };
  v1::WatchScoresRequest bad;
  bad.set_parent(kWorkspace);
  EXPECT_THAT(refused(bad), StatusIs(kInvalid, HasSubstr("customer_ids")));
  for (int i = 0; i < 201; ++i) bad.add_customer_ids("c0001");
  EXPECT_THAT(refused(bad), StatusIs(kInvalid, HasSubstr("customer_ids")));
}

}  // namespace
}  // namespace valueloop::scoring
