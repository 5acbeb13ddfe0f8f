#include "strategy/domain/source.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdint>
#include <exception>
#include <istream>
#include <numeric>
#include <streambuf>
#include <utility>

#include "absl/container/flat_hash_set.h"
#include "fmt/format.h"
#include "strategy/domain/source_text.h"
#include "yaml-cpp/eventhandler.h"
#include "yaml-cpp/exceptions.h"
#include "yaml-cpp/mark.h"
#include "yaml-cpp/parser.h"

namespace valueloop::strategy {
namespace {

// A long list of the same complaint helps nobody.
constexpr int kMaxSourceFindings = 50;

// Ends the parsing from inside the handler; the finding has been added already.
struct StopParsing : std::exception {};

Place PlaceOf(const YAML::Mark& mark) { return {.line = mark.line + 1, .column = mark.column + 1}; }

// Reads the text where it lies, instead of copying it as std::istringstream does.
class ViewBuffer : public std::streambuf {
 public:
  explicit ViewBuffer(std::string_view text) {
    char* const begin = const_cast<char*>(text.data());  // The get area is never written to.
    setg(begin, begin, begin + text.size());
  }
};

// Builds the tree of one document. It throws StopParsing as soon as the nesting is too deep, so the
// parser's own recursion is bounded too.
class TreeBuilder : public YAML::EventHandler {
 public:
  explicit TreeBuilder(Findings& findings) : findings_(findings) {}

  void OnDocumentStart(const YAML::Mark&) override {}
  void OnDocumentEnd() override {}
  void OnAnchor(const YAML::Mark& mark, const std::string& name) override {
    Refuse(PlaceOf(mark), "no anchors", "&" + name.substr(0, 64));
  }
  void OnAlias(const YAML::Mark& mark, YAML::anchor_t) override {
    Refuse(PlaceOf(mark), "no aliases", "an alias");
    Leaf({.place = PlaceOf(mark)});
  }
  void OnNull(const YAML::Mark& mark, YAML::anchor_t) override { Leaf({.place = PlaceOf(mark)}); }
  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t,
                const std::string& value) override {
    CheckTag(mark, tag);
    if (value.size() > kMaxScalarBytes) {
      Refuse(PlaceOf(mark), fmt::format("a value of at most {} bytes", kMaxScalarBytes),
             fmt::format("{} bytes", value.size()));
      throw StopParsing();
    }
    Leaf({.kind = Node::Kind::kScalar,
          .quoted = tag == "!",
          .place = PlaceOf(mark),
          .scalar = value});
  }
  void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t,
                       YAML::EmitterStyle::value) override {
    CheckTag(mark, tag);
    Open({.kind = Node::Kind::kSequence, .place = PlaceOf(mark)});
  }
  void OnSequenceEnd() override { Close(); }
  void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t,
                  YAML::EmitterStyle::value) override {
    CheckTag(mark, tag);
    Open({.kind = Node::Kind::kMap, .place = PlaceOf(mark)});
  }
  void OnMapEnd() override { Close(); }

  bool refused() const { return refused_ > 0; }
  Node TakeRoot() { return std::move(root_); }

  void Refuse(Place place, std::string expected, std::string actual) {
    findings_.Add(Code::kSourceInvalid, {}, place, std::move(expected), std::move(actual));
    if (++refused_ >= kMaxSourceFindings) throw StopParsing();
  }

 private:
  // A collection under construction, the key that waits for its value, and the keys seen.
  struct Frame {
    Node node;
    std::optional<Node::Key> key;
    absl::flat_hash_set<std::string> seen;
  };

  void CheckTag(const YAML::Mark& mark, const std::string& tag) {
    if (!tag.empty() && tag != "?" && tag != "!") {
      Refuse(PlaceOf(mark), "no tags", tag.substr(0, 64));
    }
  }

  bool ExpectsKey() const {
    return !frames_.empty() && frames_.back().node.IsMap() && !frames_.back().key.has_value();
  }

  void Leaf(Node node) {
    if (++node_count_ > kMaxSourceNodes) {
      Refuse(node.place, fmt::format("at most {} values", kMaxSourceNodes), "more");
      throw StopParsing();
    }
    if (!ExpectsKey()) return Attach(std::move(node));
    Frame& frame = frames_.back();
    if (!node.IsScalar()) Refuse(node.place, "a key", "null");
    if (!frame.seen.insert(node.scalar).second) {
      Refuse(node.place, "each key once", fmt::format("{} again", node.scalar.substr(0, 64)));
    }
    frame.key = Node::Key{.name = std::move(node.scalar), .place = node.place};
  }

  void Open(Node node) {
    if (static_cast<int>(frames_.size()) >= kMaxSourceDepth) {
      Refuse(node.place, fmt::format("at most {} levels", kMaxSourceDepth), "more");
      throw StopParsing();
    }
    if (ExpectsKey()) {
      Refuse(node.place, "a plain key", "a collection as key");
      throw StopParsing();
    }
    frames_.push_back({.node = std::move(node), .key = {}, .seen = {}});
  }

  void Close() {
    Node node = std::move(frames_.back().node);
    frames_.pop_back();
    Attach(std::move(node));
  }

  void Attach(Node node) {
    if (frames_.empty()) {
      root_ = std::move(node);
      return;
    }
    Frame& parent = frames_.back();
    if (parent.node.IsMap()) {
      parent.node.keys.push_back(*std::exchange(parent.key, std::nullopt));
    }
    parent.node.items.push_back(std::move(node));
  }

  Findings& findings_;
  std::vector<Frame> frames_;
  Node root_;
  size_t node_count_ = 0;
  int refused_ = 0;
};

// FNV-1a, 64 bits: http://www.isthe.com/chongo/tech/comp/fnv/.
class Hash {
 public:
  void Add(std::string_view text) {
    for (const char c : text) value_ = (value_ ^ static_cast<uint8_t>(c)) * 0x100000001b3ULL;
    value_ = (value_ ^ 0xFF) * 0x100000001b3ULL;  // A byte UTF-8 never holds: "ab","c" != "a","bc".
  }
  std::string Hex() const { return fmt::format("{:016x}", value_); }

 private:
  uint64_t value_ = 0xcbf29ce484222325ULL;
};

// Recursion is bounded by kMaxSourceDepth.
void HashNode(const Node& node, bool is_root, Hash& hash) {
  switch (node.kind) {
    case Node::Kind::kNull:
      return hash.Add("~");
    case Node::Kind::kScalar:
      hash.Add("s");
      return hash.Add(node.scalar);
    case Node::Kind::kSequence:
      hash.Add("[");
      for (const Node& item : node.items) HashNode(item, false, hash);
      return hash.Add("]");
    case Node::Kind::kMap:
      break;
  }
  std::vector<size_t> order(node.keys.size());
  std::iota(order.begin(), order.end(), size_t{0});
  std::sort(order.begin(), order.end(),
            [&node](size_t a, size_t b) { return node.keys[a].name < node.keys[b].name; });
  hash.Add("{");
  for (const size_t i : order) {
    if (is_root && IsIgnoredKey(node.keys[i].name)) continue;
    hash.Add(node.keys[i].name);
    HashNode(node.items[i], false, hash);
  }
  hash.Add("}");
}

}  // namespace

std::optional<Node> ParseSource(std::string_view text, Findings& findings) {
  if (!CheckSourceText(text, findings)) return std::nullopt;
  TreeBuilder builder(findings);
  try {
    ViewBuffer buffer(text);
    std::istream stream(&buffer);
    YAML::Parser parser(stream);
    if (!parser.HandleNextDocument(builder)) {
      builder.Refuse({.line = 1, .column = 1}, "a plan", "an empty file");
      return std::nullopt;
    }
    if (builder.refused()) return std::nullopt;
    Node root = builder.TakeRoot();
    TreeBuilder second(findings);
    if (parser.HandleNextDocument(second)) {
      second.Refuse(second.TakeRoot().place, "one document", "a second one");
      return std::nullopt;
    }
    if (!root.IsMap()) {
      builder.Refuse(root.place, "a map of sections", "something else");
      return std::nullopt;
    }
    return root;
  } catch (const StopParsing&) {
    return std::nullopt;
  } catch (const YAML::Exception& error) {
    findings.Add(Code::kSourceInvalid, {}, PlaceOf(error.mark), "YAML", error.msg);
    return std::nullopt;
  } catch (const std::exception& error) {  // What the parser's own containers may throw.
    findings.Add(Code::kSourceInvalid, {}, {}, "YAML", error.what());
    return std::nullopt;
  }
}

std::optional<double> ParseNumber(std::string_view text) {
  if (text.starts_with('+')) {
    text.remove_prefix(1);
    if (text.starts_with('-')) return std::nullopt;
  }
  const size_t digit = text.starts_with('-') ? 1 : 0;
  // from_chars would read "inf" and "nan".
  if (text.size() <= digit || text.find_first_not_of("0123456789.eE+-") != text.npos) {
    return std::nullopt;
  }
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || !std::isfinite(value)) {
    return std::nullopt;
  }
  return value;
}

std::string Fingerprint(const Node& root) {
  Hash hash;
  HashNode(root, true, hash);
  return hash.Hex();
}

bool IsIgnoredKey(std::string_view key) {
  return key == "expected" || key == "observations" || key.starts_with("x-");
}

}  // namespace valueloop::strategy
