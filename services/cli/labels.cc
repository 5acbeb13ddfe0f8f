#include "cli/labels.h"

namespace valueloop::cli {

std::string WithoutPrefix(const std::string& name, std::string_view prefix) {
  return name.rfind(prefix, 0) == 0 ? name.substr(prefix.size()) : name;
}

std::string ClassLabel(const Context& context, scoring::v1::CustomerClass customer_class) {
  switch (customer_class) {
    case scoring::v1::CUSTOMER_CLASS_STRATEGIC:
      return context.T("战略客户", "STRATEGIC");
    case scoring::v1::CUSTOMER_CLASS_PROFIT:
      return context.T("利润客户", "PROFIT");
    case scoring::v1::CUSTOMER_CLASS_POTENTIAL:
      return context.T("潜力客户", "POTENTIAL");
    case scoring::v1::CUSTOMER_CLASS_ORDINARY:
      return context.T("普通客户", "ORDINARY");
    default:
      return context.T("未知", "UNKNOWN");
  }
}

std::string ValueKindLabel(const Context& context, scoring::v1::ValueKind kind) {
  switch (kind) {
    case scoring::v1::VALUE_KIND_PURCHASE:
      return context.T("购买价值", "purchase");
    case scoring::v1::VALUE_KIND_WORD_OF_MOUTH:
      return context.T("口碑价值", "word of mouth");
    case scoring::v1::VALUE_KIND_INFORMATION:
      return context.T("信息价值", "information");
    case scoring::v1::VALUE_KIND_KNOWLEDGE:
      return context.T("知识价值", "knowledge");
    case scoring::v1::VALUE_KIND_TRANSACTION:
      return context.T("交易价值", "transaction");
    default:
      return scoring::v1::ValueKind_Name(kind);
  }
}

std::string MatchKindLabel(const Context& context, scoring::v1::MatchKind kind) {
  switch (kind) {
    case scoring::v1::MATCH_KIND_POSITION:
      return context.T("定位匹配", "positioning");
    case scoring::v1::MATCH_KIND_CAPABILITY:
      return context.T("能力匹配", "capability");
    case scoring::v1::MATCH_KIND_VALUES:
      return context.T("价值观匹配", "values");
    default:
      return scoring::v1::MatchKind_Name(kind);
  }
}

std::string RagLabel(const Context& context, performance::v1::Rag rag) {
  switch (rag) {
    case performance::v1::RAG_GREEN:
      return context.T("绿", "GREEN");
    case performance::v1::RAG_AMBER:
      return context.T("黄", "AMBER");
    case performance::v1::RAG_RED:
      return context.T("红", "RED");
    default:
      return context.T("灰", "GREY");
  }
}

}  // namespace valueloop::cli
