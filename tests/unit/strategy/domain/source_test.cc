#include "strategy/domain/source.h"

#include <optional>
#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace valueloop::strategy {
namespace {

struct Refusal {
  std::string name;
  std::string source;
  int line;
  std::string actual;  // Part of what the finding says it got.
};

void PrintTo(const Refusal& refusal, std::ostream* out) { *out << refusal.name; }

std::string Repeated(std::string_view text, int count) {
  std::string result;
  for (int i = 0; i < count; ++i) result += text;
  return result;
}

// `count` block maps, each inside the one before.
std::string NestedBlocks(int count) {
  std::string result;
  for (int i = 0; i < count; ++i) result += std::string(static_cast<size_t>(i), ' ') + "a:\n";
  return result;
}

class RefusalTest : public ::testing::TestWithParam<Refusal> {};

TEST_P(RefusalTest, IsOneFindingAtItsLine) {
  Findings findings;
  EXPECT_EQ(ParseSource(GetParam().source, findings), std::nullopt);
  const std::vector<Finding> found = std::move(findings).Take("f.yaml");
  ASSERT_EQ(found.size(), 1u);
  EXPECT_EQ(found[0].code, Code::kSourceInvalid);
  EXPECT_EQ(found[0].place.line, GetParam().line) << Format(found[0]);
  EXPECT_THAT(Format(found[0]), ::testing::HasSubstr(GetParam().actual));
}

INSTANTIATE_TEST_SUITE_P(
    Hostile, RefusalTest,
    ::testing::Values(
        Refusal{"empty", "", 1, "an empty file"},
        Refusal{"no_map", "- a\n", 1, "a map of sections"},
        Refusal{"syntax", "a: 1\nb: [1, 2\n", 3, "YAML"},
        Refusal{"alias", "a: 1\nb: *x\n", 2, "anchor is not defined"},
        Refusal{"anchor", "a: 1\nb: &x 2\n", 2, "&x"},
        Refusal{"tag", "a: 1\nb: !!python/object x\n", 2, "no tags"},
        Refusal{"duplicate_key", "a: 1\nb: 2\na: 3\n", 3, "a again"},
        Refusal{"duplicate_inner_key", "a: {b: 1, c: 2,\n  b: 3}\n", 2, "b again"},
        Refusal{"tab_indentation", "a:\n\tb: 1\n", 2, "a tab"},
        Refusal{"nul", std::string("a: 1\nb: x\0y\n", 12), 2, "0x00"},
        Refusal{"control_character", "a: 1\nb: x\x01y\n", 2, "0x01"},
        Refusal{"bad_utf8", "a: 1\nb: \xC3(\n", 2, "0xC3"},
        Refusal{"overlong_utf8", "a: \xC0\xAF\n", 1, "0xC0"},
        Refusal{"surrogate", "a: \xED\xA0\x80\n", 1, "0xED"},
        Refusal{"two_documents", "a: 1\n---\nb: 2\n", 3, "a second one"},
        Refusal{"huge_scalar", "a: 1\nb: " + std::string(kMaxScalarBytes + 1, 'x') + "\n", 2,
                "65537 bytes"},
        Refusal{"collection_as_key", "? [a]\n: 1\n", 1, "a collection as key"},
        Refusal{"nested_flow", "a: " + std::string(10000, '[') + std::string(10000, ']'), 1,
                "at most 64 levels"},
        Refusal{"nested_open_flow", "a: " + std::string(10000, '['), 1, "SOURCE_INVALID"},
        Refusal{"nested_flow_maps", "a: " + Repeated("{a: ", 10000), 1, "at most 64 levels"},
        Refusal{"nested_blocks", NestedBlocks(3000), 65, "at most 64 levels"},
        Refusal{"nested_block_sequences", Repeated("- ", 10000) + "a\n", 1, "at most 64 levels"},
        Refusal{"nested_complex_keys", Repeated("? ", 10000) + "a\n", 1, "a collection as key"}),
    [](const auto& test) { return test.param.name; });

TEST(SourceTest, RefusesFilesAboveTheLimitWithoutReadingThem) {
  Findings findings;
  EXPECT_EQ(ParseSource(std::string(kMaxSourceBytes + 1, ' '), findings), std::nullopt);
  EXPECT_TRUE(findings.HasErrors());
}

TEST(SourceTest, AcceptsTheDeepestLegalNestingAndTheLongestScalar) {
  Findings findings;
  const std::string deep =
      std::string(kMaxSourceDepth - 1, '[') + std::string(kMaxSourceDepth - 1, ']');
  EXPECT_TRUE(ParseSource("a: " + deep + "\n", findings).has_value());
  EXPECT_TRUE(ParseSource("a: " + std::string(kMaxScalarBytes, 'x') + "\n", findings).has_value());
  EXPECT_TRUE(findings.empty());
}

TEST(SourceTest, ReadsJsonToo) {
  Findings findings;
  const std::optional<Node> root = ParseSource(R"({"a": {"b": [1, "2", null]}})", findings);
  ASSERT_TRUE(root.has_value());
  const Node& list = root->items[0].items[0];
  ASSERT_EQ(list.items.size(), 3u);
  EXPECT_FALSE(list.items[0].quoted);
  EXPECT_TRUE(list.items[1].quoted);
  EXPECT_TRUE(list.items[2].IsNull());
}

TEST(SourceTest, TabsElsewhereAreLegal) {
  Findings findings;
  EXPECT_TRUE(ParseSource("a: 1\t# note\n\t\nb: 'x\ty'\n", findings).has_value());
  EXPECT_TRUE(findings.empty());
}

TEST(SourceTest, NumbersParseExactlyOrNotAtAll) {
  EXPECT_EQ(ParseNumber("7896.6"), 7896.6);
  EXPECT_EQ(ParseNumber("-0.07"), -0.07);
  EXPECT_EQ(ParseNumber("+1e3"), 1000);
  for (const char* text : {"", "-", "1e999", "nan", "inf", "-inf", ".inf", "0x10", " 1", "1 ",
                           "1,000", "1.2.3", "+-1", "１"}) {
    EXPECT_EQ(ParseNumber(text), std::nullopt) << text;
  }
}

TEST(SourceTest, FingerprintSeesContentOnly) {
  Findings findings;
  const auto print = [&findings](std::string_view text) {
    return Fingerprint(*ParseSource(text, findings));
  };
  EXPECT_EQ(print("a: 1\nb: [x, y]\n"), print("# c\n{b: ['x', y], a: 1, x-note: 5}\n"));
  EXPECT_NE(print("a: 1\n"), print("a: 2\n"));
  EXPECT_NE(print("a: [x, y]\n"), print("a: [xy]\n"));
  EXPECT_NE(print("a: [x, y]\n"), print("a: [y, x]\n"));
}

}  // namespace
}  // namespace valueloop::strategy
