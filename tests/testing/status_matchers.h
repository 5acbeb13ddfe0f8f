// GoogleMock matchers for absl::Status and absl::StatusOr (Debian's absl ships none):
//   EXPECT_THAT(status, IsOk());
//   EXPECT_THAT(value, IsOkAndHolds(DoubleEq(2)));
//   EXPECT_THAT(status, StatusIs(absl::StatusCode::kNotFound, HasSubstr("customer")));
#ifndef VALUELOOP_TESTS_TESTING_STATUS_MATCHERS_H_
#define VALUELOOP_TESTS_TESTING_STATUS_MATCHERS_H_

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace valueloop::testing {

inline const absl::Status& StatusOf(const absl::Status& status) { return status; }
template <typename T>
const absl::Status& StatusOf(const absl::StatusOr<T>& value) {
  return value.status();
}

MATCHER(IsOk, "is OK") {
  *result_listener << "whose status is " << StatusOf(arg).ToString();
  return StatusOf(arg).ok();
}

MATCHER_P2(StatusIs, code, message_matcher, "") {
  const absl::Status& status = StatusOf(arg);
  *result_listener << "whose status is " << status.ToString();
  return status.code() == code &&
         ::testing::ExplainMatchResult(message_matcher, std::string(status.message()),
                                       result_listener);
}

MATCHER_P(StatusIs, code, "") {
  *result_listener << "whose status is " << StatusOf(arg).ToString();
  return StatusOf(arg).code() == code;
}

MATCHER_P(IsOkAndHolds, matcher, "") {
  if (!arg.ok()) {
    *result_listener << "whose status is " << arg.status().ToString();
    return false;
  }
  return ::testing::ExplainMatchResult(matcher, *arg, result_listener);
}

}  // namespace valueloop::testing

// Unwraps a StatusOr or ends the test.
#define VL_ASSERT_OK_AND_ASSIGN(target, expression) \
  VL_ASSERT_OK_AND_ASSIGN_IMPL_(VL_TEST_CONCAT_(vl_value_, __LINE__), target, expression)
#define VL_ASSERT_OK_AND_ASSIGN_IMPL_(value, target, expression) \
  auto value = (expression);                                     \
  ASSERT_TRUE(value.ok()) << value.status().ToString();          \
  target = *std::move(value)
#define VL_TEST_CONCAT_(a, b) VL_TEST_CONCAT_IMPL_(a, b)
#define VL_TEST_CONCAT_IMPL_(a, b) a##b
#define VL_EXPECT_OK(expression) EXPECT_THAT((expression), ::valueloop::testing::IsOk())
#define VL_ASSERT_OK(expression) ASSERT_THAT((expression), ::valueloop::testing::IsOk())

#endif  // VALUELOOP_TESTS_TESTING_STATUS_MATCHERS_H_
