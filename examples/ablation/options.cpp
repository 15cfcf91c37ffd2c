#include <gradus/core/error.h>
#include <gradus/core/kernels/parallel.h>
#include <gradus/examples/ablation/options.h>
#include <gradus/examples/command_line/arguments.h>
#include <gradus/examples/command_line/output_file.h>

#include <algorithm>
#include <sstream>

namespace gradus::examples {
namespace {

// Flags of train_mnist, of which those are accepted that decide what is trained and are not flags here.
Options parse_recipe(const std::string& flags) {
  const auto flag_of = [](const std::string& word) { return word.substr(0, word.find('=')); };
  std::vector<std::string> known = {"--no-bn", "--augment", "--model", "--channels"};
  std::istringstream all(configuration({}));
  for (std::string word; all >> word;) known.push_back(flag_of(word));
  std::erase_if(
      known, [](const std::string& flag) { return flag == "--epochs" || flag == "--seed" || flag == "--validation"; });

  std::vector<std::string> words;
  std::istringstream in(flags);
  for (std::string word; in >> word;) {
    if (word.starts_with("--") && std::ranges::count(known, flag_of(word)) == 0)
      throw UsageError("--recipe", text("\"", word, "\" is no part of a recipe"));
    words.push_back(word);
  }
  std::vector<const char*> argv = {"train_mnist"};
  for (const std::string& word : words) argv.push_back(word.c_str());
  try {
    return parse_options(static_cast<int>(argv.size()), argv.data());
  } catch (const UsageError& error) {
    throw UsageError("--recipe", error.what());
  }
}

}  // namespace

AblationOptions parse_ablation(int argc, const char* const* argv) {
  AblationOptions o;
  bool quick = false;
  std::string recipe, data_dir;
  std::int64_t epochs = 0, validation = 10000;
  int threads = usable_threads();
  Arguments arguments("ablation",
                      "Takes the recipe of train_mnist apart: trains it as it is, then with one ingredient replaced at "
                      "a time, from the same seeds, and compares the accuracy on training images held out (the test "
                      "images are not looked at). Says first how long it will take. Every finished run is kept: "
                      "stopped and started again, it goes on.");
  arguments.add_choice("--compare", "ingredients of the recipe, or the optimizers at equal steps", o.comparison,
                       {{"ingredients", Comparison::ingredients}, {"optimizers", Comparison::optimizers}});
  arguments.add_flag("--quick", "3 epochs and one seed, for a first look", quick);
  arguments.add("--epochs", "N", "passes over the training images; 0: as many as the recipe has", epochs,
                range(0, 1000000));
  arguments.add("--seeds", "N", "how often each is trained, from seeds 1, 2, ...", o.seeds, range(1, 1000));
  arguments.add("--validation", "N", "training images held out to compare on", validation, range(1, 1e9));
  arguments.add("--threads", "N", "threads; results do not depend on it", threads, range(1, 1024));
  arguments.add("--recipe", "FLAGS",
                "flags of train_mnist, for another recipe to take apart: --recipe=\"--hidden 64 --dropout 0\"", recipe);
  arguments.add("--data-dir", "DIR", "folder of the four IDX files; default: MNIST as the build unpacked it", data_dir);
  arguments.section("Files");
  arguments.add("--results", "FILE", "where finished runs are kept, a JSON object a line", o.results);
  arguments.add("--html", "FILE", "write a page with the table, the seeds and the curves", o.html);
  arguments.parse(argc, argv);
  if (quick && (arguments.given("--epochs") || arguments.given("--seeds"))) {
    throw UsageError("--quick", "is --epochs 3 --seeds 1, so neither goes with it");
  }
  if (o.results.empty()) throw UsageError("--results", "names no file");

  o.recipe = parse_recipe(recipe);
  if (quick) {
    epochs = 3;
    o.seeds = 1;
  }
  if (epochs > 0) o.recipe.epochs = epochs;
  o.recipe.validation = validation;
  o.recipe.threads = threads;
  o.recipe.data_dir = data_dir;
  o.recipe.seed = 1;
  gradus_examples::check_outputs({{"--results", o.results}, {"--html", o.html}});
  return o;
}

}  // namespace gradus::examples
