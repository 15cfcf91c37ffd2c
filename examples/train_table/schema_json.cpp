// The schema as it stands beside the weights in a file.
#include <gradus/core/error.h>
#include <gradus/examples/train_table/schema.h>

#include <cmath>

namespace gradus::examples::tables {
namespace {

const Json& member(const Json& json, const char* key) {
  if (const Json* value = json.find(key)) return *value;
  throw std::runtime_error(text("the description of its columns has no \"", key, '"'));
}

template <class T>
const T& get(const Json& json, const char* key) {
  if (const T* value = std::get_if<T>(&member(json, key).value)) return *value;
  throw std::runtime_error(text("the description of its columns has a wrong \"", key, '"'));
}

double get_number(const Json& json, const char* key) {
  const std::int64_t* integer = member(json, key).integer();
  return integer ? static_cast<double>(*integer) : get<double>(json, key);
}

Column parse_column(const Json& json) {
  Column column = {.name = get<std::string>(json, "name"), .kind = Kind::unused};
  const std::string& kind = get<std::string>(json, "kind");
  if (kind == "number") {
    column.kind = Kind::number;
    column.standard = {get_number(json, "mean"), get_number(json, "deviation")};
    column.indicator = get<bool>(json, "indicator");
    if (!(column.standard.deviation > 0)) throw std::runtime_error("a deviation is not positive");
  } else if (kind == "category") {
    column.kind = Kind::category;
    for (const Json& category : get<Json::Array>(json, "categories")) {
      if (!category.string()) throw std::runtime_error("a category is no text");
      column.categories.push_back(*category.string());
    }
  } else if (kind != "unused") {
    throw std::runtime_error("a column is of an unknown kind: " + kind);
  }
  return column;
}

JsonText column_json(const Column& c) {
  if (c.kind == Kind::unused) return {{"name", c.name}, {"kind", "unused"}};
  if (c.kind == Kind::category) return {{"name", c.name}, {"kind", "category"}, {"categories", c.categories}};
  return {{"name", c.name},
          {"kind", "number"},
          {"mean", c.standard.mean},
          {"deviation", c.standard.deviation},
          {"indicator", c.indicator}};
}

}  // namespace

JsonText schema_json(const Schema& schema) {
  return {{"header", schema.header}, {"target", schema.target}, {"columns", json_list(schema.columns, column_json)}};
}

Schema parse_schema(const std::string& json) {
  const Json all = parse_json(json);
  Schema schema = {.header = get<bool>(all, "header")};
  for (const Json& column : get<Json::Array>(all, "columns")) schema.columns.push_back(parse_column(column));
  const std::int64_t target = get<std::int64_t>(all, "target");
  if (target < 0 || target >= static_cast<std::int64_t>(schema.columns.size())) {
    throw std::runtime_error(text("its target is column ", target, " of ", schema.columns.size()));
  }
  schema.target = static_cast<std::size_t>(target);
  if (schema.inputs() == 0 || schema.to_learn().inputs() == 0) throw std::runtime_error("its columns say nothing");
  return schema;
}

}  // namespace gradus::examples::tables
