#include <gradus/core/error.h>
#include <gradus/core/io/file.h>
#include <gradus/core/io/json.h>
#include <gradus/examples/ablation/results.h>

#include <filesystem>
#include <sstream>
#include <stdexcept>

namespace gradus::examples {
namespace {

const Json& member(const Json& object, const char* name) {
  const Json* value = object.find(name);
  if (!value) throw std::runtime_error(text("it has no \"", name, "\""));
  return *value;
}

std::string word(const Json& object, const char* name) {
  const std::string* value = member(object, name).string();
  if (!value) throw std::runtime_error(text("\"", name, "\" is no text"));
  return *value;
}

double number(const Json& json, const char* name) {
  if (const std::int64_t* integer = json.integer()) return static_cast<double>(*integer);
  if (const double* value = std::get_if<double>(&json.value)) return *value;
  throw std::runtime_error(text("\"", name, "\" is no number"));
}

std::vector<double> numbers(const Json& object, const char* name) {
  const Json::Array* list = member(object, name).array();
  if (!list) throw std::runtime_error(text("\"", name, "\" is no list"));
  std::vector<double> values;
  for (const Json& item : *list) values.push_back(number(item, name));
  return values;
}

Result parse(const std::string& line) {
  const Json json = parse_json(line);
  Result r{.name = word(json, "name"),
           .key = word(json, "flags"),
           .data = word(json, "data"),
           .seed = static_cast<std::uint64_t>(number(member(json, "seed"), "seed")),
           .seconds = number(member(json, "seconds"), "seconds"),
           .failure = word(json, "failure"),
           .train_loss = numbers(json, "train_loss"),
           .train_accuracy = numbers(json, "train_accuracy"),
           .held_out_loss = numbers(json, "held_out_loss"),
           .held_out_accuracy = numbers(json, "held_out_accuracy")};
  const std::size_t epochs = r.train_loss.size();
  if (r.train_accuracy.size() != epochs || r.held_out_loss.size() != epochs || r.held_out_accuracy.size() != epochs) {
    throw std::runtime_error("its lists are of different lengths");
  }
  if (epochs == 0 && r.failure.empty()) throw std::runtime_error("it has no epoch");
  return r;
}

std::string line_of(const Result& r) {
  const auto list = [](const std::vector<double>& values) {
    return json_list(values, [](double value) { return JsonText(value, 9); });
  };
  const JsonText line = {{"name", r.name},
                         {"flags", r.key},
                         {"data", r.data},
                         {"seed", r.seed},
                         {"seconds", {r.seconds, 4}},
                         {"failure", r.failure},
                         {"train_loss", list(r.train_loss)},
                         {"train_accuracy", list(r.train_accuracy)},
                         {"held_out_loss", list(r.held_out_loss)},
                         {"held_out_accuracy", list(r.held_out_accuracy)}};
  return line.str();
}

}  // namespace

Results::Results(const std::string& path) : path_(path) {
  if (!std::filesystem::exists(path)) return;
  std::istringstream in(read_file(path));
  for (std::string line; std::getline(in, line);) {
    if (line.empty()) continue;
    try {
      results_.push_back(parse(line));
    } catch (const std::runtime_error& error) {
      throw std::runtime_error(text(path, ": result ", results_.size() + 1, " is not of this program: ", error.what()));
    }
    text_ += line + '\n';
  }
}

const Result* Results::find(const std::string& key, const std::string& data) const {
  for (const Result& result : results_) {
    if (result.key == key && result.data == data) return &result;
  }
  return nullptr;
}

void Results::add(const Result& result) {
  text_ += line_of(result) + '\n';
  write_file(path_, text_);
  results_.push_back(result);
}

}  // namespace gradus::examples
