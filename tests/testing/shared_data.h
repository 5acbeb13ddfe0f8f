// Real data that lies beside the repository (../shared/data, or $VALUELOOP_SHARED_DATA) and never
// in it.
#ifndef VALUELOOP_TESTS_TESTING_SHARED_DATA_H_
#define VALUELOOP_TESTS_TESTING_SHARED_DATA_H_

#include <optional>
#include <string>
#include <string_view>

namespace valueloop::testing {

// The path of `file` in the data folder; empty if it is not there.
std::optional<std::string> SharedDataPath(std::string_view file);

// The path of `file` in the repository, such as "samples/strategy-telecom.yaml".
std::string RepositoryPath(std::string_view file);

// The whole content of `path`; ends the process with a message if it cannot be read.
std::string ReadFileOrDie(const std::string& path);

// True if a missing data file must fail the test (VALUELOOP_REQUIRE_DATA=1).
bool SharedDataRequired();

}  // namespace valueloop::testing

// Sets `path` to the data file's path, or skips the test (fails it if VALUELOOP_REQUIRE_DATA=1).
#define VL_REQUIRE_SHARED_DATA(path, file)                                                    \
  const std::optional<std::string> path##_found = ::valueloop::testing::SharedDataPath(file); \
  if (!path##_found && ::valueloop::testing::SharedDataRequired()) {                          \
    FAIL() << "no shared data file " << (file) << ", and VALUELOOP_REQUIRE_DATA=1";           \
  }                                                                                           \
  if (!path##_found) GTEST_SKIP() << "no shared data file " << (file);                        \
  const std::string& path = *path##_found

#endif  // VALUELOOP_TESTS_TESTING_SHARED_DATA_H_
