// What every PlanStore does, whatever is behind it.
#include <atomic>
#include <string>
#include <thread>
#include <vector>

#include "common/status.h"
#include "contract/strategy/stores_under_test.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "testing/status_matchers.h"

namespace valueloop::strategy {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::valueloop::testing::StatusIs;

class PlanStoreContractTest : public ::testing::TestWithParam<StoreKind> {
 protected:
  PlanStore& plans() { return stores_->plans(); }
  void Reopen() { stores_->Reopen(); }

  PlanVersion Import(std::string_view plan, std::string_view note) {
    return plans().Import(ImportOf(plan, note), {}).value();
  }

  std::vector<std::string> Payloads(std::string_view workspace, int64_t after) {
    std::vector<std::string> payloads;
    const std::vector<StoredPublication> found =
        plans().ListPublications(workspace, after, 100).value();
    for (const StoredPublication& publication : found) payloads.push_back(publication.payload);
    return payloads;
  }

 private:
  std::unique_ptr<StoresUnderTest> stores_ = GetParam().open();
};

TEST_P(PlanStoreContractTest, KeepsAFirstImportAsADraft) {
  const PlanVersion version = Import("HL", "a");
  EXPECT_EQ(version.version, 1);
  EXPECT_EQ(version.state, PlanState::kDraft);
  EXPECT_EQ(version.parent_version, 0);
  EXPECT_EQ(version.facts, ImportOf("HL", "a").facts);
  Reopen();
  EXPECT_THAT(plans().Get("default", "HL", 0), testing::IsOkAndHolds(version));
  EXPECT_THAT(plans().Get("default", "HL", 1), testing::IsOkAndHolds(version));
}

TEST_P(PlanStoreContractTest, KeepsTheSourceByteForByte) {
  Import("HL", "a");
  VL_ASSERT_OK_AND_ASSIGN(const PlanSource source, plans().GetSource("default", "HL", 1));
  EXPECT_EQ(source.text, ImportOf("HL", "a").source);
  EXPECT_EQ(source.file_name, "plan.yaml");
}

TEST_P(PlanStoreContractTest, ReplacesAnUnpublishedVersion) {
  const PlanVersion first = Import("HL", "a");
  const PlanVersion second = Import("HL", "b");
  EXPECT_EQ(second.version, 1);
  EXPECT_EQ(second.state, PlanState::kInDecode);
  EXPECT_GT(second.revision, first.revision);
  VL_ASSERT_OK_AND_ASSIGN(const PlanSource source, plans().GetSource("default", "HL", 0));
  EXPECT_EQ(source.text, ImportOf("HL", "b").source);
}

TEST_P(PlanStoreContractTest, LeavesAVersionAsItIsForTheSameBytes) {
  const PlanVersion first = Import("HL", "a");
  EXPECT_EQ(Import("HL", "a"), first);
}

TEST_P(PlanStoreContractTest, RefusesAnImportOverAnOldRevision) {
  const PlanVersion first = Import("HL", "a");
  Import("HL", "b");
  PlanImport late = ImportOf("HL", "c");
  late.revision = first.revision;
  EXPECT_THAT(plans().Import(late, {}), StatusIs(absl::StatusCode::kAborted, HasSubstr("etag")));
  EXPECT_EQ(plans().Get("default", "HL", 0)->facts.fingerprint, "b");
}

TEST_P(PlanStoreContractTest, RefusesARevisionOfAPlanThatDoesNotExist) {
  PlanImport import = ImportOf("HL", "a");
  import.revision = 1;
  EXPECT_THAT(plans().Import(import, {}), StatusIs(absl::StatusCode::kAborted));
  EXPECT_THAT(plans().Get("default", "HL", 0), StatusIs(absl::StatusCode::kNotFound));
}

TEST_P(PlanStoreContractTest, ValidatesAnUnpublishedVersionOnly) {
  const PlanVersion draft = Import("HL", "a");
  VL_ASSERT_OK_AND_ASSIGN(const PlanVersion validated,
                          plans().MarkValidated(draft, draft.facts, 1'500));
  EXPECT_EQ(validated.state, PlanState::kValidated);
  EXPECT_THAT(plans().MarkValidated(draft, draft.facts, 1'600),
              StatusIs(absl::StatusCode::kAborted));
  EXPECT_EQ(Import("HL", "b").state, PlanState::kInDecode);
  const PlanVersion published = PublishNew(plans(), "HL", "c");
  EXPECT_THAT(plans().MarkValidated(published, published.facts, 3'000),
              testing::IsOkAndHolds(published));
}

TEST_P(PlanStoreContractTest, BeginsANewVersionAfterAPublishedOne) {
  const PlanVersion published = PublishNew(plans(), "HL", "a");
  EXPECT_EQ(published.state, PlanState::kPublished);
  EXPECT_EQ(published.publish_time, 2'000);
  const PlanVersion next = Import("HL", "b");
  EXPECT_EQ(next.version, 2);
  EXPECT_EQ(next.parent_version, 1);
  EXPECT_EQ(next.state, PlanState::kDraft);
  EXPECT_THAT(plans().Get("default", "HL", 1), testing::IsOkAndHolds(published));
  EXPECT_EQ(plans().GetSource("default", "HL", 1)->text, ImportOf("HL", "a").source);
}

TEST_P(PlanStoreContractTest, SupersedesThePublishedVersionByTheNext) {
  PublishNew(plans(), "HL", "a");
  PublishNew(plans(), "HL", "b");
  EXPECT_EQ(plans().Get("default", "HL", 1)->state, PlanState::kSuperseded);
  EXPECT_EQ(plans().Get("default", "HL", 2)->state, PlanState::kPublished);
  EXPECT_EQ(plans().GetPublication("default", "HL", 1)->payload, "HL 1");
  EXPECT_EQ(plans().GetPublication("default", "HL", 0)->payload, "HL 2");
}

TEST_P(PlanStoreContractTest, PublishesAPublishedVersionOnce) {
  const PlanVersion published = PublishNew(plans(), "HL", "a");
  EXPECT_THAT(plans().Publish(published, published.facts, "again", 9'000, {}),
              testing::IsOkAndHolds(published));
  EXPECT_THAT(Payloads("default", 0), ElementsAre("HL 1"));
}

TEST_P(PlanStoreContractTest, NeverPublishesASupersededVersionAgain) {
  PublishNew(plans(), "HL", "a");
  PublishNew(plans(), "HL", "b");
  const PlanVersion old = plans().Get("default", "HL", 1).value();
  const absl::Status status = plans().Publish(old, old.facts, "x", 9'000, {}).status();
  EXPECT_THAT(status, StatusIs(absl::StatusCode::kFailedPrecondition));
  EXPECT_EQ(ReasonOf(status), "STATE_TRANSITION");
}

TEST_P(PlanStoreContractTest, RefusesToPublishWhatWasWrittenMeanwhile) {
  const PlanVersion read = Import("HL", "a");
  Import("HL", "b");
  EXPECT_THAT(plans().Publish(read, read.facts, "x", 9'000, {}),
              StatusIs(absl::StatusCode::kAborted));
  EXPECT_THAT(Payloads("", 0), IsEmpty());
}

TEST_P(PlanStoreContractTest, AnswersARepeatedRequestWithTheVersionItWrote) {
  const RequestKey import_key{.id = "r1", .method = "ImportPlan", .body = "body"};
  VL_ASSERT_OK_AND_ASSIGN(const PlanVersion draft, plans().Import(ImportOf("HL", "a"), import_key));
  const RequestKey publish_key{.id = "r2", .method = "PublishPlan", .body = "body"};
  VL_ASSERT_OK_AND_ASSIGN(const PlanVersion published,
                          plans().Publish(draft, draft.facts, "HL 1", 2'000, publish_key));
  Import("HL", "b");
  Reopen();
  EXPECT_THAT(plans().Import(ImportOf("HL", "a"), import_key), testing::IsOkAndHolds(published));
  EXPECT_EQ(plans().Get("default", "HL", 0)->version, 2);
  VL_ASSERT_OK_AND_ASSIGN(const auto answered, plans().FindRequest("default", publish_key));
  EXPECT_EQ(answered, published);
}

TEST_P(PlanStoreContractTest, RefusesARequestIdWithAnotherBody) {
  VL_ASSERT_OK(
      plans().Import(ImportOf("HL", "a"), {.id = "r", .method = "ImportPlan", .body = "1"}));
  EXPECT_THAT(plans().Import(ImportOf("HL", "b"), {.id = "r", .method = "ImportPlan", .body = "2"}),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("request_id")));
  EXPECT_EQ(plans().Get("default", "HL", 0)->facts.fingerprint, "a");
}

TEST_P(PlanStoreContractTest, ListsTheNewestVersionsByIdInPages) {
  PublishNew(plans(), "B", "1");
  Import("B", "2");
  Import("A", "1");
  Import("C", "1");
  VL_ASSERT_OK_AND_ASSIGN(const std::vector<PlanVersion> first, plans().List("default", "", 2));
  ASSERT_EQ(first.size(), 2u);
  EXPECT_EQ(first[0].plan, "A");
  EXPECT_EQ(first[1].plan, "B");
  EXPECT_EQ(first[1].version, 2);
  VL_ASSERT_OK_AND_ASSIGN(const std::vector<PlanVersion> rest, plans().List("default", "B", 2));
  ASSERT_EQ(rest.size(), 1u);
  EXPECT_EQ(rest[0].plan, "C");
  EXPECT_THAT(plans().List("other", "", 2), testing::IsOkAndHolds(IsEmpty()));
}

TEST_P(PlanStoreContractTest, GivesPublicationsOneOrderOverAllWorkspaces) {
  PublishNew(plans(), "A", "1");
  PlanImport elsewhere = ImportOf("X", "1");
  elsewhere.workspace = "other";
  const PlanVersion draft = plans().Import(elsewhere, {}).value();
  VL_ASSERT_OK(plans().Publish(draft, draft.facts, "other X", 2'000, {}));
  PublishNew(plans(), "B", "1");
  Reopen();
  EXPECT_THAT(Payloads("", 0), ElementsAre("A 1", "other X", "B 1"));
  EXPECT_THAT(Payloads("default", 0), ElementsAre("A 1", "B 1"));
  EXPECT_THAT(Payloads("default", 1), ElementsAre("B 1"));
  EXPECT_THAT(Payloads("", 3), IsEmpty());
  EXPECT_EQ(plans().signal().latest(), 3);
}

TEST_P(PlanStoreContractTest, KeepsItsEpochAcrossRestarts) {
  const std::string epoch = plans().epoch();
  Reopen();
  EXPECT_EQ(plans().epoch(), epoch);
}

TEST_P(PlanStoreContractTest, WakesAWaiterWhenAPublicationIsCommitted) {
  const int64_t seen = plans().signal().latest();
  std::vector<std::string> found;
  std::thread waiter([&] {
    if (plans().signal().WaitBeyond(seen, [] { return false; })) found = Payloads("", seen);
  });
  PublishNew(plans(), "HL", "a");
  waiter.join();
  EXPECT_THAT(found, ElementsAre("HL 1"));
}

TEST_P(PlanStoreContractTest, LetsAWaiterGoWhenItIsStopped) {
  std::atomic<bool> stopped = false;
  bool found = true;
  std::thread waiter([&] {
    found = plans().signal().WaitBeyond(plans().signal().latest(), [&] { return stopped.load(); });
  });
  stopped = true;
  plans().signal().WakeAll();
  waiter.join();
  EXPECT_FALSE(found);
}

TEST_P(PlanStoreContractTest, HasNoPublicationOfADraft) {
  Import("HL", "a");
  EXPECT_THAT(plans().GetPublication("default", "HL", 1), StatusIs(absl::StatusCode::kNotFound));
  EXPECT_THAT(plans().GetPublication("default", "HL", 0), StatusIs(absl::StatusCode::kNotFound));
}

INSTANTIATE_TEST_SUITE_P(AllStores, PlanStoreContractTest, ::testing::Values(SqliteStores()),
                         [](const auto& test) { return test.param.name; });

}  // namespace
}  // namespace valueloop::strategy
