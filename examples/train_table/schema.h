// A schema: what each column of a table is taken for, and how its cells become numbers.
#pragma once

#include <gradus/core/io/json.h>
#include <gradus/core/io/standardization.h>
#include <gradus/core/tensor/tensor.h>
#include <gradus/examples/train_table/options.h>
#include <gradus/examples/train_table/table.h>

namespace gradus::examples::tables {

enum class Kind { number, category, unused };

struct Column {
  std::string name = {};
  Kind kind = Kind::number;
  Standardization standard = {};             // of a number
  bool indicator = false;                    // a number: an input of its own says that a cell is missing
  std::vector<std::string> categories = {};  // an input each; "" is a missing cell. Of the target: the classes

  std::int64_t inputs() const;
};

struct Schema {
  bool header = true;
  std::size_t target = 0;  // its place in columns
  std::vector<Column> columns = {};

  const Column& to_learn() const { return columns[target]; }
  bool classification() const { return to_learn().kind == Kind::category; }
  std::int64_t inputs() const;
  std::int64_t outputs() const;  // logits of the classes, or the standardized number
};

// The kinds of all columns, and the classes. Throws std::runtime_error, one line, if there is no such target, it does
// not fit the task, or has only one value.
Schema find_kinds(const Table& table, const std::string& target, Task task);

// Means, deviations and categories, by the rows that are trained on.
void learn_columns(Schema& schema, const Table& table, const std::vector<std::size_t>& rows);

// The rows as inputs [n, inputs], and what is to be learned of them: labels or standardized numbers [n, 1]. The table
// may be another than the schema's, with its columns in another order and perhaps without the target. Throws
// std::runtime_error if a column is not there or has text where numbers were.
Tensor encode(const Schema& schema, const Table& table, const std::vector<std::size_t>& rows);
std::vector<std::int32_t> labels(const Schema& schema, const Table& table, const std::vector<std::size_t>& rows);
Tensor numbers(const Schema& schema, const Table& table, const std::vector<std::size_t>& rows);

// What each column is taken for, a line each.
std::string describe(const Schema& schema);

JsonText schema_json(const Schema& schema);
// Throws std::runtime_error that says what is wrong.
Schema parse_schema(const std::string& json);

}  // namespace gradus::examples::tables
