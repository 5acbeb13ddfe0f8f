// LedgerService over gRPC, in process, with a clock that the test sets.
#include "scoring/rpc/ledger_rpc.h"

#include <memory>
#include <string>
#include <vector>

#include "common/rpc/client.h"
#include "common/rpc/server.h"
#include "fmt/format.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "integration/scoring_ledger/ledger_calls.h"
#include "scoring/rpc/event_text.h"
#include "scoring/store/sql_ledger_store.h"
#include "testing/status_matchers.h"
#include "testing/temp_dir.h"

namespace valueloop::scoring {
namespace {

using ::testing::HasSubstr;
using testing::IsOk;
using testing::StatusIs;

constexpr char kAnna[] = "workspaces/default/customers/anna";
constexpr int64_t kNowSeconds = 1'700'000'000;  // 2023-11-15 06:13:20 in Shanghai.

class LedgerRpcTest : public ::testing::Test {
 protected:
  v1::Event AnnaBuys(const std::string& id, int64_t seconds, int64_t amount_micros) {
    v1::Event event;
    event.set_customer_id("anna");
    event.set_event_id(id);
    event.mutable_occurred_time()->set_seconds(seconds);
    event.mutable_purchase()->set_amount_micros(amount_micros);
    return event;
  }
  absl::StatusOr<v1::RecordEventsResponse> Record(
      const std::vector<v1::Event>& events, const std::string& parent = "workspaces/default") {
    v1::RecordEventsRequest request;
    request.set_parent(parent);
    for (const v1::Event& event : events) *request.add_events() = event;
    return Call<v1::RecordEventsResponse>("RecordEvents", request);
  }
  absl::StatusOr<v1::Customer> GetCustomer(const std::string& name) {
    v1::GetCustomerRequest request;
    request.set_name(name);
    return Call<v1::Customer>("GetCustomer", request);
  }
  v1::SetCustomerRequest SetSegment(const std::string& segment, const std::string& request_id) {
    v1::SetCustomerRequest request;
    request.set_name(kAnna);
    request.set_request_id(request_id);
    v1::Attribute& attribute = *request.add_attributes();
    attribute.set_attribute("segment");
    attribute.mutable_value()->set_text(segment);
    return request;
  }
  absl::StatusOr<v1::Customer> SetCustomer(const v1::SetCustomerRequest& request) {
    return Call<v1::Customer>("SetCustomer", request);
  }
  template <typename Response>
  absl::StatusOr<Response> Call(const std::string& method,
                                const google::protobuf::Message& request) {
    Response response;
    const absl::Status status = channel_->Call(LedgerMethod(method), request, &response);
    if (!status.ok()) return status;
    return response;
  }

  testing::TempDir folder_;
  FakeClock clock_{absl::FromUnixSeconds(kNowSeconds)};
  std::unique_ptr<Metrics> metrics_ = Metrics::Start("").value();
  std::unique_ptr<sql::Database> database_ =
      sql::Database::Open("sqlite:" + folder_.File("scoring.db"),
                          {.migrations = {sql::CommonMigrations(), WorkspaceStore::Migrations(),
                                          LedgerMigrations()}})
          .value();
  std::unique_ptr<WorkspaceStore> workspaces_ = WorkspaceStore::Open(*database_, clock_).value();
  SqlLedgerStore store_{*database_, DecodeStoredEvent, LedgerMetrics::Register(*metrics_)};
  LedgerRpc service_{store_, *workspaces_, clock_};
  std::unique_ptr<rpc::Server> server_ = rpc::Server::Start({}, {&service_}, *metrics_).value();
  std::unique_ptr<rpc::Channel> channel_ =
      rpc::Channel::Create(fmt::format("127.0.0.1:{}", server_->port())).value();
};

TEST_F(LedgerRpcTest, RecordsEventsAndTellsWhatIsKnownOfTheCustomer) {
  v1::Event rating = AnnaBuys("r1", kNowSeconds, 0);
  rating.mutable_match_rating()->set_criterion("innovation");
  rating.mutable_match_rating()->set_rater("li");
  rating.mutable_match_rating()->set_rating(80);
  v1::Event older_rating = rating;
  older_rating.set_event_id("r0");
  older_rating.mutable_occurred_time()->set_seconds(kNowSeconds - 10);
  older_rating.mutable_match_rating()->set_rating(20);
  const auto recorded = Record({AnnaBuys("1", kNowSeconds, 5'000'000), rating, older_rating,
                                AnnaBuys("2", kNowSeconds - 864'000, 2'500'000)});
  ASSERT_THAT(recorded, IsOk());
  EXPECT_EQ(recorded->accepted_count(), 4);
  const auto customer = GetCustomer(kAnna);
  ASSERT_THAT(customer, IsOk());
  EXPECT_EQ(customer->name(), kAnna);
  EXPECT_EQ(customer->ledger_revision(), 4);
  EXPECT_EQ(customer->first_event_time().seconds(), kNowSeconds - 864'000);
  EXPECT_EQ(customer->last_event_time().seconds(), kNowSeconds);
  EXPECT_EQ(customer->purchase_day_count(), 2);
  EXPECT_EQ(customer->purchase_amount(), 7.5);
  ASSERT_EQ(customer->ratings_size(), 1);
  EXPECT_EQ(customer->ratings(0).rating(), 80);
}

TEST_F(LedgerRpcTest, RefusesWhatDoesNotExistOrIsOutOfRule) {
  EXPECT_THAT(GetCustomer(kAnna),
              StatusIs(absl::StatusCode::kNotFound, HasSubstr("customer: got anna")));
  EXPECT_THAT(GetCustomer("workspaces/nowhere/customers/anna"),
              StatusIs(absl::StatusCode::kNotFound));
  EXPECT_THAT(GetCustomer("customers/anna"),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("name")));
  EXPECT_THAT(Record({}), StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("events")));
  EXPECT_THAT(Record(std::vector<v1::Event>(1001)),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("events: got 1001")));
  EXPECT_THAT(Record({AnnaBuys("1", 0, 1)}, "workspaces/nowhere"),
              StatusIs(absl::StatusCode::kNotFound));
  EXPECT_THAT(Record({AnnaBuys("1", 0, 1)}, "workspaces/default/x"),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("parent")));
  EXPECT_THAT(Record({AnnaBuys("\xff", 0, 1)}),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("event_id")));
}

TEST_F(LedgerRpcTest, CountsWhatBecameOfEvents) {
  v1::Event other_content = AnnaBuys("1", kNowSeconds, 2);
  ASSERT_THAT(Record({AnnaBuys("1", kNowSeconds, 1), AnnaBuys("1", kNowSeconds, 1), other_content,
                      AnnaBuys("2", kNowSeconds + 90'000, 1)}),
              IsOk());
  const std::string text = metrics_->Expose();
  EXPECT_THAT(text, HasSubstr("valueloop_ledger_events_total{outcome=\"accepted\"} 1"));
  EXPECT_THAT(text, HasSubstr("valueloop_ledger_events_total{outcome=\"duplicate\"} 1"));
  EXPECT_THAT(text, HasSubstr("valueloop_ledger_events_total{outcome=\"rejected\"} 2"));
  EXPECT_THAT(text, HasSubstr("valueloop_ledger_commit_seconds_count 1"));
}

TEST_F(LedgerRpcTest, SetsAndRemovesAttributesAndCreatesTheCustomer) {
  v1::SetCustomerRequest request = SetSegment("enterprise", "");
  v1::Attribute& employees = *request.add_attributes();
  employees.set_attribute("employees");
  employees.mutable_value()->set_number(250);
  const auto customer = SetCustomer(request);
  ASSERT_THAT(customer, IsOk());
  ASSERT_EQ(customer->attributes_size(), 2);
  EXPECT_EQ(customer->attributes(0).attribute(), "employees");
  EXPECT_EQ(customer->attributes(0).value().number(), 250);
  EXPECT_EQ(customer->attributes(1).value().text(), "enterprise");
  EXPECT_EQ(customer->last_event_time().seconds(), kNowSeconds);
  clock_.Advance(absl::Seconds(1));
  v1::SetCustomerRequest removal = SetSegment("", "");
  removal.mutable_attributes(0)->clear_value();
  const auto after = SetCustomer(removal);
  ASSERT_THAT(after, IsOk());
  ASSERT_EQ(after->attributes_size(), 1);
  EXPECT_EQ(after->attributes(0).attribute(), "employees");
}

TEST_F(LedgerRpcTest, ARepeatedSetCustomerChangesNothing) {
  ASSERT_THAT(SetCustomer(SetSegment("enterprise", "r1")), IsOk());
  clock_.Advance(absl::Minutes(1));
  const auto repeated = SetCustomer(SetSegment("enterprise", "r1"));
  ASSERT_THAT(repeated, IsOk());
  EXPECT_EQ(repeated->ledger_revision(), 1);
  EXPECT_THAT(SetCustomer(SetSegment("private", "r1")),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("request_id: got r1")));
  EXPECT_EQ(GetCustomer(kAnna)->attributes(0).value().text(), "enterprise");
}

TEST_F(LedgerRpcTest, SetCustomerWithOneBadAttributeSetsNone) {
  v1::SetCustomerRequest request = SetSegment("enterprise", "");
  request.add_attributes()->set_attribute("segment");
  EXPECT_THAT(SetCustomer(request), StatusIs(absl::StatusCode::kInvalidArgument,
                                             HasSubstr("attributes.attribute: got segment")));
  request.mutable_attributes(1)->set_attribute("no spaces");
  EXPECT_THAT(SetCustomer(request), StatusIs(absl::StatusCode::kInvalidArgument,
                                             HasSubstr("attributes.attribute: got no spaces")));
  EXPECT_THAT(GetCustomer(kAnna), StatusIs(absl::StatusCode::kNotFound));
}

TEST_F(LedgerRpcTest, ListsEventsInPagesAsTheyWereRecorded) {
  std::vector<v1::Event> events;
  for (int i = 0; i < 5; ++i) {
    events.push_back(AnnaBuys(fmt::format("{}", i), kNowSeconds - 1'000 + i, i + 1));
  }
  ASSERT_THAT(Record({events.rbegin(), events.rend()}), IsOk());
  v1::ListEventsRequest request;
  request.set_parent(kAnna);
  request.set_page_size(2);
  std::vector<v1::Event> listed;
  int page_count = 0;
  do {
    const auto page = Call<v1::ListEventsResponse>("ListEvents", request);
    ASSERT_THAT(page, IsOk());
    listed.insert(listed.end(), page->events().begin(), page->events().end());
    request.set_page_token(page->next_page_token());
    ++page_count;
  } while (!request.page_token().empty());
  EXPECT_EQ(page_count, 3);
  ASSERT_EQ(listed.size(), events.size());
  for (size_t i = 0; i < events.size(); ++i) {
    EXPECT_EQ(listed[i].SerializeAsString(), events[i].SerializeAsString());
  }
  request.set_page_token("bad token");
  EXPECT_THAT(Call<v1::ListEventsResponse>("ListEvents", request),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("page_token")));
  request.set_parent("workspaces/default/customers/bert");
  request.clear_page_token();
  EXPECT_THAT(Call<v1::ListEventsResponse>("ListEvents", request),
              StatusIs(absl::StatusCode::kNotFound));
}

TEST_F(LedgerRpcTest, CountsDaysInTheWorkspacesTimeZone) {
  ASSERT_THAT(Record({AnnaBuys("1", 1'700'000'000 - 86'400, 1), AnnaBuys("2", kNowSeconds, 2)}),
              IsOk());
  const v1::LedgerStats stats = LedgerStatsOf(*channel_);
  EXPECT_EQ(stats.first_day(), "2023-11-14");
  EXPECT_EQ(stats.last_day(), "2023-11-15");
  EXPECT_EQ(stats.purchase_amount_micros(), 3);
}

TEST_F(LedgerRpcTest, VerifyReportsADamagedSummaryByItsCustomersName) {
  ASSERT_THAT(Record({AnnaBuys("1", kNowSeconds, 1)}), IsOk());
  ASSERT_THAT(database_->Write([](sql::Session& session) {
    return session.Execute("UPDATE customers SET ledger_revision = 5").status();
  }),
              IsOk());
  const v1::VerifyLedgerResponse verified = VerifyLedgerOf(*channel_);
  EXPECT_TRUE(verified.done());
  ASSERT_EQ(verified.differences_size(), 1);
  EXPECT_EQ(verified.differences(0).customer(), kAnna);
  EXPECT_THAT(verified.differences(0).message(), HasSubstr("ledger_revision: got 5, want 1"));
}

}  // namespace
}  // namespace valueloop::scoring
