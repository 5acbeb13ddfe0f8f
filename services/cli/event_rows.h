// Files as ledger events: each row of a CSV, or line of NDJSON, becomes events or a reason why not.
#ifndef VALUELOOP_CLI_EVENT_ROWS_H_
#define VALUELOOP_CLI_EVENT_ROWS_H_

#include <cstdint>
#include <istream>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "valueloop/scoring/v1/event.pb.h"

namespace valueloop::cli {

// Identities for rows that have none: the hash of source and normalised row, and which one of the
// identical rows of the file it is (1st, 2nd, ...). So importing a file again changes nothing, and
// true repeats inside it survive.
class RowIdentity {
 public:
  // `normalised` has one spelling for one meaning: 1.5 and 1.50 are the same amount.
  std::string Next(std::string_view source, std::string_view normalised);

 private:
  std::unordered_map<uint64_t, int64_t> counts_;  // By the hash's first 64 bits.
};

struct EventRow {
  int64_t line = 0;
  std::string raw;
  std::vector<scoring::v1::Event> events;
  absl::Status status;  // Not OK: rejected, and why.
};

struct RowOptions {
  std::string source;       // Of events that name none.
  absl::TimeZone zone;      // Of the workspace: a day without a time begins there.
  absl::Time default_time;  // When attributes of rows without occurred_at changed.
  std::map<std::string, std::string> renamed;  // Column in the file -> column we know.
};

class EventRowReader {
 public:
  virtual ~EventRowReader() = default;
  // False at the end.
  virtual bool Next(EventRow& row) = 0;
  virtual int64_t bytes_read() const = 0;
};

// CSV with the columns customer_id, occurred_at, amount and optionally event_id, margin, currency,
// product, quantity. InvalidArgument if the header lacks one, repeats one or has one we do not
// know.
absl::StatusOr<std::unique_ptr<EventRowReader>> OpenPurchases(std::istream& in, RowOptions options);

// CSV with customer_id, optionally occurred_at, and one column per attribute, whose name may end in
// :text, :number or :flag; without, a cell that reads as a number or as true or false is one. An
// empty cell says nothing. Errors as above.
absl::StatusOr<std::unique_ptr<EventRowReader>> OpenCustomers(std::istream& in, RowOptions options);

// One Event as proto JSON per line. Unknown fields reject the line.
std::unique_ptr<EventRowReader> OpenEvents(std::istream& in, RowOptions options);

enum class AttributeType { kInferred, kText, kNumber, kFlag };

// An attribute's value from text. InvalidArgument names `field`.
absl::Status ParseAttributeValue(std::string_view field, std::string_view text, AttributeType type,
                                 scoring::v1::AttributeValue& value);

}  // namespace valueloop::cli

#endif  // VALUELOOP_CLI_EVENT_ROWS_H_
