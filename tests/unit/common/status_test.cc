#include "common/status.h"

#include "testing/status_matchers.h"

namespace valueloop {
namespace {

using ::testing::HasSubstr;
using testing::StatusIs;

absl::Status FailIf(bool fail) {
  VL_RETURN_IF_ERROR(fail ? absl::NotFoundError("customer: c1") : absl::OkStatus());
  return absl::OkStatus();
}

TEST(StatusTest, ReturnIfErrorPassesTheErrorOn) {
  EXPECT_THAT(FailIf(true), StatusIs(absl::StatusCode::kNotFound, "customer: c1"));
  VL_EXPECT_OK(FailIf(false));
}

TEST(StatusTest, InvalidFieldNamesTheFieldWhatWasGivenAndWhatIsWanted) {
  const absl::Status status = InvalidField("page_size", "-1", "0 to 1000");
  EXPECT_THAT(status,
              StatusIs(absl::StatusCode::kInvalidArgument, "page_size: got -1, want 0 to 1000"));
  EXPECT_EQ(FieldOf(status), "page_size");
}

TEST(StatusTest, PrintableEscapesControlsAndInvalidUtf8AndShortens) {
  EXPECT_EQ(Printable("客户\x1b[31m\xff"), "客户\\x1b[31m\\xff");
  EXPECT_THAT(Printable(std::string(1000, 'a')), HasSubstr("…"));
  EXPECT_LT(Printable(std::string(1000, '\x01')).size(), 80u);
}

TEST(StatusTest, AnnotateKeepsCodeReasonAndField) {
  const absl::Status status =
      Annotate(WithReason(InvalidField("amount", "x", "a number"), "BAD_ROW"), "row 7");
  EXPECT_THAT(status, StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("row 7: amount: ")));
  EXPECT_EQ(ReasonOf(status), "BAD_ROW");
  EXPECT_EQ(FieldOf(status), "amount");
}

TEST(StatusTest, RetryAfterSurvives) {
  const absl::Status status =
      WithRetryAfter(absl::ResourceExhaustedError("queue: full"), absl::Milliseconds(250));
  EXPECT_EQ(RetryAfterOf(status), absl::Milliseconds(250));
  EXPECT_EQ(RetryAfterOf(absl::NotFoundError("x")), std::nullopt);
}

}  // namespace
}  // namespace valueloop
