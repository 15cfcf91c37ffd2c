// Remarks on a training run, each from a rule that is stated beside it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace gradus::examples {

// An epoch as the line of --metrics has it; a number that is not known is NaN.
struct EpochPoint {
  std::int64_t epoch = 0;
  double train_loss = 0, train_accuracy = 0, held_out_loss = 0, held_out_accuracy = 0, learning_rate = 0;
};

// A number and what it was measured on: a layer, a parameter.
struct Measured {
  std::string name;
  double value = 0;
  std::int64_t epoch = 0;
};

// What the rules look at. Lists are empty where nothing was measured.
struct Symptoms {
  std::vector<EpochPoint> history = {};
  std::string held_out = "test";
  int classes = 10;
  bool dropout = false, label_smoothing = false;
  std::optional<double> evaluated_train_loss = {};  // at the end, on training images, without label smoothing
  std::string failure = {};                         // why the training stopped with an error; empty if it did not
  std::vector<Measured> silent = {};                // of each ReLU at the end, share of units
  std::vector<Measured> updates = {};    // of each weight matrix, |change| / |value| of a step, where it was largest
  std::vector<Measured> gradients = {};  // of each Linear's output from first to last, deviation at the end
  std::vector<Measured> mean_gaps = {};  // of each BatchNorm1d at the end, as BatchNormRecord::mean_gap
};

struct Remark {
  enum class Kind {
    warning,         // something to do about
    note,            // something to understand
    silent,          // the rule found nothing
    not_applicable,  // there is not enough to judge by
  };
  Kind kind = Kind::silent;
  std::string title = {};    // what it would say: "The learning rate looks too high"
  std::string advice = {};   // a sentence or two for the learner; empty unless it is a warning or a note
  std::string rule = {};     // when it says so
  std::string numbers = {};  // of this run
};

// All rules in a fixed order, of whatever kind.
std::vector<Remark> examine(const Symptoms& symptoms);

}  // namespace gradus::examples
