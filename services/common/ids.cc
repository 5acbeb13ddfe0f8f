#include "common/ids.h"

#include <algorithm>

#include "absl/strings/escaping.h"
#include "common/status.h"
#include "common/utf8.h"
#include "fmt/format.h"

namespace valueloop {
namespace {

constexpr size_t kMaxCustomerBytes = 256;
constexpr int kKeyDigits = 16;

bool IsLower(char c) { return c >= 'a' && c <= 'z'; }
bool IsAlpha(char c) { return IsLower(c) || (c >= 'A' && c <= 'Z'); }
bool IsDigit(char c) { return c >= '0' && c <= '9'; }

// True if `id` is one character of `first` and at most `max_rest` of `rest`.
template <typename First, typename Rest>
bool Matches(std::string_view id, size_t max_rest, First first, Rest rest) {
  return !id.empty() && id.size() <= max_rest + 1 && first(id[0]) &&
         std::all_of(id.begin() + 1, id.end(), rest);
}

// FNV-1a: stable over builds and machines, enough to tell requests apart by accident.
uint64_t Hash(std::string_view text) {
  uint64_t hash = 14695981039346656037ull;
  for (const char c : text) hash = (hash ^ static_cast<uint8_t>(c)) * 1099511628211ull;
  return hash;
}

std::vector<std::string_view> SplitAtSlash(std::string_view text) {
  std::vector<std::string_view> parts;
  for (size_t start = 0;;) {
    const size_t end = text.find('/', start);
    parts.push_back(text.substr(start, end - start));
    if (end == std::string_view::npos) return parts;
    start = end + 1;
  }
}

}  // namespace

absl::Status ValidateWorkspaceId(std::string_view field, std::string_view id) {
  if (Matches(id, 62, IsLower, [](char c) { return IsLower(c) || IsDigit(c) || c == '-'; })) {
    return absl::OkStatus();
  }
  return InvalidField(field, id, "a workspace id [a-z][a-z0-9-]{0,62}");
}

absl::Status ValidateCustomerId(std::string_view field, std::string_view id) {
  const bool control = std::any_of(id.begin(), id.end(), [](char c) {
    return static_cast<uint8_t>(c) < 0x20 || static_cast<uint8_t>(c) == 0x7F || c == '/';
  });
  if (!id.empty() && id.size() <= kMaxCustomerBytes && !control && IsValidUtf8(id)) {
    return absl::OkStatus();
  }
  return InvalidField(field, id, "1 to 256 bytes of UTF-8 without '/' and control characters");
}

absl::Status ValidatePlanId(std::string_view field, std::string_view id) {
  const auto rest = [](char c) {
    return IsAlpha(c) || IsDigit(c) || c == '_' || c == '.' || c == '-';
  };
  if (Matches(id, 63, IsAlpha, rest)) return absl::OkStatus();
  return InvalidField(field, id, "an id [A-Za-z][A-Za-z0-9_.-]{0,63}");
}

absl::Status ValidateKpiId(std::string_view field, std::string_view id) {
  const auto first = [](char c) { return IsAlpha(c) || c == '_'; };
  const auto rest = [](char c) { return IsAlpha(c) || IsDigit(c) || c == '_'; };
  if (Matches(id, 63, first, rest)) return absl::OkStatus();
  return InvalidField(field, id, "a KPI id [A-Za-z_][A-Za-z0-9_]{0,63}");
}

absl::Status ValidateRequestId(std::string_view field, std::string_view id) {
  const auto rest = [](char c) {
    return IsAlpha(c) || IsDigit(c) || c == '_' || c == '.' || c == '-';
  };
  if (Matches(id, 127, rest, rest)) return absl::OkStatus();
  return InvalidField(field, id, "an id [A-Za-z0-9_.-]{1,128}");
}

absl::StatusOr<std::vector<std::string>> ParseResourceName(std::string_view field,
                                                           std::string_view pattern,
                                                           std::string_view name) {
  const std::vector<std::string_view> wanted = SplitAtSlash(pattern);
  const std::vector<std::string_view> given = SplitAtSlash(name);
  const auto mismatch = [&] {
    return InvalidField(field, name, fmt::format("a name of the form {}", pattern));
  };
  if (wanted.size() != given.size()) return mismatch();
  std::vector<std::string> parts;
  for (size_t i = 0; i < wanted.size(); ++i) {
    const bool any_workspace = wanted[i] == "-*";
    if (wanted[i] != "*" && !any_workspace) {
      if (given[i] != wanted[i]) return mismatch();
      continue;
    }
    if (given[i].empty()) return mismatch();
    if (i > 0 && wanted[i - 1] == "workspaces" && !(any_workspace && given[i] == "-")) {
      VL_RETURN_IF_ERROR(ValidateWorkspaceId(field, given[i]));
    }
    parts.emplace_back(given[i]);
  }
  return parts;
}

absl::StatusOr<int> ParsePageSize(int32_t page_size, int default_size, int max_size) {
  if (page_size < 0) return InvalidField("page_size", std::to_string(page_size), "0 or more");
  if (page_size == 0) return default_size;
  return std::min<int>(page_size, max_size);
}

std::string EncodeToken(std::string_view bytes) {
  return absl::WebSafeBase64Escape(absl::string_view(bytes.data(), bytes.size()));
}

absl::StatusOr<std::string> DecodeToken(std::string_view field, std::string_view token) {
  std::string bytes;
  if (!absl::WebSafeBase64Unescape(absl::string_view(token.data(), token.size()), &bytes)) {
    return InvalidField(field, token, "a token from an earlier answer, unchanged");
  }
  return bytes;
}

std::string MakePageToken(std::string_view request_key, const std::vector<std::string>& parts) {
  std::string bytes = fmt::format("{:016x}", Hash(request_key));
  for (const std::string& part : parts) bytes += fmt::format("{}:{}", part.size(), part);
  return EncodeToken(bytes);
}

absl::StatusOr<std::vector<std::string>> ParsePageToken(std::string_view request_key,
                                                        std::string_view token) {
  std::vector<std::string> parts;
  if (token.empty()) return parts;
  VL_ASSIGN_OR_RETURN(const std::string bytes, DecodeToken("page_token", token));
  const auto mismatch = [&] {
    return InvalidField("page_token", token, "the token of the previous page of the same request");
  };
  if (bytes.substr(0, kKeyDigits) != fmt::format("{:016x}", Hash(request_key))) return mismatch();
  size_t at = kKeyDigits;
  while (at < bytes.size()) {
    size_t length = 0;
    const size_t digits_from = at;
    for (; at < bytes.size() && IsDigit(bytes[at]) && at - digits_from < 9; ++at) {
      length = length * 10 + static_cast<size_t>(bytes[at] - '0');
    }
    if (at == digits_from || at >= bytes.size() || bytes[at] != ':') return mismatch();
    ++at;
    if (length > bytes.size() - at) return mismatch();
    parts.push_back(bytes.substr(at, length));
    at += length;
  }
  return parts;
}

}  // namespace valueloop
