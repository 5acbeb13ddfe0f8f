// Waiting for a condition instead of for a time.
#ifndef VALUELOOP_TESTS_TESTING_EVENTUALLY_H_
#define VALUELOOP_TESTS_TESTING_EVENTUALLY_H_

#include <chrono>
#include <functional>
#include <thread>

namespace valueloop::testing {

constexpr std::chrono::milliseconds kPatience{20'000};

// Asks until `condition` is true; false if it is not within `patience`. Use as
//   ASSERT_TRUE(Eventually([&] { return stats.commit_count == 3; }));
inline bool Eventually(const std::function<bool()>& condition,
                       std::chrono::milliseconds patience = kPatience) {
  const auto deadline = std::chrono::steady_clock::now() + patience;
  std::chrono::microseconds pause{200};
  while (!condition()) {
    if (std::chrono::steady_clock::now() > deadline) return condition();
    std::this_thread::sleep_for(pause);
    if (pause < std::chrono::milliseconds(20)) pause *= 2;
  }
  return true;
}

}  // namespace valueloop::testing

#endif  // VALUELOOP_TESTS_TESTING_EVENTUALLY_H_
