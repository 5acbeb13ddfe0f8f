// Merges, external ids and exports on the real valueloop-scoring.
#include <string>
#include <vector>

#include "integration/scoring_person/person_calls.h"

namespace valueloop::scoring {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testing::IsOk;
using testing::StatusIs;
constexpr absl::StatusCode kInvalid = absl::StatusCode::kInvalidArgument;
constexpr absl::StatusCode kNotFound = absl::StatusCode::kNotFound;
constexpr char kDay1[] = "2025-01-05T04:00:00Z";
constexpr char kDay2[] = "2025-02-05T04:00:00Z";
constexpr char kDay3[] = "2025-03-05T04:00:00Z";

class PersonRpcTest : public ::testing::Test {
 protected:
  PersonServer server_;
};

TEST_F(PersonRpcTest, AMergeShowsInTheNextAnswerAndASplitRestoresTheScores) {
  server_.Record({PurchaseAt("a", "1", kDay1, 100), PurchaseAt("b", "2", kDay2, 50),
                  PurchaseAt("r", "3", kDay1, 10), ReferralAt("r", "4", kDay1, "b")});
  VL_ASSERT_OK_AND_ASSIGN(const std::string a_before, server_.ScoreText("a"));
  VL_ASSERT_OK_AND_ASSIGN(const std::string b_before, server_.ScoreText("b"));
  VL_ASSERT_OK_AND_ASSIGN(const std::string r_before, server_.ScoreText("r"));
  VL_ASSERT_OK_AND_ASSIGN(const v1::Merge merge, server_.Merge("a", "b"));
  EXPECT_EQ(merge.name(), "workspaces/default/merges/b");
  EXPECT_EQ(merge.person(), "a");
  VL_ASSERT_OK_AND_ASSIGN(const v1::Score by_a, server_.Score("a"));
  VL_ASSERT_OK_AND_ASSIGN(const v1::Score by_b, server_.Score("b"));
  EXPECT_EQ(by_b.name(), "workspaces/default/customers/a/score");
  EXPECT_DOUBLE_EQ(by_a.realised_value(), by_b.realised_value());
  VL_ASSERT_OK_AND_ASSIGN(const std::string r_merged, server_.ScoreText("r"));
  EXPECT_NE(r_merged, r_before) << "the share of the margin of whom r brought is another now";
  VL_ASSERT_OK_AND_ASSIGN(const v1::SplitCustomerResponse split, server_.Split("b"));
  EXPECT_EQ(split.customer().name(), "workspaces/default/customers/b");
  EXPECT_EQ(split.survivor().name(), "workspaces/default/customers/a");
  VL_ASSERT_OK_AND_ASSIGN(const std::string a_after, server_.ScoreText("a"));
  VL_ASSERT_OK_AND_ASSIGN(const std::string b_after, server_.ScoreText("b"));
  VL_ASSERT_OK_AND_ASSIGN(const std::string r_after, server_.ScoreText("r"));
  EXPECT_EQ(a_after, a_before);
  EXPECT_EQ(b_after, b_before);
  EXPECT_EQ(r_after, r_before);
}

TEST_F(PersonRpcTest, LookUpsTakeExternalIdsBesideCustomerIds) {
  server_.Record({PurchaseAt("a", "1", kDay1, 100), PurchaseAt("x:y", "2", kDay2, 50)});
  ASSERT_THAT(server_.Link("a", "crm", {"0015g"}), IsOk());
  v1::LookupScoresRequest request;
  request.set_parent("workspaces/default");
  for (const char* id : {"crm:0015g", "a", "x:y", "crm:none", "crm:0015g"}) {
    request.add_customer_ids(id);
  }
  for (int round = 0; round < 2; ++round) {  // Computed, then from memory.
    VL_ASSERT_OK_AND_ASSIGN(const auto found, server_.Call<v1::LookupScoresResponse>(
                                                  "ScoreService/LookupScores", request));
    ASSERT_EQ(found.items_size(), 5);
    EXPECT_EQ(found.items(0).customer_id(), "crm:0015g");
    EXPECT_EQ(found.items(0).score().name(), "workspaces/default/customers/a/score");
    EXPECT_DOUBLE_EQ(found.items(0).score().realised_value(), 40);
    EXPECT_DOUBLE_EQ(found.items(2).score().realised_value(), 20);
    EXPECT_EQ(found.items(3).code(), static_cast<int>(kNotFound));
    EXPECT_EQ(found.items(4).score().name(), found.items(0).score().name());
  }
  VL_ASSERT_OK_AND_ASSIGN(const v1::Score score, server_.Score("crm:0015g"));
  EXPECT_EQ(score.name(), "workspaces/default/customers/a/score");
  v1::GetCustomerRequest get;
  get.set_name("workspaces/default/customers/crm:0015g");
  VL_ASSERT_OK_AND_ASSIGN(const auto customer,
                          server_.Call<v1::Customer>("LedgerService/GetCustomer", get));
  EXPECT_EQ(customer.name(), "workspaces/default/customers/a");
  // Moved to another customer: no answer of the old one is left under it.
  ASSERT_THAT(server_.Link("a", "crm", {}), IsOk());
  ASSERT_THAT(server_.Link("x:y", "crm", {"0015g"}), IsOk());
  VL_ASSERT_OK_AND_ASSIGN(const v1::Score moved, server_.Score("crm:0015g"));
  EXPECT_EQ(moved.name(), "workspaces/default/customers/x:y/score");

  v1::LookupCustomersRequest lookup;
  lookup.set_parent("workspaces/default");
  for (const char* id : {"crm:0015g", "a", "nobody", "a/b"}) lookup.add_ids(id);
  VL_ASSERT_OK_AND_ASSIGN(const auto who, server_.Call<v1::LookupCustomersResponse>(
                                              "CustomerService/LookupCustomers", lookup));
  EXPECT_EQ(who.items(0).customer(), "workspaces/default/customers/x:y");
  EXPECT_EQ(who.items(1).customer(), "workspaces/default/customers/a");
  EXPECT_EQ(who.items(2).code(), static_cast<int>(kNotFound));
  EXPECT_EQ(who.items(3).code(), static_cast<int>(kInvalid));
}

TEST_F(PersonRpcTest, WrongRequestsNameTheField) {
  EXPECT_THAT(server_.Link("a", "1crm", {"x"}), StatusIs(kInvalid, HasSubstr("systems.system")));
  EXPECT_THAT(server_.Link("a", "crm", {"x/y"}), StatusIs(kInvalid, HasSubstr("systems.ids")));
  EXPECT_THAT(server_.Link("a", "crm", {""}), StatusIs(kInvalid, HasSubstr("systems.ids")));
  EXPECT_THAT(server_.Link("a", "crm", {"x", "x"}), StatusIs(kInvalid, HasSubstr("once")));
  EXPECT_THAT(server_.Link("a", "crm", {std::string(253, 'x')}), StatusIs(kInvalid));
  EXPECT_THAT(server_.Merge("", "b"), StatusIs(kInvalid, HasSubstr("survivor")));
  EXPECT_THAT(server_.Merge("a", ""), StatusIs(kInvalid, HasSubstr("merged")));
  EXPECT_THAT(server_.Merge("a", "b"), StatusIs(kNotFound));
  v1::EraseCustomerRequest erase;
  erase.set_name("workspaces/default/customers/a");
  erase.set_confirm("b");
  EXPECT_THAT(server_.Call<v1::EraseCustomerResponse>("CustomerService/EraseCustomer", erase),
              StatusIs(kInvalid, HasSubstr("confirm: got b")));
  v1::ListMergesRequest list;
  list.set_parent("workspaces/default");
  list.set_page_size(-1);
  EXPECT_THAT(server_.Call<v1::ListMergesResponse>("CustomerService/ListMerges", list),
              StatusIs(kInvalid, HasSubstr("page_size")));
}

TEST_F(PersonRpcTest, ListsMergesPageByPage) {
  server_.Record({PurchaseAt("a", "1", kDay1, 1), PurchaseAt("b", "1", kDay1, 2),
                  PurchaseAt("c", "1", kDay1, 3), PurchaseAt("d", "1", kDay1, 4)});
  for (const char* id : {"b", "c", "d"}) ASSERT_THAT(server_.Merge("a", id), IsOk());
  v1::ListMergesRequest request;
  request.set_parent("workspaces/default");
  request.set_page_size(2);
  std::vector<std::string> merged;
  do {
    VL_ASSERT_OK_AND_ASSIGN(const auto page, server_.Call<v1::ListMergesResponse>(
                                                 "CustomerService/ListMerges", request));
    for (const v1::Merge& merge : page.merges()) merged.push_back(merge.merged());
    request.set_page_token(page.next_page_token());
  } while (!request.page_token().empty());
  EXPECT_THAT(merged, ElementsAre("b", "c", "d"));
}

TEST_F(PersonRpcTest, WhatWasExportedAndErasedMakesTheSameScoresAgain) {
  server_.Record({PurchaseAt("a", "1", kDay1, 100), PurchaseAt("b", "2", kDay2, 50),
                  AttributeAt("b", "3", kDay3, "li"), PurchaseAt("r", "4", kDay1, 10)});
  ASSERT_THAT(server_.Link("b", "crm", {"0015g"}), IsOk());
  ASSERT_THAT(server_.Merge("a", "b"), IsOk());
  VL_ASSERT_OK_AND_ASSIGN(const std::string before, server_.ScoreText("b"));
  const std::vector<v1::ExportRecord> records = server_.Export("crm:0015g");
  ASSERT_GE(records.size(), 8u);
  EXPECT_EQ(records.front().header().format_version(), 1);
  EXPECT_THAT(records.front().header().customer_ids(), ElementsAre("a", "b"));
  EXPECT_EQ(records.back().footer().event_count(), 3);
  EXPECT_EQ(records.back().footer().record_count(), static_cast<int64_t>(records.size()));
  VL_ASSERT_OK_AND_ASSIGN(const auto proof, server_.Erase("b", true));
  EXPECT_TRUE(proof.complete()) << proof.DebugString();
  EXPECT_THAT(server_.Score("b"), StatusIs(kNotFound));
  EXPECT_THAT(server_.Score("crm:0015g"), StatusIs(kNotFound));

  std::vector<v1::Event> events;
  for (const v1::ExportRecord& record : records) {
    if (record.has_event()) events.push_back(record.event());
  }
  server_.Record(events);
  for (const v1::ExportRecord& record : records) {
    if (record.has_merge()) {
      ASSERT_THAT(server_.Merge(record.merge().survivor(), record.merge().merged()), IsOk());
    }
    if (record.has_external_id()) {
      const std::string& name = record.external_id().customer();
      ASSERT_THAT(server_.Link(name.substr(name.rfind('/') + 1), record.external_id().system(),
                               {record.external_id().id()}),
                  IsOk());
    }
  }
  VL_ASSERT_OK_AND_ASSIGN(const std::string after, server_.ScoreText("crm:0015g"));
  EXPECT_EQ(after, before);
}

}  // namespace
}  // namespace valueloop::scoring
