// An erase on the real valueloop-scoring, and then a search of every store: the tables, the bytes
// of every file of the data folder, Redis, the answers, the log.
#include <sqlite3.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <string>
#include <vector>

#include "integration/scoring_person/person_calls.h"
#include "testing/eventually.h"
#include "testing/redis_server.h"

namespace valueloop::scoring {
namespace {

using ::testing::Contains;
using testing::Eventually;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::IsOk;
using testing::StatusIs;

constexpr char kPerson[] = "person-77319";
constexpr char kOther[] = "other-name-55128";
constexpr char kDay1[] = "2025-01-05T04:00:00Z";
constexpr char kDay2[] = "2025-02-05T04:00:00Z";
// Whatever names the person or was said of it.
const std::vector<std::string>& Needles() {
  static const std::vector<std::string> needles = {kPerson, kOther, "order-884213",
                                                   "attribute-value-3391", "external-id-60021"};
  return needles;
}

class EraseEverywhereTest : public ::testing::Test {
 protected:
  EraseEverywhereTest() : server_(Arguments()) {}

  static std::vector<std::string> Arguments() {
    EXPECT_TRUE(redis_.Start());
    return {"--redis", redis_.address()};
  }

  void SetUp() override { redis_.Command("FLUSHALL"); }

  void RecordPerson() {
    server_.Record({PurchaseAt(kPerson, "order-884213", kDay1, 100),
                    AttributeAt(kPerson, "2", kDay2, "attribute-value-3391"),
                    PurchaseAt(kOther, "3", kDay2, 50), ReferralAt(kPerson, "4", kDay1, "friend"),
                    PurchaseAt("friend", "5", kDay2, 70), PurchaseAt("referrer", "6", kDay1, 70),
                    ReferralAt("referrer", "7", kDay1, kPerson)});
    ASSERT_THAT(server_.Link(kPerson, "crm", {"external-id-60021"}), IsOk());
    ASSERT_THAT(server_.Merge(kPerson, kOther), IsOk());
    v1::SetCustomerRequest set;
    set.set_name(std::string("workspaces/default/customers/") + kOther);
    set.set_request_id("request-of-the-person");
    v1::Attribute& attribute = *set.add_attributes();
    attribute.set_attribute("phone");
    attribute.mutable_value()->set_text("attribute-value-3391");
    ASSERT_THAT(server_.Call<v1::Customer>("LedgerService/SetCustomer", set), IsOk());
    for (const char* id : {kPerson, kOther, "friend", "referrer", "crm:external-id-60021"}) {
      ASSERT_THAT(server_.Score(id), IsOk());
    }
    server_.Merge(kPerson, "nobody-at-all").status().IgnoreError();  // A failure is logged.
  }

  // Whether level 2 has an answer of the person; asks for another day each time, because on a busy
  // machine Redis is given up for a while.
  bool IsInLevelTwo() {
    v1::GetScoreRequest request;
    request.set_name(fmt::format("workspaces/default/customers/{}/score", kPerson));
    request.set_as_of(fmt::format("2025-03-{:02d}", ++asked_days_ % 20 + 1));
    EXPECT_THAT(server_.Call<v1::Score>("ScoreService/GetScore", request), IsOk());
    return !SearchRedis().empty();
  }

  std::vector<std::string> SearchTables() {
    std::vector<std::string> found;
    sqlite3* database = nullptr;
    EXPECT_EQ(sqlite3_open_v2((server_.process.data_dir() + "/scoring.db").c_str(), &database,
                              SQLITE_OPEN_READONLY, nullptr),
              SQLITE_OK);
    const auto query = [&](const std::string& sql) {
      std::vector<std::vector<std::string>> rows;
      sqlite3_stmt* statement = nullptr;
      EXPECT_EQ(sqlite3_prepare_v2(database, sql.c_str(), -1, &statement, nullptr), SQLITE_OK)
          << sql;
      while (sqlite3_step(statement) == SQLITE_ROW) {
        std::vector<std::string>& row = rows.emplace_back();
        for (int i = 0; i < sqlite3_column_count(statement); ++i) {
          const auto* text = reinterpret_cast<const char*>(sqlite3_column_text(statement, i));
          row.emplace_back(text == nullptr ? "" : text);
        }
      }
      sqlite3_finalize(statement);
      return rows;
    };
    for (const auto& table : query("SELECT name FROM sqlite_master WHERE type = 'table'")) {
      for (const auto& row : query("SELECT * FROM " + table[0])) {
        for (const std::string& cell : row) {
          for (const std::string& needle : Needles()) {
            if (cell.find(needle) != std::string::npos) found.push_back(table[0] + ": " + needle);
          }
        }
      }
    }
    sqlite3_close(database);
    return found;
  }

  std::vector<std::string> SearchFiles() {
    std::vector<std::string> found;
    for (const auto& entry :
         std::filesystem::recursive_directory_iterator(server_.process.data_dir())) {
      if (!entry.is_regular_file()) continue;
      std::ifstream file(entry.path(), std::ios::binary);
      const std::string bytes{std::istreambuf_iterator<char>(file), {}};
      for (const std::string& needle : Needles()) {
        if (bytes.find(needle) != std::string::npos) {
          found.push_back(entry.path().filename().string() + ": " + needle);
        }
      }
    }
    return found;
  }

  std::vector<std::string> SearchRedis() {
    std::string all = redis_.Command("KEYS *");
    std::string keys = all;
    for (size_t at = keys.find("valueloop:"); at != std::string::npos;
         at = keys.find("valueloop:", at + 1)) {
      const std::string key = keys.substr(at, keys.find('\r', at) - at);
      all += redis_.Command("GET " + key);
    }
    return In(all);
  }

  static std::vector<std::string> In(const std::string& text) {
    std::vector<std::string> found;
    for (const std::string& needle : Needles()) {
      if (text.find(needle) != std::string::npos) found.push_back(needle);
    }
    return found;
  }

  static inline testing::RedisServer redis_;
  PersonServer server_;
  int asked_days_ = 0;
};

TEST_F(EraseEverywhereTest, NothingOfThePersonIsLeftInAnyStore) {
  RecordPerson();
  EXPECT_THAT(SearchTables(), Contains("snapshot_scores: " + std::string(kPerson)).Times(0));
  ASSERT_TRUE(Eventually([&] {
    const auto tables = SearchTables();
    return std::ranges::find(tables, "snapshot_scores: " + std::string(kPerson)) != tables.end();
  })) << "no snapshot was made";
  EXPECT_THAT(SearchTables(), Contains("request_customers: " + std::string(kOther)));
  EXPECT_THAT(SearchTables(), Contains("members: attribute-value-3391"));
  EXPECT_THAT(SearchFiles(), Contains(HasSubstr("order-884213")));
  ASSERT_TRUE(Eventually([&] { return IsInLevelTwo(); })) << "level 2 is not in use";

  EXPECT_THAT(server_.Erase(kPerson, false), StatusIs(absl::StatusCode::kFailedPrecondition));
  VL_ASSERT_OK_AND_ASSIGN(const auto proof, server_.Erase(kPerson, true));
  EXPECT_TRUE(proof.complete()) << proof.DebugString();
  EXPECT_EQ(proof.rewritten_event_count(), 1);

  EXPECT_THAT(SearchTables(), IsEmpty());
  EXPECT_THAT(SearchFiles(), IsEmpty());
  EXPECT_THAT(SearchRedis(), IsEmpty());
  for (const char* id : {kPerson, kOther, "crm:external-id-60021"}) {
    EXPECT_THAT(server_.Score(id), StatusIs(absl::StatusCode::kNotFound));
  }
  for (const char* id : {"friend", "referrer"}) {
    VL_ASSERT_OK_AND_ASSIGN(const std::string score, server_.ScoreText(id));
    EXPECT_THAT(In(score), IsEmpty());
  }
  EXPECT_THAT(In(server_.process.Errors()), IsEmpty()) << "the log names the person";
  EXPECT_THAT(server_.process.Errors(), HasSubstr("customer_erased"));

  // And again after everything has moved on: a new snapshot, a restart.
  server_.Record({PurchaseAt("friend", "8", kDay2, 20)});
  server_.process.Stop();
  EXPECT_THAT(SearchFiles(), IsEmpty());
}

// Reads the database, so that its log cannot be emptied.
class LongRead {
 public:
  explicit LongRead(const std::string& path) {
    EXPECT_EQ(sqlite3_open_v2(path.c_str(), &database_, SQLITE_OPEN_READONLY, nullptr), SQLITE_OK);
    EXPECT_EQ(
        sqlite3_exec(database_, "BEGIN; SELECT COUNT(*) FROM events", nullptr, nullptr, nullptr),
        SQLITE_OK);
  }
  ~LongRead() { sqlite3_close(database_); }
  LongRead(const LongRead&) = delete;
  LongRead& operator=(const LongRead&) = delete;

 private:
  sqlite3* database_ = nullptr;
};

TEST_F(EraseEverywhereTest, WhatAKilledServerHadLeftToCleanIsCleanedAtTheNextStart) {
  RecordPerson();
  {
    const LongRead read(server_.process.data_dir() + "/scoring.db");
    VL_ASSERT_OK_AND_ASSIGN(const auto proof, server_.Erase(kPerson, true));
    EXPECT_FALSE(proof.complete());
    bool is_pending = false;
    for (const v1::ErasedStore& store : proof.stores()) {
      if (store.state() != v1::ErasedStore::STATE_PENDING) continue;
      is_pending = true;
      EXPECT_EQ(store.store(), "write-ahead log");
      EXPECT_THAT(store.reason(), HasSubstr("a read"));
    }
    EXPECT_TRUE(is_pending);
    server_.process.Kill();
  }
  EXPECT_THAT(SearchFiles(), Contains(HasSubstr(kPerson))) << "nothing was left to clean";
  server_.process.Start();
  EXPECT_TRUE(Eventually([&] { return SearchFiles().empty() && SearchRedis().empty(); }));
  EXPECT_THAT(SearchTables(), IsEmpty());
  EXPECT_THAT(server_.Score(kPerson), StatusIs(absl::StatusCode::kNotFound));
}

TEST_F(EraseEverywhereTest, WithoutRedisTheProofSaysWhatIsPendingAndItIsDoneWhenItIsBack) {
  RecordPerson();
  ASSERT_TRUE(Eventually([&] { return IsInLevelTwo(); }));
  redis_.Pause();
  const auto proof = server_.Erase(kPerson, true);
  redis_.Resume();
  ASSERT_THAT(proof, IsOk());
  EXPECT_FALSE(proof->complete());
  EXPECT_TRUE(Eventually([&] { return SearchRedis().empty(); }));
}

}  // namespace
}  // namespace valueloop::scoring
