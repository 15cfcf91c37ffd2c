// Deliberate mistakes in the backward of batch normalization (examples/bug_museum/broken_batch_norm.h): which checks
// notice them, and how training goes if none does.
#include <gradus/core/io/file.h>
#include <gradus/examples/bug_museum/mutants.h>
#include <gradus/examples/bug_museum/report.h>
#include <gradus/examples/command_line/arguments.h>
#include <gradus/examples/command_line/format.h>
#include <gradus/examples/data/mnist.h>

#include <algorithm>
#include <iomanip>
#include <iostream>
#include <optional>
#include <sstream>
#include <utility>

namespace gradus::examples {
namespace {

struct Options {
  std::uint64_t seed = 1;
  int steps = 300, mnist_steps = 300;
  std::string data_dir, mutate, report;
};

Options parse_options(int argc, char** argv) {
  Options options;
  Arguments arguments("bug_museum",
                      "Shows deliberate mistakes in the backward of batch normalization: which checks notice them, and "
                      "how a network trains with them.");
  arguments.add("--steps", "N", "training steps on spirals", options.steps, range(1, 100000));
  arguments.add("--mnist-steps", "N", "training steps on MNIST; 0 leaves it out", options.mnist_steps,
                range(0, 100000));
  arguments.add("--seed", "N", "of everything random", options.seed);
  arguments.add("--data-dir", "DIR", "folder of the four IDX files; default: MNIST as the build unpacked it",
                options.data_dir);
  std::vector<std::string> layers = gradus_double::examples::mutable_layers();
  layers.insert(layers.begin(), "none");
  options.mutate = "none";
  arguments.add_choice("--mutate", "only this: spoil whatever the backward of a layer of the library gives",
                       options.mutate, layers);
  arguments.add("--report", "FILE", "write a page with the training curves of right and wrong", options.report);
  arguments.parse(argc, argv);
  return options;
}

constexpr std::size_t name_width = 30;

std::string cell(double error) {
  std::ostringstream out;
  out << std::setw(9);
  if (error <= kObjection) {
    out << "-";
  } else if (error < 9.5) {
    out << std::scientific << std::setprecision(0) << error;
  } else {
    out << "> 10";
  }
  return out.str();
}

void show_checks(const std::vector<Findings>& all) {
  std::cout << pad("", name_width) << "           a gradient check with the loss          facts that  the library's\n"
            << pad("bug", name_width) << "  sum(y) sum(y^2)   random   near ε   do not hold    gradcheck\n";
  for (const Findings& f : all) {
    std::cout << pad(f.name, name_width - 1) << cell(f.sum) << cell(f.sum_of_squares) << cell(f.random)
              << cell(f.near_eps) << "   " << pad(f.invariants.empty() ? "-" : f.invariants, 13)
              << (f.gradcheck ? "   caught" : "        -") << '\n';
  }
  const auto count = [&](const auto& caught) { return std::ranges::count_if(all, caught); };
  const auto totals = [&](const std::string& title, double objection) {
    std::cout << pad(title, name_width - 1);
    for (double Findings::*error :
         {&Findings::sum, &Findings::sum_of_squares, &Findings::random, &Findings::near_eps}) {
      std::cout << std::setw(9) << count([&](const Findings& f) { return f.*error > objection; });
    }
  };
  totals("caught, of " + std::to_string(all.size() - 1), kObjection);
  std::cout << "   " << std::left << std::setw(13) << count([](const Findings& f) { return !f.invariants.empty(); })
            << std::right << std::setw(9) << count([](const Findings& f) { return f.gradcheck; }) << '\n';
  totals("with the tolerance of float", kObjectionInFloat);

  std::string missed_when_new;
  for (const Findings& f : all) {
    if (!f.gradcheck || f.gradcheck_new) continue;
    if (!missed_when_new.empty()) missed_when_new += ", ";
    missed_when_new += f.name;
  }
  std::cout << "\n\n"
            << "Numbers are errors, in units of the largest gradient of the same tensor (or of a hundredth of the\n"
            << "largest of all, if that is more); - is one too small to object to.\n\n";
  for (const Column& column : columns()) {
    std::string name = pad(column.name, 11);
    for (const std::string& row : wrap(column.meaning, 88))
      std::cout << std::exchange(name, std::string(11, ' ')) << row << '\n';
  }
  std::cout << "\nAll of this with γ and β drawn at random.";
  if (missed_when_new.empty()) {
    std::cout << " In a new layer, with γ = 1 and β = 0, gradcheck\ncatches as many.\n";
  } else {
    std::cout << " In a new layer, with γ = 1 and β = 0, gradcheck\nmisses: " << missed_when_new << ".\n";
  }
}

// "97.42 %  -1.20" against the right backward's.
std::string outcome_text(const Outcome& outcome, const Outcome& right) {
  if (outcome.diverged) return "     diverged    ";
  std::ostringstream out;
  out << std::setw(9) << format_percent(outcome.accuracy);
  const std::string difference = format_fixed(100 * (outcome.accuracy - right.accuracy), 2);
  out << std::setw(8) << (difference[0] == '-' || difference == "0.00" ? difference : "+" + difference);
  return out.str();
}

// The mean of several seeds: a single run on spirals also depends on luck.
Outcome spirals_outcome(Bug bug, const Options& options) {
  constexpr int runs = 5;
  Outcome mean;
  for (int i = 0; i < runs; ++i) {
    const Outcome outcome = train_on_spirals(bug, options.steps, options.seed + static_cast<std::uint64_t>(i));
    mean.accuracy += outcome.accuracy / runs;
    mean.diverged |= outcome.diverged;
    mean.losses.resize(std::max(mean.losses.size(), outcome.losses.size()));
    for (std::size_t k = 0; k < outcome.losses.size(); ++k) mean.losses[k] += outcome.losses[k] / runs;
  }
  return mean;
}

// Returns what the page needs.
std::vector<Exhibit> show_training(const Options& options, const std::optional<Dataset>& mnist,
                                   const std::vector<Findings>& findings) {
  std::cout << pad("accuracy after these steps", name_width) << "  three spirals";
  if (mnist) std::cout << "               MNIST";
  std::cout << '\n';
  std::vector<Exhibit> exhibits;
  for (const auto& [bug, name, formula] : bugs()) {
    exhibits.push_back({findings[exhibits.size()], spirals_outcome(bug, options), {}});
    Exhibit& exhibit = exhibits.back();
    std::cout << pad(name, name_width) << outcome_text(exhibit.spirals, exhibits[0].spirals);
    if (mnist) {
      exhibit.mnist = train_on_mnist(bug, *mnist, options.mnist_steps, options.seed);
      std::cout << "    " << outcome_text(*exhibit.mnist, *exhibits[0].mnist);
    }
    std::cout << '\n';
    flush_standard_output();
  }
  std::cout << "\nSpirals: " << options.steps << " steps of Adam, the mean of 5 runs, on new points.\n";
  if (mnist) {
    std::cout << "MNIST: " << options.mnist_steps << " steps of gradient descent with momentum, one run, on the "
              << mnist->test.count << " test images.\n";
  }
  const auto as_well = std::count_if(exhibits.begin() + 1, exhibits.end(),
                                     [&](const Exhibit& e) { return harm(e, exhibits[0]) < kNoHarm; });
  std::cout << "Beside it the difference from the right backward, in percentage points; a few tenths are chance.\n"
            << as_well << " of " << exhibits.size() - 1 << " mistakes lose less than half a point"
            << (mnist ? " in both trainings" : "")
            << ".\n"
               "These runs make one forward before each backward and zero the gradients before it. An overwritten\n"
               "gradient or shared statistics do no harm until gradients are accumulated or a layer is used twice.\n";
  return exhibits;
}

int show(int argc, char** argv) {
  const Options options = parse_options(argc, argv);
  if (options.mutate != "none") {
    gradus_double::examples::show_mutants(std::cout, options.mutate, options.seed);
    return 0;
  }
  if (!options.report.empty()) check_writable(options.report);
  std::optional<Dataset> mnist;
  if (options.mnist_steps > 0) mnist = load_mnist(options.data_dir);

  for (const std::string& row : wrap(kMoral, 100)) std::cout << row << '\n';
  std::cout << "\nThe mistakes\n\n";
  for (const auto& [bug, name, formula] : bugs()) std::cout << pad(name, name_width) << formula << '\n';
  std::cout << "\nWho notices (in double)\n\n";
  const std::vector<Findings> findings = gradus_double::examples::run_checks(options.seed);
  show_checks(findings);
  std::cout << "\nHow training goes\n\n";
  const std::vector<Exhibit> exhibits = show_training(options, mnist, findings);
  if (options.report.empty()) return 0;
  write_file(options.report, report_page(exhibits));
  std::cout << "page written to " << options.report << '\n';
  return 0;
}

}  // namespace
}  // namespace gradus::examples

int main(int argc, char** argv) { return gradus::examples::run_program(argc, argv, gradus::examples::show); }
