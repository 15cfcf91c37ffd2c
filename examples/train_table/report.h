// What a training has to show: in words, and as a page.
#pragma once

#include <gradus/examples/train_table/training.h>

namespace gradus::examples::tables {

// What is known at the end, of the held-out rows.
struct Run {
  const Options& options;
  const Table& table;
  const Data& data;
  Sequential& model;
  const Fit& fit;
  Tensor outputs;      // of the held-out rows
  Score score, guess;  // of them, and of always saying the same
};

std::string result_text(const Run& run);

// A page with the curves, the errors, and which columns matter: how much worse the answers are when a column's cells
// are those of other rows (permutation importance: Breiman 2001, "Random forests", section 10).
std::string report_page(const Run& run);

}  // namespace gradus::examples::tables
