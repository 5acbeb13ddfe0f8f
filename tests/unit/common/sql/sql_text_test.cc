#include "common/sql/sql_text.h"

#include "common/sql/fingerprint.h"
#include "testing/status_matchers.h"

namespace valueloop::sql {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testing::IsOkAndHolds;
using testing::StatusIs;

TEST(SplitStatementsTest, EndsAStatementAtSemicolonsOutsideQuotesAndComments) {
  VL_ASSERT_OK_AND_ASSIGN(
      const std::vector<std::string> statements,
      SplitStatements("-- one; two\nSELECT 'a;''b' ; /* three; */\n SELECT \"c;d\" -- end;\n;;\n"));
  EXPECT_THAT(statements, ElementsAre("SELECT 'a;''b'", "SELECT \"c;d\""));
}

TEST(SplitStatementsTest, RefusesWhatIsNotClosed) {
  EXPECT_THAT(SplitStatements("SELECT 1;\nSELECT 'a;"),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("at line 2")));
  EXPECT_THAT(SplitStatements("/* a"), StatusIs(absl::StatusCode::kInvalidArgument));
  EXPECT_THAT(SplitStatements("SELECT 1; SELECT 2"),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("SELECT 2")));
}

TEST(CountPlaceholdersTest, CountsNamesOutsideQuotesAndComments) {
  EXPECT_THAT(CountPlaceholders("SELECT ':a', :b, \":c\" -- :d\n WHERE x = :e_1"), IsOkAndHolds(2));
  EXPECT_THAT(CountPlaceholders("SELECT 1"), IsOkAndHolds(0));
}

TEST(CountPlaceholdersTest, RefusesWhatDatabasesReadDifferently) {
  EXPECT_THAT(CountPlaceholders("SELECT :a, :b, :a"),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr(":a: got two")));
  for (const char* text : {"SELECT ?", "SELECT $1", "SELECT @a", "SELECT : a"}) {
    EXPECT_THAT(CountPlaceholders(text), StatusIs(absl::StatusCode::kInvalidArgument)) << text;
  }
}

TEST(PlaceholdersTest, NumbersThem) {
  EXPECT_EQ(Placeholders("id", 3), ":id0, :id1, :id2");
  EXPECT_EQ(Placeholders("id", 0), "");
}

TEST(FirstWordsTest, ShowsNeitherLiteralsNorMoreThanALine) {
  EXPECT_EQ(FirstWords("  SELECT\n  a,\tb FROM t WHERE c = 'secret'"),
            "SELECT a, b FROM t WHERE c =");
  EXPECT_LE(FirstWords(std::string(500, 'x')).size(), 60u);
}

TEST(FingerprintTest, EqualsThePublishedValues) {
  // Test vectors of FNV-1a with 128 bits, draft-eastlake-fnv.
  EXPECT_EQ(Fingerprint(""), "6c62272e07bb014262b821756295c58d");
  EXPECT_EQ(Fingerprint("a"), "d228cb696f1a8caf78912b704e4a8964");
  EXPECT_EQ(Fingerprint("foobar"), "343e1662793c64bf6f0d3597ba446f18");
}

}  // namespace
}  // namespace valueloop::sql
