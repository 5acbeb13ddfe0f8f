#ifndef VALUELOOP_COMMON_SQL_FINGERPRINT_H_
#define VALUELOOP_COMMON_SQL_FINGERPRINT_H_

#include <string>
#include <string_view>

namespace valueloop::sql {

// 128 bits of FNV-1a as 32 hex digits: the same on every machine and in every release. Tells
// changed text from unchanged; it is no defence against somebody who wants two texts to collide.
// Source: Fowler, Noll & Vo, "FNV Hash" (draft-eastlake-fnv).
std::string Fingerprint(std::string_view bytes);

}  // namespace valueloop::sql

#endif  // VALUELOOP_COMMON_SQL_FINGERPRINT_H_
