#include <array>
#include <string>
#include <vector>

#include "contract/scoring/ledger_under_test.h"
#include "fmt/format.h"
#include "scoring/store/event_scan.h"
#include "scoring/store/sql_ledger_store.h"
#include "testing/status_matchers.h"

namespace valueloop::scoring {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using testing::StatusIs;

constexpr int64_t kHour = 3'600'000'000;

class EventScanTest : public ::testing::TestWithParam<LedgerKind> {
 protected:
  void Append(const std::string& workspace, const std::vector<Event>& events) {
    AppendRequest request{.workspace = workspace, .zone = absl::UTCTimeZone()};
    for (const Event& event : events) {
      request.entries.push_back(
          register_.Entry(event, static_cast<int32_t>(request.entries.size())));
    }
    const auto result = ledger_->store().Append(request);
    ASSERT_THAT(result, testing::IsOk());
    ASSERT_EQ(result->counts.rejected_count, 0);
  }
  static Event Of(const std::string& customer, const std::string& id, int hour, Payload payload) {
    return {.customer_id = customer,
            .event_id = id,
            .occurred_micros = hour * kHour,
            .payload = std::move(payload)};
  }
  // Customers and events in the order in which they come.
  std::vector<std::string> All(const std::vector<EventKind>& kinds, int before_hour = 1000) {
    std::vector<std::string> seen;
    EventScan scan(ledger_->database(), register_.Decoder());
    EXPECT_THAT(scan.All("default", kinds, before_hour * kHour,
                         [&](const StoredEvent& stored, const Event& event) {
                           EXPECT_EQ(stored.event_id, event.event_id);
                           seen.push_back(stored.customer_id + "/" + stored.event_id);
                           return absl::OkStatus();
                         }),
                testing::IsOk());
    return seen;
  }

  EventRegister register_;
  std::unique_ptr<LedgerUnderTest> ledger_ = GetParam().open(register_.Decoder());
};

TEST_P(EventScanTest, ReadsKindsOneByOneAndCustomersByTime) {
  Append("default", {Of("b", "late", 9, Complaint{}), Of("b", "early", 1, Complaint{}),
                     Of("a", "x", 5, Complaint{}), Of("a", "cost", 2, Remedy{.cost_micros = 1}),
                     Of("a", "other", 2, Contact{.person = "p"})});
  Append("elsewhere", {Of("c", "x", 5, Complaint{})});
  EXPECT_THAT(All({EventKind::kComplaint, EventKind::kRemedy}),
              ElementsAre("a/x", "b/early", "b/late", "a/cost"));
  EXPECT_THAT(All({EventKind::kComplaint}, 9), ElementsAre("a/x", "b/early"))
      << "what happens at that moment is not before it";
  EXPECT_THAT(All({EventKind::kPromise}), IsEmpty());
}

TEST_P(EventScanTest, ReadsPurchasesWithItemsOnly) {
  const Purchase bare{.amount_micros = 1};
  const Purchase full{.amount_micros = 1, .items = {{.product = "p", .quantity = 1}}};
  Append("default", {Of("b", "1", 2, full), Of("a", "2", 3, full), Of("a", "3", 1, full),
                     Of("a", "4", 2, bare)});
  EXPECT_THAT(All({EventKind::kPurchase}), ElementsAre("a/3", "a/2", "b/1"));
}

TEST_P(EventScanTest, ReadsOneCustomer) {
  Append("default", {Of("a", "1", 2, Contact{.person = "p"}), Of("b", "1", 1, Contact{}),
                     Of("a", "2", 1, Contact{.person = "q"})});
  EventScan scan(ledger_->database(), register_.Decoder());
  std::vector<std::string> people;
  const std::array kinds = {EventKind::kContact};
  EXPECT_THAT(scan.OfCustomer("default", "a", kinds, 100 * kHour,
                              [&](const StoredEvent&, const Event& event) {
                                people.push_back(std::get<Contact>(event.payload).person);
                                return absl::OkStatus();
                              }),
              testing::IsOk());
  EXPECT_THAT(people, ElementsAre("q", "p"));
}

TEST_P(EventScanTest, AnErrorOfTheReaderEndsTheScan) {
  Append("default", {Of("a", "1", 1, Complaint{}), Of("b", "1", 1, Complaint{})});
  EventScan scan(ledger_->database(), register_.Decoder());
  int seen = 0;
  const std::array kinds = {EventKind::kComplaint};
  EXPECT_THAT(scan.All("default", kinds, 100 * kHour,
                       [&](const StoredEvent&, const Event&) {
                         ++seen;
                         return absl::CancelledError("enough");
                       }),
              StatusIs(absl::StatusCode::kCancelled));
  EXPECT_EQ(seen, 1);
}

TEST_P(EventScanTest, FindsEventsOfAKindByTheirIndex) {
  std::string plan;
  const auto read = ledger_->database().Read([&](sql::Session& session) {
    return session.Query(
        "EXPLAIN QUERY PLAN SELECT payload FROM events WHERE workspace = :workspace"
        " AND kind = :kind AND kind <> 'PURCHASE' AND occurred_micros < :before"
        " ORDER BY customer, occurred_micros, ledger_revision",
        {"default", "CONTACT", int64_t{0}},
        [&](int64_t, int64_t, int64_t, const std::string& detail) { plan += detail + "\n"; });
  });
  ASSERT_THAT(read, testing::IsOk());
  EXPECT_THAT(plan, ::testing::HasSubstr("events_by_kind"));
  EXPECT_THAT(plan, ::testing::Not(::testing::HasSubstr("TEMP B-TREE")));
}

INSTANTIATE_TEST_SUITE_P(Stores, EventScanTest, ::testing::Values(SqliteLedger()),
                         [](const auto& kind) { return kind.param.name; });

}  // namespace
}  // namespace valueloop::scoring
