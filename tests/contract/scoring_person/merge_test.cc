// Merges and splits of customers, and the ids other systems know them by.
#include <algorithm>
#include <string>
#include <vector>

#include "contract/scoring_person/person_fixture.h"
#include "fmt/format.h"

namespace valueloop::scoring {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::IsOk;
using ::testing::Not;
using testing::StatusIs;
using ::testing::UnorderedElementsAre;
constexpr absl::StatusCode kPrecondition = absl::StatusCode::kFailedPrecondition;

class MergeTest : public PersonTest {};

TEST_F(MergeTest, MakesOnePersonWithTheEventsOfBoth) {
  const std::vector<Event> events = {PurchaseOf("a", "1", 0, 5), PurchaseOf("a", "2", 9, 7),
                                     PurchaseOf("b", "3", 3, 11)};
  Append(events);
  VL_ASSERT_OK_AND_ASSIGN(const MergeResult merged, Merge("a", "b"));
  EXPECT_EQ(merged.merge.person, "a");
  EXPECT_EQ(merged.ledger_revision, 4);
  for (const char* id : {"a", "b"}) {
    VL_ASSERT_OK_AND_ASSIGN(const CustomerRecord record, Get(id));
    EXPECT_EQ(record.customer_id, "a");
    EXPECT_EQ(record.summary, SummaryOf(events));
    EXPECT_EQ(record.ledger_revision, 4);
    EXPECT_EQ(record.first_occurred_micros, kStart);
    EXPECT_EQ(record.last_occurred_micros, kStart + 9 * kDayMicros);
  }
  VL_ASSERT_OK_AND_ASSIGN(const LedgerTotals totals, ledger_.GetTotals("default"));
  EXPECT_EQ(totals.customer_count, 1);
  EXPECT_EQ(totals.event_count, 3);
  std::vector<std::string> scanned;
  VL_ASSERT_OK(ledger_.ScanSummaries("default", "", 10, [&](CustomerRecord&& record) {
    scanned.push_back(record.customer_id);
    return absl::OkStatus();
  }));
  EXPECT_THAT(scanned, ElementsAre("a"));
  EXPECT_THAT(Differences(), IsEmpty());
}

TEST_F(MergeTest, DoesNotDependOnTheOrder) {
  const std::vector<Event> events = {PurchaseOf("a", "1", 0, 5), AttributeOf("b", "2", 4, "li"),
                                     PurchaseOf("c", "3", 3, 11), AttributeOf("c", "4", 4, "wu")};
  using Pair = std::pair<std::string, std::string>;
  const std::vector<std::vector<Pair>> orders = {{{"a", "b"}, {"a", "c"}},
                                                 {{"a", "c"}, {"a", "b"}},
                                                 {{"b", "c"}, {"a", "b"}},
                                                 {{"a", "b"}, {"b", "c"}}};
  Append(events);
  std::vector<std::string> summaries;
  for (const std::vector<Pair>& order : orders) {
    for (const auto& [survivor, merged] : order) ASSERT_THAT(Merge(survivor, merged), IsOk());
    EXPECT_THAT(Differences(), IsEmpty());
    summaries.push_back(StoredSummary("a"));
    for (const auto& [survivor, merged] : order) {
      ASSERT_THAT(persons_.Split(workspace_, merged), IsOk());
    }
  }
  EXPECT_THAT(summaries, ::testing::Each(EncodeSummary(SummaryOf(events))));
}

TEST_F(MergeTest, ChainsLeadToOnePersonAndCyclesAreRefused) {
  Append({PurchaseOf("a", "1", 0, 5), PurchaseOf("b", "2", 1, 5), PurchaseOf("c", "3", 2, 5)});
  ASSERT_THAT(Merge("b", "a"), IsOk());
  ASSERT_THAT(Merge("c", "b"), IsOk());
  const std::vector<std::string> ids = {"a", "b", "c", "nobody"};
  VL_ASSERT_OK_AND_ASSIGN(const auto persons, ledger_.Resolve("default", ids));
  EXPECT_THAT(persons, ElementsAre("c", "c", "c", "nobody"));
  EXPECT_THAT(Merge("a", "c"), StatusIs(kPrecondition, HasSubstr("one person already")));
  EXPECT_THAT(Merge("a", "a"), StatusIs(kPrecondition, HasSubstr("one person already")));
  Append({PurchaseOf("d", "4", 3, 5)});
  EXPECT_THAT(Merge("d", "a"), StatusIs(kPrecondition, HasSubstr("merged into c already")));
  VL_ASSERT_OK_AND_ASSIGN(const auto merges, persons_.ListMerges("default", "b", "", 10));
  ASSERT_EQ(merges.size(), 2u);
  EXPECT_EQ(merges[0].merged, "a");
  EXPECT_EQ(merges[0].survivor, "b");
  EXPECT_EQ(merges[0].person, "c");
}

TEST_F(MergeTest, RefusesCustomersWithoutEvents) {
  Append({PurchaseOf("a", "1", 0, 5)});
  constexpr absl::StatusCode kNotFound = absl::StatusCode::kNotFound;
  EXPECT_THAT(Merge("a", "x"), StatusIs(kNotFound, HasSubstr("merged: got x")));
  EXPECT_THAT(Merge("x", "a"), StatusIs(kNotFound, HasSubstr("survivor: got x")));
  EXPECT_THAT(persons_.Split(workspace_, "a"), StatusIs(kPrecondition, HasSubstr("not merged")));
  EXPECT_THAT(Differences(), IsEmpty());
}

TEST_F(MergeTest, ASplitRestoresTheExactSummariesWithWhatCameMeanwhile) {
  Append({PurchaseOf("a", "1", 0, 5), PurchaseOf("b", "2", 1, 6), PurchaseOf("c", "3", 2, 7),
          AttributeOf("b", "4", 3, "li")});
  const std::string a_before = StoredSummary("a");
  const std::string b_before = StoredSummary("b");
  const std::string c_before = StoredSummary("c");
  ASSERT_THAT(Merge("a", "b"), IsOk());
  ASSERT_THAT(Merge("a", "c"), IsOk());
  EXPECT_EQ(StoredSummary("b"), "none");
  const Event late = PurchaseOf("b", "5", 8, 9);
  Append({late});
  VL_ASSERT_OK_AND_ASSIGN(const CustomerRecord person, Get("c"));
  EXPECT_EQ(EventCount(person.summary), 5);
  EXPECT_THAT(Differences(), IsEmpty());

  VL_ASSERT_OK_AND_ASSIGN(const SplitResult split, persons_.Split(workspace_, "b"));
  EXPECT_EQ(split.customer_id, "b");
  EXPECT_EQ(split.survivor_id, "a");
  EXPECT_EQ(
      StoredSummary("b"),
      EncodeSummary(SummaryOf({PurchaseOf("b", "2", 1, 6), AttributeOf("b", "4", 3, "li"), late})));
  EXPECT_NE(StoredSummary("b"), b_before) << "the late purchase is its own";
  ASSERT_THAT(persons_.Split(workspace_, "c"), IsOk());
  EXPECT_EQ(StoredSummary("a"), a_before);
  EXPECT_EQ(StoredSummary("c"), c_before);
  EXPECT_THAT(Differences(), IsEmpty());
}

TEST_F(MergeTest, SplittingTheMiddleOfAChainTakesWhatWasMergedIntoIt) {
  Append({PurchaseOf("a", "1", 0, 5), PurchaseOf("b", "2", 1, 6), PurchaseOf("c", "3", 2, 7)});
  ASSERT_THAT(Merge("b", "a"), IsOk());
  ASSERT_THAT(Merge("c", "b"), IsOk());
  ASSERT_THAT(persons_.Split(workspace_, "b"), IsOk());
  const std::vector<std::string> ids = {"a", "b", "c"};
  VL_ASSERT_OK_AND_ASSIGN(const auto persons, ledger_.Resolve("default", ids));
  EXPECT_THAT(persons, ElementsAre("b", "b", "c"));
  VL_ASSERT_OK_AND_ASSIGN(const CustomerRecord both, Get("a"));
  EXPECT_EQ(both.summary, SummaryOf({PurchaseOf("a", "1", 0, 5), PurchaseOf("b", "2", 1, 6)}));
  EXPECT_THAT(Differences(), IsEmpty());
}

TEST_F(MergeTest, EqualEventsCountOnceAndThoseThatOnlyShareAnIdCountEach) {
  Append({PurchaseOf("a", "1", 0, 5), PurchaseOf("b", "1", 0, 5), PurchaseOf("a", "2", 1, 6),
          PurchaseOf("b", "2", 1, 7)});
  VL_ASSERT_OK_AND_ASSIGN(const MergeResult merged, Merge("a", "b"));
  EXPECT_EQ(merged.equal_event_count, 1);
  EXPECT_EQ(merged.same_id_event_count, 1);
  VL_ASSERT_OK_AND_ASSIGN(const CustomerRecord record, Get("a"));
  EXPECT_EQ(PurchasesAsOf(record.summary, absl::CivilDay(2000, 1, 1)).amount_micros, 18'000'000);
  // On arrival too: the other system now sends what it sent of b under a.
  EXPECT_EQ(Append({PurchaseOf("b", "9", 5, 3)}), (BatchCounts{.accepted_count = 1}));
  EXPECT_EQ(Append({PurchaseOf("a", "9", 5, 3), PurchaseOf("a", "9", 5, 3)}),
            (BatchCounts{.duplicate_count = 2}));
  EXPECT_EQ(Append({PurchaseOf("a", "9", 5, 4)}), (BatchCounts{.accepted_count = 1}));
  EXPECT_THAT(Differences(), IsEmpty());
}

TEST_F(MergeTest, ReferralsAndClaimsFollowTheirPersons) {
  Append({PurchaseOf("a", "1", 0, 5), PurchaseOf("b", "2", 1, 6), PurchaseOf("r", "3", 0, 7),
          PurchaseOf("s", "4", 0, 7), ReferralOf("r", "5", 1, "b"), ReferralOf("s", "6", 2, "a")});
  ASSERT_THAT(Merge("a", "b"), IsOk());
  EXPECT_THAT(listener_.changed, ElementsAre("a", "b", "r", "s"));
  ASSERT_THAT(Merge("s", "r"), IsOk());
  VL_ASSERT_OK_AND_ASSIGN(const auto edges, ledger_.ListReferralsOf("default", "b"));
  ASSERT_EQ(edges.size(), 2u);
  for (const ReferralEdge& edge : edges) {
    EXPECT_EQ(edge.customer, "a");
    EXPECT_EQ(edge.referrer, "s");
  }
  VL_ASSERT_OK_AND_ASSIGN(const CustomerRecord referrer, Get("r"));
  ASSERT_EQ(referrer.summary.referrals.size(), 2u);
  for (const ReferralRecord& referral : referrer.summary.referrals) {
    EXPECT_EQ(referral.referred_customer_id, "a");
  }
  EXPECT_THAT(Differences(), IsEmpty());
}

TEST_F(MergeTest, RevisionsGrowAndTellWhatCanBeReproduced) {
  const Event first = PurchaseOf("a", "1", 0, 5);
  Append({first, PurchaseOf("b", "2", 1, 6)});
  ASSERT_THAT(Merge("a", "b"), IsOk());  // 1 + 1 + 1
  Append({PurchaseOf("b", "3", 2, 7)});
  const auto at = [&](int64_t revision) {
    return ledger_.GetSummaryAt("default", "b", revision, absl::UTCTimeZone());
  };
  VL_ASSERT_OK_AND_ASSIGN(const CustomerRecord now, Get("a"));
  EXPECT_EQ(now.ledger_revision, 4);
  VL_ASSERT_OK_AND_ASSIGN(const CustomerRecord merged, at(3));
  EXPECT_EQ(merged.summary, SummaryOf({first, PurchaseOf("b", "2", 1, 6)}));
  EXPECT_EQ(merged.ledger_revision, 3);
  EXPECT_THAT(at(2), StatusIs(kPrecondition, HasSubstr("got 2, want 3..4")));
  EXPECT_THAT(at(5), StatusIs(absl::StatusCode::kOutOfRange));
  ASSERT_THAT(persons_.Split(workspace_, "b"), IsOk());
  for (const char* id : {"a", "b"}) {
    VL_ASSERT_OK_AND_ASSIGN(const CustomerRecord split, Get(id));
    EXPECT_EQ(split.ledger_revision, 5);
  }
  EXPECT_THAT(at(4), StatusIs(kPrecondition));
  Append({PurchaseOf("a", "4", 3, 8)});
  VL_ASSERT_OK_AND_ASSIGN(const CustomerRecord before,
                          ledger_.GetSummaryAt("default", "a", 5, absl::UTCTimeZone()));
  EXPECT_EQ(before.summary, SummaryOf({first}));
  EXPECT_THAT(Differences(), IsEmpty());
}

TEST_F(MergeTest, VerifyFindsAMemberWhoseRowIsNotWhatItsEventsMake) {
  Append({PurchaseOf("a", "1", 0, 5), PurchaseOf("b", "2", 1, 6)});
  ASSERT_THAT(Merge("a", "b"), IsOk());
  VL_ASSERT_OK(database_->Write([](sql::Session& session) {
    return session
        .Execute(
            "UPDATE members SET summary = (SELECT summary FROM members WHERE customer = 'a')"
            " WHERE customer = 'b'")
        .status();
  }));
  EXPECT_THAT(Differences(), ElementsAre(HasSubstr("a: member b: summary: got")));
}

TEST_F(MergeTest, ListsTheEventsOfAllIdsPageByPage) {
  Append({PurchaseOf("a", "1", 0, 5), PurchaseOf("b", "2", 0, 6), PurchaseOf("c", "3", 0, 7),
          PurchaseOf("a", "4", 1, 5)});
  ASSERT_THAT(Merge("a", "b"), IsOk());
  ASSERT_THAT(Merge("a", "c"), IsOk());
  std::vector<std::string> listed;
  std::optional<EventPlace> after;
  for (int page = 0; page < 10; ++page) {
    VL_ASSERT_OK_AND_ASSIGN(const auto events, ledger_.ListEvents("default", "b", after, 1));
    if (events.empty()) break;
    listed.push_back(events[0].customer_id + events[0].event_id);
    after = {events[0].occurred_micros, events[0].ledger_revision, events[0].customer_id};
  }
  EXPECT_THAT(listed, ElementsAre("a1", "b2", "c3", "a4"));
}

TEST_F(MergeTest, ARepeatedRequestGetsTheSameAnswerAlsoAfterASplit) {
  Append({PurchaseOf("a", "1", 0, 5), PurchaseOf("b", "2", 1, 6)});
  const RequestKey key{.id = "r1", .method = "MergeCustomers", .body = "a b"};
  VL_ASSERT_OK_AND_ASSIGN(const MergeResult once,
                          persons_.MergeCustomers(workspace_, "a", "b", key));
  ASSERT_THAT(persons_.Split(workspace_, "b"), IsOk());
  VL_ASSERT_OK_AND_ASSIGN(const MergeResult again,
                          persons_.MergeCustomers(workspace_, "a", "b", key));
  EXPECT_EQ(again.merge, once.merge);
  EXPECT_EQ(again.ledger_revision, once.ledger_revision);
  const std::vector<std::string> ids = {"b"};
  VL_ASSERT_OK_AND_ASSIGN(const auto persons, ledger_.Resolve("default", ids));
  EXPECT_THAT(persons, ElementsAre("b")) << "nothing was merged the second time";
  EXPECT_THAT(
      persons_.MergeCustomers(workspace_, "a", "b", RequestKey{"r1", "MergeCustomers", "x"}),
      StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("request_id")));
}

class ExternalIdTest : public PersonTest {
 protected:
  absl::Status Set(const std::string& customer, const std::vector<SystemIds>& systems) {
    return persons_.SetExternalIds("default", customer, systems);
  }
  std::vector<std::string> Resolve(const std::vector<std::string>& ids) {
    const auto persons = ledger_.Resolve("default", ids);
    EXPECT_THAT(persons, IsOk());
    return persons.value_or(std::vector<std::string>());
  }
};

TEST_F(ExternalIdTest, LeadToTheCustomerAndThroughMergesToThePerson) {
  Append({PurchaseOf("a", "1", 0, 5), PurchaseOf("b", "2", 1, 6)});
  VL_ASSERT_OK(Set("b", {{"crm", {"0015g:7"}}, {"erp", {"9"}}}));
  EXPECT_THAT(Resolve({"crm:0015g:7", "erp:9", "erp:1", "b"}), ElementsAre("b", "b", "erp:1", "b"));
  ASSERT_THAT(Merge("a", "b"), IsOk());
  EXPECT_THAT(Resolve({"crm:0015g:7", "b"}), ElementsAre("a", "a"));
  VL_ASSERT_OK_AND_ASSIGN(const auto listed, persons_.ListExternalIds("default", "a"));
  ASSERT_EQ(listed.size(), 2u);
  EXPECT_EQ(listed[0].system, "crm");
  EXPECT_EQ(listed[0].id, "0015g:7");
  EXPECT_EQ(listed[0].customer_id, "b");
}

TEST_F(ExternalIdTest, ABatchOf200IsResolvedInOrder) {
  std::vector<std::string> ids;
  std::vector<std::string> want;
  for (int i = 0; i < 200; ++i) {
    VL_ASSERT_OK(Set(fmt::format("c{}", i), {{"crm", {fmt::format("x{}", i)}}}));
    ids.push_back(i % 3 == 0 ? fmt::format("c{}", i) : fmt::format("crm:x{}", i));
    want.push_back(fmt::format("c{}", i));
  }
  EXPECT_EQ(Resolve(ids), want);
}

TEST_F(ExternalIdTest, AreReplacedPerSystem) {
  VL_ASSERT_OK(Set("a", {{"crm", {"1", "2"}}, {"erp", {"3"}}}));
  VL_ASSERT_OK(Set("a", {{"crm", {"2", "4"}}}));
  EXPECT_THAT(Resolve({"crm:1", "crm:2", "crm:4", "erp:3"}), ElementsAre("crm:1", "a", "a", "a"));
  VL_ASSERT_OK(Set("a", {{"erp", {}}}));
  EXPECT_THAT(Resolve({"erp:3"}), ElementsAre("erp:3"));
}

TEST_F(ExternalIdTest, AreUniqueAndAConflictTellsNothingOfTheOther) {
  VL_ASSERT_OK(Set("secret-name", {{"crm", {"1"}}}));
  EXPECT_THAT(Set("b", {{"crm", {"2", "1"}}}),
              StatusIs(absl::StatusCode::kAlreadyExists,
                       AllOf(HasSubstr("got crm:1"), Not(HasSubstr("secret-name")))));
  EXPECT_THAT(Resolve({"crm:2"}), ElementsAre("crm:2")) << "nothing was changed";
}

TEST_F(ExternalIdTest, NeverMeetTheIdOfACustomerThatHasAColon) {
  Append({PurchaseOf("crm:1", "1", 0, 5)});
  VL_ASSERT_OK_AND_ASSIGN(const CustomerRecord record, Get("crm:1"));
  EXPECT_EQ(record.customer_id, "crm:1");
  EXPECT_THAT(Set("b", {{"crm", {"1"}}}),
              StatusIs(absl::StatusCode::kAlreadyExists, HasSubstr("a customer's id")));
  VL_ASSERT_OK(Set("b", {{"crm", {"2"}}}));
  EXPECT_EQ(Append({PurchaseOf("crm:2", "1", 0, 5)}), (BatchCounts{.rejected_count = 1}));
  EXPECT_EQ(Append({PurchaseOf("crm:3", "1", 0, 5)}), (BatchCounts{.accepted_count = 1}));
  EXPECT_THAT(Resolve({"crm:1", "crm:2", "crm:3"}), ElementsAre("crm:1", "b", "crm:3"));
}

}  // namespace
}  // namespace valueloop::scoring
