// A ledger in a database of the test's own, one kind per SQL engine.
#ifndef VALUELOOP_TESTS_CONTRACT_SCORING_LEDGER_UNDER_TEST_H_
#define VALUELOOP_TESTS_CONTRACT_SCORING_LEDGER_UNDER_TEST_H_

#include <functional>
#include <map>
#include <memory>
#include <string>

#include "common/sql/database.h"
#include "scoring/store/ledger_store.h"

namespace valueloop::scoring {

class LedgerUnderTest {
 public:
  virtual ~LedgerUnderTest() = default;
  virtual LedgerStore& store() = 0;
  // To damage what the store has written.
  virtual sql::Database& database() = 0;
  // Closes the database and opens it again.
  virtual void Reopen() = 0;
};

struct LedgerKind {
  std::string name;
  std::function<std::unique_ptr<LedgerUnderTest>(EventDecoder)> open;
};

LedgerKind SqliteLedger();

// Keeps events by made-up payload texts, so that the store's tests need no text form of their own.
class EventRegister {
 public:
  // An entry for `event`; equal events get equal hashes and, if seen before, equal payloads.
  LedgerEntry Entry(const Event& event, int32_t index);
  EventDecoder Decoder() const;

 private:
  std::shared_ptr<std::map<std::string, Event>> events_ =
      std::make_shared<std::map<std::string, Event>>();
};

}  // namespace valueloop::scoring

#endif  // VALUELOOP_TESTS_CONTRACT_SCORING_LEDGER_UNDER_TEST_H_
