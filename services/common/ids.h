// The rules of ids and resource names, and page tokens. All by bytes; nothing is normalised.
#ifndef VALUELOOP_COMMON_IDS_H_
#define VALUELOOP_COMMON_IDS_H_

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace valueloop {

// Each returns InvalidArgument naming `field`, what was given and the rule.
// [a-z][a-z0-9-]{0,62}
absl::Status ValidateWorkspaceId(std::string_view field, std::string_view id);
// 1 to 256 bytes of UTF-8 without '/' and control characters.
absl::Status ValidateCustomerId(std::string_view field, std::string_view id);
// Plans, units, persons: [A-Za-z][A-Za-z0-9_.-]{0,63}
absl::Status ValidatePlanId(std::string_view field, std::string_view id);
// [A-Za-z_][A-Za-z0-9_]{0,63}
absl::Status ValidateKpiId(std::string_view field, std::string_view id);
// Chosen by clients for imports and repeated requests: [A-Za-z0-9_.-]{1,128}
absl::Status ValidateRequestId(std::string_view field, std::string_view id);

// The parts of `name` at the stars of `pattern`: ("workspaces/*/customers/*",
// "workspaces/default/customers/c 1") gives {"default", "c 1"}. A part has no '/', is not empty; a
// workspace part obeys its rule ("-" is taken too where `pattern` has "workspaces/-*"). Other parts
// are the caller's to check. InvalidArgument names `field` and the pattern.
absl::StatusOr<std::vector<std::string>> ParseResourceName(std::string_view field,
                                                           std::string_view pattern,
                                                           std::string_view name);

// Page sizes: 0 is `default_size`, above `max_size` is `max_size`, negative is InvalidArgument.
absl::StatusOr<int> ParsePageSize(int32_t page_size, int default_size = 50, int max_size = 1000);

// An opaque token that holds `parts` and is bound to the rest of the request by `request_key`: with
// other filters the token is refused. Not a secret and not signed: a caller sees only what it may
// list anyway.
std::string MakePageToken(std::string_view request_key, const std::vector<std::string>& parts);
// Empty token: no parts. InvalidArgument (page_token) if it was not made for `request_key`.
absl::StatusOr<std::vector<std::string>> ParsePageToken(std::string_view request_key,
                                                        std::string_view token);

// URL-safe base64 without padding, for tokens and cursors.
std::string EncodeToken(std::string_view bytes);
// InvalidArgument naming `field` if `token` is not one.
absl::StatusOr<std::string> DecodeToken(std::string_view field, std::string_view token);

}  // namespace valueloop

#endif  // VALUELOOP_COMMON_IDS_H_
