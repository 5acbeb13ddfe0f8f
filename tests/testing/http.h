#ifndef VALUELOOP_TESTS_TESTING_HTTP_H_
#define VALUELOOP_TESTS_TESTING_HTTP_H_

#include <string>

namespace valueloop::testing {

// The body of GET http://{address}{path}; `address` is "127.0.0.1:9401". Empty if there is no
// answer.
std::string HttpGet(const std::string& address, const std::string& path);

}  // namespace valueloop::testing

#endif  // VALUELOOP_TESTS_TESTING_HTTP_H_
