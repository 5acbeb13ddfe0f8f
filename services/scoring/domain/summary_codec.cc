// EncodeSummary and DecodeSummary (summary.h): a line per record, a letter first, then its fields.
#include <algorithm>
#include <charconv>
#include <cmath>

#include "common/status.h"
#include "fmt/format.h"
#include "scoring/domain/summary.h"

namespace valueloop::scoring {
namespace {

constexpr std::string_view kHeader = "valueloop-summary 1";

class Writer {
 public:
  Writer() : text_(kHeader) { text_ += '\n'; }

  template <typename... Fields>
  void Line(char letter, const Fields&... fields) {
    text_ += letter;
    (Field(fields), ...);
    text_ += '\n';
  }
  std::string Take() { return std::move(text_); }

 private:
  template <typename Number>
  void Field(const Number& number) {
    text_ += fmt::format(" {}", number);  // The shortest text that reads back to the same double.
  }
  void Field(EventKind kind) { Field(static_cast<int>(kind)); }
  void Field(ReferralType type) { Field(static_cast<int>(type)); }
  void Field(bool flag) { Field(flag ? 1 : 0); }
  void Field(const std::string& text) {
    text_ += ' ';
    for (const char c : text) {
      const auto byte = static_cast<unsigned char>(c);
      if (byte <= 0x20 || c == '%') {
        text_ += fmt::format("%{:02X}", byte);
      } else {
        text_ += c;
      }
    }
  }
  // T: text, N: number, B: true or false, X: removed.
  void Field(const AttributeValue& value) {
    if (const auto* text = std::get_if<std::string>(&value)) {
      text_ += " T";
      Field(*text);
    } else if (const auto* number = std::get_if<double>(&value)) {
      text_ += " N";
      Field(*number);
    } else if (const auto* flag = std::get_if<bool>(&value)) {
      text_ += " B";
      Field(*flag);
    } else {
      text_ += " X 0";
    }
  }

  std::string text_;
};

// Reads the fields of one line; remembers whether all of them could be read.
class Reader {
 public:
  explicit Reader(std::string_view line) : rest_(line) {}

  template <typename... Fields>
  bool Read(Fields&... fields) {
    (Field(fields), ...);
    return ok_ && rest_.empty();
  }

 private:
  std::string_view Next() {
    if (rest_.empty() || rest_.front() != ' ') {
      ok_ = false;
      return {};
    }
    rest_.remove_prefix(1);
    const std::string_view field = rest_.substr(0, rest_.find(' '));
    rest_.remove_prefix(field.size());
    return field;
  }
  template <typename Number>
  void Field(Number& number) {
    const std::string_view text = Next();
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    ok_ = ok_ && error == std::errc() && end == text.data() + text.size();
    if constexpr (std::is_floating_point_v<Number>) ok_ = ok_ && std::isfinite(number);
  }
  template <typename Enum>
  void EnumField(Enum& value, int count) {
    int number = 0;
    Field(number);
    ok_ = ok_ && number >= 0 && number < count;
    if (ok_) value = static_cast<Enum>(number);
  }
  void Field(EventKind& kind) { EnumField(kind, kEventKindCount); }
  void Field(ReferralType& type) { EnumField(type, 2); }
  void Field(bool& flag) { EnumField(flag, 2); }
  void Field(std::string& text) {
    const std::string_view field = Next();
    for (size_t i = 0; i < field.size(); ++i) {
      if (field[i] != '%') {
        text += field[i];
        continue;
      }
      unsigned byte = 0;
      const std::string_view hex = field.substr(i + 1, 2);
      const auto [end, error] = std::from_chars(hex.data(), hex.data() + hex.size(), byte, 16);
      ok_ = ok_ && hex.size() == 2 && error == std::errc() && end == hex.data() + 2;
      text += static_cast<char>(byte);
      i += 2;
    }
  }
  void Field(AttributeValue& value) {
    const std::string_view type = Next();
    if (type == "T") {
      Field(value.emplace<std::string>());
    } else if (type == "N") {
      Field(value.emplace<double>());
    } else if (type == "B") {
      Field(value.emplace<bool>());
    } else {
      ok_ = ok_ && type == "X" && Next() == "0";
    }
  }

  std::string_view rest_;
  bool ok_ = true;
};

bool ReadLine(std::string_view line, CustomerSummary& summary) {
  if (line.empty()) return false;
  Reader reader(line.substr(1));
  switch (line.front()) {
    case 'v':
      return reader.Read(summary.volume_micros);
    case 'd': {
      DayTotal& r = summary.days.emplace_back();
      return reader.Read(r.day, r.kind, r.count, r.amount_micros, r.margined_amount_micros,
                         r.margin_micros);
    }
    case 'p': {
      PurchaseKey& r = summary.purchases.emplace_back();
      return reader.Read(r.day, r.key);
    }
    case 'r': {
      RefundRecord& r = summary.refunds.emplace_back();
      return reader.Read(r.day, r.purchase_key, r.amount_micros, r.has_margin, r.margin_micros);
    }
    case 's': {
      SubscriptionRecord& r = summary.subscriptions.emplace_back();
      return reader.Read(r.subscription_id, r.occurred_micros, r.day, r.kind, r.amount_micros,
                         r.period_months, r.has_margin, r.margin_micros);
    }
    case 'f': {
      ReferralRecord& r = summary.referrals.emplace_back();
      return reader.Read(r.occurred_micros, r.day, r.referred_customer_id, r.type,
                         r.incentive_micros);
    }
    case 'm': {
      RatingRecord& r = summary.ratings.emplace_back();
      return reader.Read(r.criterion, r.rater, r.occurred_micros, r.key, r.day, r.rating);
    }
    case 'a': {
      AttributeRecord& r = summary.attributes.emplace_back();
      return reader.Read(r.name, r.occurred_micros, r.key, r.day, r.value);
    }
    default:
      return false;
  }
}

bool IsSorted(const CustomerSummary& summary) {
  const auto sorted = [](const auto& records) {
    return std::is_sorted(records.begin(), records.end());
  };
  const auto before = [](const DayTotal& a, const DayTotal& b) {
    return std::pair(a.day, a.kind) < std::pair(b.day, b.kind);
  };
  return std::is_sorted(summary.days.begin(), summary.days.end(), before) &&
         sorted(summary.purchases) && sorted(summary.refunds) && sorted(summary.subscriptions) &&
         sorted(summary.referrals) && sorted(summary.ratings) && sorted(summary.attributes);
}

}  // namespace

std::string EncodeSummary(const CustomerSummary& summary) {
  Writer out;
  out.Line('v', summary.volume_micros);
  for (const DayTotal& r : summary.days) {
    out.Line('d', r.day, r.kind, r.count, r.amount_micros, r.margined_amount_micros,
             r.margin_micros);
  }
  for (const PurchaseKey& r : summary.purchases) out.Line('p', r.day, r.key);
  for (const RefundRecord& r : summary.refunds) {
    out.Line('r', r.day, r.purchase_key, r.amount_micros, r.has_margin, r.margin_micros);
  }
  for (const SubscriptionRecord& r : summary.subscriptions) {
    out.Line('s', r.subscription_id, r.occurred_micros, r.day, r.kind, r.amount_micros,
             r.period_months, r.has_margin, r.margin_micros);
  }
  for (const ReferralRecord& r : summary.referrals) {
    out.Line('f', r.occurred_micros, r.day, r.referred_customer_id, r.type, r.incentive_micros);
  }
  for (const RatingRecord& r : summary.ratings) {
    out.Line('m', r.criterion, r.rater, r.occurred_micros, r.key, r.day, r.rating);
  }
  for (const AttributeRecord& r : summary.attributes) {
    out.Line('a', r.name, r.occurred_micros, r.key, r.day, r.value);
  }
  return out.Take();
}

absl::StatusOr<CustomerSummary> DecodeSummary(std::string_view text) {
  CustomerSummary summary;
  int line_number = 0;
  while (!text.empty()) {
    const size_t end = text.find('\n');
    const std::string_view line = text.substr(0, end);
    ++line_number;
    const bool ok = end != std::string_view::npos &&
                    (line_number == 1 ? line == kHeader : ReadLine(line, summary));
    if (!ok) {
      return absl::DataLossError(
          fmt::format("summary: got line {} \"{}\", want version 1", line_number, Printable(line)));
    }
    text.remove_prefix(end + 1);
  }
  if (line_number == 0 || !IsSorted(summary)) {
    return absl::DataLossError("summary: got no or unsorted records, want version 1");
  }
  return summary;
}

}  // namespace valueloop::scoring
