// Pages over an answer that is computed whole for every page.
#ifndef VALUELOOP_SCORING_RPC_INSIGHT_PAGE_H_
#define VALUELOOP_SCORING_RPC_INSIGHT_PAGE_H_

#include <algorithm>
#include <charconv>
#include <cstddef>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "common/ids.h"
#include "common/status.h"
#include "fmt/format.h"

namespace valueloop::scoring {

struct InsightPage {
  std::string key;    // The request without its page.
  std::string as_of;  // The first page's day: later pages do not slip over midnight.
  size_t offset = 0;
  size_t size = 0;

  size_t End(size_t total) const { return std::min(offset + size, total); }
  // Empty on the last page.
  std::string NextToken(size_t total, const std::string& day) const {
    if (End(total) >= total) return "";
    return MakePageToken(key, {day, fmt::format("{}", End(total))});
  }
};

// INVALID_ARGUMENT names page_size or page_token.
template <typename Request>
absl::StatusOr<InsightPage> ParsePage(const Request& request) {
  InsightPage page{.as_of = request.as_of()};
  VL_ASSIGN_OR_RETURN(const int size, ParsePageSize(request.page_size()));
  page.size = static_cast<size_t>(size);
  Request rest = request;
  rest.clear_page_size();
  rest.clear_page_token();
  page.key = rest.SerializePartialAsString();  // Deterministic: these messages have no maps.
  VL_ASSIGN_OR_RETURN(const std::vector<std::string> parts,
                      ParsePageToken(page.key, request.page_token()));
  if (parts.empty()) return page;
  const char* const end = parts.back().data() + parts.back().size();
  const auto parsed = std::from_chars(parts.back().data(), end, page.offset);
  if (parts.size() != 2 || parsed.ec != std::errc() || parsed.ptr != end) {
    return InvalidField("page_token", request.page_token(), "one from the previous page");
  }
  page.as_of = parts[0];
  return page;
}

}  // namespace valueloop::scoring

#endif  // VALUELOOP_SCORING_RPC_INSIGHT_PAGE_H_
