// Reads the fields of one map of the source, reporting what is missing, of the wrong type or
// unknown.
#ifndef VALUELOOP_STRATEGY_DOMAIN_READER_H_
#define VALUELOOP_STRATEGY_DOMAIN_READER_H_

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/time/civil_time.h"
#include "strategy/domain/enums.h"
#include "strategy/domain/findings.h"
#include "strategy/domain/plan.h"
#include "strategy/domain/source.h"

namespace valueloop::strategy {

enum class Need { kOptional, kRequired };

// KPI ids are names in formulas: [A-Za-z_][A-Za-z0-9_]{0,63}, not MONTHS; all others may hold '.'
// and '-' too: [A-Za-z][A-Za-z0-9_.-]{0,63}.
enum class IdRule { kPlain, kKpi };

// Use: construct, read every field that exists, call Finish(). A getter returns an empty value when
// the field is absent, null or wrong; the last and a required absent one have been reported then.
// Field names passed in must be literals: their places are kept in the object.
class ObjectReader {
 public:
  // `subject` names the object in findings until Id() has read its own id. A node that is no map is
  // reported once and reads as empty.
  ObjectReader(const Node& node, std::string subject, Object& object, Findings& findings);
  ObjectReader(const ObjectReader&) = delete;
  ObjectReader& operator=(const ObjectReader&) = delete;

  // Reads the required `id` into the object.
  void Id(IdRule rule = IdRule::kPlain);

  // The field's value; nullptr if it is absent or null.
  const Node* Take(std::string_view field, Need need = Need::kOptional);

  std::string Text(std::string_view field, Need need = Need::kOptional);
  // One of `choices`, else reported.
  std::string Choice(std::string_view field, std::initializer_list<std::string_view> choices,
                     Need need = Need::kOptional);
  std::optional<double> MaybeNumber(std::string_view field, Need need = Need::kOptional);
  double Number(std::string_view field, Need need = Need::kRequired);
  // Keeps `value` if the field is absent.
  void Update(std::string_view field, double& value);
  void Update(std::string_view field, int& value);
  void Update(std::string_view field, Bounds& value);
  void Update(std::string_view field, std::string& value,
              std::initializer_list<std::string_view> choices);
  int Integer(std::string_view field, Need need = Need::kRequired);
  std::optional<bool> MaybeBool(std::string_view field);
  std::optional<absl::CivilDay> MaybeDay(std::string_view field, Need need = Need::kOptional);
  Ref Reference(std::string_view field, Need need = Need::kOptional);
  std::vector<Ref> References(
      std::string_view field);  // A list; one scalar reads as a list of one.
  std::vector<std::string> Texts(std::string_view field, Need need = Need::kOptional);
  std::vector<double> Numbers(std::string_view field, Need need = Need::kOptional);
  std::vector<NamedValue> NamedValues(std::string_view field, Need need = Need::kOptional);
  std::vector<YearValue> YearValues(std::string_view field, Need need = Need::kOptional);

  template <typename T>
  std::optional<T> MaybeEnum(std::string_view field, Need need = Need::kOptional) {
    const Node* const node = Scalar(field, need);
    if (node == nullptr) return std::nullopt;
    const std::optional<T> value = ParseName<T>(node->scalar);
    if (!value) Invalid(field, *node, ChoicesText(NamesOf(T{})));
    return value;
  }
  template <typename T>
  void UpdateEnum(std::string_view field, T& value, Need need = Need::kOptional) {
    if (const std::optional<T> read = MaybeEnum<T>(field, need)) value = *read;
  }

  // Calls `read(item)` for each item of a list.
  template <typename Read>
  void Each(std::string_view field, Need need, const Read& read) {
    const Node* const list = Take(field, need);
    if (list == nullptr) return;
    if (!list->IsSequence()) return Invalid(field, *list, "a list");
    for (const Node& item : list->items) read(item);
  }

  // Calls `read(key, value)` for each entry of a map.
  template <typename Read>
  void EachEntry(std::string_view field, Need need, const Read& read) {
    const Node* const map = Take(field, need);
    if (map == nullptr) return;
    if (!map->IsMap()) return Invalid(field, *map, "a map");
    for (size_t i = 0; i < map->keys.size(); ++i) read(map->keys[i], map->items[i]);
  }

  // Calls `read(node)` if the field is given.
  template <typename Read>
  void Inner(std::string_view field, const Read& read) {
    if (const Node* const node = Take(field); node != nullptr) read(*node);
  }

  // Reports the keys nobody asked for; keys that start with x- are everybody's own.
  void Finish();

  // Reports a wrong value: FIELD_INVALID at `node`.
  void Invalid(std::string_view field, const Node& node, std::string_view want);
  void Missing(std::string_view field);

  const std::string& subject() const { return subject_; }
  Findings& findings() { return findings_; }

 private:
  template <typename T>
  static std::string ChoicesText(std::span<const EnumName<T>> names) {
    std::string text;
    for (const EnumName<T>& entry : names) {
      if (!text.empty()) text += " | ";
      text += entry.name;
    }
    return text;
  }
  const Node* Scalar(std::string_view field, Need need);
  std::optional<double> NumberOf(std::string_view field, const Node& node);

  const Node& node_;
  std::string subject_;
  Object& object_;
  Findings& findings_;
  std::vector<bool> known_;  // Parallel to node_.keys.
  size_t next_ = 0;          // Fields are mostly asked for in the order of the source.
};

// True if `id` follows `rule`.
bool IsValidId(std::string_view id, IdRule rule);

}  // namespace valueloop::strategy

#endif  // VALUELOOP_STRATEGY_DOMAIN_READER_H_
