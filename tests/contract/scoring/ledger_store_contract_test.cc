// What every LedgerStore does, whatever database is behind it.
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "contract/scoring/ledger_under_test.h"
#include "fmt/format.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "scoring/domain/civil_day.h"
#include "testing/status_matchers.h"

namespace valueloop::scoring {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::IsOk;
using ::testing::SizeIs;
using testing::StatusIs;

constexpr char kWorkspace[] = "default";
constexpr int64_t kDayMicros = int64_t{86'400} * 1'000'000;
constexpr int64_t kStart = int64_t{10'000} * kDayMicros;  // 1997-05-19.

Event PurchaseOf(const std::string& customer, const std::string& id, int day,
                 int64_t amount_micros) {
  return {.customer_id = customer,
          .source = "billing",
          .event_id = id,
          .occurred_micros = kStart + day * kDayMicros,
          .payload = Purchase{.amount_micros = amount_micros}};
}

Event ReferralOf(const std::string& referrer, const std::string& id, const std::string& referred) {
  return {.customer_id = referrer,
          .source = "crm",
          .event_id = id,
          .occurred_micros = kStart,
          .payload = Referral{.referred_customer_id = referred, .type = ReferralType::kTwo}};
}

class RecordingListener : public LedgerListener {
 public:
  void OnChanged(const std::string& workspace,
                 const std::vector<std::string>& customer_ids) override {
    changes.emplace_back(workspace, customer_ids);
  }
  std::vector<std::pair<std::string, std::vector<std::string>>> changes;
};

class LedgerStoreTest : public ::testing::TestWithParam<LedgerKind> {
 protected:
  AppendRequest Request(const std::vector<Event>& events) {
    AppendRequest request{
        .workspace = kWorkspace, .zone = absl::UTCTimeZone(), .recorded_micros = kStart};
    for (const Event& event : events) {
      request.entries.push_back(
          register_.Entry(event, static_cast<int32_t>(request.entries.size())));
    }
    return request;
  }
  absl::StatusOr<AppendResult> Append(const std::vector<Event>& events) {
    return store().Append(Request(events));
  }
  absl::StatusOr<AppendResult> Import(const std::string& import_id, int64_t batch_number,
                                      const std::vector<Event>& events) {
    AppendRequest request = Request(events);
    request.import = {.import_id = import_id, .batch_number = batch_number};
    return store().Append(request);
  }
  absl::StatusOr<VerifiedPage> Verify() {
    return store().Verify(kWorkspace, absl::UTCTimeZone(), "", 100);
  }
  LedgerStore& store() { return ledger_->store(); }

  EventRegister register_;
  std::unique_ptr<LedgerUnderTest> ledger_ = GetParam().open(register_.Decoder());
};

TEST_P(LedgerStoreTest, KeepsEventsAndTheirSummary) {
  const std::vector<Event> events = {PurchaseOf("a", "1", 0, 5'000'000),
                                     PurchaseOf("b", "1", 2, 1'000'000),
                                     PurchaseOf("a", "2", 7, 3'000'000)};
  const auto result = Append(events);
  ASSERT_THAT(result, IsOk());
  EXPECT_EQ(result->counts, (BatchCounts{.accepted_count = 3}));
  EXPECT_THAT(result->rejects, IsEmpty());
  const auto record = store().GetSummary(kWorkspace, "a");
  ASSERT_THAT(record, IsOk());
  EXPECT_EQ(record->customer_id, "a");
  EXPECT_EQ(record->ledger_revision, 2);
  EXPECT_EQ(record->first_occurred_micros, kStart);
  EXPECT_EQ(record->last_occurred_micros, kStart + 7 * kDayMicros);
  EXPECT_EQ(record->summary,
            Summarize(std::vector<Event>{events[0], events[2]}, absl::UTCTimeZone()).value());
}

TEST_P(LedgerStoreTest, SurvivesClosing) {
  ASSERT_THAT(Append({PurchaseOf("a", "1", 0, 5'000'000)}), IsOk());
  ledger_->Reopen();
  const auto record = store().GetSummary(kWorkspace, "a");
  ASSERT_THAT(record, IsOk());
  EXPECT_EQ(record->ledger_revision, 1);
}

TEST_P(LedgerStoreTest, CountsTheSameEventAsDuplicateAndRejectsOtherContent) {
  ASSERT_THAT(Append({PurchaseOf("a", "1", 0, 5'000'000)}), IsOk());
  const auto again = Append({PurchaseOf("a", "1", 0, 5'000'000), PurchaseOf("a", "1", 0, 6'000'000),
                             PurchaseOf("a", "2", 1, 1'000'000)});
  ASSERT_THAT(again, IsOk());
  EXPECT_EQ(again->counts,
            (BatchCounts{.accepted_count = 1, .duplicate_count = 1, .rejected_count = 1}));
  ASSERT_THAT(again->rejects, SizeIs(1));
  EXPECT_EQ(again->rejects[0].index, 1);
  EXPECT_THAT(again->rejects[0].status,
              StatusIs(absl::StatusCode::kAlreadyExists, HasSubstr("event_id: got 1")));
  EXPECT_EQ(store().GetSummary(kWorkspace, "a")->ledger_revision, 2);
  EXPECT_THAT(Verify()->differences, IsEmpty());
}

TEST_P(LedgerStoreTest, FindsDuplicatesInsideOneBatch) {
  const auto result = Append({PurchaseOf("a", "1", 0, 5'000'000), PurchaseOf("b", "1", 0, 1),
                              PurchaseOf("a", "1", 0, 5'000'000)});
  ASSERT_THAT(result, IsOk());
  EXPECT_EQ(result->counts, (BatchCounts{.accepted_count = 2, .duplicate_count = 1}));
}

TEST_P(LedgerStoreTest, TellsSourcesWorkspacesAndCustomersApart) {
  Event other_source = PurchaseOf("a", "1", 0, 5'000'000);
  other_source.source = "";
  EXPECT_EQ(
      Append({PurchaseOf("a", "1", 0, 5'000'000), PurchaseOf("A", "1", 0, 5'000'000), other_source})
          ->counts,
      (BatchCounts{.accepted_count = 3}));
  AppendRequest elsewhere = Request({PurchaseOf("a", "1", 0, 5'000'000)});
  elsewhere.workspace = "other";
  EXPECT_EQ(store().Append(elsewhere)->counts, (BatchCounts{.accepted_count = 1}));
  EXPECT_EQ(store().GetTotals("other")->customer_count, 1);
  EXPECT_EQ(store().GetTotals(kWorkspace)->customer_count, 2);
  EXPECT_THAT(store().GetSummary("other", "A"), StatusIs(absl::StatusCode::kNotFound));
}

TEST_P(LedgerStoreTest, RefusesAnEventBeyondTheCustomersMoneyAndKeepsTheRest) {
  std::vector<Event> events;
  // The most a customer's amounts may add up to is half of int64 in micros.
  for (int i = 0; i < 4612; ++i) {
    events.push_back(PurchaseOf("a", fmt::format("{}", i), 0, kMaxAmountMicros));
  }
  AppendRequest request = Request({});
  for (size_t i = 0; i < events.size(); ++i) {
    request.entries.push_back({.event = events[i],
                               .payload = events[i].event_id,
                               .content_hash = events[i].event_id,
                               .index = static_cast<int32_t>(i)});
  }
  const auto result = store().Append(request);
  ASSERT_THAT(result, IsOk());
  EXPECT_EQ(result->counts, (BatchCounts{.accepted_count = 4611, .rejected_count = 1}));
  EXPECT_THAT(result->rejects[0].status, StatusIs(absl::StatusCode::kOutOfRange));
  EXPECT_EQ(store().GetSummary(kWorkspace, "a")->ledger_revision, 4611);
  EXPECT_THAT(*store().ListEvents(kWorkspace, "a", {}, 5000), SizeIs(4611));
  EXPECT_EQ(store().GetTotals(kWorkspace)->purchase_amount_micros, 4611 * kMaxAmountMicros);
}

TEST_P(LedgerStoreTest, CountsRejectsOfTheCallerWithTheBatch) {
  AppendRequest request = Request({PurchaseOf("a", "1", 0, 1), PurchaseOf("a", "1", 0, 2)});
  request.entries[0].index = 1;
  request.entries[1].index = 2;
  request.rejects.push_back({.index = 3, .status = absl::InvalidArgumentError("three")});
  request.rejects.push_back({.index = 0, .status = absl::InvalidArgumentError("zero")});
  request.import = {.import_id = "i", .batch_number = 1};
  const auto result = store().Append(request);
  ASSERT_THAT(result, IsOk());
  EXPECT_EQ(result->counts, (BatchCounts{.accepted_count = 1, .rejected_count = 3}));
  ASSERT_THAT(result->rejects, SizeIs(3));
  EXPECT_EQ(result->rejects[0].index, 0);
  EXPECT_EQ(result->rejects[1].index, 2);
  EXPECT_EQ(result->rejects[2].index, 3);
}

TEST_P(LedgerStoreTest, AnswersARepeatedBatchFromItsRecord) {
  ASSERT_THAT(Import("i", 1, {PurchaseOf("a", "1", 0, 1), PurchaseOf("a", "2", 0, 1)}), IsOk());
  ASSERT_THAT(Import("i", 2, {PurchaseOf("a", "2", 0, 1)}), IsOk());
  ledger_->Reopen();
  const auto repeated = Import("i", 1, {PurchaseOf("a", "3", 0, 1)});
  ASSERT_THAT(repeated, IsOk());
  EXPECT_TRUE(repeated->repeated);
  EXPECT_EQ(repeated->counts, (BatchCounts{.accepted_count = 2}));
  EXPECT_EQ(repeated->totals, (BatchCounts{.accepted_count = 2, .duplicate_count = 1}));
  EXPECT_EQ(repeated->durable_batch_number, 2);
  EXPECT_EQ(store().GetTotals(kWorkspace)->event_count, 2);
  const auto state = store().GetImport(kWorkspace, "i");
  ASSERT_THAT(state, IsOk());
  EXPECT_EQ(state->durable_batch_number, 2);
  EXPECT_EQ(store().GetImport(kWorkspace, "never")->durable_batch_number, 0);
}

TEST_P(LedgerStoreTest, RefusesABatchThatLeavesAHole) {
  ASSERT_THAT(Import("i", 1, {}), IsOk());
  EXPECT_THAT(Import("i", 3, {PurchaseOf("a", "1", 0, 1)}),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("batch_number: got 3")));
  EXPECT_EQ(store().GetImport(kWorkspace, "i")->durable_batch_number, 1);
  EXPECT_EQ(store().GetTotals(kWorkspace)->event_count, 0);
}

TEST_P(LedgerStoreTest, AppliesARequestIdOnceAndRefusesItWithAnotherBody) {
  AppendRequest request = Request({PurchaseOf("a", "1", 0, 1)});
  request.request = {.id = "r", .method = "SetCustomer", .body = "one"};
  ASSERT_THAT(store().Append(request), IsOk());
  AppendRequest repeated = Request({PurchaseOf("a", "2", 0, 1)});
  repeated.request = request.request;
  EXPECT_TRUE(store().Append(repeated)->repeated);
  repeated.request->body = "two";
  EXPECT_THAT(store().Append(repeated),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("request_id: got r")));
  EXPECT_EQ(store().GetTotals(kWorkspace)->event_count, 1);
}

TEST_P(LedgerStoreTest, ConcurrentImportsOfTheSameEventsKeepOneOfEach) {
  constexpr int kThreads = 4;
  constexpr int kBatches = 5;
  std::vector<std::vector<Event>> batches(kBatches);
  for (int i = 0; i < 200; ++i) {
    batches[i % kBatches].push_back(
        PurchaseOf(fmt::format("c{}", i % 17), fmt::format("e{}", i), i % 30, 1'000 + i));
  }
  std::vector<AppendRequest> requests;
  for (const std::vector<Event>& batch : batches) requests.push_back(Request(batch));
  std::vector<BatchCounts> counts(kThreads);
  std::vector<std::thread> threads;
  for (int t = 0; t < kThreads; ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0; i < kBatches; ++i) {
        AppendRequest request = requests[i];
        request.import = {.import_id = fmt::format("import{}", t), .batch_number = i + 1};
        counts[t] += store().Append(request)->counts;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  BatchCounts sum;
  for (const BatchCounts& part : counts) sum += part;
  EXPECT_EQ(sum, (BatchCounts{.accepted_count = 200, .duplicate_count = 600}));
  EXPECT_EQ(store().GetTotals(kWorkspace)->event_count, 200);
  EXPECT_EQ(store().GetTotals(kWorkspace)->customer_count, 17);
  const auto page = Verify();
  ASSERT_THAT(page, IsOk());
  EXPECT_EQ(page->checked_count, 17);
  EXPECT_THAT(page->differences, IsEmpty());
}

TEST_P(LedgerStoreTest, ListsEventsByTimeThenRevisionInPages) {
  const std::vector<Event> events = {PurchaseOf("a", "late", 9, 1), PurchaseOf("a", "x", 3, 1),
                                     PurchaseOf("a", "w", 3, 2), PurchaseOf("a", "early", 1, 1)};
  ASSERT_THAT(Append(events), IsOk());
  std::vector<std::string> ids;
  std::optional<EventPlace> place;
  for (int page_number = 0; page_number < 3; ++page_number) {
    const auto page = store().ListEvents(kWorkspace, "a", place, 2);
    ASSERT_THAT(page, IsOk());
    for (const StoredEvent& event : *page) {
      ids.push_back(event.event_id);
      place = {event.occurred_micros, event.ledger_revision};
    }
  }
  EXPECT_THAT(ids, ElementsAre("early", "x", "w", "late"));
  EXPECT_THAT(*store().ListEvents(kWorkspace, "nobody", {}, 2), IsEmpty());
}

TEST_P(LedgerStoreTest, RebuildsTheSummaryOfAnEarlierRevision) {
  const std::vector<Event> events = {PurchaseOf("a", "1", 5, 1), PurchaseOf("a", "2", 1, 2),
                                     PurchaseOf("a", "3", 3, 3)};
  ASSERT_THAT(Append(events), IsOk());
  const auto record = store().GetSummaryAt(kWorkspace, "a", 2, absl::UTCTimeZone());
  ASSERT_THAT(record, IsOk());
  EXPECT_EQ(record->ledger_revision, 2);
  EXPECT_EQ(record->first_occurred_micros, kStart + kDayMicros);
  EXPECT_EQ(record->summary,
            Summarize(std::vector<Event>{events[0], events[1]}, absl::UTCTimeZone()).value());
  EXPECT_THAT(store().GetSummaryAt(kWorkspace, "a", 4, absl::UTCTimeZone()),
              StatusIs(absl::StatusCode::kOutOfRange, HasSubstr("ledger_revision: got 4")));
  EXPECT_THAT(store().GetSummaryAt(kWorkspace, "b", 1, absl::UTCTimeZone()),
              StatusIs(absl::StatusCode::kNotFound));
}

TEST_P(LedgerStoreTest, ScansAndLooksUpSummariesInTheOrderAsked) {
  ASSERT_THAT(Append({PurchaseOf("b", "1", 0, 1), PurchaseOf("\xe5\xae\xa2", "1", 0, 1),
                      PurchaseOf("B", "1", 0, 1), PurchaseOf("a", "1", 0, 1)}),
              IsOk());
  std::vector<std::string> ids;
  ASSERT_THAT(store().ScanSummaries(kWorkspace, "B", 2,
                                    [&ids](CustomerRecord&& record) {
                                      ids.push_back(record.customer_id);
                                      return absl::OkStatus();
                                    }),
              IsOk());
  EXPECT_THAT(ids, ElementsAre("a", "b"));
  const std::vector<std::string> wanted = {"b", "nobody", "\xe5\xae\xa2"};
  const auto records = store().GetSummaries(kWorkspace, wanted);
  ASSERT_THAT(records, IsOk());
  ASSERT_THAT(*records, SizeIs(3));
  EXPECT_EQ((*records)[0]->customer_id, "b");
  EXPECT_FALSE((*records)[1].has_value());
  EXPECT_EQ((*records)[2]->ledger_revision, 1);
}

TEST_P(LedgerStoreTest, TellsListenersOfChangedCustomersAndWhoeverReferralsTieToThem) {
  RecordingListener listener;
  store().AddListener(&listener);
  ASSERT_THAT(Append({ReferralOf("anna", "1", "bert"), ReferralOf("carl", "1", "bert")}), IsOk());
  ASSERT_THAT(Append({PurchaseOf("bert", "1", 0, 1)}), IsOk());
  ASSERT_THAT(Append({PurchaseOf("bert", "1", 0, 1)}), IsOk());  // A duplicate changes nothing.
  ASSERT_THAT(listener.changes, SizeIs(2));
  EXPECT_THAT(listener.changes[0].second, ElementsAre("anna", "bert", "carl"));
  EXPECT_EQ(listener.changes[1].first, kWorkspace);
  EXPECT_THAT(listener.changes[1].second, ElementsAre("anna", "bert", "carl"));
  const auto referrals = store().ListReferralsOf(kWorkspace, "bert");
  ASSERT_THAT(referrals, IsOk());
  ASSERT_THAT(*referrals, SizeIs(2));
  EXPECT_EQ((*referrals)[0].referrer, "anna");
  EXPECT_EQ((*referrals)[0].type, ReferralType::kTwo);
}

TEST_P(LedgerStoreTest, FollowsChangedCustomersFromASequenceOn) {
  ASSERT_THAT(Append({PurchaseOf("a", "1", 0, 1), PurchaseOf("b", "1", 0, 1)}), IsOk());
  ASSERT_THAT(Append({PurchaseOf("a", "2", 0, 1)}), IsOk());
  const auto all = store().ListChanged(kWorkspace, {}, 10);
  ASSERT_THAT(all, IsOk());
  ASSERT_THAT(*all, SizeIs(2));
  EXPECT_EQ((*all)[0].customer_id, "b");
  EXPECT_EQ((*all)[1].customer_id, "a");
  EXPECT_EQ((*all)[1].change_sequence, store().GetTotals(kWorkspace)->change_sequence);
  EXPECT_THAT(*store().ListChanged(kWorkspace, all->back(), 10), IsEmpty());
}

TEST_P(LedgerStoreTest, CountsTheWholeWorkspace) {
  EXPECT_EQ(store().GetTotals(kWorkspace)->event_count, 0);
  EXPECT_FALSE(store().GetTotals(kWorkspace)->first_day.has_value());
  ASSERT_THAT(
      Append({PurchaseOf("a", "1", 3, 5), PurchaseOf("b", "1", 1, 7), ReferralOf("a", "2", "b")}),
      IsOk());
  const auto totals = store().GetTotals(kWorkspace);
  ASSERT_THAT(totals, IsOk());
  EXPECT_EQ(totals->customer_count, 2);
  EXPECT_EQ(totals->event_count, 3);
  EXPECT_EQ(totals->first_day, DayFromNumber(10'000));
  EXPECT_EQ(totals->last_day, DayFromNumber(10'003));
  EXPECT_EQ(totals->purchase_count, 2);
  EXPECT_EQ(totals->purchase_amount_micros, 12);
}

TEST_P(LedgerStoreTest, VerifyFindsASummaryThatIsNotItsLedger) {
  ASSERT_THAT(
      Append({PurchaseOf("a", "1", 0, 1), PurchaseOf("b", "1", 0, 1), PurchaseOf("c", "1", 0, 1)}),
      IsOk());
  ASSERT_THAT(ledger_->database().Write([](sql::Session& session) {
    return session
        .Execute(
            "UPDATE customers SET summary = (SELECT c.summary FROM customers c WHERE"
            " c.customer = 'c') || 'x' WHERE customer = 'b'")
        .status();
  }),
              IsOk());
  ASSERT_THAT(ledger_->database().Write([](sql::Session& session) {
    return session.Execute("DELETE FROM events WHERE customer = 'c'").status();
  }),
              IsOk());
  const auto page = Verify();
  ASSERT_THAT(page, IsOk());
  EXPECT_EQ(page->checked_count, 3);
  ASSERT_THAT(page->differences, SizeIs(3));
  EXPECT_EQ(page->differences[0].customer_id, "b");
  EXPECT_EQ(page->differences[1].customer_id, "c");
  EXPECT_THAT(page->differences[1].message, HasSubstr("ledger_revision: got 1, want 0"));
  EXPECT_EQ(page->differences[2].customer_id, "");
  EXPECT_THAT(page->differences[2].message, HasSubstr("totals: got 3 events"));
}

TEST_P(LedgerStoreTest, VerifyPagesOverAllCustomers) {
  ASSERT_THAT(
      Append({PurchaseOf("a", "1", 0, 1), PurchaseOf("b", "1", 0, 1), PurchaseOf("c", "1", 0, 1)}),
      IsOk());
  const auto first = store().Verify(kWorkspace, absl::UTCTimeZone(), "", 2);
  ASSERT_THAT(first, IsOk());
  EXPECT_EQ(first->checked_count, 2);
  EXPECT_EQ(first->last_customer_id, "b");
  const auto second = store().Verify(kWorkspace, absl::UTCTimeZone(), first->last_customer_id, 2);
  ASSERT_THAT(second, IsOk());
  EXPECT_EQ(second->checked_count, 1);
  EXPECT_EQ(second->last_customer_id, "");
}

INSTANTIATE_TEST_SUITE_P(Stores, LedgerStoreTest, ::testing::Values(SqliteLedger()),
                         [](const auto& kind) { return kind.param.name; });

}  // namespace
}  // namespace valueloop::scoring
