#include "common/ids.h"

#include <string>
#include <vector>

#include "testing/status_matchers.h"

namespace valueloop {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::IsOkAndHolds;
using testing::StatusIs;
constexpr absl::StatusCode kInvalid = absl::StatusCode::kInvalidArgument;

TEST(IdsTest, CustomerIdsAreAnyTextOf256BytesWithoutSlashAndControls) {
  VL_EXPECT_OK(ValidateCustomerId("id", "客户 1:{%}"));
  VL_EXPECT_OK(ValidateCustomerId("id", std::string(256, 'x')));
  for (const std::string& bad :
       {std::string(), std::string(257, 'x'), std::string("a/b"), std::string("a\nb"),
        std::string("\xff"), std::string("a\0b", 3)}) {
    EXPECT_THAT(ValidateCustomerId("customer_id", bad),
                StatusIs(kInvalid, HasSubstr("customer_id")))
        << bad;
  }
}

TEST(IdsTest, WorkspacePlanKpiAndRequestIdsObeyTheirRules) {
  VL_EXPECT_OK(ValidateWorkspaceId("w", "default"));
  VL_EXPECT_OK(ValidateWorkspaceId("w", std::string(63, 'a')));
  EXPECT_THAT(ValidateWorkspaceId("w", "Default"), StatusIs(kInvalid));
  EXPECT_THAT(ValidateWorkspaceId("w", std::string(64, 'a')), StatusIs(kInvalid));
  VL_EXPECT_OK(ValidatePlanId("p", "HL-2026"));
  EXPECT_THAT(ValidatePlanId("p", "2026"), StatusIs(kInvalid));
  VL_EXPECT_OK(ValidateKpiId("k", "_REV_2"));
  EXPECT_THAT(ValidateKpiId("k", "A-B"), StatusIs(kInvalid));
  VL_EXPECT_OK(ValidateRequestId("r", "1.a-b_C"));
  EXPECT_THAT(ValidateRequestId("r", ""), StatusIs(kInvalid));
  EXPECT_THAT(ValidateRequestId("r", std::string(129, 'a')), StatusIs(kInvalid));
}

TEST(IdsTest, ResourceNamesGiveTheirPartsOrNameThePattern) {
  EXPECT_THAT(ParseResourceName("name", "workspaces/*/customers/*/score",
                                "workspaces/default/customers/c 1/score"),
              IsOkAndHolds(ElementsAre("default", "c 1")));
  for (const char* bad : {"", "workspaces/default", "workspaces/default/customers//score",
                          "workspaces/default/customers/a/b/score",
                          "workspaces/-/customers/a/score", "plans/default/customers/a/score"}) {
    EXPECT_THAT(ParseResourceName("name", "workspaces/*/customers/*/score", bad),
                StatusIs(kInvalid, HasSubstr("name: got")))
        << bad;
  }
  EXPECT_THAT(ParseResourceName("parent", "workspaces/-*", "workspaces/-"),
              IsOkAndHolds(ElementsAre("-")));
}

TEST(IdsTest, PageTokensSurviveAnyBytesAndBelongToOneRequest) {
  const std::vector<std::string> parts = {"", "a:b", std::string("\0\xff", 2), "12"};
  const std::string token = MakePageToken("list customers", parts);
  EXPECT_THAT(ParsePageToken("list customers", token), IsOkAndHolds(parts));
  EXPECT_THAT(ParsePageToken("list events", token), StatusIs(kInvalid, HasSubstr("page_token")));
  EXPECT_THAT(ParsePageToken("list customers", ""), IsOkAndHolds(IsEmpty()));
}

TEST(IdsTest, DamagedPageTokensAreRefused) {
  const std::string token = MakePageToken("key", {"abc", "defgh"});
  for (size_t length = 1; length < token.size(); ++length) {
    const auto parts = ParsePageToken("key", token.substr(0, length));
    if (!parts.ok()) continue;
    EXPECT_LT(parts->size(), 2u) << length;
  }
  EXPECT_THAT(ParsePageToken("key", "!!"), StatusIs(kInvalid));
  EXPECT_THAT(ParsePageToken("key", EncodeToken("999999999999999999:x")), StatusIs(kInvalid));
}

TEST(IdsTest, PageSizesHaveADefaultAndACap) {
  EXPECT_THAT(ParsePageSize(0), IsOkAndHolds(50));
  EXPECT_THAT(ParsePageSize(7), IsOkAndHolds(7));
  EXPECT_THAT(ParsePageSize(5000), IsOkAndHolds(1000));
  EXPECT_THAT(ParsePageSize(-1), StatusIs(kInvalid, HasSubstr("page_size: got -1")));
}

}  // namespace
}  // namespace valueloop
