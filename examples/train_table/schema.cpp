#include <gradus/core/error.h>
#include <gradus/examples/command_line/format.h>
#include <gradus/examples/train_table/schema.h>

#include <algorithm>
#include <functional>
#include <set>

namespace gradus::examples::tables {
namespace {

constexpr std::int64_t most_numbers = 1 << 28;  // a gigabyte of inputs
constexpr double farthest = 1e6;                // deviations from the mean; what is farther counts as so far

template <class... Parts>
[[noreturn]] void refuse(const Parts&... parts) {
  throw std::runtime_error(text(parts...));
}

std::optional<double> number(std::string_view cell) { return parse_decimal(std::string(cell)); }

double require_number(const Table& table, std::size_t row, std::size_t column, const char* why) {
  const std::string_view cell = table.cell(row, column);
  if (const auto value = number(cell)) return *value;
  refuse(table.place(row, column), ": \"", shorten(cell, 40), "\" is no number", why);
}

// The different texts in order; numbers, if they all are, by size.
std::vector<std::string> different(const Table& table, std::size_t column, const std::vector<std::size_t>& rows) {
  std::set<std::string_view> texts;
  for (const std::size_t row : rows) texts.insert(table.cell(row, column));
  std::vector<std::string> list(texts.begin(), texts.end());
  const auto is_number = [](const std::string& text) { return number(text).has_value(); };
  if (std::ranges::all_of(list, is_number)) std::ranges::stable_sort(list, {}, number);
  return list;
}

// Where the columns of the schema are in the table.
std::vector<std::size_t> find_columns(const Schema& schema, const Table& table) {
  const std::size_t count = schema.columns.size(), given = table.columns.size();
  std::vector<std::size_t> places;
  if (!schema.header && given != count && given + 1 != count) {
    refuse(table.name, ": row 1 has ", given, " cells; where the network was trained, there were ", count);
  }
  for (std::size_t i = 0; i < count; ++i) {
    const Column& column = schema.columns[i];
    const auto found = schema.header ? table.find(column.name) : i - (given < count && i > schema.target ? 1 : 0);
    if (!found && i != schema.target && column.kind != Kind::unused) {
      refuse(table.name, ": row 1: there is no column \"", column.name, "\", which the network was trained with");
    }
    places.push_back(found.value_or(0));
  }
  return places;
}

std::string list(const std::vector<std::string>& words) {
  constexpr std::size_t most = 8;
  std::string all;
  for (std::size_t i = 0; i < std::min(words.size(), most); ++i) {
    all += (i > 0 ? ", " : "") + (words[i].empty() ? "(missing)" : shorten(words[i], 24));
  }
  return words.size() > most ? text(all, " and ", words.size() - most, " more") : all;
}

}  // namespace

std::int64_t Column::inputs() const {
  if (kind == Kind::number) return indicator ? 2 : 1;
  return kind == Kind::unused ? 0 : static_cast<std::int64_t>(categories.size());
}

std::int64_t Schema::inputs() const {
  std::int64_t sum = 0;
  for (const Column& column : columns) sum += column.inputs();
  return sum - to_learn().inputs();
}

std::int64_t Schema::outputs() const { return classification() ? to_learn().inputs() : 1; }

Schema find_kinds(const Table& table, const std::string& target, Task task) {
  Schema schema = {.header = table.header};
  const auto found = table.find(target);
  if (!found) {
    refuse(table.name, ": row 1: there is no column \"", target, "\" (--target); there are ", list(table.columns));
  }
  schema.target = *found;
  for (std::size_t i = 0; i < table.columns.size(); ++i) {
    Column column = {.name = table.columns[i]};
    std::size_t present = 0;
    for (std::size_t row = 0; row < table.rows.size(); ++row) {
      const std::string_view cell = table.cell(row, i);
      present += !cell.empty();
      if (!cell.empty() && !number(cell)) column.kind = Kind::category;
    }
    if (present == 0) column.kind = Kind::unused;
    schema.columns.push_back(column);
  }
  Column& learned = schema.columns[schema.target];
  if (task != Task::by_column) learned.kind = task == Task::classification ? Kind::category : Kind::number;

  std::vector<std::size_t> known;
  for (std::size_t row = 0; row < table.rows.size(); ++row) {
    if (table.cell(row, schema.target).empty()) continue;
    known.push_back(row);
    if (learned.kind == Kind::number) require_number(table, row, schema.target, " (--task regression)");
  }
  const std::vector<std::string> values = different(table, schema.target, known);
  const std::string place = text(table.name, ": column ", schema.target + 1, " (", learned.name, ")");
  if (values.empty()) refuse(place, ": is empty in all rows");
  if (values.size() == 1) refuse(place, ": is \"", values[0], "\" in all rows: there is nothing to learn");
  if (learned.kind == Kind::number) return schema;
  if (const auto most = std::clamp<std::size_t>(known.size() / 2, 10, 1000); values.size() > most) {
    // Numbers, perhaps, with a slip of the pen among them: the first cell that is none is named.
    const auto text_row =
        std::ranges::find_if(known, [&](std::size_t row) { return !number(table.cell(row, schema.target)); });
    const std::size_t row = text_row == known.end() ? known[0] : *text_row;
    refuse(table.place(row, schema.target), ": \"", shorten(table.cell(row, schema.target), 40), "\" would be one of ",
           values.size(), " classes in ", known.size(), " rows; there may be ", most);
  }
  learned.categories = values;
  return schema;
}

void learn_columns(Schema& schema, const Table& table, const std::vector<std::size_t>& rows) {
  for (std::size_t i = 0; i < schema.columns.size(); ++i) {
    Column& column = schema.columns[i];
    if (column.kind == Kind::number) {
      std::vector<double> present;
      for (const std::size_t row : rows) {
        if (const auto value = number(table.cell(row, i))) present.push_back(*value);
      }
      column.indicator = present.size() < rows.size();
      try {
        column.standard = standardization(present);
        const bool varies =
            column.indicator || std::ranges::adjacent_find(present, std::not_equal_to()) != present.end();
        if (!varies && i != schema.target) column = {.name = column.name, .kind = Kind::unused};
      } catch (const std::invalid_argument& error) {
        refuse(table.name, ": column ", i + 1, " (", column.name, "): ", error.what());
      }
    } else if (column.kind == Kind::category && i != schema.target) {
      column.categories = different(table, i, rows);
      // What is said of each row once, such as a name, tells nothing of other rows; nor does what is said of all.
      const std::size_t texts = column.categories.size();
      if (texts == rows.size() || texts == 1) column = {.name = column.name, .kind = Kind::unused};
    }
  }
  const auto most = std::ranges::max_element(schema.columns, {}, &Column::inputs);
  if (schema.inputs() > most_numbers / static_cast<std::int64_t>(table.rows.size())) {
    refuse(table.name, ": column ", most - schema.columns.begin() + 1, " (", most->name, "): ", most->inputs(),
           " different texts make too many inputs");
  }
  if (schema.inputs() == 0) {
    refuse(table.name, ": there is no column from which ", schema.to_learn().name, " could be learned",
           table.columns.size() > 1 ? ": all others are the same in all rows, or something else in each" : "");
  }
}

Tensor encode(const Schema& schema, const Table& table, const std::vector<std::size_t>& rows) {
  const std::vector<std::size_t> places = find_columns(schema, table);
  Tensor inputs = Tensor::zeros({static_cast<std::int64_t>(rows.size()), schema.inputs()});
  Scalar* x = inputs.mutable_data();
  for (const std::size_t row : rows) {
    for (std::size_t i = 0; i < places.size(); ++i) {
      const Column& column = schema.columns[i];
      if (i == schema.target || column.kind == Kind::unused) continue;
      const std::string_view cell = table.cell(row, places[i]);
      if (column.kind == Kind::category) {
        const auto category = std::ranges::find(column.categories, cell);  // one not met in training is all zeros
        if (category != column.categories.end()) x[category - column.categories.begin()] = 1;
      } else if (!cell.empty()) {  // a missing one is 0, the training rows' mean
        const double value = require_number(table, row, places[i], ", as all were where the network was trained");
        x[0] = static_cast<Scalar>(std::clamp(column.standard(value), -farthest, farthest));
      } else if (column.indicator) {
        x[1] = 1;
      }
      x += column.inputs();
    }
  }
  return inputs;
}

std::vector<std::int32_t> labels(const Schema& schema, const Table& table, const std::vector<std::size_t>& rows) {
  const std::vector<std::string>& classes = schema.to_learn().categories;
  std::vector<std::int32_t> labels;
  for (const std::size_t row : rows) {
    const auto label = std::ranges::find(classes, table.cell(row, schema.target));
    labels.push_back(static_cast<std::int32_t>(label - classes.begin()));
  }
  return labels;
}

Tensor numbers(const Schema& schema, const Table& table, const std::vector<std::size_t>& rows) {
  std::vector<Scalar> numbers;
  for (const std::size_t row : rows) {
    const double value = require_number(table, row, schema.target, "");
    numbers.push_back(static_cast<Scalar>(schema.to_learn().standard(value)));
  }
  return {{static_cast<std::int64_t>(rows.size()), 1}, numbers};
}

std::string describe(const Schema& schema) {
  std::size_t widest = 0;
  for (const Column& column : schema.columns) widest = std::max(widest, display_width(shorten(column.name, 30)));
  std::string all;
  for (std::size_t i = 0; i < schema.columns.size(); ++i) {
    const Column& c = schema.columns[i];
    std::string what = "left out: the same in all rows, or something else in each";
    if (c.kind == Kind::category) {
      what = text(i == schema.target ? "to learn: one of " : "one of ", c.categories.size(),
                  i == schema.target ? " classes: " : " categories: ", list(c.categories));
    } else if (c.kind == Kind::number) {
      what = text(i == schema.target ? "to learn: a number (or classes, with --task classification)" : "a number",
                  ", mean ", JsonText(c.standard.mean, 4).str(), ", deviation ",
                  JsonText(c.standard.deviation, 4).str(), c.indicator ? ", sometimes missing" : "");
    }
    all += "  " + pad(shorten(c.name, 30), widest + 3) + what + '\n';
  }
  return all;
}

}  // namespace gradus::examples::tables
