#include "contract/scoring/ledger_under_test.h"

#include <utility>

#include "fmt/format.h"
#include "scoring/store/sql_ledger_store.h"
#include "testing/temp_dir.h"

namespace valueloop::scoring {
namespace {

class SqliteLedgerUnderTest : public LedgerUnderTest {
 public:
  explicit SqliteLedgerUnderTest(EventDecoder decode) : decode_(std::move(decode)) { Open(); }

  LedgerStore& store() override { return *store_; }
  sql::Database& database() override { return *database_; }
  void Reopen() override {
    store_.reset();
    database_.reset();
    Open();
  }

 private:
  void Open() {
    database_ = sql::Database::Open("sqlite:" + folder_.File("scoring.db"),
                                    {.migrations = {sql::CommonMigrations(), LedgerMigrations()}})
                    .value();
    store_ = std::make_unique<SqlLedgerStore>(*database_, decode_);
  }

  testing::TempDir folder_;
  EventDecoder decode_;
  std::unique_ptr<sql::Database> database_;
  std::unique_ptr<SqlLedgerStore> store_;
};

}  // namespace

LedgerKind SqliteLedger() {
  return {.name = "Sqlite", .open = [](EventDecoder decode) {
            return std::make_unique<SqliteLedgerUnderTest>(std::move(decode));
          }};
}

LedgerEntry EventRegister::Entry(const Event& event, int32_t index) {
  std::string payload;
  for (const auto& [text, known] : *events_) {
    if (known == event) payload = text;
  }
  if (payload.empty()) {
    payload = fmt::format("event {}", events_->size());
    events_->emplace(payload, event);
  }
  return {.event = event, .payload = payload, .content_hash = payload, .index = index};
}

EventDecoder EventRegister::Decoder() const {
  return [events = events_](const StoredEvent& stored) -> absl::StatusOr<Event> {
    const auto place = events->find(stored.payload);
    if (place == events->end()) return absl::DataLossError("payload: " + stored.payload);
    return place->second;
  };
}

}  // namespace valueloop::scoring
