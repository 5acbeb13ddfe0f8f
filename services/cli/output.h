// Prints what a service answered: as a table made by the command, or generically as proto JSON,
// YAML or CSV.
#ifndef VALUELOOP_CLI_OUTPUT_H_
#define VALUELOOP_CLI_OUTPUT_H_

#include <functional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "cli/context.h"
#include "google/protobuf/message.h"

namespace valueloop::cli {

// Proto JSON: lowerCamelCase, zeros printed, indented.
absl::StatusOr<std::string> ToJson(const google::protobuf::Message& message);

// The same content as YAML in block style. `json` must be well-formed JSON.
std::string JsonToYaml(const std::string& json);

// Rows for CSV: the first repeated message field of `message` gives a row each, or `message` itself
// is the only row. Columns are its fields in the order of the contract, those of nested messages as
// "parent.field"; what repeats is JSON.
struct FlatRows {
  std::vector<std::string> columns;
  std::vector<std::vector<std::string>> rows;
};
FlatRows Flatten(const google::protobuf::Message& message);

// One CSV line (RFC 4180, "\n" at the end).
std::string CsvLine(const std::vector<std::string>& cells);

// Prints `message` as -o says; `table` prints it for people.
absl::Status Print(Context& context, const google::protobuf::Message& message,
                   const std::function<void()>& table);

}  // namespace valueloop::cli

#endif  // VALUELOOP_CLI_OUTPUT_H_
