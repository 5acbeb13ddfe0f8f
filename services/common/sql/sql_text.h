// The little that must be known of SQL's text: where statements end, which placeholders they have.
#ifndef VALUELOOP_COMMON_SQL_SQL_TEXT_H_
#define VALUELOOP_COMMON_SQL_SQL_TEXT_H_

#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"

namespace valueloop::sql {

// The statements of `script`, without the `;` and surrounding blanks. Understands quotes,
// identifiers in double quotes and both kinds of comment. INVALID_ARGUMENT if one of them is not
// closed, or text follows the last `;`.
absl::StatusOr<std::vector<std::string>> SplitStatements(std::string_view script);

// How many placeholders `:name` there are. INVALID_ARGUMENT if a name comes twice: one database
// would count it once, another twice. Placeholders of other forms (`?`, `$1`) are refused too.
absl::StatusOr<int> CountPlaceholders(std::string_view statement);

// `count` placeholders for a list: ":id0, :id1, :id2". A statement is prepared per text, so round
// `count` up to a few sizes and repeat the last value.
std::string Placeholders(std::string_view name, int count);

// The first words, at most 60 bytes of printable ASCII: what an error message says of a statement.
std::string FirstWords(std::string_view statement);

}  // namespace valueloop::sql

#endif  // VALUELOOP_COMMON_SQL_SQL_TEXT_H_
