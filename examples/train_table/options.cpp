#include <gradus/core/kernels/parallel.h>
#include <gradus/examples/command_line/arguments.h>
#include <gradus/examples/command_line/output_file.h>
#include <gradus/examples/train_table/options.h>

namespace gradus::examples::tables {
namespace {

char delimiter_of(const std::string& word) {
  if (word == "auto") return 0;
  if (word == "tab" || word == "\\t") return '\t';
  if (word.size() == 1 && std::string("\"\r\n").find(word[0]) == std::string::npos && word[0] > 0) return word[0];
  throw UsageError("--delimiter", "expected one character, or tab, got \"" + word + "\"");
}

void check(const Options& o) {
  if (o.load.empty() != o.predict.empty()) {
    throw UsageError(o.load.empty() ? "--predict" : "--load",
                     "--load (what --save wrote) and --predict (a table of new rows) go together");
  }
  if (o.load.empty() && !o.output.empty())
    throw UsageError("--output", "is for predictions, with --load and --predict");
  if (!o.load.empty() && !(o.file + o.save + o.metrics + o.report).empty()) {
    throw UsageError("--load", "trains nothing, so FILE, --save, --metrics and --report do not go with it");
  }
  check_outputs({{"--save", o.save}, {"--metrics", o.metrics}, {"--report", o.report}, {"--output", o.output}});
}

}  // namespace

Options parse_options(int argc, const char* const* argv) {
  Options o;
  o.threads = usable_threads();
  std::string delimiter = "auto";
  Arguments arguments(
      "train_table",
      "Trains a multilayer perceptron to predict one column of a table of your own (CSV) from the others, and tests it "
      "on rows held out; or predicts that column for new rows. Columns of numbers are standardized, those with "
      "any text become categories; a cell is missing if it is empty or NA.");
  arguments.add_positional("FILE", "the table; without it, penguins of three species", o.file, {}, Presence::optional);
  arguments.section("Table");
  arguments.add("--target", "COLUMN", "the column to learn; without it the last one, or the penguins' Species",
                o.target);
  arguments.add_choice(
      "--task", "what the target is: by-column takes text for classes and numbers for numbers", o.task,
      {{"by-column", Task::by_column}, {"classification", Task::classification}, {"regression", Task::regression}});
  arguments.add("--delimiter", "C",
                "what separates the cells; \"tab\" stands for a tab, \"auto\" for a comma, or for the semicolon or tab "
                "of a first line that has no comma",
                delimiter);
  arguments.add_flag("--no-header", "the first row is data; columns are called 1, 2, ...", o.no_header);
  arguments.section("Training");
  arguments.add("--hidden", "N,N,...", "sizes of the hidden layers; \"\" for none", o.hidden, or_none(range(1, 65536)));
  arguments.add("--epochs", "N", "passes over the training rows, at most", o.epochs, range(1, 1000000));
  arguments.add("--patience", "N", "stop when the validation loss has not improved for N epochs", o.patience,
                range(1, 1000000));
  arguments.add("--batch-size", "N", "rows per step", o.batch_size, range(1, 1 << 24));
  arguments.add("--lr", "X", "the learning rate of AdamW", o.learning_rate, above(0));
  arguments.add("--weight-decay", "X", "of the weights", o.weight_decay, at_least(0));
  arguments.add("--seed", "N", "of the split of the rows, and of everything else random", o.seed);
  arguments.add("--threads", "N", "threads; results do not depend on it", o.threads, range(1, 1024));
  arguments.section("Files");
  arguments.add("--save", "FILE", "write the trained network and what it knows of the columns (safetensors)", o.save);
  arguments.add("--metrics", "FILE", "write a line of JSON for each epoch, and one for the held-out rows", o.metrics);
  arguments.add("--report", "FILE", "write a page there: curves, errors, which columns matter (HTML)", o.report);
  arguments.section("Predictions");
  arguments.add("--load", "FILE", "a network that --save has written", o.load);
  arguments.add("--predict", "FILE", "a table of new rows, with the same columns; the target may be missing",
                o.predict);
  arguments.add("--output", "FILE", "write it there with the predictions; without this, to standard output", o.output);
  arguments.section("Output");
  arguments.add_flag("--quiet", "print nothing", o.quiet);
  arguments.parse(argc, argv);
  o.delimiter = delimiter_of(delimiter);
  check(o);
  return o;
}

}  // namespace gradus::examples::tables
