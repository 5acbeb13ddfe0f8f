#include "cli/event_rows.h"

#include <algorithm>
#include <optional>
#include <set>

#include "cli/csv.h"
#include "cli/sha256.h"
#include "cli/values.h"
#include "common/status.h"
#include "fmt/format.h"
#include "google/protobuf/io/coded_stream.h"
#include "google/protobuf/io/zero_copy_stream_impl_lite.h"
#include "google/protobuf/util/json_util.h"
#include "google/protobuf/util/time_util.h"

namespace valueloop::cli {
namespace {

using scoring::v1::Event;

void SetTime(absl::Time time, Event& event) {
  *event.mutable_occurred_time() =
      google::protobuf::util::TimeUtil::MicrosecondsToTimestamp(absl::ToUnixMicros(time));
}

std::string Deterministic(const google::protobuf::Message& message) {
  std::string bytes;
  {
    google::protobuf::io::StringOutputStream stream(&bytes);
    google::protobuf::io::CodedOutputStream coded(&stream);
    coded.SetSerializationDeterministic(true);
    message.SerializeToCodedStream(&coded);
  }
  return bytes;
}

// The columns of a header under the names we know.
absl::StatusOr<std::vector<std::string>> ReadHeader(CsvReader& csv, const RowOptions& options) {
  CsvRecord header;
  if (!csv.Next(header))
    return absl::InvalidArgumentError("line 1: got an empty file, want a header");
  VL_RETURN_IF_ERROR(Annotate(header.status, fmt::format("line {}", header.line)));
  std::set<std::string> seen;
  for (std::string& column : header.cells) {
    const auto renamed = options.renamed.find(column);
    if (renamed != options.renamed.end()) column = renamed->second;
    if (!seen.insert(column).second) {
      return Annotate(InvalidField("header", column, "every column once"),
                      fmt::format("line {}", header.line));
    }
  }
  return header.cells;
}

absl::Status RequireColumns(const std::vector<std::string>& columns,
                            const std::vector<std::string>& wanted) {
  for (const std::string& column : wanted) {
    if (std::find(columns.begin(), columns.end(), column) == columns.end()) {
      return absl::InvalidArgumentError(
          fmt::format("line 1: header: got no column {}, want it", column));
    }
  }
  return absl::OkStatus();
}

class CsvRows : public EventRowReader {
 public:
  CsvRows(std::istream& in, RowOptions options) : options_(std::move(options)), csv_(in) {}

  absl::Status Open() {
    VL_ASSIGN_OR_RETURN(columns_, ReadHeader(csv_, options_));
    return CheckColumns(columns_);
  }

  bool Next(EventRow& row) override {
    row = EventRow{};
    CsvRecord record;
    if (!csv_.Next(record)) return false;
    row.line = record.line;
    row.raw = std::move(record.raw);
    row.status = record.status;
    if (row.status.ok() && record.cells.size() != columns_.size()) {
      row.status = absl::InvalidArgumentError(fmt::format(
          "row: got {} cells, want {} as in the header", record.cells.size(), columns_.size()));
    }
    if (row.status.ok()) row.status = Convert(record.cells, row.events);
    if (!row.status.ok()) row.events.clear();
    return true;
  }

  int64_t bytes_read() const override { return csv_.bytes_read(); }

 protected:
  virtual absl::Status CheckColumns(const std::vector<std::string>& columns) = 0;
  virtual absl::Status Convert(const std::vector<std::string>& cells,
                               std::vector<Event>& events) = 0;

  const RowOptions options_;
  std::vector<std::string> columns_;
  RowIdentity identity_;

 private:
  CsvReader csv_;
};

class PurchaseRows : public CsvRows {
 public:
  using CsvRows::CsvRows;

 protected:
  absl::Status CheckColumns(const std::vector<std::string>& columns) override {
    static const std::set<std::string> kKnown = {"customer_id", "occurred_at", "amount",
                                                 "event_id",    "margin",      "currency",
                                                 "product",     "quantity"};
    for (const std::string& column : columns) {
      if (kKnown.count(column) == 0) {
        return Annotate(InvalidField("header", column,
                                     "customer_id, occurred_at, amount, event_id, margin, "
                                     "currency, product or quantity"),
                        "line 1");
      }
    }
    return RequireColumns(columns, {"customer_id", "occurred_at", "amount"});
  }

  absl::Status Convert(const std::vector<std::string>& cells, std::vector<Event>& events) override {
    Event event;
    scoring::v1::Purchase& purchase = *event.mutable_purchase();
    std::string product;
    std::optional<double> quantity;
    absl::Time time;
    event.set_source(options_.source);
    for (size_t i = 0; i < cells.size(); ++i) {
      const std::string& column = columns_[i];
      const std::string& cell = cells[i];
      if (column == "customer_id") {
        if (cell.empty()) return InvalidField(column, cell, "1 to 256 bytes");
        event.set_customer_id(cell);
      } else if (column == "occurred_at") {
        VL_ASSIGN_OR_RETURN(time, ParseMoment(column, cell, options_.zone));
        SetTime(time, event);
      } else if (column == "amount") {
        VL_ASSIGN_OR_RETURN(const int64_t amount, ParseMicros(column, cell, false));
        purchase.set_amount_micros(amount);
      } else if (column == "margin" && !cell.empty()) {
        VL_ASSIGN_OR_RETURN(const int64_t margin, ParseMicros(column, cell, true));
        purchase.set_margin_micros(margin);
      } else if (column == "currency") {
        event.set_currency(cell);
      } else if (column == "event_id") {
        event.set_event_id(cell);
      } else if (column == "product") {
        product = cell;
      } else if (column == "quantity" && !cell.empty()) {
        VL_ASSIGN_OR_RETURN(quantity, ParseNumber(column, cell));
      }
    }
    if (!product.empty()) {
      scoring::v1::PurchaseItem& item = *purchase.add_items();
      item.set_product(product);
      item.set_quantity(quantity.value_or(1));
    } else if (quantity) {
      return InvalidField("quantity", fmt::format("{}", *quantity), "a product beside it");
    }
    if (event.event_id().empty()) {
      const std::string margin =
          purchase.has_margin_micros() ? fmt::format("{}", purchase.margin_micros()) : "";
      event.set_event_id(identity_.Next(
          options_.source,
          fmt::format("purchase\x1f{}\x1f{}\x1f{}\x1f{}\x1f{}\x1f{}\x1f{}", event.customer_id(),
                      absl::ToUnixMicros(time), purchase.amount_micros(), margin, event.currency(),
                      product, product.empty() ? "" : fmt::format("{}", quantity.value_or(1)))));
    }
    events.push_back(std::move(event));
    return absl::OkStatus();
  }
};

class CustomerRows : public CsvRows {
 public:
  using CsvRows::CsvRows;

 protected:
  absl::Status CheckColumns(const std::vector<std::string>& columns) override {
    static const std::map<std::string, AttributeType> kTypes = {{"text", AttributeType::kText},
                                                                {"number", AttributeType::kNumber},
                                                                {"flag", AttributeType::kFlag}};
    for (std::string& column : columns_) {
      const size_t colon = column.find(':');
      AttributeType type = AttributeType::kInferred;
      if (colon != std::string::npos) {
        const auto found = kTypes.find(column.substr(colon + 1));
        if (found == kTypes.end()) {
          return Annotate(InvalidField("header", column, "a name, or name:text, :number or :flag"),
                          "line 1");
        }
        type = found->second;
        column.resize(colon);
      }
      const bool valid = !column.empty() && column.size() <= 64 &&
                         std::all_of(column.begin(), column.end(),
                                     [](char c) {
                                       return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                                              (c >= '0' && c <= '9') || c == '_';
                                     }) &&
                         !(column[0] >= '0' && column[0] <= '9');
      if (!valid) {
        return Annotate(InvalidField("header", column, "[A-Za-z_][A-Za-z0-9_]{0,63}"), "line 1");
      }
      types_.push_back(type);
    }
    VL_RETURN_IF_ERROR(RequireColumns(columns_, {"customer_id"}));
    if (columns.size() < 2) return InvalidField("header", "customer_id", "an attribute beside it");
    return absl::OkStatus();
  }

  absl::Status Convert(const std::vector<std::string>& cells, std::vector<Event>& events) override {
    std::string customer;
    absl::Time time = options_.default_time;
    for (size_t i = 0; i < cells.size(); ++i) {
      if (columns_[i] == "customer_id") customer = cells[i];
      if (columns_[i] == "occurred_at" && !cells[i].empty()) {
        VL_ASSIGN_OR_RETURN(time, ParseMoment(columns_[i], cells[i], options_.zone));
      }
    }
    if (customer.empty()) return InvalidField("customer_id", customer, "1 to 256 bytes");
    for (size_t i = 0; i < cells.size(); ++i) {
      if (columns_[i] == "customer_id" || columns_[i] == "occurred_at" || cells[i].empty())
        continue;
      Event event;
      event.set_customer_id(customer);
      event.set_source(options_.source);
      SetTime(time, event);
      scoring::v1::AttributeChange& change = *event.mutable_attribute_change();
      change.set_attribute(columns_[i]);
      VL_RETURN_IF_ERROR(
          ParseAttributeValue(columns_[i], cells[i], types_[i], *change.mutable_value()));
      event.set_event_id(identity_.Next(
          options_.source,
          fmt::format("attribute\x1f{}\x1f{}\x1f{}\x1f{}", customer, absl::ToUnixMicros(time),
                      columns_[i], Deterministic(change.value()))));
      events.push_back(std::move(event));
    }
    if (events.empty())
      return absl::InvalidArgumentError("row: got no attribute, want at least one");
    return absl::OkStatus();
  }

 private:
  std::vector<AttributeType> types_;
};

class NdjsonRows : public EventRowReader {
 public:
  NdjsonRows(std::istream& in, RowOptions options) : options_(std::move(options)), lines_(in) {}

  bool Next(EventRow& row) override {
    row = EventRow{};
    Line line;
    do {
      if (!lines_.Next(line)) return false;
    } while (line.text.find_first_not_of(" \t") == std::string::npos && !line.too_long);
    row.line = line.number;
    row.status = CheckLine(line);
    Event event;
    if (row.status.ok()) row.status = Parse(line.text, event);
    if (row.status.ok()) row.events.push_back(std::move(event));
    row.raw = std::move(line.text);
    return true;
  }

  int64_t bytes_read() const override { return lines_.bytes_read(); }

 private:
  absl::Status Parse(const std::string& text, Event& event) {
    const auto status = google::protobuf::util::JsonStringToMessage(text, &event);
    if (!status.ok()) {
      std::string reason = status.message().ToString();
      reason = reason.substr(0, reason.find('\n'));
      return absl::InvalidArgumentError(
          fmt::format("event: got {}, want an Event as proto JSON", Printable(reason)));
    }
    if (event.source().empty()) event.set_source(options_.source);
    if (event.event_id().empty()) {
      event.set_event_id(identity_.Next(event.source(), Deterministic(event)));
    }
    return absl::OkStatus();
  }

  const RowOptions options_;
  LineReader lines_;
  RowIdentity identity_;
};

template <typename Rows>
absl::StatusOr<std::unique_ptr<EventRowReader>> Open(std::istream& in, RowOptions options) {
  auto rows = std::make_unique<Rows>(in, std::move(options));
  VL_RETURN_IF_ERROR(rows->Open());
  return std::unique_ptr<EventRowReader>(std::move(rows));
}

}  // namespace

std::string RowIdentity::Next(std::string_view source, std::string_view normalised) {
  std::string keyed(source);
  keyed += '\0';  // Neither part can contain it.
  keyed += normalised;
  const std::string digest = Sha256Hex(keyed).substr(0, 32);
  const uint64_t key = std::stoull(digest.substr(0, 16), nullptr, 16);
  return fmt::format("{}-{}", digest, ++counts_[key]);
}

absl::Status ParseAttributeValue(std::string_view field, std::string_view text, AttributeType type,
                                 scoring::v1::AttributeValue& value) {
  const bool is_flag = text == "true" || text == "false";
  const absl::StatusOr<double> number = ParseNumber(field, text);
  // 007 is somebody's code, not the number 7.
  const std::string_view digits = !text.empty() && text[0] == '-' ? text.substr(1) : text;
  const bool padded = digits.size() > 1 && digits[0] == '0' && digits[1] != '.';
  if (type == AttributeType::kInferred) {
    type = is_flag                  ? AttributeType::kFlag
           : number.ok() && !padded ? AttributeType::kNumber
                                    : AttributeType::kText;
  }
  if (type == AttributeType::kFlag) {
    if (!is_flag) return InvalidField(field, text, "true or false");
    value.set_flag(text == "true");
  } else if (type == AttributeType::kNumber) {
    VL_RETURN_IF_ERROR(number.status());
    value.set_number(*number);
  } else {
    value.set_text(std::string(text));
  }
  return absl::OkStatus();
}

absl::StatusOr<std::unique_ptr<EventRowReader>> OpenPurchases(std::istream& in,
                                                              RowOptions options) {
  return Open<PurchaseRows>(in, std::move(options));
}

absl::StatusOr<std::unique_ptr<EventRowReader>> OpenCustomers(std::istream& in,
                                                              RowOptions options) {
  return Open<CustomerRows>(in, std::move(options));
}

std::unique_ptr<EventRowReader> OpenEvents(std::istream& in, RowOptions options) {
  return std::make_unique<NdjsonRows>(in, std::move(options));
}

}  // namespace valueloop::cli
