// How a repeated mutation is recognised.
#ifndef VALUELOOP_STRATEGY_STORE_REQUEST_KEY_H_
#define VALUELOOP_STRATEGY_STORE_REQUEST_KEY_H_

#include <string>

namespace valueloop::strategy {

// The same id with the same method and body is the same request, for 7 days; with another one it is
// INVALID_ARGUMENT.
struct RequestKey {
  std::string id;  // Empty: the request is not repeatable.
  std::string method;
  std::string body;  // A deterministic serialization; only its hash is kept.
};

}  // namespace valueloop::strategy

#endif  // VALUELOOP_STRATEGY_STORE_REQUEST_KEY_H_
