// Trains on a table of your own: one column is predicted from the others. fit() in training.cpp has the training loop.
#include <gradus/core/error.h>
#include <gradus/core/io/file.h>
#include <gradus/core/io/predictions.h>
#include <gradus/core/kernels/parallel.h>
#include <gradus/core/tensor/arithmetic.h>
#include <gradus/examples/command_line/format.h>
#include <gradus/examples/command_line/output_file.h>
#include <gradus/examples/command_line/program.h>
#include <gradus/examples/pages/page.h>
#include <gradus/examples/train_table/report.h>
#include <gradus/examples/training/evaluation.h>
#include <gradus/layers/summary.h>

#include <fstream>
#include <iomanip>
#include <iostream>
#include <numeric>
#include <optional>
#include <sstream>

namespace gradus_examples {
PageFiles penguins();
}

namespace gradus::examples::tables {
namespace {

char delimiter_of(const Options& options, const std::string& path) {
  if (options.delimiter != 0) return options.delimiter;
  std::ifstream file = open_file(path);
  std::string start(1 << 16, '\0');
  start.resize(static_cast<std::size_t>(file.read(start.data(), static_cast<std::streamsize>(start.size())).gcount()));
  return delimiter_in(start.substr(0, start.find('\n')));
}

Table read_table(const Options& options) {
  if (!options.file.empty()) {
    const char delimiter = delimiter_of(options, options.file);
    return make_table(read_csv(options.file, delimiter), options.file, !options.no_header);
  }
  const PageFile file = penguins()[0];
  std::istringstream in{std::string(file.content)};
  return make_table(parse_csv(in, std::string(file.name)), std::string(file.name), true);
}

std::string target_of(const Options& options, const Table& table) {
  if (!options.target.empty()) return options.target;
  return options.file.empty() ? "Species" : table.columns.back();
}

std::string describe(const Options& o, const Table& table, const Data& data, Sequential& model) {
  const std::size_t known = data.train.rows.size() + data.validation.rows.size() + data.held_out.rows.size();
  const std::string unknown =
      known == table.rows.size() ? "" : text(", ", table.rows.size() - known, " have no target");
  return text(table.name, ": ", table.rows.size(), " rows of ", table.columns.size(), " columns, taken for\n\n",
              describe(data.schema), '\n', data.train.rows.size(), " rows to train on, ", data.validation.rows.size(),
              " for validation, ", data.held_out.rows.size(), " held out", unknown, "\nat most ", o.epochs,
              " epochs of batches of ", o.batch_size, ", adamw at ", format_number(o.learning_rate), ", weight decay ",
              format_number(o.weight_decay), ", patience ", o.patience, ", seed ", o.seed, ", ", o.threads,
              o.threads == 1 ? " thread" : " threads", "\n\n", summary(model, {1, data.schema.inputs()}));
}

std::string epoch_line(const EpochRecord& r, bool classes) {
  return text("epoch ", std::setw(4), r.epoch, "   train loss ", format_fixed(r.train_loss, 4), "   validation loss ",
              format_fixed(r.validation.loss, 4),
              classes ? "  accuracy " + format_percent(r.validation.score)
                      : "  error " + JsonText(r.validation.score, 4).str());
}

// 1, 2, 5, 10, 20, 50, ...: the beginning is what one wants to see closely.
bool is_shown(std::int64_t epoch) {
  while (epoch % 10 == 0) epoch /= 10;
  return epoch == 1 || epoch == 2 || epoch == 5;
}

int train(const Options& options) {
  const Table table = read_table(options);
  Rng rng(options.seed);
  const Data data = part_rows(table, find_kinds(table, target_of(options, table), options.task), rng);
  const bool classes = data.schema.classification();
  const std::string measure = classes ? "accuracy" : "rmse";
  Sequential model = make_model(data.schema, options.hidden, rng);
  std::optional<LineFile> metrics;
  if (!options.metrics.empty()) metrics.emplace(options.metrics);
  Progress progress(progress_mode(options.quiet));
  progress.line(describe(options, table, data, model));

  const Fit result = fit(model, data, options, rng, progress, [&](const EpochRecord& r) {
    if (is_shown(r.epoch)) progress.line(epoch_line(r, classes));
    if (!metrics) return;
    const JsonText line = {{"epoch", r.epoch},
                           {"train_seconds", {r.train_seconds, 9}},
                           {"train_loss", {r.train_loss, 9}},
                           {"validation_loss", {r.validation.loss, 9}},
                           {"validation_" + measure, {r.validation.score, 9}}};
    metrics->write_line(line.str());
  });
  if (result.interrupted) {
    progress.line(text("\ninterrupted after epoch ", result.history.size(), "; nothing is saved"));
    return kInterruptedExitCode;
  }

  const Part& part = data.held_out;
  const Tensor outputs = infer(model, part.x);
  if (!all_finite(outputs)) {
    throw std::runtime_error(
        text("what it says of the held-out rows is not finite: try a lower --lr than ", options.learning_rate));
  }
  const Run run = {options,
                   table,
                   data,
                   model,
                   result,
                   outputs,
                   score(data.schema, outputs, part),
                   score(data.schema, guess(data, part), part)};
  progress.line(result_text(run));
  if (metrics) {
    const JsonText line = {{"best_epoch", result.best_epoch},
                           {"parameters", parameter_count(model)},
                           {"held_out_rows", part.rows.size()},
                           {"held_out_loss", {run.score.loss, 9}},
                           {"held_out_" + measure, {run.score.score, 9}},
                           {"guess_" + measure, {run.guess.score, 9}}};
    metrics->write_line(line.str());
  }
  if (!options.save.empty()) save_network(options.save, data.schema, model);
  if (!options.report.empty()) write_file(options.report, report_page(run));
  return 0;
}

// The table of new rows with columns added: the prediction, and of a class its probability.
int predict(const Options& options) {
  Network network = load_network(options.load);
  const Schema& schema = network.schema;
  const char delimiter = delimiter_of(options, options.predict);
  std::vector<CsvRow> rows = read_csv(options.predict, delimiter);
  const Table table = make_table(rows, options.predict, schema.header);
  std::vector<std::size_t> all(table.rows.size());
  std::iota(all.begin(), all.end(), 0);
  const Tensor outputs = infer(network.model, encode(schema, table, all));
  if (!all_finite(outputs)) throw std::runtime_error(options.load + ": its weights give numbers that are not finite");

  const Tensor probabilities = softmax(outputs);
  const std::vector<std::int32_t> classes = predictions(outputs);
  const std::string& name = schema.to_learn().name;
  if (schema.header) rows[0].push_back("predicted " + name);
  if (schema.header && schema.classification()) rows[0].push_back("probability");
  for (std::size_t i = 0; i < all.size(); ++i) {
    CsvRow& row = rows[i + (schema.header ? 1 : 0)];
    if (schema.classification()) {
      row.push_back(schema.to_learn().categories[static_cast<std::size_t>(classes[i])]);
      row.push_back(JsonText(probabilities.at({static_cast<std::int64_t>(i), classes[i]}), 4).str());
    } else {
      row.push_back(JsonText(schema.to_learn().standard.undo(outputs.values()[i]), 6).str());
    }
  }
  const std::string csv = format_csv(rows, delimiter);
  if (options.output.empty()) {
    std::cout << csv;
  } else {
    write_file(options.output, csv);
  }
  return 0;
}

int train_table(int argc, char** argv) {
  const Options options = parse_options(argc, argv);
  set_threads(options.threads);
  return options.load.empty() ? train(options) : predict(options);
}

}  // namespace
}  // namespace gradus::examples::tables

int main(int argc, char** argv) {
  return gradus::examples::run_program(argc, argv, gradus::examples::tables::train_table);
}
