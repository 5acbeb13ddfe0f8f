#include "strategy/domain/reader.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "common/day.h"
#include "common/status.h"
#include "fmt/format.h"
#include "fmt/ranges.h"
#include "strategy/domain/formula.h"

namespace valueloop::strategy {
namespace {

std::string Shown(const Node& node) {
  switch (node.kind) {
    case Node::Kind::kNull:
      return "null";
    case Node::Kind::kScalar:
      return node.scalar.empty() ? "\"\"" : Printable(node.scalar);
    case Node::Kind::kSequence:
      return "a list";
    case Node::Kind::kMap:
      break;
  }
  return "a map";
}

std::optional<int> IntegerOf(double value) {
  if (value != std::floor(value) || std::abs(value) > 1e9) return std::nullopt;
  return static_cast<int>(value);
}

bool IsLetter(char c) { return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z'); }
bool IsDigit(char c) { return c >= '0' && c <= '9'; }

}  // namespace

bool IsValidId(std::string_view id, IdRule rule) {
  if (id.empty() || id.size() > 64) return false;
  if (rule == IdRule::kKpi && id == kMonthsName) return false;
  if (!IsLetter(id[0]) && !(rule == IdRule::kKpi && id[0] == '_')) return false;
  return std::all_of(id.begin(), id.end(), [rule](char c) {
    return IsLetter(c) || IsDigit(c) || c == '_' ||
           (rule == IdRule::kPlain && (c == '.' || c == '-'));
  });
}

ObjectReader::ObjectReader(const Node& node, std::string subject, Object& object,
                           Findings& findings)
    : node_(node),
      subject_(std::move(subject)),
      object_(object),
      findings_(findings),
      known_(node.keys.size(), false) {
  object_.place = node.place;
  object_.field_places.reserve(node.keys.size());
  if (!node.IsMap()) {
    findings_.Add(Code::kFieldInvalid, {subject_}, node.place, "a map", Shown(node));
  }
}

void ObjectReader::Id(IdRule rule) {
  const Node* const node = Scalar("id", Need::kRequired);
  if (node == nullptr) return;
  if (!IsValidId(node->scalar, rule)) {
    return Invalid("id", *node,
                   rule == IdRule::kKpi ? "[A-Za-z_][A-Za-z0-9_]{0,63}, not MONTHS"
                                        : "[A-Za-z][A-Za-z0-9_.-]{0,63}");
  }
  object_.id = node->scalar;
  subject_ = node->scalar;
}

const Node* ObjectReader::Take(std::string_view field, Need need) {
  if (!node_.IsMap()) return nullptr;
  for (size_t step = 0; step < node_.keys.size(); ++step) {
    const size_t i = (next_ + step) % node_.keys.size();
    if (node_.keys[i].name != field) continue;
    next_ = i + 1;
    known_[i] = true;
    if (node_.items[i].IsNull()) break;
    object_.field_places.emplace_back(field, node_.items[i].place);
    return &node_.items[i];
  }
  if (need == Need::kRequired) Missing(field);
  return nullptr;
}

const Node* ObjectReader::Scalar(std::string_view field, Need need) {
  const Node* const node = Take(field, need);
  if (node == nullptr || node->IsScalar()) return node;
  Invalid(field, *node, "one value");
  return nullptr;
}

std::string ObjectReader::Text(std::string_view field, Need need) {
  const Node* const node = Scalar(field, need);
  if (node == nullptr) return {};
  if (node->scalar.empty() && need == Need::kRequired) Missing(field);
  return node->scalar;
}

std::string ObjectReader::Choice(std::string_view field,
                                 std::initializer_list<std::string_view> choices, Need need) {
  const Node* const node = Scalar(field, need);
  if (node == nullptr) return {};
  if (std::find(choices.begin(), choices.end(), node->scalar) == choices.end()) {
    Invalid(field, *node, fmt::format("{}", fmt::join(choices, " | ")));
    return {};
  }
  return node->scalar;
}

std::optional<double> ObjectReader::NumberOf(std::string_view field, const Node& node) {
  if (node.IsScalar() && !node.quoted) {
    if (const std::optional<double> value = ParseNumber(node.scalar)) return value;
  }
  Invalid(field, node, "a finite number");
  return std::nullopt;
}

std::optional<double> ObjectReader::MaybeNumber(std::string_view field, Need need) {
  const Node* const node = Take(field, need);
  return node == nullptr ? std::nullopt : NumberOf(field, *node);
}

double ObjectReader::Number(std::string_view field, Need need) {
  return MaybeNumber(field, need).value_or(0);
}

void ObjectReader::Update(std::string_view field, double& value) {
  value = MaybeNumber(field).value_or(value);
}

void ObjectReader::Update(std::string_view field, int& value) {
  const Node* const node = Take(field);
  if (node == nullptr) return;
  const std::optional<double> number = NumberOf(field, *node);
  if (!number) return;
  const std::optional<int> integer = IntegerOf(*number);
  if (!integer) return Invalid(field, *node, "a whole number");
  value = *integer;
}

void ObjectReader::Update(std::string_view field, Bounds& value) {
  const Node* const node = Take(field);
  if (node == nullptr) return;
  if (node->IsSequence() && node->items.size() == 2) {
    const std::optional<double> min = NumberOf(field, node->items[0]);
    const std::optional<double> max = NumberOf(field, node->items[1]);
    if (min && max) value = {*min, *max};
  } else if (node->IsMap()) {
    Object places;
    ObjectReader reader(*node, subject_, places, findings_);
    reader.Update("min", value.min);
    reader.Update("max", value.max);
    reader.Finish();
  } else {
    return Invalid(field, *node, "[min, max]");
  }
  if (value.min > value.max) Invalid(field, *node, "min <= max");
}

void ObjectReader::Update(std::string_view field, std::string& value,
                          std::initializer_list<std::string_view> choices) {
  std::string read = Choice(field, choices);
  if (!read.empty()) value = std::move(read);
}

int ObjectReader::Integer(std::string_view field, Need need) {
  int value = 0;
  const size_t before = object_.field_places.size();
  Update(field, value);
  if (object_.field_places.size() == before && need == Need::kRequired && node_.IsMap()) {
    Missing(field);
  }
  return value;
}

std::optional<bool> ObjectReader::MaybeBool(std::string_view field) {
  const Node* const node = Scalar(field, Need::kOptional);
  if (node == nullptr) return std::nullopt;
  if (node->scalar == "true") return true;
  if (node->scalar == "false") return false;
  Invalid(field, *node, "true | false");
  return std::nullopt;
}

std::optional<absl::CivilDay> ObjectReader::MaybeDay(std::string_view field, Need need) {
  const Node* const node = Scalar(field, need);
  if (node == nullptr) return std::nullopt;
  const std::optional<absl::CivilDay> day = ParseDay(node->scalar);
  if (!day) Invalid(field, *node, "a day YYYY-MM-DD");
  return day;
}

Ref ObjectReader::Reference(std::string_view field, Need need) {
  const Node* const node = Scalar(field, need);
  if (node == nullptr) return {};
  return {.id = node->scalar, .place = node->place};
}

std::vector<Ref> ObjectReader::References(std::string_view field) {
  const Node* const node = Take(field);
  std::vector<Ref> refs;
  if (node == nullptr) return refs;
  if (node->IsScalar()) return {{.id = node->scalar, .place = node->place}};
  if (!node->IsSequence()) {
    Invalid(field, *node, "a list of ids");
    return refs;
  }
  for (const Node& item : node->items) {
    if (item.IsScalar() && !item.scalar.empty()) {
      refs.push_back({.id = item.scalar, .place = item.place});
    } else {
      Invalid(field, item, "an id");
    }
  }
  return refs;
}

std::vector<std::string> ObjectReader::Texts(std::string_view field, Need need) {
  std::vector<std::string> texts;
  Each(field, need, [&](const Node& item) {
    if (item.IsScalar() && !item.scalar.empty()) {
      texts.push_back(item.scalar);
    } else {
      Invalid(field, item, "text");
    }
  });
  return texts;
}

std::vector<double> ObjectReader::Numbers(std::string_view field, Need need) {
  std::vector<double> numbers;
  Each(field, need, [&](const Node& item) {
    if (const std::optional<double> value = NumberOf(field, item)) numbers.push_back(*value);
  });
  return numbers;
}

std::vector<NamedValue> ObjectReader::NamedValues(std::string_view field, Need need) {
  std::vector<NamedValue> values;
  EachEntry(field, need, [&](const Node::Key& key, const Node& value) {
    if (const std::optional<double> number = NumberOf(field, value)) {
      values.push_back({.name = key.name, .value = *number, .place = key.place});
    }
  });
  return values;
}

std::vector<YearValue> ObjectReader::YearValues(std::string_view field, Need need) {
  std::vector<YearValue> values;
  EachEntry(field, need, [&](const Node::Key& key, const Node& value) {
    const std::optional<double> year = ParseNumber(key.name);
    if (!year || !IntegerOf(*year) || *year < 1900 || *year > 2999) {
      findings_.Add(Code::kFieldInvalid, {subject_}, key.place, "a year 1900..2999",
                    fmt::format("{}: {}", field, Printable(key.name)));
      return;
    }
    if (const std::optional<double> number = NumberOf(field, value)) {
      values.push_back({.year = *IntegerOf(*year), .value = *number, .place = value.place});
    }
  });
  std::stable_sort(values.begin(), values.end(),
                   [](const YearValue& a, const YearValue& b) { return a.year < b.year; });
  return values;
}

void ObjectReader::Finish() {
  for (size_t i = 0; i < known_.size(); ++i) {
    const Node::Key& key = node_.keys[i];
    if (known_[i] || key.name.starts_with("x-")) continue;
    findings_.Add(Code::kUnknownField, {subject_}, key.place, "a known field", Printable(key.name));
  }
}

void ObjectReader::Invalid(std::string_view field, const Node& node, std::string_view want) {
  findings_.Add(Code::kFieldInvalid, {subject_}, node.place, std::string(want),
                fmt::format("{}: {}", field, Shown(node)));
}

void ObjectReader::Missing(std::string_view field) {
  findings_.Add(Code::kRequiredMissing, {subject_}, node_.place, std::string(field), "none");
}

}  // namespace valueloop::strategy
