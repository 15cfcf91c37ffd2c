// What is each ingredient of train_mnist's recipe worth? The recipe, and the recipe without it, from several seeds.
#include <gradus/core/error.h>
#include <gradus/core/io/file.h>
#include <gradus/core/kernels/parallel.h>
#include <gradus/examples/ablation/report.h>
#include <gradus/examples/ablation/runs.h>
#include <gradus/examples/command_line/format.h>
#include <gradus/examples/command_line/program.h>
#include <gradus/examples/data/mnist.h>
#include <gradus/examples/train_mnist/training.h>

#include <iostream>

namespace gradus::examples {
namespace {

struct Planned {
  const Variant* variant;
  std::uint64_t seed;
  double seconds;  // estimated
};

// Those that no finished run is there for. One seed after another, so that a table can be had early.
std::vector<Planned> plan(const std::vector<Variant>& variants, std::int64_t seeds, const Results& results,
                          const std::string& data) {
  std::vector<Planned> list;
  for (std::uint64_t seed = 1; seed <= static_cast<std::uint64_t>(seeds); ++seed) {
    for (const Variant& variant : variants) {
      if (!results.find(key(variant, seed), data)) list.push_back({&variant, seed, 0});
    }
  }
  return list;
}

double total_seconds(std::span<const Planned> runs) {
  double seconds = 0;
  for (const Planned& run : runs) seconds += run.seconds;
  return seconds;
}

// Each variant is measured once.
void estimate(std::vector<Planned>& runs, const Dataset& data, const InterruptHandler& interrupt) {
  for (std::size_t i = 0; i < runs.size(); ++i) {
    const auto same = [&](const Planned& other) { return other.variant == runs[i].variant; };
    const auto before = std::find_if(runs.begin(), runs.begin() + static_cast<std::ptrdiff_t>(i), same);
    const bool known = before != runs.begin() + static_cast<std::ptrdiff_t>(i);
    runs[i].seconds = known ? before->seconds : estimated_seconds(*runs[i].variant, data, interrupt);
  }
}

// Returns whether it came to the end.
bool train(const std::vector<Planned>& runs, const Dataset& data, const std::string& described, Results& results,
           const InterruptHandler& interrupt) {
  Progress progress(progress_mode(false));
  double spent = 0, expected = 0;  // by the runs finished here
  for (std::size_t i = 0; i < runs.size(); ++i) {
    const auto& [variant, seed, seconds] = runs[i];
    const auto left = [&](double from_this) {
      const double correction = expected > 0 ? spent / expected : 1;
      return format_duration(correction * (from_this + total_seconds(std::span(runs).subspan(i + 1))));
    };
    const std::string what = text("seed ", seed, "   ", variant->name);
    const double all = static_cast<double>(variant->options.epochs);
    std::optional<Result> result = run(*variant, seed, data, interrupt, [&, seconds = seconds](std::int64_t epoch) {
      progress.live([&] {
        const double rest = seconds * (1 - static_cast<double>(epoch) / all);
        return text(what, ": epoch ", epoch, " of ", all, "   ", left(rest), " left");
      });
    });
    if (!result) return false;
    result->data = described;
    results.add(*result);
    spent += result->seconds;
    expected += seconds;
    const bool finite = result->failure.empty();
    progress.line(text(pad(what, 45), finite ? "   " + format_percent(result->held_out_accuracy.back()) : " not finite",
                       "   ", format_duration(result->seconds), i + 1 < runs.size() ? "   " + left(0) + " left" : ""));
  }
  return true;
}

int ablation(int argc, char** argv) {
  const AblationOptions options = parse_ablation(argc, argv);
  const Options& recipe = options.recipe;
  Results results(options.results);
  set_threads(recipe.threads);
  const Dataset data = load_mnist(recipe.data_dir);
  Training(recipe, data);  // throws where recipe and data do not go together
  const std::string described = describe_data(data);
  const std::vector<Variant> list = variants(options.comparison, recipe, data.train.classes);

  const auto count = [](std::int64_t number) { return format_count(static_cast<double>(number)); };
  const std::string setting = text(recipe.epochs, recipe.epochs == 1 ? " epoch" : " epochs", " on ",
                                   count(data.train.count - recipe.validation), " training images, accuracy on the ",
                                   count(recipe.validation), " held out; no test image is looked at");
  std::vector<Planned> runs = plan(list, options.seeds, results, described);
  const std::size_t all = list.size() * static_cast<std::size_t>(options.seeds);
  std::cout << list.size() << " recipes, " << options.seeds << (options.seeds == 1 ? " seed: " : " seeds: ") << all
            << " runs, each of " << setting << '\n';
  if (runs.size() < all) {
    std::cout << all - runs.size() << " of them are in " << options.results << " already\n";
  }
  const InterruptHandler interrupt;
  bool finished = true;
  if (!runs.empty()) {
    estimate(runs, data, interrupt);
    if (!interrupt.requested()) {
      std::cout << runs.size() << " to do take about " << format_duration(total_seconds(runs)) << " on "
                << recipe.threads << (recipe.threads == 1 ? " thread" : " threads")
                << " (measured on 20 steps of each); finished ones are kept in " << options.results << "\n\n";
    }
    flush_standard_output();
    finished = train(runs, data, described, results, interrupt);
  }

  std::vector<std::vector<const Result*>> found(list.size());
  for (std::size_t i = 0; i < list.size(); ++i) {
    for (std::uint64_t seed = 1; seed <= static_cast<std::uint64_t>(options.seeds); ++seed) {
      if (const Result* result = results.find(key(list[i], seed), described)) found[i].push_back(result);
    }
  }
  const std::vector<Summary> rows = summaries(list, found);
  std::cout << '\n' << table(rows);
  if (options.seeds > 1) {
    std::cout
        << "\n± beside an accuracy is its deviation over the seeds, beside a difference the standard error of its "
           "mean:\nwith many seeds a difference smaller than two of them may be chance, with three one smaller than "
           "four.\n";
  } else {
    std::cout << "\nOne seed: differences of a few tenths of a point may be chance; --seeds 3 says more.\n";
  }
  if (!options.html.empty()) {
    write_file(options.html, page(rows, options.comparison, setting));
    std::cout << "\nwritten to " << options.html << ": open it in a browser\n";
  }
  if (!finished) std::cout << "\ninterrupted: the same command goes on with the run it was in\n";
  return finished ? 0 : kInterruptedExitCode;
}

}  // namespace
}  // namespace gradus::examples

int main(int argc, char** argv) { return gradus::examples::run_program(argc, argv, gradus::examples::ablation); }
