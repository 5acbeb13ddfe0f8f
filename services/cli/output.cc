#include "cli/output.h"

#include <cctype>
#include <ostream>
#include <set>

#include "common/status.h"
#include "fmt/format.h"
#include "google/protobuf/descriptor.h"
#include "google/protobuf/util/json_util.h"

namespace valueloop::cli {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::Reflection;

// Rewrites well-formed JSON as block-style YAML; a JSON string is also a YAML double-quoted scalar.
class YamlWriter {
 public:
  explicit YamlWriter(const std::string& json) : json_(json) {}

  std::string Write() {
    Value(0, /*after_key=*/false);
    return std::move(out_);
  }

 private:
  void SkipSpace() {
    while (at_ < json_.size() && std::isspace(static_cast<unsigned char>(json_[at_])) != 0) ++at_;
  }

  char Peek() {
    SkipSpace();
    return at_ < json_.size() ? json_[at_] : '\0';
  }

  std::string Scalar() {
    SkipSpace();
    const size_t begin = at_;
    if (json_[at_] == '"') {
      for (++at_; at_ < json_.size() && json_[at_] != '"'; ++at_) {
        if (json_[at_] == '\\') ++at_;
      }
      ++at_;
      return json_.substr(begin, at_ - begin);
    }
    while (at_ < json_.size() &&
           std::string_view(",]} \n\t").find(json_[at_]) == std::string::npos) {
      ++at_;
    }
    return json_.substr(begin, at_ - begin);
  }

  // Without quotes where YAML reads the same string.
  static std::string Plain(const std::string& scalar) {
    static const std::set<std::string> kWords = {"true", "false", "null", "yes", "no",
                                                 "on",   "off",   "y",    "n"};
    if (scalar.size() < 3 || scalar.front() != '"') return scalar;
    const std::string text = scalar.substr(1, scalar.size() - 2);
    std::string lower;
    for (const char c : text) {
      const auto byte = static_cast<unsigned char>(c);
      if (std::isalnum(byte) == 0 && c != '_' && c != '-' && c != '/' && c != '.' && byte < 0x80) {
        return scalar;
      }
      lower += static_cast<char>(std::tolower(byte));
    }
    const auto first = static_cast<unsigned char>(text.front());
    const bool word = std::isalpha(first) != 0 || first >= 0x80;
    return word && kWords.count(lower) == 0 ? text : scalar;
  }

  // `after_key`: "key:" was just written, so a block begins on the next line.
  void Value(int indent, bool after_key) {
    const char next = Peek();
    if (next == '{') return Block(indent, after_key, '}');
    if (next == '[') return Block(indent, after_key, ']');
    out_ += (after_key ? " " : "") + Plain(Scalar()) + "\n";
  }

  void Block(int indent, bool after_key, char close) {
    ++at_;
    if (Peek() == close) {
      ++at_;
      out_ += std::string(after_key ? " " : "") + (close == '}' ? "{}" : "[]") + "\n";
      return;
    }
    if (after_key) out_ += "\n";
    bool first = !after_key;  // Continues the line of "- ".
    while (true) {
      if (!first) out_ += std::string(static_cast<size_t>(indent), ' ');
      first = false;
      if (close == '}') {
        out_ += Plain(Scalar()) + ":";
        Peek();
        ++at_;  // ':'
        Value(indent + 2, true);
      } else {
        out_ += "- ";
        Value(indent + 2, false);
      }
      const char separator = Peek();
      ++at_;
      if (separator != ',') return;
    }
  }

  const std::string& json_;
  size_t at_ = 0;
  std::string out_;
};

// A well-known type has a JSON form of its own, which goes into one cell.
bool IsWellKnown(const Descriptor* type) {
  return type->full_name().rfind("google.protobuf.", 0) == 0;
}

std::string Unquoted(std::string json) {
  while (!json.empty() && json.back() == '\n') json.pop_back();
  if (json.size() >= 2 && json.front() == '"') return json.substr(1, json.size() - 2);
  return json;
}

std::string CompactJson(const Message& message) {
  std::string json;
  if (!google::protobuf::util::MessageToJsonString(message, &json).ok()) return "";
  return json;
}

std::string ScalarText(const Message& message, const FieldDescriptor* field, int index) {
  const Reflection* reflection = message.GetReflection();
  const bool repeated = field->is_repeated();
  switch (field->cpp_type()) {
    case FieldDescriptor::CPPTYPE_STRING:
      return repeated ? reflection->GetRepeatedString(message, field, index)
                      : reflection->GetString(message, field);
    case FieldDescriptor::CPPTYPE_DOUBLE:
      return fmt::format("{}", repeated ? reflection->GetRepeatedDouble(message, field, index)
                                        : reflection->GetDouble(message, field));
    case FieldDescriptor::CPPTYPE_INT64:
      return fmt::format("{}", repeated ? reflection->GetRepeatedInt64(message, field, index)
                                        : reflection->GetInt64(message, field));
    case FieldDescriptor::CPPTYPE_INT32:
      return fmt::format("{}", repeated ? reflection->GetRepeatedInt32(message, field, index)
                                        : reflection->GetInt32(message, field));
    case FieldDescriptor::CPPTYPE_BOOL:
      return (repeated ? reflection->GetRepeatedBool(message, field, index)
                       : reflection->GetBool(message, field))
                 ? "true"
                 : "false";
    case FieldDescriptor::CPPTYPE_ENUM:
      return (repeated ? reflection->GetRepeatedEnum(message, field, index)
                       : reflection->GetEnum(message, field))
          ->name();
    case FieldDescriptor::CPPTYPE_MESSAGE:
      return CompactJson(repeated ? reflection->GetRepeatedMessage(message, field, index)
                                  : reflection->GetMessage(message, field));
    default:
      return "";
  }
}

void FlattenColumns(const Descriptor* type, const std::string& prefix, int depth,
                    std::vector<std::string>& columns) {
  for (int i = 0; i < type->field_count(); ++i) {
    const FieldDescriptor* field = type->field(i);
    const std::string name = prefix + field->json_name();
    const bool nested = !field->is_repeated() && field->message_type() != nullptr &&
                        !IsWellKnown(field->message_type()) && depth < 3;
    if (nested) {
      FlattenColumns(field->message_type(), name + ".", depth + 1, columns);
    } else {
      columns.push_back(name);
    }
  }
}

void FlattenRow(const Message& message, int depth, std::vector<std::string>& row) {
  const Reflection* reflection = message.GetReflection();
  const Descriptor* type = message.GetDescriptor();
  for (int i = 0; i < type->field_count(); ++i) {
    const FieldDescriptor* field = type->field(i);
    if (field->is_repeated()) {
      std::string cell;
      for (int k = 0; k < reflection->FieldSize(message, field); ++k) {
        cell += (k > 0 ? ";" : "") + ScalarText(message, field, k);
      }
      row.push_back(std::move(cell));
    } else if (field->message_type() != nullptr && !IsWellKnown(field->message_type()) &&
               depth < 3) {
      FlattenRow(reflection->GetMessage(message, field), depth + 1, row);
    } else if (field->has_presence() && !reflection->HasField(message, field)) {
      row.emplace_back();
    } else if (field->message_type() != nullptr) {
      row.push_back(Unquoted(ScalarText(message, field, 0)));
    } else {
      row.push_back(ScalarText(message, field, 0));
    }
  }
}

}  // namespace

absl::StatusOr<std::string> ToJson(const Message& message) {
  google::protobuf::util::JsonPrintOptions print;
  print.add_whitespace = true;
  print.always_print_primitive_fields = true;
  std::string json;
  const auto status = google::protobuf::util::MessageToJsonString(message, &json, print);
  if (!status.ok()) {
    return absl::InternalError(fmt::format("{}: cannot be written as JSON", message.GetTypeName()));
  }
  return json;
}

std::string JsonToYaml(const std::string& json) { return YamlWriter(json).Write(); }

FlatRows Flatten(const Message& message) {
  FlatRows flat;
  const Descriptor* type = message.GetDescriptor();
  const Reflection* reflection = message.GetReflection();
  for (int i = 0; i < type->field_count(); ++i) {
    const FieldDescriptor* field = type->field(i);
    if (!field->is_repeated() || field->message_type() == nullptr) continue;
    // A resource, or an answer with other things first, is one row; what begins with a list, and a
    // report about one thing, is its list.
    const std::string& name = type->name();
    const bool response = name.size() > 8 && name.compare(name.size() - 8, 8, "Response") == 0;
    const bool lists = response ? i == 0 : type->FindFieldByName("name") == nullptr;
    if (!lists) break;
    FlattenColumns(field->message_type(), "", 0, flat.columns);
    for (int k = 0; k < reflection->FieldSize(message, field); ++k) {
      flat.rows.emplace_back();
      FlattenRow(reflection->GetRepeatedMessage(message, field, k), 0, flat.rows.back());
    }
    return flat;
  }
  FlattenColumns(type, "", 0, flat.columns);
  flat.rows.emplace_back();
  FlattenRow(message, 0, flat.rows.back());
  return flat;
}

std::string CsvLine(const std::vector<std::string>& cells) {
  std::string line;
  for (size_t i = 0; i < cells.size(); ++i) {
    if (i > 0) line += ',';
    if (cells[i].find_first_of(",\"\r\n") == std::string::npos) {
      line += cells[i];
      continue;
    }
    line += '"';
    for (const char c : cells[i]) {
      if (c == '"') line += '"';
      line += c;
    }
    line += '"';
  }
  return line + "\n";
}

absl::Status Print(Context& context, const Message& message, const std::function<void()>& table) {
  if (context.output() == Output::kTable) {
    table();
    return absl::OkStatus();
  }
  if (context.output() == Output::kCsv) {
    const FlatRows flat = Flatten(message);
    context.out() << CsvLine(flat.columns);
    for (const auto& row : flat.rows) context.out() << CsvLine(row);
    return absl::OkStatus();
  }
  VL_ASSIGN_OR_RETURN(const std::string json, ToJson(message));
  context.out() << (context.output() == Output::kYaml ? JsonToYaml(json) : json);
  return absl::OkStatus();
}

}  // namespace valueloop::cli
