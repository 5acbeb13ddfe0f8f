// A main() for test programs that start themselves as children: `--child=MODE ARGUMENTS...` runs
// the mode registered under that name instead of the tests.
//
//   int main(int argc, char** argv) {
//     return valueloop::testing::TestMain(argc, argv, {{"writer", WriterMain}});
//   }
#ifndef VALUELOOP_TESTS_TESTING_CHILD_MAIN_H_
#define VALUELOOP_TESTS_TESTING_CHILD_MAIN_H_

#include <cstdio>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace valueloop::testing {

using ChildMode = std::function<int(const std::vector<std::string>& arguments)>;

inline int TestMain(int argc, char** argv, const std::map<std::string, ChildMode>& modes) {
  constexpr std::string_view kFlag = "--child=";
  if (argc > 1 && std::string_view(argv[1]).starts_with(kFlag)) {
    const auto mode = modes.find(std::string(argv[1] + kFlag.size()));
    if (mode == modes.end()) {
      std::fprintf(stderr, "no child mode %s\n", argv[1]);
      return 64;
    }
    return mode->second({argv + 2, argv + argc});
  }
  ::testing::InitGoogleMock(&argc, argv);
  return RUN_ALL_TESTS();
}

}  // namespace valueloop::testing

#endif  // VALUELOOP_TESTS_TESTING_CHILD_MAIN_H_
