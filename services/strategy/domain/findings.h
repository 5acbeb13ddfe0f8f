// What is wrong in a plan: findings, their codes and how they are told in Chinese and English.
#ifndef VALUELOOP_STRATEGY_DOMAIN_FINDINGS_H_
#define VALUELOOP_STRATEGY_DOMAIN_FINDINGS_H_

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "strategy/domain/place.h"

namespace valueloop::strategy {

// An error blocks publication, a warning does not.
enum class Severity { kError, kWarning };

enum class Language { kChinese, kEnglish };

enum class Code {
#define VL_CODE(enumerator, name, severity, zh, en, hint_zh, hint_en) enumerator,
#include "strategy/domain/finding_codes.inc"
#undef VL_CODE
};

// Everything that is fixed about a code. The texts are plain words for a reader who knows no code.
struct CodeInfo {
  Code code;
  std::string_view name;  // UPPER_SNAKE_CASE.
  Severity severity;
  std::string_view text_zh;
  std::string_view text_en;
  std::string_view hint_zh;
  std::string_view hint_en;

  std::string_view Text(Language language) const {
    return language == Language::kChinese ? text_zh : text_en;
  }
  std::string_view Hint(Language language) const {
    return language == Language::kChinese ? hint_zh : hint_en;
  }
};

// All codes, in the order of the enum.
std::span<const CodeInfo> AllCodes();
const CodeInfo& InfoOf(Code code);
std::optional<Code> CodeOfName(std::string_view name);

// One thing wrong in a plan. `expected` and `actual` hold field names, numbers and symbols only, so
// that they read alike in every language.
struct Finding {
  Code code;
  std::vector<std::string>
      subjects;  // Ids of the objects at fault, the main one first; may be empty.
  std::string file;
  Place place;
  std::string expected;
  std::string actual;

  Severity severity() const { return InfoOf(code).severity; }
  friend bool operator==(const Finding&, const Finding&) = default;
};

// "file:line:col: CODE subject: got actual, want expected".
std::string Format(const Finding& finding);

// One sentence for people, plain words first: what is wrong, with whom, and the numbers.
std::string Message(const Finding& finding, Language language);

// Collects what the passes find.
class Findings {
 public:
  void Add(Code code, std::vector<std::string> subjects, Place place, std::string expected,
           std::string actual);

  // About an object of the plan (anything with `id` and `place`).
  template <typename Object>
  void Add(Code code, const Object& object, Place place, std::string expected, std::string actual) {
    Add(code, std::vector<std::string>{object.id}, place, std::move(expected), std::move(actual));
  }

  bool empty() const { return findings_.empty(); }
  bool HasErrors() const;

  // Ends the collection: names the file in each finding and orders them by code, subjects, place.
  std::vector<Finding> Take(std::string_view file) &&;

 private:
  std::vector<Finding> findings_;
};

// A number as findings show it: at most ten significant digits, without a trailing ".0".
std::string Number(double value);

}  // namespace valueloop::strategy

#endif  // VALUELOOP_STRATEGY_DOMAIN_FINDINGS_H_
