#include "cli/importer.h"

#include <map>
#include <memory>
#include <mutex>
#include <sstream>
#include <string>

#include "absl/time/clock.h"
#include "cli/context.h"
#include "common/metrics.h"
#include "common/rpc/server.h"
#include "fmt/format.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "testing/shared_data.h"
#include "testing/status_matchers.h"
#include "testing/temp_dir.h"

namespace valueloop::cli {
namespace {

using scoring::v1::ImportEventsRequest;
using scoring::v1::ImportEventsResponse;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testing::StatusIs;

// A ledger that keeps ids only and rejects purchases of exactly 13. It can break the connection.
class FakeLedger : public rpc::Service {
 public:
  FakeLedger() : Service("valueloop.scoring.v1.LedgerService") {
    BidiStream<ImportEventsRequest, ImportEventsResponse>(
        "ImportEvents",
        [this](rpc::CallContext&, rpc::Reader<ImportEventsRequest>& reader,
               rpc::Writer<ImportEventsResponse>& writer) { return Import(reader, writer); });
    Unary<scoring::v1::RecordEventsRequest, scoring::v1::RecordEventsResponse>(
        "RecordEvents", [this](rpc::CallContext&, const scoring::v1::RecordEventsRequest& request,
                               scoring::v1::RecordEventsResponse& response) {
          const std::lock_guard lock(mutex_);
          ImportEventsResponse answer;
          Apply(request.events(), answer);
          *response.mutable_rejects() = answer.rejects();
          return absl::OkStatus();
        });
  }

  // The connection breaks after batch `number` was made durable and before it is answered.
  void BreakAfterBatch(int64_t number) { break_after_ = number; }
  size_t event_count() const { return events_.size(); }
  int64_t applied_batch_count() const { return applied_batch_count_; }

 private:
  struct Record {
    int64_t durable = 0;
    std::map<int64_t, ImportEventsResponse> answers;
    ImportEventsResponse totals;
  };

  absl::Status Import(rpc::Reader<ImportEventsRequest>& reader,
                      rpc::Writer<ImportEventsResponse>& writer) {
    std::string import_id;
    for (ImportEventsRequest request; reader.Read(request);) {
      if (import_id.empty()) import_id = request.import_id();
      ImportEventsResponse answer;
      {
        const std::lock_guard lock(mutex_);
        Record& record = records_[import_id];
        const int64_t number = request.batch_number();
        if (number > record.durable + 1)
          return absl::FailedPreconditionError("batch_number: a hole");
        if (number == record.durable + 1) {
          Apply(request.events(), answer);
          record.durable = number;
          ++applied_batch_count_;
          auto& totals = record.totals;
          totals.set_total_accepted_count(totals.total_accepted_count() + answer.accepted_count());
          totals.set_total_duplicate_count(totals.total_duplicate_count() +
                                           answer.duplicate_count());
          totals.set_total_rejected_count(totals.total_rejected_count() + answer.rejected_count());
          record.answers[number] = answer;
          record.answers[number].clear_rejects();
        } else if (number > 0) {
          answer = record.answers[number];
        }
        answer.MergeFrom(record.totals);
        answer.set_durable_batch_number(record.durable);
        if (number > 0 && number == break_after_) {
          break_after_ = -1;
          return absl::UnavailableError("broken on purpose");
        }
      }
      writer.Write(answer);
    }
    return absl::OkStatus();
  }

  template <typename Events>
  void Apply(const Events& events, ImportEventsResponse& answer) {
    int index = -1;
    for (const auto& event : events) {
      ++index;
      if (event.purchase().amount_micros() == 13'000'000) {
        auto& reject = *answer.add_rejects();
        reject.set_index(index);
        reject.set_message("purchase.amount_micros: got 13000000, want luck");
        answer.set_rejected_count(answer.rejected_count() + 1);
      } else if (events_.emplace(event.customer_id() + event.event_id(), 1).second) {
        answer.set_accepted_count(answer.accepted_count() + 1);
      } else {
        answer.set_duplicate_count(answer.duplicate_count() + 1);
      }
    }
  }

  std::mutex mutex_;
  std::map<std::string, Record> records_;
  std::map<std::string, int> events_;
  int64_t break_after_ = -1;
  int64_t applied_batch_count_ = 0;
};

class ImporterTest : public ::testing::Test {
 protected:
  void SetUp() override {
    VL_ASSERT_OK_AND_ASSIGN(metrics_, Metrics::Start(""));
    VL_ASSERT_OK_AND_ASSIGN(server_, rpc::Server::Start({}, {&ledger_}, *metrics_));
    VL_ASSERT_OK_AND_ASSIGN(channel_,
                            rpc::Channel::Create(fmt::format("127.0.0.1:{}", server_->port())));
  }

  absl::StatusOr<ImportResult> Import(const std::string& csv, bool resume = false) {
    std::istringstream in(csv);
    RowOptions row_options;
    row_options.zone = absl::UTCTimeZone();
    auto rows = OpenPurchases(in, row_options);
    if (!rows.ok()) return rows.status();
    std::ostringstream sink;
    const Context context(in, sink, sink);
    Progress progress(context, "import", "rows");
    RejectWriter rejects(RejectsPath(), RejectWriter::Format::kCsv, resume);
    ImportOptions options;
    options.parent = "workspaces/default";
    options.import_id = "file-1";
    options.resume = resume;
    options.batch_size = 10;
    Importer importer(*channel_, options, **rows, rejects, progress,
                      static_cast<int64_t>(csv.size()));
    return importer.Run();
  }

  std::string RejectsPath() const { return folder_.File("rejects.csv"); }

  static std::string Purchases(int count) {
    std::string csv = "customer_id,occurred_at,amount\n";
    for (int i = 1; i <= count; ++i) csv += fmt::format("c{},2026-01-01,{}\n", i, i);
    return csv;
  }

  testing::TempDir folder_;
  FakeLedger ledger_;
  std::unique_ptr<Metrics> metrics_;
  std::unique_ptr<rpc::Server> server_;
  std::unique_ptr<rpc::Channel> channel_;
};

TEST_F(ImporterTest, CountsRowsAndNamesTheLinesOfRejectedOnes) {
  std::string csv = Purchases(95);
  csv += "c96,2026-01-01,-1\n";
  VL_ASSERT_OK_AND_ASSIGN(const ImportResult result, Import(csv));
  EXPECT_EQ(result.row_count, 96);
  EXPECT_EQ(result.accepted_count, 94);
  EXPECT_EQ(result.rejected_count, 2);  // Line 14 by the server, line 97 here.
  EXPECT_THAT(result.first_rejects,
              ElementsAre(HasSubstr("14: purchase.amount_micros: got 13000000"),
                          HasSubstr("97: amount: got -1")));
  EXPECT_THAT(testing::ReadFileOrDie(RejectsPath()), HasSubstr("\"c13,2026-01-01,13\"\n97,"));
}

TEST_F(ImporterTest, ABrokenConnectionLosesAndDoublesNothing) {
  ledger_.BreakAfterBatch(2);  // Batch 2 has the rejected row 13.
  VL_ASSERT_OK_AND_ASSIGN(const ImportResult result, Import(Purchases(100)));
  EXPECT_EQ(result.accepted_count, 99);
  EXPECT_EQ(result.duplicate_count, 0);
  EXPECT_EQ(result.rejected_count, 1);
  EXPECT_EQ(ledger_.event_count(), 99u);
  EXPECT_EQ(ledger_.applied_batch_count(), 10);
  EXPECT_THAT(result.first_rejects, ElementsAre(HasSubstr("14: ")));
}

TEST_F(ImporterTest, TheSameFileAgainIsAllDuplicates) {
  VL_ASSERT_OK(Import(Purchases(50)));
  VL_ASSERT_OK_AND_ASSIGN(const ImportResult result, Import(Purchases(50)));
  EXPECT_EQ(result.accepted_count, 0);
  EXPECT_EQ(result.duplicate_count, 49);
  EXPECT_EQ(result.rejected_count, 1);
  EXPECT_EQ(ledger_.event_count(), 49u);
}

TEST_F(ImporterTest, ResumeSendsOnlyWhatIsNotDurable) {
  VL_ASSERT_OK(Import(Purchases(50)));
  const int64_t before = ledger_.applied_batch_count();
  VL_ASSERT_OK_AND_ASSIGN(const ImportResult result, Import(Purchases(50), /*resume=*/true));
  EXPECT_EQ(ledger_.applied_batch_count(), before);
  EXPECT_EQ(result.accepted_count, 49);  // Of the whole import.
  EXPECT_EQ(result.rejected_count, 1);
  EXPECT_THAT(testing::ReadFileOrDie(RejectsPath()), HasSubstr("\n14,"));
}

TEST_F(ImporterTest, AServerThatIsNotThereIsSaidSoon) {
  VL_ASSERT_OK_AND_ASSIGN(channel_, rpc::Channel::Create("127.0.0.1:1"));
  const absl::Time begin = absl::Now();
  EXPECT_THAT(Import(Purchases(1)), StatusIs(absl::StatusCode::kUnavailable));
  EXPECT_LT(absl::Now() - begin, absl::Seconds(15));
}

}  // namespace
}  // namespace valueloop::cli
