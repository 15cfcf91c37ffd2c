// The training of train_table: a multilayer perceptron, until rows that it does not train on are told no better.
#pragma once

#include <gradus/examples/command_line/interrupt.h>
#include <gradus/examples/command_line/progress.h>
#include <gradus/examples/train_table/schema.h>
#include <gradus/layers/sequential.h>

#include <functional>

namespace gradus::examples::tables {

// Some rows of a table as numbers.
struct Part {
  std::vector<std::size_t> rows = {};     // in the table
  Tensor x = {};                          // [n, inputs]
  std::vector<std::int32_t> labels = {};  // of a classification
  Tensor y = {};                          // [n, 1], standardized, of a regression
};

struct Data {
  Schema schema;
  Part train, validation, held_out;
};

// Parts the rows that have a target: a fifth is held out, a fifth is for validation, with as much of each class in each
// part as can be. The schema is learned from the training rows alone. Throws std::runtime_error if there are too few.
Data part_rows(const Table& table, Schema schema, Rng& rng);

// For each hidden size Linear and ReLU; at the end a Linear.
Sequential make_model(const Schema& schema, const std::vector<std::int64_t>& hidden, Rng& rng);

// How well outputs fit: by the loss that is trained on, and by the accuracy, or the root of the mean squared error in
// the unit of the column.
struct Score {
  double loss = 0, score = 0;
};
Score score(const Schema& schema, const Tensor& outputs, const Part& part);
// The outputs of one who always says the training rows' commonest class, or their mean.
Tensor guess(const Data& data, const Part& part);

struct EpochRecord {
  std::int64_t epoch;
  double train_loss, train_seconds;
  Score validation;
};
struct Fit {
  std::vector<EpochRecord> history = {};
  std::int64_t best_epoch = 0;
  bool interrupted = false;
};
// Trains the model; its weights are then those of the epoch with the least validation loss. `each` is shown every
// epoch. Throws std::runtime_error if the loss is not finite.
Fit fit(Sequential& model, const Data& data, const Options& options, Rng& rng, Progress& progress,
        const std::function<void(const EpochRecord&)>& each);

// A trained model and what it was trained for, in one file.
struct Network {
  Schema schema;
  Sequential model;
};
void save_network(const std::string& path, const Schema& schema, const Sequential& model);
// Throws std::runtime_error, one line that begins with the file's name, if it is none.
Network load_network(const std::string& path);

}  // namespace gradus::examples::tables
