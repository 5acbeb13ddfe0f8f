#ifndef VALUELOOP_TESTS_TESTING_TEMP_DIR_H_
#define VALUELOOP_TESTS_TESTING_TEMP_DIR_H_

#include <string>
#include <string_view>

namespace valueloop::testing {

// A folder of the test's own, removed with everything in it at the end. Its path is short enough
// for a unix socket in it.
class TempDir {
 public:
  TempDir();
  ~TempDir();
  TempDir(const TempDir&) = delete;
  TempDir& operator=(const TempDir&) = delete;

  const std::string& path() const { return path_; }
  std::string File(std::string_view name) const;

 private:
  std::string path_;
};

}  // namespace valueloop::testing

#endif  // VALUELOOP_TESTS_TESTING_TEMP_DIR_H_
