// Strict UTF-8 (RFC 3629): no overlong forms, no surrogates, nothing above U+10FFFF.
#ifndef VALUELOOP_COMMON_UTF8_H_
#define VALUELOOP_COMMON_UTF8_H_

#include <cstddef>
#include <string_view>

namespace valueloop {

// The length, 1 to 4, of the valid sequence that `text` starts with; 0 if there is none.
size_t Utf8SequenceLength(std::string_view text);

bool IsValidUtf8(std::string_view text);

// The longest prefix of at most `max_bytes` that does not end inside a sequence.
std::string_view Utf8Prefix(std::string_view text, size_t max_bytes);

}  // namespace valueloop

#endif  // VALUELOOP_COMMON_UTF8_H_
