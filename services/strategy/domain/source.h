// A plan's source text (YAML, of which JSON is a part) as a tree of nodes that keep their places.
//
// yaml-cpp's event handler builds the tree; its own node tree would keep duplicate keys, expand
// aliases and lose nothing of a hostile file's size.
#ifndef VALUELOOP_STRATEGY_DOMAIN_SOURCE_H_
#define VALUELOOP_STRATEGY_DOMAIN_SOURCE_H_

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "strategy/domain/findings.h"
#include "strategy/domain/place.h"

namespace valueloop::strategy {

inline constexpr size_t kMaxSourceBytes = 32u << 20;
inline constexpr size_t kMaxScalarBytes = 64u << 10;
inline constexpr size_t kMaxSourceNodes = 2'000'000;
inline constexpr int kMaxSourceDepth = 64;

struct Node {
  enum class Kind { kNull, kScalar, kSequence, kMap };
  struct Key {
    std::string name;
    Place place;
  };

  Kind kind = Kind::kNull;
  bool quoted = false;  // A quoted or block scalar is text, even if it looks like a number.
  Place place;
  std::string scalar;       // kScalar only.
  std::vector<Key> keys;    // kMap only; unique, in source order, parallel to `items`.
  std::vector<Node> items;  // kSequence: the items; kMap: the values.

  bool IsMap() const { return kind == Kind::kMap; }
  bool IsSequence() const { return kind == Kind::kSequence; }
  bool IsScalar() const { return kind == Kind::kScalar; }
  bool IsNull() const { return kind == Kind::kNull; }
};

// Parses `text` into the tree of its only document; the root is a map. On any defect returns
// nothing and adds SOURCE_INVALID findings: invalid UTF-8, NUL or control characters, tab in
// indentation, aliases, anchors, tags, duplicate keys, keys that are no scalars, several documents,
// nesting deeper than kMaxSourceDepth, and what exceeds the limits above. Never throws.
std::optional<Node> ParseSource(std::string_view text, Findings& findings);

// The exact value of a finite decimal number; nothing for anything else, such as "1e999", "nan",
// "0x10" or " 1".
std::optional<double> ParseNumber(std::string_view text);

// 16 hex digits that are equal for sources equal in content: comments, layout, quoting and the
// order of keys do not count, nor do the top-level keys the compiler ignores. Tells versions apart;
// it is no protection against forgery.
std::string Fingerprint(const Node& root);

// True for the top-level keys that are accepted and ignored: expected, observations, x-*.
bool IsIgnoredKey(std::string_view key);

}  // namespace valueloop::strategy

#endif  // VALUELOOP_STRATEGY_DOMAIN_SOURCE_H_
