// Imports into a real valueloop-scoring over gRPC.
#include <algorithm>
#include <atomic>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include "fmt/format.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "integration/scoring_ledger/ledger_calls.h"
#include "testing/service_process.h"
#include "testing/status_matchers.h"

namespace valueloop::scoring {
namespace {

using ::testing::HasSubstr;
using testing::IsOk;
using testing::ServiceProcess;
using testing::StatusIs;

v1::ImportEventsRequest Request(const std::string& import_id, int64_t batch_number,
                                const std::vector<v1::Event>& events = {}) {
  v1::ImportEventsRequest request;
  request.set_parent("workspaces/default");
  request.set_import_id(import_id);
  request.set_batch_number(batch_number);
  for (const v1::Event& event : events) *request.add_events() = event;
  return request;
}

std::unique_ptr<rpc::ClientStream> OpenImport(ServiceProcess& server) {
  return server.channel().OpenStream(LedgerMethod("ImportEvents"), {.timeout = absl::Seconds(120)});
}

// Sends what follows the durable cursor ahead of the answers, and calls `on_answer` for each until
// it returns false or the import is complete. Returns the last answer.
template <typename OnAnswer>
v1::ImportEventsResponse Import(ServiceProcess& server, const std::string& import_id,
                                const GeneratedImport& generated, OnAnswer on_answer) {
  const auto stream = OpenImport(server);
  v1::ImportEventsResponse answer;
  EXPECT_TRUE(stream->Write(Request(import_id, 0)));
  if (!stream->Read(answer)) {
    ADD_FAILURE() << stream->Finish();
    return answer;
  }
  const auto batch_count = static_cast<int64_t>(generated.batches.size());
  const int64_t durable = answer.durable_batch_number();
  std::thread writer([&] {
    for (int64_t number = durable + 1; number <= batch_count; ++number) {
      if (!stream->Write(Request(import_id, number, generated.batches[number - 1]))) return;
    }
    stream->WritesDone();
  });
  bool go_on = on_answer(answer);
  while (go_on && stream->Read(answer)) go_on = on_answer(answer);
  if (!go_on) stream->Cancel();
  writer.join();
  const absl::Status status = stream->Finish();
  if (go_on) {
    EXPECT_THAT(status, IsOk());
  }
  return answer;
}

v1::ImportEventsResponse ImportAll(ServiceProcess& server, const std::string& import_id,
                                   const GeneratedImport& generated) {
  return Import(server, import_id, generated, [](const auto&) { return true; });
}

void ExpectLedgerIs(ServiceProcess& server, const GeneratedImport& generated) {
  const v1::LedgerStats stats = LedgerStatsOf(server.channel());
  EXPECT_EQ(stats.event_count(), generated.accepted_count);
  EXPECT_EQ(stats.purchase_count(), generated.accepted_count);
  EXPECT_EQ(stats.purchase_amount_micros(), generated.amount_micros);
  EXPECT_EQ(stats.customer_count(), generated.customer_count);
  const v1::VerifyLedgerResponse verified = VerifyLedgerOf(server.channel());
  EXPECT_TRUE(verified.done());
  EXPECT_EQ(verified.checked_count(), generated.customer_count);
  EXPECT_EQ(verified.total_count(), generated.customer_count);
  EXPECT_EQ(verified.differences_size(), 0) << verified.ShortDebugString();
}

TEST(ImportTest, KillingTheServerTenTimesLosesAndDoublesNothing) {
  constexpr int kKills = 10;
  const GeneratedImport generated = GenerateImport(/*seed=*/20261121, 200, 150);
  const auto batch_count = static_cast<int64_t>(generated.batches.size());
  ServiceProcess server(VL_SCORING_PROGRAM);
  std::mt19937_64 random(7);
  int64_t acknowledged = 0;  // The highest batch an answer named durable.
  for (int kill = 0; kill < kKills; ++kill) {
    ASSERT_NO_FATAL_FAILURE(server.Start());
    const int64_t answers_before_kill = 1 + static_cast<int64_t>(random() % 12);
    int64_t answer_count = 0;
    Import(server, "killed", generated, [&](const v1::ImportEventsResponse& answer) {
      // The first answer is the cursor after the restart: what was acknowledged is still there.
      EXPECT_GE(answer.durable_batch_number(), acknowledged);
      acknowledged = answer.durable_batch_number();
      if (answer_count++ < answers_before_kill) return true;
      server.Kill();  // Further batches are on their way or being stored.
      return false;
    });
    ASSERT_GT(answer_count, answers_before_kill);
    ASSERT_LT(acknowledged, batch_count) << "the import was over before the kill";
  }
  ASSERT_NO_FATAL_FAILURE(server.Start());
  const v1::ImportEventsResponse last = ImportAll(server, "killed", generated);
  EXPECT_EQ(last.durable_batch_number(), batch_count);
  EXPECT_EQ(last.total_accepted_count(), generated.accepted_count);
  EXPECT_EQ(last.total_duplicate_count(), generated.duplicate_count);
  EXPECT_EQ(last.total_rejected_count(), generated.rejected_count);
  ExpectLedgerIs(server, generated);
  EXPECT_EQ(server.Stop().code, 0);
}

class RunningServerTest : public ::testing::Test {
 protected:
  void SetUp() override { ASSERT_NO_FATAL_FAILURE(server_.Start()); }

  ServiceProcess server_{VL_SCORING_PROGRAM};
};

TEST_F(RunningServerTest, ImportingTwiceLeavesTheCountsOfOneImport) {
  const GeneratedImport generated = GenerateImport(/*seed=*/1, 5, 1000);
  EXPECT_EQ(ImportAll(server_, "first", generated).total_accepted_count(),
            generated.accepted_count);
  const v1::ImportEventsResponse second = ImportAll(server_, "second", generated);
  EXPECT_EQ(second.total_accepted_count(), 0);
  EXPECT_EQ(second.total_duplicate_count(), generated.accepted_count + generated.duplicate_count);
  EXPECT_EQ(second.total_rejected_count(), generated.rejected_count);
  ExpectLedgerIs(server_, generated);
}

TEST_F(RunningServerTest, ConcurrentImportsOfTheSameEventsKeepOneOfEach) {
  constexpr int kImports = 3;
  const GeneratedImport generated = GenerateImport(/*seed=*/2, 20, 200);
  std::atomic<int64_t> accepted_count{0};
  std::vector<std::thread> clients;
  for (int i = 0; i < kImports; ++i) {
    clients.emplace_back([&, i] {
      accepted_count +=
          ImportAll(server_, fmt::format("import{}", i), generated).total_accepted_count();
    });
  }
  for (std::thread& client : clients) client.join();
  EXPECT_EQ(accepted_count, generated.accepted_count);
  ExpectLedgerIs(server_, generated);
}

TEST_F(RunningServerTest, AnswersARepeatedBatchFromItsRecord) {
  const GeneratedImport generated = GenerateImport(/*seed=*/3, 3, 100);
  ImportAll(server_, "i", generated);
  const auto stream = OpenImport(server_);
  ASSERT_TRUE(stream->Write(Request("i", 2, generated.batches[0])));
  v1::ImportEventsResponse answer;
  ASSERT_TRUE(stream->Read(answer));
  EXPECT_EQ(answer.durable_batch_number(), 3);
  EXPECT_EQ(answer.accepted_count() + answer.duplicate_count() + answer.rejected_count(), 100);
  EXPECT_EQ(answer.rejects_size(), 0);
  EXPECT_EQ(answer.total_accepted_count(), generated.accepted_count);
  EXPECT_THAT(stream->Finish(), IsOk());
}

TEST_F(RunningServerTest, RejectsNameTheEventAndTheField) {
  std::vector<v1::Event> events = GenerateImport(/*seed=*/4, 1, 3).batches[0];
  events[1].mutable_purchase()->set_amount_micros(-5);
  const auto stream = OpenImport(server_);
  ASSERT_TRUE(stream->Write(Request("i", 1, events)));
  v1::ImportEventsResponse answer;
  ASSERT_TRUE(stream->Read(answer));
  EXPECT_EQ(answer.accepted_count(), 2);
  ASSERT_EQ(answer.rejects_size(), 1);
  EXPECT_EQ(answer.rejects(0).index(), 1);
  EXPECT_EQ(answer.rejects(0).code(), 3);
  EXPECT_THAT(answer.rejects(0).message(), HasSubstr("purchase.amount_micros: got -5"));
}

absl::Status StatusOfFirstMessage(ServiceProcess& server, const v1::ImportEventsRequest& request) {
  const auto stream = OpenImport(server);
  stream->Write(request);
  v1::ImportEventsResponse answer;
  EXPECT_FALSE(stream->Read(answer));
  return stream->Finish();
}

TEST_F(RunningServerTest, EndsAnImportThatBreaksTheRules) {
  v1::ImportEventsRequest elsewhere = Request("i", 1);
  elsewhere.set_parent("workspaces/nowhere");
  EXPECT_THAT(StatusOfFirstMessage(server_, elsewhere), StatusIs(absl::StatusCode::kNotFound));
  EXPECT_THAT(StatusOfFirstMessage(server_, Request("a/b", 1)),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("import_id")));
  EXPECT_THAT(StatusOfFirstMessage(server_, Request("i", 2)),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("batch_number: got 2")));
  EXPECT_THAT(StatusOfFirstMessage(server_, Request("i", -1)),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("batch_number: got -1")));
  EXPECT_THAT(StatusOfFirstMessage(server_, Request("i", 1, std::vector<v1::Event>(5001))),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("events: got 5001")));
  EXPECT_EQ(LedgerStatsOf(server_.channel()).event_count(), 0);
}

}  // namespace
}  // namespace valueloop::scoring
