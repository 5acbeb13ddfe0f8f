// A ledger with persons, in a database of the test's own, and events to put into it.
#ifndef VALUELOOP_TESTS_CONTRACT_SCORING_PERSON_PERSON_FIXTURE_H_
#define VALUELOOP_TESTS_CONTRACT_SCORING_PERSON_PERSON_FIXTURE_H_

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "common/clock.h"
#include "common/metrics.h"
#include "common/sql/database.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "scoring/rpc/event_text.h"
#include "scoring/store/eraser.h"
#include "scoring/store/person_store.h"
#include "scoring/store/score_cache.h"
#include "scoring/store/snapshot_store.h"
#include "scoring/store/sql_ledger_store.h"
#include "testing/status_matchers.h"
#include "testing/temp_dir.h"

namespace valueloop::scoring {

inline constexpr int64_t kDayMicros = int64_t{86'400} * 1'000'000;
inline constexpr int64_t kStart = int64_t{10'000} * kDayMicros;  // 1997-05-19.

inline Event EventOf(const std::string& customer, const std::string& id, int day, Payload payload) {
  return {.customer_id = customer,
          .source = "billing",
          .event_id = id,
          .occurred_micros = kStart + day * kDayMicros,
          .payload = std::move(payload)};
}
inline Event PurchaseOf(const std::string& customer, const std::string& id, int day,
                        int64_t amount) {
  return EventOf(customer, id, day, Purchase{.amount_micros = amount * 1'000'000});
}
inline Event ReferralOf(const std::string& referrer, const std::string& id, int day,
                        const std::string& referred) {
  return EventOf(referrer, id, day,
                 Referral{.referred_customer_id = referred, .type = ReferralType::kOne});
}
inline Event AttributeOf(const std::string& customer, const std::string& id, int day,
                         const std::string& value) {
  return EventOf(customer, id, day, AttributeChange{.name = "owner", .value = value});
}

class RecordingListener : public LedgerListener {
 public:
  void OnChanged(const std::string&, const std::vector<std::string>& customer_ids) override {
    changed = customer_ids;
  }
  std::vector<std::string> changed;
};

class PersonTest : public ::testing::Test {
 protected:
  PersonTest() {
    workspace_.id = "default";
    workspace_.time_zone = absl::UTCTimeZone();
    ledger_.AddListener(&cache_);
    persons_.AddListener(&cache_);
    eraser_.AddListener(&cache_);
    persons_.AddListener(&listener_);
    eraser_.AddListener(&listener_);
  }

  BatchCounts Append(const std::vector<Event>& events) {
    AppendRequest request{.workspace = workspace_.id,
                          .zone = workspace_.time_zone,
                          .recorded_micros = absl::ToUnixMicros(clock_.Now())};
    for (const Event& event : events) {
      request.entries.push_back(
          MakeLedgerEntry(event, static_cast<int32_t>(request.entries.size())));
    }
    const auto result = ledger_.Append(request);
    EXPECT_THAT(result, testing::IsOk());
    return result.ok() ? result->counts : BatchCounts{};
  }
  absl::StatusOr<MergeResult> Merge(const std::string& survivor, const std::string& merged) {
    return persons_.MergeCustomers(workspace_, survivor, merged, std::nullopt);
  }
  absl::StatusOr<CustomerRecord> Get(const std::string& id) {
    return ledger_.GetSummary(workspace_.id, id);
  }
  // The summary as it is kept, byte for byte.
  std::string StoredSummary(const std::string& id) {
    const auto text = database_->Read([&](sql::Session& session) {
      return session.QueryValue<std::string>("SELECT summary FROM customers WHERE customer = :id",
                                             {id});
    });
    return text.ok() ? text->value_or("none") : text.status().ToString();
  }
  CustomerSummary SummaryOf(const std::vector<Event>& events) {
    return Summarize(events, workspace_.time_zone).value();
  }
  std::vector<std::string> Differences() {
    std::vector<std::string> found;
    const auto page = ledger_.Verify(workspace_.id, workspace_.time_zone, "", 10'000);
    EXPECT_THAT(page, testing::IsOk());
    if (!page.ok()) return {"not verified"};
    for (const auto& difference : page->differences) {
      found.push_back(difference.customer_id + ": " + difference.message);
    }
    return found;
  }
  std::string Path() const { return folder_.File("scoring.db"); }

  Workspace workspace_;
  testing::TempDir folder_;
  FakeClock clock_{absl::FromUnixSeconds(1767225600)};
  std::unique_ptr<Metrics> metrics_ = *Metrics::Start("");
  std::unique_ptr<sql::Database> database_ =
      sql::Database::Open("sqlite:" + folder_.File("scoring.db"),
                          {.migrations = {sql::CommonMigrations(), LedgerMigrations()}})
          .value();
  SqlLedgerStore ledger_{*database_, DecodeStoredEvent};
  PersonStore persons_{*database_, DecodeStoredEvent, clock_};
  ScoreCache cache_{{}, nullptr, {}, clock_, *metrics_};
  Eraser eraser_{*database_, cache_, DecodeStoredEvent,
                 [](Event event) { return MakeLedgerEntry(std::move(event), 0); }, clock_};
  SnapshotStore snapshots_{*database_, clock_};
  RecordingListener listener_;
};

}  // namespace valueloop::scoring

#endif  // VALUELOOP_TESTS_CONTRACT_SCORING_PERSON_PERSON_FIXTURE_H_
